"""CONFORMANCE.md says what was seen of QEMU, and where there is nothing, why."""

import json
from pathlib import Path

import pytest

from fuzz.live.conformance import (
    Observer,
    Record,
    RuleSeen,
    as_qemu_has_it,
    differs,
    read_record,
)
from fuzz.live.conformance_page import (
    REASONS,
    ReasonError,
    is_seen,
    page,
    read_reasons,
    unexplained,
)
from fuzz.live.emulator import emulator_for
from fuzz.live.machine_types import MachineType
from fuzz.targets.registry import find_target
from fuzz.traceability import load_rules

ROOT = Path(__file__).resolve().parents[2]
RULES = load_rules(ROOT / "model" / "rules.toml")
KEPT = ROOT / "corpora" / "conformance"


def kept_records() -> list[Record]:
    records = [read_record(path) for path in sorted(KEPT.glob("qemu-*.json"))]
    assert records
    return records


def test_the_page_is_written_from_what_was_kept() -> None:
    written = page(kept_records(), RULES, read_reasons(REASONS, RULES))
    assert (ROOT / "CONFORMANCE.md").read_text() == written, (
        "write it: flatview qemu conformance --render corpora/conformance --page CONFORMANCE.md"
    )


def test_each_rule_was_seen_or_it_is_said_why_not() -> None:
    assert unexplained(kept_records(), RULES, read_reasons(REASONS, RULES)) == []


def test_what_was_kept_of_qemu_agrees() -> None:
    for record in kept_records():
        assert record.not_agreeing == ()
        assert record.totals["scenarios agree"] > 200
        assert record.totals["machines agree"] > 500
        assert record.totals["bugs told apart"] > 150


def test_scenarios_count_for_their_rules_and_tell_bugs_apart() -> None:
    observer = Observer()
    for _ in observer.observe_scenarios(ROOT / "corpora" / "regressions" / "M3"):
        pass
    record = observer.record(RULES, emulator_for("x86_64"))
    seen = record.rules["M3"]
    assert seen.scenarios == record.totals["scenarios agree"] > 0
    assert seen.comparisons > seen.scenarios
    assert seen.told_apart == seen.bugs > 0
    assert record.rules["A7"].told_apart == 0, "no scenario of M3 makes callbacks"
    assert record.not_agreeing == ()


def test_a_bug_shows_only_where_it_matters() -> None:
    target = find_target("mutant:tie-first-wins")
    regressions = ROOT / "corpora" / "regressions"
    assert differs(target, as_qemu_has_it(regressions / "M3" / "tie-last-wins.fv"))
    assert not differs(target, as_qemu_has_it(regressions / "R2" / "zero-size-child.fv"))


def test_machines_count_for_what_was_gone_by_and_refusals_for_nothing() -> None:
    emulator = emulator_for("x86_64")
    machines = [MachineType(emulator, "x86_64", name) for name in ("pc", "xenpv", "no-such-type")]
    observer = Observer()
    for _ in observer.observe_machines(machines, 1):
        pass
    record = observer.record(RULES, emulator)
    assert record.totals["machines tried"] == 3
    assert record.totals["machines agree"] == 1
    spaces = record.totals["address spaces"]
    assert record.rules["R5"].spaces == record.rules["D3"].spaces == spaces > 1
    assert record.rules["A3"].spaces == 0


def test_what_does_not_agree_stands_on_the_page() -> None:
    seen = dict.fromkeys(RULES, RuleSeen(comparisons=1))
    record = Record("9.9.9", "a fake", {"scenarios tried": 1}, seen, ("R1/x.fv: they differ",))
    assert "- R1/x.fv: they differ" in page([record], RULES, {})


def test_a_rule_that_cannot_be_observed_is_not_counted() -> None:
    """The hook of fuzzing builds: scenarios about it agree on QEMU, which has none."""
    record = Record("9.9.9", "a fake", {}, {"A16": RuleSeen(1, 10), "A17": RuleSeen(1, 10)})
    reasons = {"A16": "there is none"}
    assert not is_seen(record, "A16", reasons)
    assert is_seen(record, "A17", reasons)
    shown = page([record], RULES, reasons)
    assert "- A16: there is none" in shown
    assert "| A17 | 1 | 10 |" in shown


def test_a_rule_without_observation_or_reason_is_told() -> None:
    record = Record("9.9.9", "a fake", {}, {})
    assert "R1" in unexplained([record], RULES, {"F": "not in QEMU"})
    assert "F1" not in unexplained([record], RULES, {"F": "not in QEMU"})


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"rules": {"R1": {"nonsense": 1}}}'])
def test_a_damaged_record_is_an_error_with_its_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "qemu-1.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"qemu-1\.json: no record"):
        read_record(path)


def test_a_record_is_kept_as_it_was(tmp_path: Path) -> None:
    record = Record("9.9.9", "a fake", {"x": 1}, {"R1": RuleSeen(1, 2, 3, 4, 5, 6)}, ("a line",))
    path = tmp_path / "qemu-9.json"
    path.write_text(json.dumps(record.to_json()))
    assert read_record(path) == record


def test_a_reason_for_a_rule_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "reasons.toml"
    path.write_text('Z9 = "no such rule"\n')
    with pytest.raises(ReasonError, match="Z9"):
        read_reasons(path, RULES)

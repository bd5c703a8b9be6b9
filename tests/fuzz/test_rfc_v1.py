"""RFC v1 as a target: each defect shows by itself, and the page says what the fuzzer found."""

import re
from functools import partial
from pathlib import Path

import pytest

from fuzz.campaign import Campaign, CampaignResult, run_campaign
from fuzz.format import format_scenario
from fuzz.oracle import run
from fuzz.parse import parse, parse_file
from fuzz.rfc_v1 import NUMBERED, PREFIX, Defect, UnknownDefect, defects_of
from fuzz.rfc_v1_hunt import FOLDER, FOUND, Way, by_chance, found_path, read_results, targets
from fuzz.rfc_v1_table import PAGE, page
from fuzz.targets.impl import ImplTarget
from fuzz.targets.interface import TargetFactory
from fuzz.targets.model import ModelTarget
from fuzz.targets.registry import UnknownTarget, find_target
from fuzz.targets.rfc_v1.target import RfcTarget
from fuzz.verdict import Verdict

WRITTEN = sorted(FOLDER.glob("*.fv"))
FOUND_PATHS = sorted((FOLDER / FOUND).rglob("*.fv"))
SHOWN = [one for one in Defect if not one.out_of_reach]
F7_SHOWS_WITH = "F5+F6"
"""Without these, no error comes of a byte but the first."""

HIDDEN = {Defect.F6, Defect.F16}
"""What RFC v1 does not come to show, since it panics before: F19."""

WITHOUT_DEFECTS: TargetFactory = partial(RfcTarget, name="none", defects=frozenset())
OTHERS = sorted(path for path in Path("corpora").rglob("*.fv") if FOLDER not in path.parents)


def verdict(path: Path, target: str) -> Verdict:
    return run(parse_file(path), [ModelTarget, find_target(target)]).verdict


def target_of(name: str) -> str:
    """The target that shows a defect with as few others as can be."""
    return f"{PREFIX}:{F7_SHOWS_WITH}+F7" if name == "F7" else f"{PREFIX}:{name}"


# --- The list ----------------------------------------------------------------------------------


def test_the_list_has_all_29_in_order() -> None:
    assert [one.value for one in NUMBERED] == [f"F{number}" for number in range(1, 30)]
    assert all(one.what.endswith(".") for one in Defect)
    assert all(one.out_of_reach[-1:] in ("", ".") for one in Defect)


def test_a_name_says_which_defects_a_target_has() -> None:
    assert defects_of("rfc-v1") == frozenset(Defect)
    assert defects_of("rfc-v1:F5") == {Defect.F5}
    assert defects_of("rfc-v1:F5+F7") == {Defect.F5, Defect.F7}


@pytest.mark.parametrize("name", ["rfc-v1:", "rfc-v1:F30", "rfc-v1:F5+", "rfc-v1:F9", "rfc-v1:F24"])
def test_a_defect_that_is_none_or_cannot_show_is_no_target(name: str) -> None:
    with pytest.raises(UnknownDefect):
        defects_of(name)
    with pytest.raises(UnknownTarget):
        find_target(name)


# --- Defects -----------------------------------------------------------------------------------


def test_every_defect_that_can_show_has_a_scenario_written_for_it() -> None:
    assert {path.stem for path in WRITTEN} == {one.value for one in SHOWN} | {"F7"}


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.stem)
def test_a_written_scenario_shows_its_defect_alone_and_among_all(path: Path) -> None:
    scenario = parse_file(path)
    assert f"Rules: {path.stem}." in scenario.heading
    assert format_scenario(scenario) == path.read_text()
    assert run(scenario, [ModelTarget, ImplTarget]).verdict is Verdict.AGREE
    assert run(scenario, [ModelTarget, WITHOUT_DEFECTS]).verdict is Verdict.AGREE
    assert verdict(path, target_of(path.stem)) is Verdict.DIVERGE
    assert verdict(path, PREFIX) is Verdict.DIVERGE


@pytest.mark.parametrize("path", FOUND_PATHS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_scenario_that_was_found_shows_what_it_was_found_for(path: Path) -> None:
    assert verdict(path, "impl") is Verdict.AGREE
    name = path.stem
    assert verdict(path, PREFIX if name == PREFIX else f"{PREFIX}:{name}") is Verdict.DIVERGE


@pytest.mark.parametrize("defect", [one for one in SHOWN if one not in HIDDEN], ids=str)
def test_a_written_scenario_shows_no_other_defect(defect: Defect) -> None:
    others = frozenset(Defect) - {defect}
    target = partial(RfcTarget, name=f"all but {defect.value}", defects=others)
    outcome = run(parse_file(FOLDER / f"{defect.value}.fv"), [ModelTarget, target])
    assert outcome.verdict is Verdict.AGREE, outcome.difference


def test_f7_names_the_first_address_of_the_request() -> None:
    path = FOLDER / "F7.fv"
    scenario = parse_file(path)
    shown = {}
    for name in (f"{PREFIX}:{F7_SHOWS_WITH}", target_of("F7")):
        difference = run(scenario, [ModelTarget, find_target(name)]).difference
        assert difference is not None
        shown[name] = difference.right
    assert list(shown.values()) == [
        ("error InvalidGuestAddress 0x1000",),
        ("error InvalidGuestAddress 0xffc",),
    ]


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_without_defects_it_is_what_the_specification_says(path: Path) -> None:
    scenario = parse_file(path)
    expected = run(scenario, [ModelTarget, ImplTarget], skip_rejected=True)
    outcome = run(scenario, [ModelTarget, WITHOUT_DEFECTS], skip_rejected=True)
    assert outcome == expected


def test_a_panic_shows_what_happened_before_it() -> None:
    text = """
        build fuzzing
        container system 2^64
        ram low 0x1000
        io big 2^64
        device big little
        alias top 0x800 of big at 0xfffffffffffff800
        add system low at 0x0
        add system top at 0x1000
        space memory system
        guest-read memory 0xffc 0x8
    """
    outcome = run(parse(text), [ModelTarget, find_target(f"{PREFIX}:F2+F3")])
    assert outcome.difference is not None
    panic, hook = outcome.difference.right
    assert panic.startswith("panics ")
    assert hook == "hook 0x8 at 0xffc: low"


# --- The fuzzer --------------------------------------------------------------------------------


def test_the_fuzzer_finds_rfc_v1_unaided(tmp_path: Path) -> None:
    *_, last = run_campaign(Campaign(PREFIX, 60, tmp_path))
    assert isinstance(last, CampaignResult)
    assert last.verdict is Verdict.DIVERGE
    assert last.counts["instrumented"] > 0
    assert last.saved is not None
    assert verdict(last.saved, "impl") is Verdict.AGREE


def test_chance_finds_the_same_with_the_same_seed() -> None:
    """As the page says, and the scenario that was found is the one that is kept."""
    target = f"{PREFIX}:F17"
    said = read_results(FOLDER).hunts[target][Way.CHANCE.value]
    executions, scenario = by_chance(target, 120, said.seed)
    assert executions <= 100, "with the operations as they were it is the count on the page"
    assert scenario is not None
    assert run(scenario, [ModelTarget, find_target(target)]).verdict is Verdict.DIVERGE
    assert by_chance(target, 120, said.seed) == (executions, scenario)


# --- The page ----------------------------------------------------------------------------------


def test_the_page_is_what_was_found() -> None:
    """Write it anew with `python -m fuzz.rfc_v1_table --page`."""
    assert (FOLDER / PAGE).read_text() == page(read_results(FOLDER), FOLDER)


def test_the_page_lists_every_defect_and_its_scenarios() -> None:
    text = (FOLDER / PAGE).read_text()
    for one in NUMBERED:
        assert text.count(f"| {one.value} |") == 1 + bool(one.out_of_reach)
    linked = re.findall(r"\]\(([^)]+)\)", text)
    assert linked
    assert all((FOLDER / link).exists() for link in linked)


def test_what_the_page_says_was_found_is_there() -> None:
    hunts = read_results(FOLDER).hunts
    assert list(hunts) == targets()
    found = {
        found_path(target, way, FOLDER)
        for target, ways in hunts.items()
        for way in Way
        if ways[way.value].found
    }
    assert found == set(FOUND_PATHS)

"""The committed machines: all explained, by facts that are needed, and not by broken renderers."""

import json
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.format import format_scenario
from fuzz.machines.broken_renderers import (
    BROKEN_RENDERERS,
    RendererResult,
    check_control,
    check_renderers,
    one_region_that_changes_readonly,
)
from fuzz.machines.check import replay_machines
from fuzz.machines.corpus import MachineText
from fuzz.machines.exhaustive import cases_of, every_unknown
from fuzz.machines.facts import FactKind
from fuzz.machines.flat_text import parse_views
from fuzz.machines.results import MachineResult
from fuzz.machines.solver import solve
from fuzz.mutation import load_variant
from fuzz.parse import parse
from fuzz.scenario import Scenario
from fuzz.targets.impl import ImplTarget
from fuzz.targets.interface import Settings
from fuzz.targets.model import ModelTarget
from fuzz.verdict import Verdict
from model.view import FlatRange

SPACES = 1573
"""Address spaces of the 218 machine types as they are switched on."""

SHADOWED = "x86_64-pc-pam"
"""The one machine that was changed before it was printed."""


@pytest.fixture(scope="module")
def results(machines: tuple[MachineText, ...]) -> list[MachineResult]:
    as_switched_on = [machine for machine in machines if machine.name != SHADOWED]
    return list(replay_machines(as_switched_on, [ModelTarget, ImplTarget]))


def test_shadow_ram_needs_the_readonly_flags_that_are_not_printed(
    machines: tuple[MachineText, ...],
) -> None:
    """A PC whose RAM is read-only in places, through aliases that print as RAM."""
    (shadowed,) = [machine for machine in machines if machine.name == SHADOWED]
    (result,) = replay_machines([shadowed], [ModelTarget, ImplTarget])
    assert set(result.verdicts) == {Verdict.AGREE}
    assert result.needed == {FactKind.READONLY: 4}


def test_every_address_space_is_explained(results: list[MachineResult]) -> None:
    """The rules, and the implementation, give all that QEMU printed of 218 machines."""
    assert [result.fault for result in results if result.fault] == []
    disagreeing = [
        f"{result.machine}, {space.space}, {space.target}: {space.reason}"
        for result in results
        for space in result.spaces
        if space.verdict is not Verdict.AGREE
    ]
    assert disagreeing == []
    counts = Counter(space.target for result in results for space in result.spaces)
    assert counts == {"model": SPACES, "impl": SPACES}


def test_what_is_compared_is_counted(results: list[MachineResult]) -> None:
    """A replay that read less than is there would still agree."""
    assert sum(result.views for result in results) == 953
    assert sum(result.ranges for result in results) == 13_811
    assert sum(result.sections for result in results) == 17_204
    assert {result.page_bits for result in results} == {10, 12}


def test_few_facts_are_needed(results: list[MachineResult]) -> None:
    """The more facts were bent to fit, the less agreement would mean."""
    needed: Counter[FactKind] = Counter()
    for result in results:
        needed.update(result.needed or {})
    assert needed == {FactKind.TERMINATES: 4}
    told = {sentence for result in results for space in result.spaces for sentence in space.needed}
    assert told == {"imx7.analog is a container", "usb_dwc3 is a container"}


def test_without_the_facts_needed_there_is_no_agreement(machines: tuple[MachineText, ...]) -> None:
    """The search is really used: with room for one rendering, those machines are undecided."""
    few = [machine for machine in machines if "sabre" in machine.name or "versal" in machine.name]
    verdicts = Counter(
        verdict
        for result in replay_machines(few, [ModelTarget], budget=1)
        for verdict in result.verdicts
    )
    assert verdicts[Verdict.INCONCLUSIVE]
    assert not verdicts[Verdict.DIVERGE]


@pytest.mark.parametrize(
    "kind", [FactKind.TERMINATES, FactKind.TIE_ORDER], ids=lambda kind: str(kind.value)
)
def test_the_corpus_depends_on_facts_of_each_kind(
    machines: tuple[MachineText, ...], kind: FactKind
) -> None:
    """Some printed view is explained with one value of such a fact only, and the search finds it
    when it is made to start from the other. The corpus holds no such view for the remaining kinds:
    sizes, flags and alias targets are searched in made trees (`test_solver`)."""
    for machine in machines:
        for case in cases_of(machine):
            unknowns = every_unknown(case)
            facts = [
                fact
                for fact, values in unknowns.domain.items()
                if fact.kind is kind and len(values) > 1
            ]
            for fact in facts:
                usual = unknowns.assign({}, {}).value(fact)
                start = {fact: 1 - int(usual)}
                solution = solve(unknowns, case.view, fresh, start, budget=1)
                if solution.verdict is Verdict.INCONCLUSIVE:
                    found = solve(unknowns, case.view, fresh, start)
                    assert found.verdict is Verdict.AGREE
                    assert found.changed[fact] == usual
                    return
    pytest.fail("no view depends on such a fact")


def fresh() -> ModelTarget:
    return ModelTarget(Settings("qemu-7.2"))


def test_a_machine_is_a_scenario(results: list[MachineResult]) -> None:
    """What a replay ran can be saved as text and read back, so that a divergence can be kept."""
    result = next(result for result in results if result.machine == "x86_64-pc")
    assert isinstance(result.scenario, Scenario)
    assert parse(format_scenario(result.scenario)).steps == result.scenario.steps


def test_results_are_plain_data(results: list[MachineResult]) -> None:
    """Reports are written from this, so it must say everything that a reader acts on."""
    result = next(result for result in results if "sabre" in result.machine)
    plain = json.loads(json.dumps(result.to_json()))
    assert plain["needed"] == {"terminates": 1}
    assert plain["verdicts"] == {"agree": len(result.spaces)}
    told = {(space["space"], space["target"]): space["needed"] for space in plain["spaces"]}
    assert told["memory", "model"] == told["memory", "impl"] == ["imx7.analog is a container"]


def test_a_changed_print_is_noticed(pc: MachineText) -> None:
    """A digit of a range, a range's type, a section, a root, and sharing: each alone diverges."""
    changes = [
        ("00000000000dffff (prio 1, rom)", "00000000000dfffe (prio 1, rom)"),
        ("(prio 1, rom): pc.rom", "(prio 1, ram): pc.rom"),
        ("(prio 0, ram): pc.ram", "(prio 2, ram): pc.ram"),
        ("pc.bios @0000000000020000", "pc.bios @0000000000010000"),
        ("00000000000dffff pc.rom", "00000000000dfffe pc.rom"),
        ("0000000000000fff io [ROOT]", "0000000000000fff io"),
        ("Root memory region: io", "Root memory region: pic"),
    ]
    for before, after in changes:
        assert before in pc.views
        changed = pc._replace(views=pc.views.replace(before, after, 1))
        (result,) = replay_machines([changed], [ModelTarget])
        assert Verdict.DIVERGE in result.verdicts, after


def test_facts_that_do_not_go_together_are_no_agreement(pc: MachineText) -> None:
    """Two views of one region that need opposite facts: each is explained alone, and not both."""
    views = pc.views.replace("(prio 0, i/o): ioapic", "(prio 0, rom): ioapic", 1)
    (result,) = replay_machines([pc._replace(views=views)], [ModelTarget])
    undecided = [space for space in result.spaces if space.verdict is Verdict.INCONCLUSIVE]
    assert {space.space for space in undecided} <= {"memory", "cpu-memory-0", "cpu-smm-0"}
    assert "explained alone, but not with the machine's other spaces" in undecided[0].reason


def test_views_shared_otherwise_are_no_agreement(machines: tuple[MachineText, ...]) -> None:
    """Spaces of one flat root share one view (R9), so the same ranges printed as two views are
    wrong, although each is explained."""
    for machine in machines:
        blocks = machine.views.removesuffix("\n\n").split("\n\n")
        for number, view in enumerate(parse_views(machine.views, machine.name).views):
            apart = [space for space in view.spaces if space.root != view.spaces[0].root]
            if not apart or not view.ranges:
                continue
            lines = blocks[number].split("\n")
            rest = [line for line in lines[1:] if not line.startswith(" AS ")]
            moved = [line for line in lines if line.startswith(" AS ") and apart[0].root in line]
            kept = [line for line in lines if line.startswith(" AS ") and line not in moved]
            blocks[number] = "\n".join([lines[0], *kept, *rest])
            blocks.append("\n".join([f"FlatView #{len(blocks)}", *moved, *rest]))
            changed = machine._replace(views="\n\n".join(blocks) + "\n\n")
            (result,) = replay_machines([changed], [ModelTarget])
            reasons = [space.reason for space in result.spaces if space.reason]
            assert result.fault == ""
            assert reasons
            assert all("views are shared differently" in reason for reason in reasons)
            return
    pytest.fail("no machine has two roots that share a view")


def test_texts_of_two_machines_are_a_fault(machines: tuple[MachineText, ...]) -> None:
    """The two texts of a machine must name the same address spaces."""
    mixed = machines[0]._replace(views=machines[-1].views)
    (result,) = replay_machines([mixed], [ModelTarget])
    assert result.verdicts == (Verdict.FAULT,)
    assert "differ in address spaces" in result.fault


# --- Broken renderers -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rejections(machines: tuple[MachineText, ...]) -> dict[str, RendererResult]:
    return {result.name: result for result in check_renderers(machines)}


@pytest.mark.parametrize("name", [one.mutation.name for one in BROKEN_RENDERERS])
def test_a_broken_renderer_is_rejected(rejections: dict[str, RendererResult], name: str) -> None:
    """For some address space every assignment of its facts fails; else agreement says nothing."""
    result = rejections[name]
    assert result.rejected == 1
    assert result.example is not None
    trial = result.example.trial
    assert trial.difference is not None
    assert trial.tried > 0 or name == "merges-across-a-readonly-change"
    assert trial.aborted == 0
    assert result.to_json()["example"]["machine"] == result.example.case.machine


def test_there_are_nine_broken_renderers() -> None:
    """One for each rule that the issue names."""
    assert len({one.mutation.name for one in BROKEN_RENDERERS}) == 9


def test_the_unbroken_renderer_is_rejected_by_nothing(machines: tuple[MachineText, ...]) -> None:
    """The control: the same procedure, so a rejection is due to what was broken."""
    control = check_control(machines)
    assert (control.rejected, control.aborted, control.undecided) == (0, 0, 0)
    assert control.examined > 900


ranges = st.builds(
    FlatRange,
    region=st.sampled_from("ab"),
    offset=st.integers(0, 8),
    start=st.integers(0, 8),
    size=st.integers(1, 4),
    dirty_log_mask=st.just(0),
    romd_mode=st.just(True),
    readonly=st.booleans(),
    nonvolatile=st.just(False),
    unmergeable=st.just(False),
)


@given(st.lists(ranges, max_size=8))
def test_one_region_cannot_change_readonly_in_a_view_of_that_merge(drawn: list[FlatRange]) -> None:
    """The one rejection without trying assignments rests on this: whatever is rendered, the broken
    merge leaves no two ranges of one region that continue each other and differ in the flag."""
    end, placed = 0, []
    for one in drawn:
        placed.append(one._replace(start=end + one.start % 2))
        end = placed[-1].end
    (broken,) = [one for one in BROKEN_RENDERERS if one.impossible is not None]
    view = load_variant("model", broken.mutation).view
    merged = view.simplify(tuple(view.FlatRange(*one) for one in placed))
    assert not any(
        left.end == right.start
        and left.region == right.region
        and left.offset + left.size == right.offset
        for left, right in pairwise(merged)
    )


def test_a_region_that_changes_readonly_is_found_in_a_print(
    machines: tuple[MachineText, ...], pc: MachineText
) -> None:
    """The PC with shadow RAM in several states, and not the one as it is switched on."""
    (shadowed,) = [machine for machine in machines if machine.name == "x86_64-pc-pam"]
    found = [
        difference.address
        for text in (shadowed, pc)
        for case in cases_of(text)
        if (difference := one_region_that_changes_readonly(case.view, every_unknown(case, True)))
    ]
    assert set(found) == {0xC0000}
    assert len(found) == 2

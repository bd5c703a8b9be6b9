"""Counterexamples become scenarios: they show the planted bug, and nothing without it."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.main import commands
from fuzz.mutation import Mutation
from fuzz.parse import parse, parse_file
from fuzz.verdict import EXIT_CLEAN, EXIT_FINDING, Verdict
from proofs.results import Counterexample
from proofs.runner import bite
from proofs.theorem import Theorem
from proofs.theorems import THEOREMS, theorem_named
from proofs.witnesses import How, Witness, describe_witness, witness_of, write_witness
from proofs.witnesses import search as search_module
from proofs.witnesses.effort import MOST_CALLS
from proofs.witnesses.embeddings import EMBEDDINGS
from proofs.witnesses.script import Candidate, CannotEmbed, Values, size_text
from proofs.witnesses.search import REGRESSIONS, neighbours, regressions
from proofs.witnesses.sides import Sides

FILLING = "every_address_is_answered_by_the_earlier_view_or_else_by_the_window_laid_under_it"
MERGING = "merging_neighbours_changes_the_meaning_of_no_address"
WALKING = "a_range_stays_exactly_if_both_views_have_it_and_else_goes_or_comes_just_once"
UNIFYING = "skipping_a_region_changes_nothing_if_what_follows_has_its_address_and_its_flags"

EMBEDDED = [
    (FILLING, "gap_is_dropped"),
    (FILLING, "one_byte_too_many_is_hidden"),
    (MERGING, "merges_two_regions"),
    (WALKING, "resized_range_stays"),
    (UNIFYING, "container_stands_for_a_displaced_child"),
    (
        "rendering_any_tree_adds_what_it_resolves_to_wherever_nothing_was_rendered_before",
        "children_are_rendered_last_first",
    ),
    (
        "split_at_pages_gives_a_head_whole_pages_and_a_tail_that_make_up_the_range",
        "tail_takes_the_last_page",
    ),
    (
        "only_ram_is_cut_at_the_end_of_its_section_and_never_to_nothing",
        "ram_is_not_cut",
    ),
    (
        "a_step_of_a_device_is_the_largest_power_of_two_that_length_maximum_and_alignment_allow",
        "step_is_rounded_up",
    ),
    (
        "a_step_of_memory_takes_a_byte_or_more_and_ends_with_its_length_or_its_block",
        "step_takes_all_of_its_block",
    ),
    (
        "the_steps_of_a_write_are_consecutive_in_order_and_sum_to_its_length",
        "address_stays_where_it_is",
    ),
    (
        "callbacks_follow_one_another_and_cover_an_access_exactly_if_their_size_divides_its",
        "last_callback_comes_first",
    ),
]
"""Teeth of theorems of many kinds, whose counterexamples' own values make witnesses."""


def tooth(theorem: Theorem, bug: str) -> Mutation:
    """A tooth by name."""
    return next(one for one in theorem.teeth if one.name == bug)


@cache
def refuted(name: str, bug: str) -> Counterexample:
    """What Z3 finds for a tooth."""
    theorem = theorem_named(name)
    found = bite(theorem, tooth(theorem, bug)).proof.counterexample
    assert found is not None
    return found


@cache
def witnessed(name: str, bug: str) -> Witness:
    """The witness of a tooth."""
    theorem = theorem_named(name)
    return witness_of(theorem, tooth(theorem, bug), refuted(name, bug))


@pytest.mark.parametrize(("name", "bug"), EMBEDDED)
def test_the_values_of_a_counterexample_make_a_scenario_that_shows_the_bug(
    name: str, bug: str
) -> None:
    witness = witnessed(name, bug)
    assert witness.how is How.EMBEDDED
    assert witness.scenario is not None
    sides = Sides(witness.package, witness.mutation)
    assert sides.outcome(witness.scenario).verdict is Verdict.DIVERGE
    sound = Sides(witness.package, None)
    assert sound.outcome(witness.scenario).verdict is Verdict.AGREE


@pytest.mark.parametrize(("name", "bug"), EMBEDDED[:3])
def test_no_step_of_a_witness_can_be_left_out(name: str, bug: str) -> None:
    witness = witnessed(name, bug)
    assert witness.scenario is not None
    sides = Sides(witness.package, witness.mutation)
    needed = [step for step in witness.scenario.steps if not step.shows]
    for place in range(len(needed)):
        steps = witness.scenario.steps[:place] + witness.scenario.steps[place + 1 :]
        assert not sides.diverges(replace(witness.scenario, steps=steps))


def test_plain_data_of_a_counterexample_gives_the_same_witness() -> None:
    name, bug = EMBEDDED[0]
    theorem, found = theorem_named(name), refuted(name, bug)
    read = Counterexample.from_json(found.to_json())
    again = witness_of(theorem, tooth(theorem, bug), read)
    assert again.scenario == witnessed(name, bug).scenario


def test_where_the_values_show_nothing_a_scenario_near_them_is_found() -> None:
    witness = witnessed(
        "split_cuts_a_range_in_two_without_losing_or_doubling_a_byte", "rest_keeps_the_offset"
    )
    assert witness.how is How.SEARCHED
    assert witness.scenario is not None
    assert witness.origin in "\n".join(witness.scenario.heading)
    assert Sides(witness.package, witness.mutation).diverges(witness.scenario)


# --- What is rejected ----------------------------------------------------------------------------


def agreeing(values: Values) -> object:
    """A wrong embedding: a scenario that has nothing to do with the values."""
    yield Candidate(("container system 2^64", "space memory system"))


def differing(values: Values) -> object:
    """A wrong embedding that cannot even be read."""
    yield Candidate(("container system 2^65",))
    raise CannotEmbed("nothing has these values")


def test_a_scenario_on_which_both_agree_is_no_witness(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Planted as an embedding of values, of which none of its neighbours shows the bug either."""
    monkeypatch.setitem(EMBEDDINGS, FILLING, agreeing)
    monkeypatch.setattr(search_module, "MOST_SPENT", 0)
    theorem = theorem_named(FILLING)
    found = refuted(FILLING, "gap_is_dropped")
    witness = witness_of(theorem, tooth(theorem, "gap_is_dropped"), found, tmp_path)
    assert (witness.how, witness.scenario) == (How.NONE, None)
    assert witness.reason
    with pytest.raises(ValueError, match=FILLING):
        write_witness(witness, tmp_path)
    assert witness.reason in describe_witness(witness)


def test_what_no_scenario_has_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(EMBEDDINGS, FILLING, differing)
    theorem = theorem_named(FILLING)
    bug = tooth(theorem, "gap_is_dropped")
    witness = witness_of(theorem, bug, refuted(FILLING, "gap_is_dropped"), tmp_path)
    assert witness.how is How.NONE
    assert "2^65" in witness.reason or "nothing has these values" in witness.reason


def test_a_bug_in_code_that_no_scenario_runs_is_told_as_such() -> None:
    witness = witnessed(UNIFYING, "region_answers_after_its_end")
    assert witness.how is How.NONE
    assert witness.reason == "no scenario runs the function of model.meaning that has the bug"


def test_a_scenario_is_no_witness_if_the_packages_differ_without_the_bug() -> None:
    """A bug that is planted on the other side, too, is none that the mutation shows."""
    theorem = theorem_named(FILLING)
    bug = tooth(theorem, "gap_is_dropped")
    witness = witnessed(FILLING, "gap_is_dropped")
    assert witness.scenario is not None
    sides = Sides("model", bug)
    sides.sound = sides.given
    assert not sides.diverges(witness.scenario)


def test_no_region_has_a_byte_less_than_all() -> None:
    assert size_text(1 << 64) == "2^64"
    with pytest.raises(CannotEmbed, match="M2"):
        size_text((1 << 64) - 1)


def test_code_that_does_not_end_is_stopped() -> None:
    """The bug makes the page map set a run for ever."""
    bug = Mutation("never_ends", "model.radix", "while run.pages > 0", "while True")
    scenario = parse(
        "container system 2^64\nram low 0x2000\nadd system low at 0x0\nspace memory system\n"
        "lookup memory 0x0"
    )
    outcome = Sides("model", bug).outcome(scenario)
    assert outcome.difference is not None
    assert "crashes" in outcome.difference.right[0]


# --- Files and print -----------------------------------------------------------------------------


def test_a_written_witness_is_replayed_and_diverges(tmp_path: Path) -> None:
    witness = witnessed(FILLING, "gap_is_dropped")
    path = write_witness(witness, tmp_path)
    assert [path] == list(tmp_path.iterdir())
    assert parse_file(path).steps == witness.scenario.steps  # type: ignore[union-attr]
    target = "proofs.witnesses.teeth:gap_is_dropped"
    command = ["replay", "--target", target, str(path)]
    replayed = CliRunner().invoke(commands, command, standalone_mode=False)
    assert replayed.return_value == EXIT_FINDING, replayed.output
    assert "differs after step" in replayed.output
    sound = CliRunner().invoke(commands, ["replay", str(path)], standalone_mode=False)
    assert sound.return_value == EXIT_CLEAN, sound.output


def test_a_witness_is_described_with_its_difference_its_map_and_how_to_replay_it(
    tmp_path: Path,
) -> None:
    witness = witnessed(FILLING, "gap_is_dropped")
    path = write_witness(witness, tmp_path)
    text = describe_witness(witness, path)
    assert "first differing address" in text
    assert "address space memory: root system" in text
    assert "flatview replay --target proofs.witnesses.teeth:gap_is_dropped" in text
    assert witness.divergence in text
    assert witness.scenario is not None
    assert witness.scenario.heading[0] == f"model with gap_is_dropped refutes {FILLING}"
    assert witness.how is How.EMBEDDED


def test_the_teeth_have_names_of_their_own() -> None:
    named = {one.name: one[:4] for theorem in THEOREMS for one in theorem.teeth}
    for theorem in THEOREMS:
        for one in theorem.teeth:
            assert named[one.name] == one[:4], one.name
            assert one.name.isidentifier()


# --- The search ----------------------------------------------------------------------------------


def test_the_search_is_deterministic() -> None:
    witness = witnessed(FILLING, "gap_is_dropped")
    assert witness.scenario is not None
    first, second = ([what for _, what in neighbours(witness.scenario)] for _ in range(2))
    assert first == second
    assert len(set(first)) > 10


def test_no_regression_comes_near_the_limit_of_work() -> None:
    sides = Sides("model", None)
    for _, scenario in regressions(REGRESSIONS)[::16]:
        before = sides.meter.spent
        sides.outcome(scenario)
        assert 0 < 3 * (sides.meter.spent - before) < MOST_CALLS


def test_each_embedding_is_that_of_a_theorem() -> None:
    assert EMBEDDINGS.keys() <= {theorem.name for theorem in THEOREMS}

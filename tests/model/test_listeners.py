"""What listeners are guaranteed: over random histories, and over any two views."""

from collections.abc import Sequence
from itertools import accumulate

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import model
import model.changes
import model.topology
import model.write_changes
from fuzz.mutation import Mutation, load_variant
from model.events import Listener
from model.listeners import difference_step, differences, stay_events
from model.view import FlatRange, Ranges
from tests.model.histories import Operation, flavours, histories, io_histories, without_mask
from tests.model.listener_checks import (
    Check,
    check_coalesced,
    check_commits,
    check_passes,
    check_registration,
    check_replay,
)

CHECKS: dict[Check, st.SearchStrategy[list[Operation]]] = {
    check_commits: histories,
    check_replay: histories,
    check_passes: histories,
    check_coalesced: io_histories,
    check_registration: io_histories,
}

# --- Over random histories --------------------------------------------------------------------


@pytest.mark.parametrize("check", CHECKS)
@given(data=st.data(), flavour=flavours)
def test_listeners_are_told_what_the_rules_say(
    check: Check, data: st.DataObject, flavour: str
) -> None:
    """T2 to T8: whoever follows the callbacks knows the map, and at no time a contradictory one."""
    check(model, flavour, data.draw(CHECKS[check]))


MUTANTS = (
    (
        check_commits,
        "what stays is deleted and added",
        "model.listeners",
        "old.start < new.start:",
        "old.start <= new.start:",
    ),
    (
        check_commits,
        "a dirty mask makes another range",
        "model.listeners",
        "old.size == new.size",
        "old.size == new.size and old.dirty_log_mask == new.dirty_log_mask",
    ),
    (
        check_commits,
        "log_start for bits that were set before",
        "model.listeners",
        "if after & ~before:",
        "if after:",
    ),
    (
        check_commits,
        "deletions in forward order",
        "model.events",
        "            Callback.REGION_DEL,\n",
        "",
    ),
    (
        check_commits,
        "sections refer to the new view",
        "model.topology",
        "topology_events(listeners, topology.regions, old, new)",
        "topology_events(\n            listeners, topology.regions, "
        "old._replace(serial=new.serial), new\n        )",
    ),
    (
        check_commits,
        "equals in reverse order of registration",
        "model.events",
        "listener.priority < other.priority",
        "listener.priority <= other.priority",
    ),
    (
        check_replay,
        "a resized range stays",
        "model.listeners",
        "        and old.size == new.size\n",
        "",
    ),
    (
        check_replay,
        "a range that became read-only stays",
        "model.listeners",
        "        and old.readonly == new.readonly\n",
        "",
    ),
    (
        check_passes,
        "ranges that stay are deleted too",
        "model.listeners",
        "if section is not None and stays is None:",
        "if section is not None:",
    ),
    (
        check_coalesced,
        "coalesced ranges that leave are not told of",
        "model.listeners",
        "            yield from coalesced_events(\n"
        "                listeners, Callback.COALESCED_IO_DEL, old.serial, section, parts\n"
        "            )\n",
        "",
    ),
    (
        check_coalesced,
        "a coalesced range is told of beyond its section",
        "model.coalesced",
        "return intersection(shown, section.addresses) if",
        "return shown if",
    ),
    (
        check_registration,
        "registration tells of all coalesced ranges",
        "model.coalesced",
        "            break\n",
        "            continue\n",
    ),
    (
        check_registration,
        "a new listener is not told of dirty masks",
        "model.listeners",
        "Callback.LOG_START, view.serial, section, 0, mask)",
        "Callback.LOG_START, view.serial, section, mask, mask)",
    ),
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=[mutant[1] for mutant in MUTANTS])
def test_each_check_notices_a_broken_specification(
    mutant: tuple[Check, str, str, str, str],
) -> None:
    """A check that nothing can violate protects nothing."""
    check, name, module, original, replacement = mutant
    variant = load_variant("model", Mutation(name, module, original, replacement))

    @settings(
        derandomize=True,
        database=None,
        max_examples=400,
        phases=(Phase.generate,),
        report_multiple_bugs=False,
    )
    @given(flavour=flavours, history=CHECKS[check])
    def hunt(flavour: str, history: Sequence[Operation]) -> None:
        check(variant, flavour, history)

    with pytest.raises((AssertionError, KeyError)):
        hunt()


# --- The walk over any two views --------------------------------------------------------------


def in_line(pieces: list[tuple[int, int, str, bool, int]]) -> Ranges:
    """Sorted disjoint ranges from gaps, sizes, regions, and what may differ besides."""
    ends = accumulate(gap + size for gap, size, *_ in pieces)
    return tuple(
        FlatRange(region, 0, end - size, size, dirty_log_mask=mask, readonly=readonly)
        for end, (_, size, region, readonly, mask) in zip(ends, pieces, strict=True)
    )


views = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.integers(1, 2),
        st.sampled_from("ab"),
        st.booleans(),
        st.integers(0, 3),
    ),
    max_size=8,
).map(in_line)


@given(views, views)
def test_the_walk_finds_what_goes_what_comes_and_what_stays(old: Ranges, new: Ranges) -> None:
    """P13: each range of either view is dealt with once, in order, and the pairs are the common."""
    before = {without_mask(section): section for section in old}
    after = {without_mask(section): section for section in new}
    taken = differences(old, new)
    assert [gone for gone, _ in taken if gone is not None] == list(old)
    assert [comes for _, comes in taken if comes is not None] == list(new)
    pairs = [(one, other) for one, other in taken if one is not None and other is not None]
    assert pairs == [(before[key], after[key]) for key in after if key in before]


@given(views, views)
def test_one_turn_of_the_walk_takes_what_begins_first(old: Ranges, new: Ranges) -> None:
    """T4, of one turn: what is left of both views lies at or after what was taken."""
    if not old and not new:
        return
    first, second = (old or (None,))[0], (new or (None,))[0]
    gone, comes = difference_step(first, second)
    assert gone in (None, first)
    assert comes in (None, second)
    taken = {one.start for one in (gone, comes) if one is not None}
    assert taken == {min(one.start for one in (first, second) if one is not None)}


def test_log_events_are_exact_for_every_pair_of_dirty_masks() -> None:
    """T4: log_start if and only if a bit is gained, log_stop if and only if one is lost."""
    listeners = (Listener("vhost", "memory"),)
    for old in range(256):
        for new in range(256):
            sections = (FlatRange("ram", 0, 0, 1, mask) for mask in (old, new))
            told = [event.callback.value for event in stay_events(listeners, 0, *sections)]
            bits = [(old >> bit & 1, new >> bit & 1) for bit in range(8)]
            started = ["log_start"] if (0, 1) in bits else []
            stopped = ["log_stop"] if (1, 0) in bits else []
            assert told == ["region_nop", *started, *stopped]

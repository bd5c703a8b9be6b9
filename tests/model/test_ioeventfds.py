"""Ioeventfds: what a space holds, what listeners are told of it, and which write signals what."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import model
import model.changes
import model.topology
import model.write_changes
from fuzz.mutation import Mutation, load_variant
from model.ioeventfds import in_device_order, insert, is_before, signalled_by
from model.region import Ioeventfd
from tests.model.histories import (
    Mirror,
    Operation,
    bytes_shown,
    flavours,
    histories_of,
    mirrored,
    order,
    registrations,
    run,
    topology_operations,
    transactions,
)
from tests.model.histories import eventfds as eventfd_operations
from tests.model.histories import ioeventfds as ioeventfd_fields

ioeventfds = ioeventfd_fields.map(lambda fields: Ioeventfd(*fields))
lists = st.lists(ioeventfds, max_size=8).map(
    lambda added: tuple(sorted(added, key=order)),
)
histories = histories_of(
    topology_operations,
    eventfd_operations,
    eventfd_operations,
    transactions,
    registrations,
)

hunting = settings(
    derandomize=True,
    database=None,
    max_examples=400,
    phases=(Phase.generate,),
    report_multiple_bugs=False,
)
"""Settings for what must fail: the same inputs each time, and the first failure is enough."""

# --- Over random histories --------------------------------------------------------------------


def check_spaces(package: Any, flavour: str, history: Sequence[Operation]) -> None:
    """A listener that was there before any ioeventfd knows those that its view shows.

    A whole ioeventfd is shown by each range that shows a byte of it.
    """
    mirrors: dict[str, Mirror] = {}
    early: set[str] = set()
    for step in run(package, flavour, history):
        mirrored(step, mirrors)
        asking = {one.name: one.space for one in step.after.listeners if one.has_eventfd_callbacks}
        if not any(region.ioeventfds for region in step.after.regions.values()):
            new = {one.name for one in step.after.listeners if one not in step.before.listeners}
            early |= {one for one in new & asking.keys() if not held(step.after, asking[one])}
        early &= asking.keys()
        mirrors = {one.name: mirrors[one.name] for one in step.after.listeners}
        for name in early if step.after.depth == 0 else ():
            shown = Counter(
                order(one._replace(start=one.start + section.start - section.offset))
                for section in step.after.spaces[asking[name]].view.ranges
                for one in step.after.regions[section.region].ioeventfds
                if bytes_shown(section, one) is not None
            )
            assert mirrors[name].ioeventfds == shown


def held(topology: Any, space: str) -> Sequence[Any]:
    """The ioeventfds that a space was last brought up to."""
    found: Sequence[Any] = topology.ioeventfds.get(space, ())
    return found


def check_moments(package: Any, flavour: str, history: Sequence[Operation]) -> None:
    """Ioeventfds are told of only after the sections of their space, and to those who ask.

    A change of ioeventfds alone brings neither begin nor commit, and leaves all views alone.
    """
    for step in run(package, flavour, history):
        asking = {one.name for one in (*step.before.listeners, *step.after.listeners) if one[3]}
        spaces = {one.name: one.space for one in (*step.before.listeners, *step.after.listeners)}
        finished: set[str] = set()
        for event in step.events:
            if event.callback.startswith("eventfd"):
                assert event.listener in asking
                finished.add(spaces[event.listener])
                assert event.view == step.after.spaces[spaces[event.listener]].view.serial
            elif event.callback not in ("begin", "commit"):
                assert spaces[event.listener] not in finished
        if step.operation[0].endswith("ioeventfd"):
            assert all(event.callback.startswith("eventfd") for event in step.events)
            assert step.before.spaces == step.after.spaces


@pytest.mark.parametrize("check", [check_spaces, check_moments])
@given(flavour=flavours, history=histories)
def test_listeners_are_told_of_ioeventfds(
    check: Any, flavour: str, history: Sequence[Operation]
) -> None:
    """T1, T2, T10."""
    check(model, flavour, history)


MUTANTS = (
    (
        check_spaces,
        "ioeventfds that are partly hidden are not shown",
        "model.ioeventfds",
        "if not intersects(section.addresses, addresses):",
        "if not section.start <= addresses.start <= addresses.end <= section.end:",
    ),
    (
        check_spaces,
        "offsets are taken for addresses",
        "model.ioeventfds",
        "return ioeventfd._replace(start=addresses.start)",
        "return ioeventfd",
    ),
    (
        check_spaces,
        "deletions are not told of",
        "model.listeners",
        "        if gone is not None and comes is None:\n",
        "        if gone is not None and comes is gone:\n",
    ),
    (
        check_moments,
        "told of before the view is published",
        "model.topology",
        "update_ioeventfds(publish(topology, name), name)",
        "publish(update_ioeventfds(topology, name), name)",
    ),
    (
        check_moments,
        "told to all listeners",
        "model.listeners",
        " if one.has_eventfd_callbacks)",
        ")",
    ),
    (
        check_moments,
        "a change of ioeventfds renders all anew",
        "model.topology",
        "if topology.pending:",
        "if topology.pending or topology.ioeventfd_pending:",
    ),
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=[mutant[1] for mutant in MUTANTS])
def test_each_check_notices_a_broken_specification(
    mutant: tuple[Any, str, str, str, str],
) -> None:
    """A check that nothing can violate protects nothing."""
    check, name, module, original, replacement = mutant
    variant = load_variant("model", Mutation(name, module, original, replacement))

    @hunting
    @given(flavour=flavours, history=histories)
    def hunt(flavour: str, history: Sequence[Operation]) -> None:
        check(variant, flavour, history)

    with pytest.raises((AssertionError, KeyError)):
        hunt()


# --- Lists ------------------------------------------------------------------------------------


@given(st.lists(ioeventfds), ioeventfds)
def test_a_regions_list_stays_sorted_and_keeps_what_it_has(
    added: list[Ioeventfd], last: Ioeventfd
) -> None:
    """T10: QEMU compares two lists by walking them, which needs their order."""
    ours: tuple[Ioeventfd, ...] = ()
    for one in (*added, last):
        ours = insert(ours, one)
    assert not any(is_before(right, left) for left, right in pairwise(ours))
    assert sorted(ours) == sorted((*added, last))
    assert [one for one in ours if order(one) == order(last)][-1] == last


def check_walk(package: Any, old: Sequence[Any], new: Sequence[Any]) -> None:
    """What is in both lists is neither deleted nor added, however often it is there."""
    taken = package.ioeventfds.ioeventfd_differences(old, new)
    gone = Counter(order(one) for one, other in taken if other is None)
    comes = Counter(order(other) for one, other in taken if one is None)
    before, after = Counter(map(order, old)), Counter(map(order, new))
    assert gone == before - after
    assert comes == after - before


@given(lists, lists)
def test_the_walk_over_sorted_lists_is_their_symmetric_difference(
    old: tuple[Ioeventfd, ...], new: tuple[Ioeventfd, ...]
) -> None:
    """T10: an accelerator must not be given twice what it has."""
    check_walk(model, old, new)


@pytest.mark.parametrize(
    ("original", "replacement"),
    [
        ("new is None or is_before(old, new)", "new is None or old.start < new.start"),
        ("return (start, size, match_data, ", "return (start, size, True, "),
        ("data if match_data else 0", "data"),
    ],
    ids=["kept if at the same start", "kept if unlike in matching", "unmatched data counts"],
)
def test_the_check_of_the_walk_notices_a_broken_specification(
    original: str, replacement: str
) -> None:
    """It compares with sets, so an order that is not the rule's must show."""
    variant = load_variant("model", Mutation("", "model.ioeventfds", original, replacement))

    @hunting
    @given(lists, lists)
    def hunt(old: tuple[Ioeventfd, ...], new: tuple[Ioeventfd, ...]) -> None:
        check_walk(variant, old, new)

    with pytest.raises(AssertionError):
        hunt()


@given(lists, st.integers(0, 9), st.sampled_from((1, 2, 4, 8)), st.integers(0, 1))
def test_a_write_signals_the_first_that_watches_it(
    ours: tuple[Ioeventfd, ...], offset: int, size: int, data: int
) -> None:
    """T10, H11: at its start alone; of its size and data, unless its size is 0."""
    watching = [
        one
        for one in ours
        if one.start == offset
        and (one.size == 0 or (one.size == size and (not one.match_data or one.data == data)))
    ]
    assert signalled_by(ours, offset, size, data) == (watching[0] if watching else None)


@given(st.integers(0, (1 << 64) - 1), st.sampled_from((2, 4, 8)))
def test_data_of_the_other_byte_order_is_turned_around(data: int, size: int) -> None:
    """A10: the device's bytes are the target's in reverse, and only `size` of them."""
    turned = in_device_order(data, size, byte_swapped=True)
    ours = [data >> 8 * i & 0xFF for i in range(size)]
    assert [turned >> 8 * i & 0xFF for i in range(8)] == [*reversed(ours), *[0] * (8 - size)]
    for same in (in_device_order(data, size, False), in_device_order(data, 1, True)):
        assert same == data
    assert in_device_order(data, 0, byte_swapped=True) == data

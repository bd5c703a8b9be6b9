"""What a listener hears: the walk over two views as calls, on views of bounded length.

The unbounded theorems reason about one turn of the walk; here the loop itself runs, and the calls
that come of it are replayed.
"""

from collections.abc import Sequence
from functools import partial
from itertools import pairwise, product
from typing import Any

from model.view import FlatRange
from proofs.proof import Limits, Proof
from proofs.ranges import any_address, any_range, is_said_once, meaning_of
from proofs.rebinding import rebound
from proofs.symbolic import any_of, negation
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs_in_walks as bugs
from proofs.theorems.bounded import any_view
from proofs.theorems.walking import is_same

LENGTHS = tuple(product(range(3), repeat=2))
"""How many ranges the old and the new view have."""

OLD_MASK, NEW_MASK = 0b011, 0b110
CLIENTS = range(3)
"""QEMU has three that track writes."""
MASKS = range(1 << len(CLIENTS))


class AnyRegions:
    """Regions of which nothing is asked: they have nothing coalesced."""

    def __getitem__(self, name: object) -> None:
        """Of any name."""


def nothing_coalesced(section: FlatRange, region: None) -> tuple[()]:
    """In place of `model.listeners.coalesced_parts`."""
    return ()


def a_view(package: Package, proof: Proof, name: str, length: int, mask: int) -> Any:
    """An input: any view of a length, whose ranges all have one dirty mask."""
    ranges = tuple(
        range_._replace(dirty_log_mask=mask) for range_ in any_view(package, proof, length, name)
    )
    return package.view.FlatView("root", ranges, len(name))


def is_among(range_: FlatRange, ranges: Sequence[FlatRange]) -> bool:
    """Whether a range is one of others, up to its dirty mask."""
    return any_of(*(is_same(range_, other) for other in ranges))


def hearing(package: Package, proof: Proof, lengths: tuple[int, int]) -> None:
    """One listener hears of a new view, and keeps what it was told of."""
    address = any_address(proof)
    old = a_view(package, proof, "old", lengths[0], OLD_MASK)
    new = a_view(package, proof, "new", lengths[1], NEW_MASK)
    callbacks = package.events.Callback
    topology_events = rebound(package.listeners.topology_events, coalesced_parts=nothing_coalesced)
    listener = package.events.Listener("listener", "space")
    heard = tuple(topology_events((listener,), AnyRegions(), old, new))
    proof.show("heard", tuple((str(event.callback), event.section) for event in heard))

    known = list(old.ranges)
    calls = [event.callback for event in heard]
    deletions = [event.section for event in heard if event.callback == callbacks.REGION_DEL]
    for event, section in ((event.callback, event.section) for event in heard):
        if event == callbacks.REGION_DEL:
            places = [place for place, range_ in enumerate(known) if range_ is section]
            proof.claim("what is deleted was there", len(places) == 1)
            del known[places[0]]
            proof.claim("what is deleted is not new", negation(is_among(section, new.ranges)))
        elif event == callbacks.REGION_ADD:
            known.append(section)
            proof.claim("what is added is new", negation(is_among(section, old.ranges)))
        else:
            proof.claim("what stays is there", is_among(section, known))
        said = tuple(meaning_of(range_, address) for range_ in known)
        proof.claim("no two sections overlap", is_said_once(said))
    first = [call == callbacks.REGION_DEL for call in calls[: len(deletions)]]
    proof.claim("deletions come first", all(first))
    others = [
        event.section
        for event in heard
        if event.callback in (callbacks.REGION_ADD, callbacks.REGION_NOP)
    ]
    for pass_ in (deletions, others):
        for left, right in pairwise(pass_):
            proof.claim("sections come by ascending address", left.start < right.start)
    proof.claim("there are as many sections as ranges", len(known) == len(new.ranges))
    for range_ in new.ranges:
        proof.claim("each range of the new view is there", is_among(range_, known))


def _one_of(number: int) -> int:
    """The number as a plain one: each takes a path of its own, because bits are counted."""
    for mask in MASKS:
        if number == mask:
            return mask
    raise ValueError(f"{number} is no dirty mask")


def _has(mask: int, client: int) -> bool:
    return mask & 1 << client != 0


def masks_change(package: Package, proof: Proof) -> None:
    """A range stays, with any two masks of three clients."""
    low, high = MASKS[0], MASKS[-1]
    masks = proof.integer("before", low, high), proof.integer("after", low, high)
    range_ = any_range(package, proof, "range")
    before, after = (_one_of(mask) for mask in masks)
    callbacks = package.events.Callback
    listener = package.events.Listener("listener", "space")
    heard = tuple(
        package.listeners.stay_events(
            (listener,),
            0,
            range_._replace(dirty_log_mask=before),
            range_._replace(dirty_log_mask=after),
        )
    )
    proof.show("heard", tuple(str(event.callback) for event in heard))
    expected = [callbacks.REGION_NOP]
    if any(_has(after, client) and not _has(before, client) for client in CLIENTS):
        expected.append(callbacks.LOG_START)
    if any(_has(before, client) and not _has(after, client) for client in CLIENTS):
        expected.append(callbacks.LOG_STOP)
    proof.claim(
        "a client that starts or stops is told", [event.callback for event in heard] == expected
    )
    told = [(event.old, event.new) for event in heard[1:]]
    proof.claim("both masks are told", told == [(before, after)] * len(told))


HEARING = Theorem(
    name="a_listener_never_knows_two_sections_that_overlap_for_views_of_up_to_2_ranges",
    statement=(
        "For every two views of 0 to 2 ranges each, a listener that keeps what "
        "it hears of is told to delete just what only the old view has, then to add just what "
        "only the new one has, each by ascending address, never knows two sections that overlap, "
        "and ends with the ranges of the new view."
    ),
    rules=("P13", "T3", "T4", "T8"),
    assumptions=(
        "Each view has at most 2 ranges, and is sorted, disjoint, and inside the address space.",
        "There is one listener, and the regions have nothing coalesced.",
    ),
    bound="old and new views of 0 to 2 ranges each",
    limits=Limits(resource_units=2_500_000, paths=680),
    obligations=tuple(
        Obligation(f"from {old} ranges to {new}", partial(hearing, lengths=(old, new)))
        for old, new in LENGTHS
    ),
    teeth=(
        bugs.ALL_GO,
        bugs.WALKED_BACKWARDS,
        bugs.STAYING_IS_ADDED,
        bugs.EQUALS_GO,
    ),
)

LOGGING = Theorem(
    name="a_listener_is_told_of_each_client_that_starts_or_stops_logging_a_range_that_stays",
    statement=(
        "Of a range that stays, a listener hears region_nop, then log_start exactly if a client's "
        "bit comes into the dirty mask, then log_stop exactly if one leaves it, with both masks."
    ),
    rules=("P13", "T4", "T5"),
    assumptions=("The masks are those of three clients, as in QEMU. There is one listener.",),
    limits=Limits(resource_units=230_000, paths=260),
    obligations=(Obligation("for any two masks", masks_change),),
    teeth=(
        bugs.LOG_START_FOR_LOST_BITS,
        bugs.LOG_STOP_FOR_ALL,
        bugs.MASKS_SWAPPED,
    ),
)

THEOREMS = (HEARING, LOGGING)

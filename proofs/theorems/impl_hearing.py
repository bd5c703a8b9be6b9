"""Hearing: listeners hear from impl what they hear from the model, call by call.

impl compares views by chunks, which views share, and by where ranges begin; the model walks over
both.
"""

from functools import partial
from itertools import product
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

from model.events import Callback, Listener, LogEvent, RegionEvent
from model.listeners import topology_events
from model.view import FlatRange, FlatView, Ranges
from proofs.proof import Limits, Proof
from proofs.ranges import same_range
from proofs.rebinding import rebound
from proofs.refinement import (
    MODEL,
    Refinement,
    RegionObjects,
    in_impl,
    in_model,
    keyed,
    same_rows,
)
from proofs.theorem import Package, Theorem
from proofs.theorems import bugs_in_impl_listeners as bugs
from proofs.theorems.bounded import any_view
from proofs.theorems.hearing import NEW_MASK, OLD_MASK, AnyRegions, nothing_coalesced

NAMES = ("first", "second")
"""Two listeners, in the order of forward calls."""


class Heard(NamedTuple):
    """One call of one listener; the masks are those of log_start and log_stop, else None."""

    listener: str
    callback: str
    section: FlatRange
    masks: tuple[int, int] | None = None


def same_call(left: Heard, right: Heard) -> bool:
    """Whether two calls are the same."""
    is_same = left[:2] == right[:2] and left.masks == right.masks
    return is_same and same_range(left.section, right.section)


def are_heard_alike(given: object, expected: Any, done: Any) -> dict[str, bool]:
    """The relation of calls."""
    return {"the same is heard in the same order": same_rows(expected, done, same_call)}


def in_short(events: Any, hears_all: bool) -> tuple[Heard, ...]:
    """What listeners of the model's hear, without what stays if they do not hear of it."""
    return tuple(
        Heard(
            event.listener,
            str(event.callback),
            event.section,
            (event.old, event.new) if isinstance(event, LogEvent) else None,
        )
        for event in cast(tuple[RegionEvent | LogEvent, ...], events)
        if hears_all or event.callback != Callback.REGION_NOP
    )


def listener_class(package: Package, heard: list[Heard], hears_all: bool) -> Any:
    """A class of listeners that note what they hear; of what stays, only if asked to."""

    def noting(callback: str) -> Any:
        def note(self: Any, section: Any, *masks: int) -> None:
            told = cast(tuple[int, int], masks) if masks else None
            heard.append(Heard(self.name, callback, in_model(section), told))

        return note

    names = ["region_add", "region_del", "log_start", "log_stop"]
    methods = {name: noting(name) for name in (*names, *(["region_nop"] if hears_all else []))}
    return type("Noting", (package.memory_listener.MemoryListener,), methods)


class Space:
    """In place of an address space."""

    def __init__(self, view: Any) -> None:
        self.view = view


def listeners_of(package: Package, space: Space, heard: list[Heard], hears_all: bool) -> Any:
    """All of impl's listeners: two, of one space."""
    nobody = SimpleNamespace(lifetimes=SimpleNamespace(publish=lambda *_: None))
    listeners = package.listeners.Listeners(nobody, package.flavour.CURRENT)
    noting = listener_class(package, heard, hears_all)
    for name in NAMES:
        listener = noting()
        listener.name = name
        listeners.of_space(space).append(listener)
    return listeners


# --- Publishing a view ---------------------------------------------------------------------------


class Views(NamedTuple):
    """What a space has shown, and what it is to show; a shared range is in one chunk of both."""

    shared: Ranges
    old: Ranges
    new: Ranges


def any_views(proof: Proof, lengths: tuple[int, int], is_shared: bool, is_pair: bool) -> Views:
    """An input: any views of these lengths, behind a range that they share; or a pair of ranges.

    The ranges of a pair begin at one address. If there are two in each, they are alike.
    """
    count = 1 if is_shared else 0
    old, new = (
        any_view(MODEL, proof, count + length, name)
        for name, length in zip(("old", "new"), lengths, strict=True)
    )
    if is_shared:
        proof.assume(same_range(old[0], new[0]))
    if is_pair:
        proof.assume(old[0].start == new[0].start)
    if lengths == (2, 2):
        old, new = alike(old), alike(new)
    shared, old = old[:count], _masked(old[count:], OLD_MASK)
    return Views(_masked(shared, OLD_MASK), old, _masked(new[count:], NEW_MASK))


def alike(ranges: Ranges) -> Ranges:
    """Ranges at the same places and offsets, but all of one region, with no flags."""
    return tuple(FlatRange("region", one.offset, one.start, one.size) for one in ranges)


def _masked(ranges: Ranges, mask: int) -> Ranges:
    return tuple(range_._replace(dirty_log_mask=mask) for range_ in ranges)


def heard_in_model(given: Views, hears_all: bool) -> tuple[Heard, ...]:
    """Run the model."""
    old, new = (
        FlatView("root", (*given.shared, *ranges), serial)
        for serial, ranges in enumerate((given.old, given.new))
    )
    listeners = tuple(Listener(name, "space") for name in NAMES)
    events = rebound(topology_events, coalesced_parts=nothing_coalesced)
    return in_short(events(listeners, AnyRegions(), old, new), hears_all)


def heard_in_impl(package: Package, given: Views, hears_all: bool) -> tuple[Heard, ...]:
    """Run impl's publication of a new view."""
    objects, chunk = RegionObjects(), package.view.Chunk

    def chunks_of(ranges: Ranges) -> list[Any]:
        if not ranges:
            return []
        keys = (one._replace(start=keyed(one.start)) for one in ranges)
        return [chunk([in_impl(package, one, objects(one.region)) for one in keys])]

    shared = chunks_of(given.shared)
    old, new = (
        package.view.FlatView(None, (*shared, *chunks_of(ranges)), 1)
        for ranges in (given.old, given.new)
    )
    heard: list[Heard] = []
    space = Space(old)
    listeners_of(package, space, heard, hears_all).publish([(space, new)])
    return tuple(heard)


def hearing(
    lengths: tuple[int, int], is_shared: bool = False, is_pair: bool = False, hears_all: bool = True
) -> Refinement[Views, tuple[Heard, ...], tuple[Heard, ...]]:
    """Publish a new view."""
    return Refinement(
        inputs=partial(any_views, lengths=lengths, is_shared=is_shared, is_pair=is_pair),
        specification=partial(heard_in_model, hears_all=hears_all),
        implementation=partial(heard_in_impl, hears_all=hears_all),
        relation=are_heard_alike,
    )


VIEWS = Theorem(
    name="listeners_hear_from_impl_what_the_model_tells_for_views_of_up_to_2_ranges",
    statement=(
        "For every two views of 0 to 2 ranges each, or of one more that they share in a chunk, "
        "two listeners hear from impl's publication, call by call, what the model tells them."
    ),
    rules=("P13", "T3", "T4", "T5", "T6", "T8"),
    assumptions=(
        "The views are sorted, disjoint, and inside the address space. The ranges of each are one "
        "chunk, the shared one another. From 2 ranges to 2, all show one region, without flags.",
        "Nothing is coalesced, and there are no ioeventfds. Both begin and commit are left out.",
        "A listener that does not override region_nop does nothing when it is called.",
    ),
    bound="views of 0 to 2 ranges",
    limits=Limits(resource_units=1_800_000, paths=890),
    obligations=(
        *(
            hearing((1, 1), is_shared=True, hears_all=hears_all).obligation(
                f"behind a shared range, {'all' if hears_all else 'what stays not'} heard"
            )
            for hears_all in (True, False)
        ),
        *(
            hearing((old, new)).obligation(f"from {old} ranges to {new}")
            for old, new in product(range(3), repeat=2)
            if old or new
        ),
    ),
    teeth=(
        bugs.SHARED_IS_NOT_TOLD,
        bugs.SHARED_CHUNKS_GO,
        bugs.ALL_NEW_RANGES_ARE_KEPT,
        bugs.DELETED_FORWARDS,
        bugs.ALL_THAT_DIFFERS_GOES,
        bugs.RESIZED_STAYS,
    ),
    package="impl",
)

THEOREMS = (VIEWS,)

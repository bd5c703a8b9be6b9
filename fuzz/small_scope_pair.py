"""The specification and the implementation of a tiny world side by side, at one place in a search.

The specification's state is a value, so to go back is to take an older one. The implementation's is
put back object by object. What the specification shows of a view depends on nothing but the view,
and is computed once for each.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple

from fuzz.callbacks import CallbackSeen
from fuzz.mutation import Mutation, Variant
from fuzz.operations import Operation
from fuzz.scenario import ABORTS, REJECTED
from fuzz.small_scope_rollback import Checkpoint
from fuzz.small_scope_world import World, load
from fuzz.targets import impl as impl_target
from fuzz.targets import model as model_target
from fuzz.targets.interface import Aborted, Lines, Rejected
from fuzz.targets.model_listeners import call_seen

MOST_KEPT = 20_000
"""How many views, and trees, are remembered at once."""


class Counts(NamedTuple):
    """How much was run, and how much of it compared.

    `runs` are sequences of operations, each in one grouping into transactions, that were carried
    out on both sides; `commits` those ends of transactions that published something. Of the rest,
    `rejected` and `ignored` say how often an operation changed nothing on either side, and
    `aborted` how often QEMU would have ended.
    """

    runs: int = 0
    commits: int = 0
    views: int = 0
    lookups: int = 0
    callbacks: int = 0
    resolved: int = 0
    rejected: int = 0
    ignored: int = 0
    aborted: int = 0

    def plus(self, other: "Counts") -> "Counts":
        """Both counts together."""
        return Counts(*map(sum, zip(self, other, strict=True)))


class Differs(Exception):
    """What the two sides show is not the same."""

    def __init__(self, what: str, expected: object, shown: object) -> None:
        super().__init__(what)
        self.what = what
        self.expected = expected
        self.shown = shown


class Calls:
    """Takes what listeners are called with, unwritten; stands in for a target's backlog."""

    def __init__(self) -> None:
        self.seen: list[CallbackSeen] = []

    def add(self, calls: Iterable[CallbackSeen]) -> None:
        """Note some calls, oldest first."""
        self.seen += calls

    def take(self) -> list[CallbackSeen]:
        """The calls since the last time."""
        taken, self.seen = self.seen, []
        return taken


class Position:
    """A position in a search: the state of both sides."""

    def __init__(self, pair: "Pair") -> None:
        self.pair = pair
        self.topology = pair.topology
        self.target = Checkpoint((pair.target.memory_map, pair.target.regions), (Calls,))

    def restore(self) -> None:
        """Take both sides back to it."""
        self.pair.reference.topology = self.topology
        self.target.restore()

    @property
    def is_current(self) -> bool:
        """Whether both sides are there."""
        return bool(self.pair.topology == self.topology) and self.target.is_current


class Expected(NamedTuple):
    """What a view of the specification shows: its sections, and which of them answers where."""

    sections: tuple[tuple[object, ...], ...]
    answers: tuple[tuple[Any, ...], ...]


class Pair:
    """Both sides after the same operations; `topology` is the specification's state.

    Every method raises Differs at the first difference.
    """

    def __init__(self, world: World, mutation: Mutation | None = None) -> None:
        self.world = world
        self.model: Variant = load("model", world)
        self.reference = model_target.ModelTarget(world.settings, self.model)
        self.target = impl_target.ImplTarget(world.settings, load("impl", world, mutation))
        self.calls = Calls()
        self.target.backlog = self.calls  # type: ignore[assignment]
        self.addresses = range(world.top)
        self.counts: dict[str, int] = dict.fromkeys(Counts._fields, 0)
        self._expected, self._resolved = known_of(world)
        self._answers: dict[Any, list[tuple[object, ...]]] = {}

    @property
    def topology(self) -> Any:
        """The state of the specification, a value."""
        return self.reference.topology

    def checkpoint(self) -> "Position":
        """What takes both sides back to where they are now."""
        return Position(self)

    # --- Operations -----------------------------------------------------------------------------

    def apply(self, operation: Operation) -> Lines:
        """Carry out an operation on both sides; what it shows on both, mostly nothing.

        Only the implementation may crash: that the specification does is a fault.
        """
        before = self.topology
        expected = outcome_of(self._apply_to_model, operation)
        try:
            shown = outcome_of(self.target.apply, operation)
        except Exception as error:
            shown = (f"crashes: {type(error).__name__}: {error}",)
        if shown != expected:
            raise Differs("the operation itself", expected, shown)
        if expected != ABORTS:
            self._compare_callbacks()
            self._compare_spaces(before)
        return expected

    def _apply_to_model(self, operation: Operation) -> Lines:
        """As `ModelTarget.apply`, but without notes of the life of views."""
        try:
            return model_target.HANDLERS[type(operation)](self.reference, operation)
        except self.model.topology.TopologyError as error:
            raise Rejected(str(error)) from error
        except self.model.view.RenderAbort as error:
            raise Aborted(str(error)) from error

    # --- Comparing ------------------------------------------------------------------------------

    def _compare_callbacks(self) -> None:
        """Compare what listeners were called with, in order."""
        shown = self.calls.take()
        expected: Sequence[CallbackSeen] = ()
        if self.topology.events:
            self.reference.topology, events = self.model.topology.take_events(self.topology)
            expected = [call_seen(event) for event in events]
            self.counts["commits"] += 1
        if shown != list(expected):
            raise Differs("callbacks", expected, shown)
        self.counts["callbacks"] += len(shown)

    def _compare_spaces(self, before: Any) -> None:
        """Compare the views of all spaces that have published another one."""
        for name, space in self.topology.spaces.items():
            shown = self.target.memory_map.spaces[name].view
            if shown.serial != space.view.serial:
                raise Differs(f"number of the view of {name}", space.view.serial, shown.serial)
            old = before.spaces.get(name)
            if old is None or old.view.serial != shown.serial:
                self._compare_views(name, space.view, shown)

    def _compare_views(self, name: str, view: Any, shown: Any) -> None:
        """Compare a view with the specification's, and its sections and look-ups at all addresses.

        The specification's own is compared with the meaning of the tree.
        """
        self.counts["views"] += 1
        root = None if shown.root is None else shown.root.name
        ranges = tuple(
            (one.region.name, one.offset, one.start, one.end - one.start, *one.flags)
            for one in shown.ranges
        )
        if (root, ranges) != (view.root, view.ranges):
            raise Differs(f"view of {name}", (view.root, view.ranges), (root, ranges))
        self._check_meaning(name, view)
        expected = self._expectation(view.ranges)
        bits = self.world.page_bits
        sections = tuple(map(section_seen, shown.sections(bits)))
        if sections != expected.sections:
            raise Differs(f"sections of {name}", expected.sections, sections)
        answers = [shown.find_section(address, bits) for address in self.addresses]
        if answers != self._answers_of_target(view.ranges, expected):
            for address, answer in zip(self.addresses, expected.answers, strict=True):
                found = section_seen(answers[address])
                if found != answer:
                    raise Differs(f"look-up of {address:#x} in {name}", answer, found)
        self.counts["lookups"] += len(self.addresses)

    def _answers_of_target(self, ranges: Any, expected: Expected) -> list[tuple[object, ...]]:
        """What the specification answers at each address, as the implementation would say it."""
        known = self._answers.get(ranges)
        if known is None:
            regions: dict[Any, Any] = {None: None, **self.target.regions}
            known = self._answers[ranges] = [
                (start, size, regions[region], offset, is_subpage)
                for region, offset, start, size, is_subpage in expected.answers
            ]
        return known

    def _expectation(self, ranges: Any) -> Expected:
        """What the specification shows of a view: found by its dispatch, and by linear search."""
        found = self._expected.get(ranges)
        if found is None:
            dispatch = self.model.dispatch
            sections = dispatch.sections(ranges, self.world.page_bits)
            tree = dispatch.build_dispatch(ranges, shape=self._shape)
            answers = []
            for address in self.addresses:
                answer = dispatch.find_section(sections, address)
                by_tree = dispatch.lookup_section(tree, address).section
                if answer != by_tree:
                    raise Differs(f"the specification's look-up of {address:#x}", answer, by_tree)
                answers.append(tuple(answer))
            if len(self._expected) >= MOST_KEPT:
                self._expected.clear()
            found = self._expected[ranges] = Expected(tuple(map(tuple, sections)), tuple(answers))
        return found

    @property
    def _shape(self) -> Any:
        """The widths of the page map in this world: as many levels as there can be."""
        return self.model.radix.MapShape(self.world.page_bits, 1, self.world.address_bits)

    def _check_meaning(self, name: str, view: Any) -> None:
        """Compare a view with what the tree means at each address; once for each tree.

        A view is rendered from a root that may stand for that of the space (R9, R10); it is that
        root's meaning.
        """
        regions = self.topology.regions
        tree = (view.root, *regions.values())
        if view.root is None or tree in self._resolved:
            return
        meaning = self.model.meaning
        shown: list[Any] = [None] * len(self.addresses)
        for one in view.ranges:
            for address in range(one.start, one.end):
                shown[address] = meaning.answer_of(one, address)
        for address in self.addresses:
            answer = meaning.resolve(regions, view.root, address)
            if answer != shown[address]:
                raise Differs(f"meaning of {address:#x} in {name}", answer, shown[address])
        self.counts["resolved"] += len(self.addresses)
        if len(self._resolved) >= MOST_KEPT:
            self._resolved.clear()
        self._resolved.add(tree)


@cache
def known_of(world: World) -> tuple[dict[Any, Expected], set[Any]]:
    """What a process knows: what views show, and the trees whose meaning was looked at."""
    return {}, set()


def outcome_of(apply: Callable[[Operation], Lines], operation: Operation) -> Lines:
    """What carrying out an operation on one side shows, or comes to."""
    try:
        return apply(operation)
    except Rejected:
        return REJECTED
    except Aborted:
        return ABORTS


def section_seen(one: Any) -> tuple[object, ...]:
    """A section of the implementation with its region's name, in the specification's order."""
    start, size, region, offset, is_subpage = one
    return (None if region is None else region.name, offset, start, size, is_subpage)

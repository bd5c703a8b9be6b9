"""Nine broken renderers that the printed machines must reject, and the unbroken one, as control.

If for a broken renderer, too, some assignment of the unprinted facts gave all that QEMU printed,
then explaining it would say nothing about the rules. Each of these is rejected by an address space
whose printed view no assignment explains (`exhaustive`); one of them by views that it cannot give
of any tree.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

from fuzz.machines.check import DEFAULT_FLAVOUR
from fuzz.machines.comparison import Difference
from fuzz.machines.corpus import MachineText
from fuzz.machines.exhaustive import (
    Case,
    Trial,
    cases_of,
    contains_itself,
    count_assignments,
    every_unknown,
    try_every_assignment,
)
from fuzz.machines.flat_text import PrintedView
from fuzz.machines.unknowns import Unknowns, look_of_range, look_of_region
from fuzz.mutation import Mutation, load_variant
from fuzz.targets.interface import Rejected, Settings, Target, Unsupported
from fuzz.targets.model import ModelTarget

DEFAULT_LIMIT = 1 << 10
"""Spaces with more assignments than this are passed over."""

_CHILDREN = "for child in region.subregions:\n            yield"
_CHILDREN_IN = "for child in {}:\n            yield"


class BrokenRenderer(NamedTuple):
    """A change of the model's rendering.

    `clips` says whether it still clips regions to what contains or shows them. `impossible`, if
    given, finds in a printed view what this renderer never gives, whatever the tree: no assignment
    has to be tried then. It is for a renderer of which `exhaustive` can conclude nothing.
    """

    mutation: Mutation
    clips: bool = True
    impossible: Callable[[PrintedView, Unknowns], Difference | None] | None = None


def one_region_that_changes_readonly(view: PrintedView, unknowns: Unknowns) -> Difference | None:
    """Two ranges of one region, the second continuing the first, of which just one is read-only.

    A range prints as `rom` exactly if it is read-only; one that prints as `ram` or `rom` has no
    other flag that could differ. They are of one region if no two regions can print so.
    """
    regions = [unknowns.regions[name] for name in unknowns.names]
    fits = Counter(look_of_region(region) for region in regions if not region.is_alias)
    for left, right in pairwise(view.ranges):
        same = look_of_range(left) == look_of_range(right) and fits[look_of_range(left)] == 1
        length = left.last + 1 - left.first
        continues = left.last + 1 == right.first and left.offset + length == right.offset
        flags = left.nonvolatile == right.nonvolatile and {left.word, right.word} == {"ram", "rom"}
        if same and continues and flags:
            what = "ranges that this renderer always merges"
            return Difference(what, right.first, f"{left}, then {right}", None)
    return None


def _in_render(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "model.render", original, replacement)


BROKEN_RENDERERS = (
    # By address instead. In the order of their insertion, no printed view could reject it: that
    # order is not printed, and may happen to descend by priority.
    BrokenRenderer(
        _in_render(
            "ignores-priority",
            _CHILDREN,
            _CHILDREN_IN.format("sorted(region.subregions, key=lambda one: regions[one].addr)"),
        )
    ),
    BrokenRenderer(
        _in_render(
            "reverses-ties",
            _CHILDREN,
            _CHILDREN_IN.format(
                "sorted(region.subregions[::-1], key=lambda one: -regions[one].priority)"
            ),
        )
    ),
    BrokenRenderer(
        _in_render(
            "ignores-alias-offset",
            "base - target.addr - region.alias_offset",
            "base - target.addr",
        )
    ),
    BrokenRenderer(
        _in_render(
            "does-not-clip-to-the-parent",
            "return base, intersection(extent, clip)",
            "return base, extent",
        ),
        clips=False,
    ),
    BrokenRenderer(
        _in_render(
            "renders-disabled-regions", "    if not region.enabled:\n        return None\n", ""
        )
    ),
    BrokenRenderer(
        _in_render(
            "does-not-merge",
            "return simplify(render_region(regions, (), root, 0, WHOLE_ADDRESS_SPACE, NO_FLAGS))",
            "return render_region(regions, (), root, 0, WHOLE_ADDRESS_SPACE, NO_FLAGS)",
        )
    ),
    # No assignment has to be tried: two ranges of one region that continue each other, and differ
    # in this flag alone, are never both in a view of this renderer.
    BrokenRenderer(
        Mutation(
            "merges-across-a-readonly-change",
            "model.view",
            "        and left.readonly == right.readonly\n",
            "",
        ),
        impossible=one_region_that_changes_readonly,
    ),
    BrokenRenderer(
        _in_render(
            "drops-the-own-range-of-a-region-with-children",
            "    if region.kind.terminates:\n        ranges = fill(",
            "    if region.kind.terminates and not region.subregions:\n        ranges = fill(",
        )
    ),
    BrokenRenderer(
        _in_render("ends-one-byte-early", "size=clip.size,", "size=max(clip.size - 1, 0),")
    ),
)


class Rejection(NamedTuple):
    """An address space that no assignment explains, and what trying them came to."""

    case: Case
    trial: Trial


class RendererResult(NamedTuple):
    """What the machines say of one renderer.

    `examined` counts address spaces; `rejected` those that no assignment explains although the
    renderer gave views; `aborted` those of which it gave none; `undecided` those that it could not
    be run on. `assignments` counts all that were rendered. `example` is the first rejection.
    """

    name: str
    examined: int = 0
    rejected: int = 0
    aborted: int = 0
    undecided: int = 0
    assignments: int = 0
    example: Rejection | None = None

    def to_json(self) -> dict[str, Any]:
        """The result as plain data."""
        plain: dict[str, Any] = self._asdict()
        if self.example is not None:
            case, trial = self.example
            plain["example"] = {
                "machine": case.machine,
                "space": case.space,
                **trial._asdict(),
                "difference": str(trial.difference),
            }
        return plain


def check_renderers(
    machines: Sequence[MachineText],
    renderers: Sequence[BrokenRenderer] = BROKEN_RENDERERS,
    stop_at_first: bool = True,
    limit: int = DEFAULT_LIMIT,
    flavour: str = DEFAULT_FLAVOUR,
) -> Iterator[RendererResult]:
    """Which address spaces reject each broken renderer: all, or only the first one found.

    Spaces with few assignments and regions go first; those with more assignments than `limit` are
    not examined. Raises MtreeError, and MutationError where the model's source no longer has the
    text that is changed.
    """
    cases = [case for machine in machines for case in cases_of(machine)]
    clipping = _fewest_first(cases, True, limit)
    for renderer in renderers:
        name = renderer.mutation.name
        if renderer.impossible is not None:
            ordered = _fewest_first(cases, True, None)
        else:
            ordered = clipping if renderer.clips else _fewest_first(cases, False, limit)
        package = load_variant("model", renderer.mutation)
        new_target = partial(ModelTarget, Settings(flavour), package, name)
        yield _examine(name, ordered, new_target, stop_at_first, renderer.impossible)


def check_control(
    machines: Sequence[MachineText], limit: int = DEFAULT_LIMIT, flavour: str = DEFAULT_FLAVOUR
) -> RendererResult:
    """The same for the unbroken renderer, which nothing may reject. Raises MtreeError."""
    cases = [case for machine in machines for case in cases_of(machine)]
    new_target = partial(ModelTarget, Settings(flavour), name="unbroken")
    return _examine("unbroken", _fewest_first(cases, True, limit), new_target, False, None)


def _examine(
    name: str,
    cases: Sequence[tuple[Case, Unknowns]],
    new_target: Callable[[], Target],
    stop_at_first: bool,
    impossible: Callable[[PrintedView, Unknowns], Difference | None] | None,
) -> RendererResult:
    """Try every assignment of each case, or look for what is impossible."""
    result = RendererResult(name)
    for case, unknowns in cases:
        try:
            if impossible is None:
                trial = try_every_assignment(unknowns, case.view, new_target)
            else:
                found = impossible(case.view, unknowns)
                trial = Trial(found is None, 0, 0, 0, found)
        except (Rejected, Unsupported):
            result = result._replace(undecided=result.undecided + 1)
            continue
        rejected = not trial.explained and trial.difference is not None
        result = result._replace(
            examined=result.examined + 1,
            rejected=result.rejected + rejected,
            aborted=result.aborted + (not trial.explained and not rejected),
            assignments=result.assignments + trial.tried,
            example=result.example or (Rejection(case, trial) if rejected else None),
        )
        if result.example and stop_at_first:
            break
    return result


def _fewest_first(
    cases: Sequence[Case], clips: bool, limit: int | None
) -> list[tuple[Case, Unknowns]]:
    """The cases with no more assignments than the limit, if any, the least work first.

    For a renderer that does not clip, without those that it would render without end.
    """
    ends = [case for case in cases if clips or not contains_itself(case)]
    known = [(case, every_unknown(case, clips)) for case in ends]
    if limit is not None:
        known = [one for one in known if count_assignments(one[1]) <= limit]
    return sorted(known, key=lambda one: count_assignments(one[1]) * len(one[1].names))

"""A copy of the specification that renders again only what has changed.

Rendering walks a tree, and lays what each region may show under what is there already. The walk is
a function of the regions that it looks at, and what it lays is the same wherever it starts; so both
are written down as the specification does them, and taken from there while they hold. That this is
no more than a short cut is checked now and then: `check` has views rendered whole.
"""

from collections.abc import Mapping
from typing import Any

from fuzz.mutation import Mutation, load_variant
from fuzz.qemu.errors import QemuFault
from fuzz.targets.interface import Settings
from fuzz.targets.model import ModelTarget

MOST = 5_000
"""How many answers of a kind are kept before all are forgotten."""

Windows = tuple[Any, ...]
"""What is laid into a view, one after the other."""


class _Watched(dict[str, Any]):
    """Regions, and those of them that were looked at."""

    def __init__(self, regions: Mapping[str, Any]) -> None:
        super().__init__(regions)
        self.seen: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        found = self.seen[name] = super().__getitem__(name)
        return found


class RememberedRendering:
    """The rendering of one copy of the specification, of which it takes the place. Rules: R1-R8."""

    def __init__(self, package: Any, untouched: Any) -> None:
        render, topology = package.render, package.topology
        self._flatten_whole = untouched.render.flatten
        self._check_section_count = topology.check_section_count
        self._render_region, self._fill, self._simplify = (
            render.render_region,
            render.fill,
            render.simplify,
        )
        self._whole, self._no_flags = render.WHOLE_ADDRESS_SPACE, render.NO_FLAGS
        self._walked: dict[tuple[Any, ...], tuple[dict[str, Any], Windows]] = {}
        self._laid: dict[Windows, Any] = {}
        self._filled: dict[Any, Any] = {}
        self._count = 0
        render.render_region, render.fill = self._walk, _append
        topology.flatten = self.flatten
        topology.check_limits, topology.check_section_count = _has_an_end, self._check_sections

    def flatten(self, regions: Mapping[str, Any], root: str | None) -> Any:
        """The ranges of the view of a flat root, as the specification's own function gives them."""
        if root is None:
            return ()
        windows = self._walk(_Watched(regions), (), root, 0, self._whole, self._no_flags)
        if windows not in self._laid:
            if len(self._laid) == MOST:
                self._laid.clear()
            self._laid[windows] = self._simplify(self._lay(windows))
        return self._laid[windows]

    def _lay(self, windows: Windows) -> Any:
        """The ranges that windows leave, from as far as the same ones were laid before."""
        ranges, known = (), self._filled
        for window in windows:
            if window not in known:
                known[window] = (self._fill(ranges, window), {})
                self._count += 1
            ranges, known = known[window]
        if self._count > MOST:
            self._filled, self._count = {}, 0
        return ranges

    def check(self, topology: Any) -> None:
        """Raise QemuFault unless all views of a topology are what rendering them whole gives.

        In an open transaction they may be out of date.
        """
        if topology.pending:
            return
        for root, view in topology.views.items():
            if view.ranges != self._flatten_whole(topology.regions, root):
                raise QemuFault(f"the view of {root} was remembered although it has changed")

    def _check_sections(self, ranges: Any, page_bits: int) -> None:
        """Count sections only where there can be too many: a range has five at most. Rules: D3."""
        if 5 * len(ranges) + 1 >= 1 << page_bits:
            self._check_section_count(ranges, page_bits)

    def _walk(self, regions: _Watched, before: Windows, name: str, *place: Any) -> Windows:
        """What is laid by a region and all below it, after what was laid before."""
        key = (name, *place)
        if key in self._walked:
            seen, windows = self._walked[key]
            if all(regions.get(one) is region for one, region in seen.items()):
                regions.seen.update(seen)
                return before + windows
        outer, regions.seen = regions.seen, {}
        laid: Windows = self._render_region(regions, (), name, *place)
        if len(self._walked) == MOST:
            self._walked.clear()
        self._walked[key] = (regions.seen, laid)
        outer.update(regions.seen)
        regions.seen = outer
        return before + laid


def _append(before: Windows, window: Any) -> Windows:
    """Write down what is laid, instead of laying it."""
    return (*before, window)


def _has_an_end(regions: Mapping[str, Any], root: str, max_visits: int) -> None:
    """Nothing: what QEMU has rendered, the specification can."""


def remembering_target(settings: Settings, mutation: Mutation | None = None) -> ModelTarget:
    """The specification as a target, from a copy of its own, in which a bug may be planted."""
    package: Any = load_variant("model", mutation)
    untouched = load_variant("model", mutation)
    package.remembered = RememberedRendering(package, untouched)
    return ModelTarget(settings, package)

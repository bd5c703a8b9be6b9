"""What a live machine's views show, beside what the specification's do.

Most views stay as they are from step to step, so that a printed one is only read, and one of the
specification's only written, where it is new.
"""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

from fuzz.live.changes.remembered import RememberedRendering
from fuzz.live.changes.tracked_tree import check_trees
from fuzz.live.reading import RANGES, TREES, VIEWS
from fuzz.live.session import Divergence, Session
from fuzz.machines.comparison import compare_sections, range_line
from fuzz.machines.flat_text import PrintedView, parse_views
from fuzz.machines.lines import MtreeError
from fuzz.observation import RangeSeen, format_range, format_sections
from fuzz.operations import ObserveSections, ObserveView
from fuzz.qemu.errors import QemuFault
from fuzz.scenario import Step

MOST_KEPT = 10_000
"""How many texts are kept before all are forgotten."""

View = tuple[tuple[str, ...], str]
"""A view as it is printed: the lines of its spaces, sorted, and its root and ranges."""


class Views:
    """Compares the views of a session's two sides.

    The dispatch sections and the whole trees are compared as well, every so many times that views
    are: `every`; the first time at once. Raises Divergence where views or sections differ, and
    QemuFault where the trees do: then what we know of the hardware is wrong.
    """

    def __init__(self, session: Session, every: int = 100) -> None:
        self._session = session
        self._every = every
        self._compared = 0
        self._read: dict[str, View] = {}
        self._lines: dict[Any, tuple[str, str]] = {}
        self._texts: dict[tuple[str | None, int], tuple[Any, str]] = {}
        self._shown: dict[str, Any] = {}
        read = session.read
        self._space_lines = {
            name: f' AS "{printed}", root: {_named(read.machine.regions, root)}'
            for spaces, names, root in zip(
                read.machine.trees.spaces, read.names, read.machine.roots, strict=True
            )
            for printed, name in zip(spaces.names, names, strict=True)
        }

    def ask(self) -> "asyncio.Future[list[str]]":
        """Have QEMU print its views, while we go on."""
        return self._session.live.monitor_later(RANGES)

    def compare(self, asked: "asyncio.Future[list[str]]") -> None:
        """Compare all views. Rules: R1-R9, M3, M4."""
        session = self._session
        text = session.live.awaited(asked)[0].replace("\r\n", "\n")
        if len(self._read) > MOST_KEPT:
            self._read.clear()
        printed = sorted(self._printed(block) for block in text.split("FlatView #")[1:])
        expected = sorted(self._expected())
        if printed != expected:
            self._note_views()
            self._check_remembered()
            self.compare_trees(in_order=False)
            ours, theirs = set(expected), set(printed)
            raise Divergence(
                "views differ",
                _unlike(expected, theirs) or ("all of them, but not as often",),
                _unlike(printed, ours) or ("all of them, but not as often",),
            )
        session.observed["views"] += len(printed)
        self._note_views()
        if self._compared % self._every == 0:
            self._check_remembered()
            self.compare_sections()
            self.compare_trees()
        self._compared += 1

    def compare_sections(self) -> None:
        """Compare the dispatch sections of all views. Rules: D2, D3, D4."""
        session, target = self._session, self._session.target
        regions = session.read.machine.regions
        text = session.monitor(VIEWS)
        try:
            printed = {_key_of(view): view for view in parse_views(text, VIEWS).views}
        except MtreeError as error:
            raise QemuFault(f"QEMU prints what cannot be read: {error}") from error
        for spaces in self._sharing().values():
            seen, sections = target.view(spaces[0]), target.sections(spaces[0])
            root = None if seen.root is None else regions[seen.root].name
            lines = tuple(range_line(regions, one) for one in seen.ranges)
            view = printed.get((self._lines_of(spaces), root, lines))
            if view is None:
                raise Divergence(
                    f"view of {spaces[0]} differs",
                    (str(root), *map(str, lines)),
                    tuple(str(key) for key in printed),
                )
            difference = compare_sections(regions, view, seen, sections)
            if difference is not None:
                raise Divergence(
                    f"sections of {spaces[0]} differ: {difference}",
                    format_sections(sections),
                    tuple(map(str, view.dispatch.sections if view.dispatch else ())),
                )
            shown = format_sections(sections)
            session.steps.append(Step(ObserveSections(spaces[0]), shown))
            session.observed["sections"] += len(sections)

    def compare_trees(self, in_order: bool = True) -> None:
        """Compare the trees of all spaces, or only what does not follow from the rules.

        That is all but the order of siblings. Rules: M3, M4.
        """
        session = self._session
        try:
            check_trees(session, session.monitor(TREES), in_order)
        except MtreeError as error:
            raise QemuFault(f"QEMU prints what cannot be read: {error}") from error
        session.observed["trees"] += 1

    def _check_remembered(self) -> None:
        """Have the specification render all views whole, if it remembers parts of them."""
        target = self._session.target
        remembered = getattr(target.package, "remembered", None)
        if isinstance(remembered, RememberedRendering):
            remembered.check(target.topology)

    # --- QEMU's side ------------------------------------------------------------------------

    def _printed(self, block: str) -> View:
        """A view from its text, which begins with its number."""
        _, _, block = block.partition("\n")
        view = self._read.get(block)
        if view is None:
            spaces, found, rest = block.partition(" Root memory region: ")
            if not found:
                raise QemuFault(f"`{RANGES}` prints a view without a root: {block[:80]!r}")
            view = (tuple(sorted(spaces.splitlines())), rest.rstrip())
            self._read[block] = view
        return view

    # --- The specification's ----------------------------------------------------------------

    def _sharing(self) -> dict[int, list[str]]:
        """The spaces that share each view, by its number."""
        sharing: dict[int, list[str]] = {}
        for name, space in self._session.target.topology.spaces.items():
            sharing.setdefault(space.view.serial, []).append(name)
        return sharing

    def _lines_of(self, spaces: Sequence[str]) -> tuple[str, ...]:
        return tuple(sorted(self._space_lines[name] for name in spaces))

    def _expected(self) -> Iterator[View]:
        """The views as QEMU would print them."""
        spaces = self._session.target.topology.spaces
        before, self._texts = self._texts, {}
        for names in self._sharing().values():
            view = spaces[names[0]].view
            key = (view.root, id(view.ranges))
            if key not in before or before[key][0] is not view.ranges:
                before[key] = (view.ranges, self._text(view))
            self._texts[key] = before[key]
            yield self._lines_of(names), before[key][1]

    def _text(self, view: Any) -> str:
        """The root and the ranges of a view, as QEMU would print them. Rules: R6."""
        regions = self._session.read.machine.regions
        lines = ["(none)" if view.root is None else regions[view.root].name]
        lines.extend(self._both_lines(one)[0] for one in view.ranges)
        if len(lines) == 1:
            lines.append("  No rendered FlatView")
        return "\n".join(lines)

    def _both_lines(self, one: Any) -> tuple[str, str]:
        """A range as QEMU would print it, without its owner, and as a scenario does."""
        lines = self._lines.get(one)
        if lines is None:
            if len(self._lines) > MOST_KEPT:
                self._lines.clear()
            seen = RangeSeen(*one)
            line = range_line(self._session.read.machine.regions, seen)
            lines = (f"  {line._replace(owner='')}"[:-1], format_range(seen))
            self._lines[one] = lines
        return lines

    def _note_views(self) -> None:
        """Say in the scenario what the spaces show whose view has other ranges than before."""
        session, noted = self._session, set()
        spaces = session.target.topology.spaces
        for name, space in spaces.items():
            view = space.view
            shows = (view.root, view.ranges)
            before = self._shown.get(name)
            if before is None or before[0] != shows[0] or before[1] is not shows[1]:
                self._shown[name] = shows
                if view.serial not in noted:
                    noted.add(view.serial)
                    heading = f"view {view.serial} of {view.root}" if view.root else "empty view"
                    lines = (heading, *(self._both_lines(one)[1] for one in view.ranges))
                    session.steps.append(Step(ObserveView(name), lines))


def _named(regions: Any, root: str) -> str:
    """What a space's line says of its root. Rules: R9."""
    region = regions[root]
    alias = f", alias {regions[region.targets[0]].name}" if region.is_alias else ""
    return f"{region.name}{alias}"


def _key_of(view: PrintedView) -> Any:
    """A printed view as it is looked up: the lines of its spaces, root and ranges."""
    lines = []
    for space in view.spaces:
        alias = "" if space.alias is None else f", alias {space.alias}"
        lines.append(f' AS "{space.name}", root: {space.root}{alias}')
    return tuple(sorted(lines)), view.root, view.ranges


def _unlike(views: Sequence[View], others: set[View]) -> tuple[str, ...]:
    """The lines of the views that the other side does not have."""
    lines: list[str] = []
    for spaces, rest in views:
        if (spaces, rest) not in others:
            lines.extend((*spaces, *f" Root memory region: {rest}".split("\n")))
    return tuple(lines)

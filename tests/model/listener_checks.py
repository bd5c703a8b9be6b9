"""What listeners must be told in any history, stated byte by byte and set by set."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tests.model.histories import (
    Mirror,
    Operation,
    Step,
    bytes_shown,
    mirrored,
    run,
    without_mask,
)

History = Sequence[Operation]
Check = Callable[[Any, str, History], None]

# --- The rules, stated anew -------------------------------------------------------------------


class Registered:
    """The listeners in the order of their registration, as operations say."""

    def __init__(self) -> None:
        self.listeners: list[tuple[str, str, int]] = []

    def see(self, operation: Operation) -> None:
        if operation[0] == "register_listener":
            self.listeners.append(operation[1:4])
        elif operation[0] == "unregister_listener":
            self.listeners = [one for one in self.listeners if one[0] != operation[1]]

    def forward(self, space: str | None = None) -> list[str]:
        """The names by ascending priority; sorting keeps the order of those that are equal."""
        ordered = sorted(self.listeners, key=lambda one: one[2])
        return [name for name, where, _ in ordered if space in (None, where)]


def events_of_a_space(topology: Any, forward: list[str], old: Any, new: Any) -> Iterator[Any]:
    """T3 to T5, with sets instead of a walk."""
    reverse, view = forward[::-1], old.serial
    before = {without_mask(section): section for section in old.ranges}
    after = {without_mask(section): section for section in new.ranges}
    for key, section in before.items():
        if key not in after:
            for shown in coalesced_shown(topology, section):
                yield from ((one, "coalesced_io_del", view, section, shown) for one in reverse)
            yield from ((one, "region_del", view, section) for one in reverse)
    for key, section in after.items():
        if key in before:
            masks = (before[key].dirty_log_mask, section.dirty_log_mask)
            yield from ((one, "region_nop", view, section) for one in forward)
            if masks[0] | masks[1] != masks[0]:
                yield from ((one, "log_start", view, section, *masks) for one in forward)
            if masks[0] | masks[1] != masks[1]:
                yield from ((one, "log_stop", view, section, *masks) for one in reverse)
        else:
            yield from ((one, "region_add", view, section) for one in forward)
            for shown in coalesced_shown(topology, section):
                yield from ((one, "coalesced_io_add", view, section, shown) for one in forward)


def coalesced_shown(topology: Any, section: Any) -> list[tuple[int, int]]:
    """Where a section shows coalesced ranges of its region, in their order."""
    found = (bytes_shown(section, one) for one in topology.regions[section.region].coalesced)
    return [shown for shown in found if shown is not None]


def events_of_a_commit(step: Step, registered: Registered) -> Iterator[Any]:
    """T2, but for ioeventfds."""
    yield from ((one, "begin") for one in registered.forward())
    for space, (_, new) in step.after.spaces.items():
        old = step.before.spaces[space].view
        if old.serial != new.serial:
            forward = registered.forward(space)
            yield from events_of_a_space(step.after, forward, old, new)
    yield from ((one, "commit") for one in registered.forward())


# --- Checks of a history ----------------------------------------------------------------------


def check_commits(package: Any, flavour: str, history: History) -> None:
    """Each rebuild tells exactly what the rules say, in order; nothing else tells of sections."""
    registered = Registered()
    for step in run(package, flavour, history):
        told = [tuple(one) for one in step.events if not one.callback.startswith("eventfd")]
        registered.see(step.operation)
        if "register" in step.operation[0]:
            continue
        told = [one for one in told if not one[1].startswith("log_global")]
        if any(one[1] == "begin" for one in told):
            assert told == list(events_of_a_commit(step, registered))
        elif registered.listeners:
            assert all(one[1].startswith("coalesced") for one in told)
            for space in step.before.spaces.keys() & step.after.spaces.keys():
                assert step.before.spaces[space] == step.after.spaces[space]


def check_replay(package: Any, flavour: str, history: History) -> None:
    """Every listener knows the published view after each step, and two sections never overlap."""
    mirrors: dict[str, Mirror] = {}
    for step in run(package, flavour, history):
        mirrored(step, mirrors)
        for one in step.after.listeners:
            ranges = step.after.spaces[one.space].view.ranges
            shown = {without_mask(section): section.dirty_log_mask for section in ranges}
            assert mirrors[one.name].masks == shown
        for name in mirrors.keys() - {one.name for one in step.after.listeners}:
            assert mirrors.pop(name).masks == {}


def check_passes(package: Any, flavour: str, history: History) -> None:
    """T8: of each space all deletions come first; no section is both deleted and kept or added."""
    for step in run(package, flavour, history):
        if "register" in step.operation[0]:
            continue
        where = {one.name: one.space for one in step.after.listeners}
        for space in step.after.spaces:
            told = [one for one in step.events if where.get(one.listener) == space]
            callbacks = [one.callback for one in told if one.callback.startswith("region")]
            deletions = callbacks.count("region_del")
            assert callbacks[:deletions] == ["region_del"] * deletions
            gone = {one.section for one in told if one.callback == "region_del"}
            here = {one.section for one in told if one.callback in ("region_add", "region_nop")}
            assert not gone & here


def check_coalesced(package: Any, flavour: str, history: History) -> None:
    """A listener that was there before any coalesced range knows all that its view shows."""
    mirrors: dict[str, Mirror] = {}
    early: set[str] = set()
    for step in run(package, flavour, history):
        mirrored(step, mirrors)
        if not any(region.coalesced for region in step.after.regions.values()):
            early |= {one.name for one in step.after.listeners if one not in step.before.listeners}
        registered = {one.name: one.space for one in step.after.listeners}
        early &= registered.keys()
        mirrors = {name: mirror for name, mirror in mirrors.items() if name in registered}
        for name in early:
            shown = Counter(
                (without_mask(section), *addresses)
                for section in step.after.spaces[registered[name]].view.ranges
                for addresses in coalesced_shown(step.after, section)
            )
            assert mirrors[name].coalesced == shown


def check_registration(package: Any, flavour: str, history: History) -> None:
    """T7: who comes is told all there is, who leaves is told to forget it, and no one else is."""
    for step in run(package, flavour, history):
        if "register" not in step.operation[0]:
            continue
        kind, name = step.operation[:2]
        comes = kind == "register_listener"
        (space,) = (
            one.space for one in (step.after if comes else step.before).listeners if one[0] == name
        )
        expected: list[Any] = [(name, "begin")]
        if comes and step.before.global_dirty_tracking:
            expected.append((name, "log_global_start"))
        for section in step.before.spaces[space].view.ranges:
            told = list(registration_of(step.before, name, space, section, comes))
            expected += told if comes else reversed(told)
        expected.append((name, "commit"))
        heard = [tuple(one) for one in step.events if not one.callback.startswith("eventfd")]
        assert heard == expected
        assert step.events[-1].callback == "commit"


def registration_of(
    topology: Any, name: str, space: str, section: Any, comes: bool
) -> Iterator[Any]:
    """What a listener hears of one section when it comes; when it leaves, in reverse.

    (The coalesced ranges are not in reverse then. They are turned around here.)
    """
    view, mask = topology.spaces[space].view.serial, section.dirty_log_mask
    yield name, "region_add" if comes else "region_del", view, section
    if topology.flavour.value == "current":
        shown = [bytes_shown(section, one) for one in topology.regions[section.region].coalesced]
        seen = shown[: shown.index(None)] if None in shown else shown
        callback = "coalesced_io_add" if comes else "coalesced_io_del"
        for part in seen if comes else reversed(seen):
            yield name, callback, view, section, part
    if mask:
        masks = (0, mask) if comes else (mask, 0)
        yield name, "log_start" if comes else "log_stop", view, section, *masks

"""What must hold of each side by itself: each claim can be broken; what is right breaks none."""

import re
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any

import pytest

import fuzz.invariants as views
import fuzz.invariants_events as events
import fuzz.invariants_steps as steps
from fuzz.access_seen import (
    AccessSeen,
    DeviceCallSeen,
    DirtySeen,
    DmaSeen,
    MappedSeen,
    format_access,
)
from fuzz.callbacks import CallbackSeen
from fuzz.guest_seen import CallbackSeen as GuestCallback
from fuzz.guest_seen import GuestSeen
from fuzz.invariants import Broken
from fuzz.invariants_events import Listening
from fuzz.invariants_steps import DeviceSizes
from fuzz.lifecycle_seen import LifecycleSeen, ViewLife
from fuzz.observation import RangeSeen, SectionSeen, ViewSeen
from fuzz.operations import Operation
from fuzz.operations_access import Attributes, Direction, IntegerSize, Load, Read, Write
from fuzz.operations_devices import ByteOrder
from fuzz.operations_guest import GuestRead, ReadMethod, TryAccess
from fuzz.operations_mapping import Map


def claims_of(module: ModuleType) -> set[str]:
    """All that a module claims: its constants that begin with a rule."""
    texts = (value for value in vars(module).values() if isinstance(value, str))
    return {text for text in texts if re.match(r"[A-Z]\d+[:,]", text)}


# --- Each claim alone --------------------------------------------------------------------------


def a_range(start: int, size: int, offset: int = 0, region: str = "ram") -> RangeSeen:
    return RangeSeen(region, offset, start, size, 0, True, False, False, False)


def a_view(*ranges: RangeSeen, root: str | None = "root") -> Callable[[], None]:
    return partial(views.check_view, ViewSeen(0 if root is None else 1, root, ranges))


def sections(*found: SectionSeen) -> Callable[[], None]:
    """Sections that are said to be those of 0x10 to 0x1fff, with pages of 0x1000 bytes."""
    return partial(views.check_sections, [a_range(0x10, 0x1FF0)], found, 0x1000)


FIRST = views.UNASSIGNED
CONTAINER = SectionSeen(None, 0, 0, 0x1000, True)
HEAD = SectionSeen("ram", 0, 0x10, 0xFF0, False)
BODY = SectionSeen("ram", 0xFF0, 0x1000, 0x1000, False)


def looked_up(address: int, found: SectionSeen) -> Callable[[], None]:
    return partial(views.check_lookups, [a_range(0x10, 0x1FF0)], [(address, found)])


def told(*calls: tuple[str, RangeSeen | None]) -> Callable[[], None]:
    def take() -> None:
        listening = Listening("memory")
        for callback, section in calls:
            masks = (1, 1) if callback == "log_start" else None
            listening.take(CallbackSeen("l", callback, 1, section, masks))
        events.check_known(listening.known, [a_range(0, 4)])

    return take


BEGIN, COMMIT = ("begin", None), ("commit", None)
ADD, DELETE = ("region_add", a_range(0, 4)), ("region_del", a_range(0, 4))

READ = Read("memory", 0, 4)
WRITE = Write("memory", 0, b"abcd")
LOAD = Load("memory", 0, IntegerSize.ONE, ByteOrder.LITTLE)


def accessed(operation: Operation, devices: Any = (), **seen: Any) -> Callable[[], None]:
    return partial(
        steps.check_access, operation, AccessSeen(**{"result": 0, **seen}), dict(devices)
    )


def mapped(length: int, region: str | None, whole_pages: bool = False) -> Callable[[], None]:
    operation = Map("m", "memory", 0, 4, Direction.READ, Attributes.UNSPECIFIED)
    seen = AccessSeen(0, mapped=MappedSeen(length, region, 0))
    return partial(steps.check_access, operation, seen, {}, whole_pages)


def called(size: int, offset: int = 0, value: int = 0, depth: int = 0) -> dict[str, Any]:
    call = DeviceCallSeen("dev", offset, size, value, True, 0, depth)
    return {"calls": (call,), "devices": {"dev": DeviceSizes(2, 4)}}


def guest(operation: Operation, **seen: Any) -> Callable[[], None]:
    return partial(steps.check_guest, operation, GuestSeen(**seen), {})


def lives(references: int, waiting: tuple[str, ...], *destroyed: str) -> Callable[[], None]:
    seen = LifecycleSeen(
        (ViewLife(1, references, ("memory",) if references else ()),), (), (), False, waiting,
        destroyed,
    )  # fmt: skip
    before = LifecycleSeen((), (), (), False, (), ("view 7",))
    return partial(steps.check_lives, before if destroyed else None, seen)


TWICE_PUBLISHED = LifecycleSeen((ViewLife(1, 1, ("a", "b")),), (), (), False, (), ())

BROKEN: list[tuple[str, Callable[[], None]]] = [
    (views.EMPTY, a_view(a_range(0, 1), root=None)),
    (views.SORTED, a_view(a_range(8, 4), a_range(0, 4))),
    (views.SORTED, a_view(a_range(0, 4), a_range(3, 4))),
    (views.SORTED, a_view(a_range(0, 0))),
    (views.SORTED, a_view(a_range((1 << 64) - 1, 2))),
    (views.MERGED, a_view(a_range(0, 4), a_range(4, 4, offset=4))),
    (views.SECTION_0, sections(CONTAINER, HEAD, BODY)),
    (views.PARTITION, sections(FIRST, CONTAINER, HEAD)),
    (views.PARTITION, sections(FIRST, CONTAINER, HEAD, BODY._replace(offset=0xFF1))),
    (views.PAGES, sections(FIRST, CONTAINER, HEAD._replace(size=0x1FF0))),
    (views.DIVIDED, sections(FIRST, HEAD, BODY)),
    (views.DIVIDED, sections(FIRST, CONTAINER, HEAD, CONTAINER, BODY)),
    (views.INSIDE, looked_up(0x2000, BODY)),
    (views.LINEAR, looked_up(0x1000, FIRST)),
    (views.LINEAR, looked_up(0x10, HEAD._replace(offset=1))),
    (views.LINEAR, looked_up(0x8, SectionSeen("ram", 0, 0, 0x10, False))),
    (events.BRACKETS, told(ADD)),
    (events.BRACKETS, told(BEGIN, BEGIN)),
    (events.DISJOINT, told(BEGIN, ADD, ("region_add", a_range(0, 8)))),
    (events.DISJOINT, told(BEGIN, ADD, ("region_add", a_range(3, 8)), COMMIT)),
    (events.KNOWN, told(BEGIN, DELETE)),
    (events.KNOWN, told(BEGIN, ADD, ("region_nop", a_range(0, 8)))),
    (events.ORDER, told(BEGIN, ADD, DELETE)),
    (events.MASKS, told(BEGIN, ADD, ("log_start", a_range(0, 4)))),
    (events.EQUAL, told(BEGIN, ("region_add", a_range(0, 5)), COMMIT)),
    (steps.RESULT, accessed(WRITE, result=8)),
    (steps.LENGTH, accessed(READ, data=b"abc")),
    (steps.VALUE, accessed(LOAD, value=0x100)),
    (steps.SIZES, accessed(WRITE, **called(1))),
    (steps.ALIGNED, accessed(WRITE, **called(4, offset=2))),
    (steps.WRITTEN, accessed(WRITE, **called(2, value=0x10000))),
    (steps.NESTED, accessed(WRITE, **called(2, depth=1))),
    (steps.SUM, accessed(WRITE, dirty=(DirtySeen("ram", 0, 3),))),
    (steps.SUM, accessed(WRITE, result=2, dirty=(DirtySeen("ram", 0, 5),))),
    (
        steps.WRITTEN_IS_THERE,
        partial(
            steps.check_written,
            WRITE,
            format_access(AccessSeen(0, dirty=(DirtySeen("ram", 0, 4),))),
            b"abce",
        ),
    ),
    (steps.MAPPED, mapped(5, None)),
    (steps.MAPPED, mapped(0, None)),
    (steps.MAPPED, mapped(5, None, whole_pages=True)),
    (steps.MAPPED, mapped(0, "ram", whole_pages=True)),
    (steps.MOVED, guest(GuestRead(ReadMethod.READ, "memory", 0, 4), moved=5)),
    (
        steps.IN_TURN,
        guest(TryAccess("memory", 0, 9), callbacks=(GuestCallback(1, 8, 0, "ram"),)),
    ),
    (steps.COUNTS, partial(steps.check_lives, None, TWICE_PUBLISHED)),
    (steps.WAITING, lives(0, ())),
    (steps.WAITING, lives(1, ("view 1",))),
    (steps.FREED, lives(1, (), "view 7", "view 1")),
    (steps.ONCE, lives(1, (), "view 8")),
    (steps.ONCE, lives(1, (), "view 7", "view 7")),
]


@pytest.mark.parametrize(("claim", "check"), BROKEN, ids=[claim for claim, _ in BROKEN])
def test_what_a_claim_forbids_breaks_it(claim: str, check: Callable[[], None]) -> None:
    with pytest.raises(Broken) as caught:
        check()
    assert caught.value.claim == claim
    assert all(isinstance(line, str) for line in caught.value.shown)


def test_every_claim_can_be_broken() -> None:
    claims = claims_of(views) | claims_of(events) | claims_of(steps)
    assert len(claims) > 25
    assert {claim for claim, _ in BROKEN} == claims


def test_what_is_right_breaks_no_claim() -> None:
    a_view(a_range(0, 4), a_range(4, 4))()
    sections(FIRST, CONTAINER, HEAD, BODY)()
    looked_up(0x10, HEAD)()
    looked_up(0x8, FIRST)()
    told(BEGIN, ADD, COMMIT, BEGIN, DELETE, ADD, ("region_nop", a_range(0, 4)), COMMIT)()
    accessed(WRITE, dirty=(DirtySeen("ram", 0, 4),))()
    accessed(WRITE, **called(4))()
    lives(0, ("view 1",), "view 7")()
    inner = DmaSeen("dev", "memory", 0, True, b"a", 0, 1)
    outer = DeviceCallSeen("dev", 0, 2, 0, True, 0, 0)
    accessed(WRITE, {"dev": DeviceSizes()}, calls=(inner, outer))()


def test_all_of_an_access_is_looked_at_where_a_device_makes_none_of_its_own() -> None:
    """A callback that is wider than its step covers more than the access; that is no fault."""
    accessed(WRITE, **called(2), dirty=(DirtySeen("ram", 0, 4),))()

"""Comparing views and trees: what differs is told apart, and never passes for agreement."""

import asyncio
from collections.abc import Iterator

import pytest

from fuzz.live.changes.chipset import PAM_OFFSETS, WritePam
from fuzz.live.changes.pci import MoveBar
from fuzz.live.changes.remembered import RememberedRendering
from fuzz.live.changes.rig import rig_of
from fuzz.live.changes.tracked_tree import check_trees
from fuzz.live.changes.views import Views
from fuzz.live.reading import RANGES, TREES, VIEWS
from fuzz.live.session import Divergence, Session
from fuzz.operations import Begin, Property, SetProperty
from fuzz.qemu.errors import QemuFault
from tests.live.changing import change, start


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    """One machine for the tests that leave both sides in the same state."""
    with start() as session:
        yield session


def print_instead(
    monkeypatch: pytest.MonkeyPatch, session: Session, line: str, old: str, new: str
) -> None:
    """Have QEMU print something else for a line of the monitor."""
    later, awaited = session.live.monitor_later, session.live.awaited
    assert old in session.monitor(line)
    asked: list[tuple[str, ...]] = []

    def ask(*lines: str) -> "asyncio.Future[list[str]]":
        asked.append(lines)
        return later(*lines)

    def answer(asking: "asyncio.Future[list[str]]") -> list[str]:
        texts = zip(asked.pop(), awaited(asking), strict=True)
        return [text.replace(old, new) if one == line else text for one, text in texts]

    monkeypatch.setattr(session.live, "monitor_later", ask)
    monkeypatch.setattr(session.live, "awaited", answer)


def test_a_wrong_idea_of_the_hardware_is_a_fault_that_names_the_region() -> None:
    with start() as session:
        session.apply(SetProperty("hpet", Property.ADDRESS, 0xFED01000))
        with pytest.raises(QemuFault, match=r"not as tracked: tracked hpet .*at 0xfed01000"):
            WritePam(1, 0x11).perform(session)


def test_a_region_that_is_only_printed_is_named() -> None:
    with start() as session:
        edu = rig_of(session).functions["edu"]
        session.qtest("outl 0xcf8 0x80001010", "outl 0xcfc 0")
        assert edu.place.devfn == 0x10
        with pytest.raises(QemuFault, match="only tracked: edu-mmio"):
            rig_of(session).views.compare(rig_of(session).views.ask())


def test_a_wrong_idea_of_a_register_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PAM_OFFSETS, "pc", 0x5A)
    with start() as session, pytest.raises(QemuFault, match=r"hardware is not as tracked: .*pam-"):
        WritePam(1, 0x33).perform(session)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("00000000fee00000-00000000feefffff", "00000000fee00000-00000000feeffffe"),
        ("(prio 4096, i/o): apic-msi", "(prio 4096, ram): apic-msi"),
        ("(prio 1, rom): pc.rom", "(prio 1, ram): pc.rom"),
        (' AS "cpu-memory-0", root: system', ' AS "cpu-memory-0", root: memory'),
        ("Root memory region: io", "Root memory region: system"),
    ],
)
def test_a_view_that_differs_beside_the_same_tree_is_a_divergence(
    session: Session, old: str, new: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    print_instead(monkeypatch, session, RANGES, old, new)
    with pytest.raises(Divergence, match="views differ") as found:
        WritePam(1, 0x11).perform(session)
    assert any(old in line for line in found.value.model)
    assert any(new in line for line in found.value.qemu)


def test_siblings_in_another_order_are_a_divergence(session: Session) -> None:
    """Their order at one address is printed, and follows from the rules, not from the hardware."""
    text = session.monitor(TREES)
    check_trees(session, text)
    lines = text.splitlines()
    number = next(number for number, line in enumerate(lines) if "alias pam-rom" in line)
    lines[number : number + 2] = lines[number + 1], lines[number]
    with pytest.raises(Divergence, match="another order in system") as found:
        check_trees(session, "\n".join(lines) + "\n")
    assert [line.partition(" ")[0] for line in found.value.model] == ["pam-rom", "pam-pci"]
    assert [line.partition(" ")[0] for line in found.value.qemu] == ["pam-pci", "pam-rom"]


def test_sections_are_compared(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    views = rig_of(session).views
    views.compare_sections()
    assert session.observed["sections"] > 100
    old = "@00000000fed00000..00000000fed003ff hpet"
    print_instead(monkeypatch, session, VIEWS, old, old.replace("03ff", "07ff"))
    with pytest.raises(Divergence, match=r"sections of .* differ: section"):
        views.compare_sections()


@pytest.mark.parametrize(
    ("line", "old", "new"),
    [
        (RANGES, " Root memory region", " Root of memory"),
        (TREES, "(prio 4096, i/o)", "(prio many, i/o)"),
        (VIEWS, "  Dispatch", "  Dispatching"),
    ],
)
def test_text_that_cannot_be_read_is_a_fault(
    session: Session, line: str, old: str, new: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    print_instead(monkeypatch, session, line, old, new)
    views = Views(session)
    with pytest.raises(QemuFault, match="prints"):
        views.compare(views.ask())


def test_a_commit_that_does_not_come_is_a_divergence() -> None:
    with start() as session:
        session.target.apply(Begin())
        with pytest.raises(Divergence, match="views differ"):
            MoveBar("edu", 0, 0xE0000000).perform(session)


def test_sections_and_trees_are_compared_every_so_often(session: Session) -> None:
    views, before = Views(session, every=3), session.observed["trees"]
    for _ in range(7):
        views.compare(views.ask())
    assert session.observed["trees"] == before + 3


def test_what_is_remembered_is_what_rendering_whole_gives(session: Session) -> None:
    change(session, 50)
    remembered = session.target.package.remembered
    assert isinstance(remembered, RememberedRendering)
    remembered.check(session.target.topology)
    regions = session.target.topology.regions
    moved = regions["hpet"]._replace(addr=0xFED01000)
    stale = session.target.topology._replace(regions={**regions, "hpet": moved})
    with pytest.raises(QemuFault, match="although it has changed"):
        remembered.check(stale)

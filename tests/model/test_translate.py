"""Translation: sections, lengths, IOMMUs, and which accesses are direct."""

from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import model
from model.dispatch import UNASSIGNED, find_section, sections
from model.iommu import Iommu, IommuEntry, Permission
from model.memtx import AccessError, MemTxAttrs, MemTxResult, NoProgress, TranslationLimit
from model.read_write import read, write
from model.system import attach_iommu
from model.topology import TopologyError
from model.translate import IOMMU_FAULT, section_at, translate
from tests.model.access_checks import Request
from tests.model.systems import PAGE_BITS, TOP, Machine, addresses, build, layouts, lengths

ALL = TOP - 1
requests = st.builds(Request, layouts(), addresses, lengths)


# --- Sections and lengths ----------------------------------------------------------------------


def check_section(package: Any, case: Request) -> None:
    """P6: the section at an address is the one that looking through all of them finds."""
    system = build(package, case.layout)
    ranges = system.topology.spaces["memory"].view.ranges
    registered = package.dispatch.sections(ranges, PAGE_BITS)
    for address in range(case.address, min(case.address + 24, TOP)):
        found = package.translate.section_at(ranges, address, 1 << PAGE_BITS)
        assert found == package.dispatch.find_section(registered, address)


@settings(max_examples=100)
@given(requests)
def test_the_section_at_an_address_is_the_one_that_all_sections_have(case: Request) -> None:
    check_section(model, case)


def check_length(package: Any, case: Request) -> None:
    """P8: RAM gives at least a byte, inside its section; all else gives what was asked."""
    if case.length == 0:
        return
    system = build(package, case.layout)
    found = package.translate.translate(system, "memory", case.address, case.length, False)
    section, region = found.section, None
    if found.region is not None:
        region = system.topology.regions[found.region]
    if region is not None and region.kind.is_ram:
        assert 1 <= found.length <= case.length
        assert section.offset <= found.offset
        assert found.offset + found.length <= section.offset + section.size
        assert found.length == case.length or found.offset + found.length == (
            section.offset + section.size
        )
    else:
        assert found.length == case.length
    if found.region is None:
        assert (section, found.offset) == (package.dispatch.UNASSIGNED, case.address)


@settings(max_examples=100)
@given(requests)
def test_ram_is_cut_at_its_section_and_nothing_else_is(case: Request) -> None:
    check_length(model, case)


def test_a_range_of_all_addresses_has_a_last_byte() -> None:
    """D7 and X1 for a section of 2^64 bytes."""
    system = Machine().region("all", "ram", TOP).space("memory", "all").system
    found = translate(system, "memory", ALL, 8, False)
    assert (found.region, found.offset, found.length) == ("all", ALL, 1)


def test_a_range_is_cut_at_the_pages_where_its_sections_are() -> None:
    """D3: head, whole pages, tail of one range of RAM."""
    system = Machine(page_bits=4).root().region("ram", "ram", 0x40, 8).space().system
    lengths_seen = [translate(system, "memory", at, 0x100, False).length for at in (8, 16, 64)]
    assert lengths_seen == [8, 0x30, 8]
    ranges = system.topology.spaces["memory"].view.ranges
    assert section_at(ranges, 0x48, 16) == UNASSIGNED
    assert find_section(sections(ranges, 4), 0x47) == section_at(ranges, 0x47, 16)


@pytest.mark.parametrize(
    ("space", "address", "length", "attrs"),
    [
        ("none", 0, 1, MemTxAttrs()),
        ("memory", -1, 1, MemTxAttrs()),
        ("memory", TOP, 1, MemTxAttrs()),
        ("memory", 0, -1, MemTxAttrs()),
        ("memory", 0, TOP, MemTxAttrs()),
        ("memory", 0, 1, MemTxAttrs(debug=True)),
    ],
)
def test_a_request_that_no_caller_can_make_is_an_error(
    space: str, address: int, length: int, attrs: MemTxAttrs
) -> None:
    system = Machine(flavour="qemu-7.2").root().space().system
    with pytest.raises(TopologyError):
        translate(system, space, address, length, False, attrs)


# --- IOMMUs ------------------------------------------------------------------------------------


class Page(NamedTuple):
    """An entry as plain data: the page is of 2^bits bytes."""

    iova: int
    bits: int
    translated: int
    permission: int
    space: str


def with_tables(package: Any, machine: Machine, name: str, *tables: tuple[Page, ...]) -> None:
    """Attach tables to an IOMMU region, on one copy of the model."""
    module = package.iommu
    made = tuple(
        tuple(
            module.IommuEntry(
                page.iova,
                (1 << page.bits) - 1,
                page.translated,
                module.Permission(page.permission),
                page.space,
            )
            for page in table
        )
        for table in tables
    )
    machine.system = package.system.attach_iommu(machine.system, name, module.Iommu(made))


def behind_iommu(*tables: tuple[Page, ...], package: Any = model) -> Machine:
    """Space dma, all of which is an IOMMU, and space memory with RAM of 64 bytes at 0x100."""
    machine = Machine(package).root().region("ram", "ram", 0x40, 0x100)
    machine.fill("ram", bytes(range(0x40))).space()
    machine.region("iommu", "iommu", TOP).space("dma", "iommu")
    with_tables(package, machine, "iommu", *tables)
    return machine


def test_a_write_to_a_page_that_may_only_be_read() -> None:
    """Scenario 58: nothing answers, at the offset that went into the IOMMU."""
    machine = behind_iommu((Page(0, 12, 0, 1, "memory"),))
    found = translate(machine.system, "dma", 0x108, 4, True)
    assert (found.section, found.offset, found.length) == (IOMMU_FAULT, 0x108, 4)
    assert tuple(IOMMU_FAULT) == (None, 0, 0, 0, False)
    system, result = write(machine.system, "dma", 0x108, b"abcd")
    assert result is MemTxResult.DECODE_ERROR
    assert read(system, "dma", 0x108, 4)[1:] == (MemTxResult.OK, bytes([8, 9, 10, 11]))


def test_an_offset_without_an_entry_has_no_permission() -> None:
    machine = behind_iommu((Page(0, 4, 0, 3, "memory"),))
    assert read(machine.system, "dma", 0x10, 2)[1:] == (MemTxResult.DECODE_ERROR, b"\0\0")
    machine = Machine().region("iommu", "iommu", TOP).space("dma", "iommu")
    assert translate(machine.system, "dma", 0, 1, False).section == IOMMU_FAULT


def test_small_pages_split_an_access() -> None:
    """Scenario 59: page by page, each to where its entry leads."""
    pages = tuple(Page(4 * i, 2, 0x100 + 16 * (3 - i), 3, "memory") for i in range(4))
    machine = behind_iommu(pages)
    assert translate(machine.system, "dma", 2, 8, False).length == 2
    system, result, data = read(machine.system, "dma", 2, 8)
    assert (result, data) == (MemTxResult.OK, bytes([50, 51, 32, 33, 34, 35, 16, 17]))
    system, result = write(system, "dma", 2, b"abcdefgh")
    assert result is MemTxResult.OK
    assert read(system, "memory", 0x120, 4)[2] == b"cdef"


def test_an_iommu_behind_an_iommu() -> None:
    """Scenario 60: the smaller page bounds the length; the last space is the one that counts."""
    machine = behind_iommu((Page(0, 5, 0x100, 3, "memory"),))
    machine.region("outer", "iommu", TOP).space("outer", "outer")
    with_tables(model, machine, "outer", (Page(0x1000, 4, 0x10, 3, "dma"),))
    found = translate(machine.system, "outer", 0x1003, 64, False)
    assert (found.region, found.offset, found.length, found.space) == ("ram", 0x13, 13, "memory")


def test_an_iommu_may_lead_to_a_device_whose_length_is_bounded_by_the_page() -> None:
    """X2: MMIO is not clamped by its section, but it is by an IOMMU's page."""
    machine = Machine().root().region("io", "io", 16, 0).device("io").space()
    machine.region("iommu", "iommu", TOP).space("dma", "iommu")
    with_tables(model, machine, "iommu", (Page(0, 1, 0, 3, "memory"), Page(2, 1, 8, 3, "memory")))
    system, result = write(machine.system, "dma", 0, b"abcd")
    assert result is MemTxResult.OK
    assert [(one.offset, one.size) for one in system.callbacks] == [(0, 2), (8, 2)]


def test_the_target_space_is_followed_as_it_is_now() -> None:
    """L5: a commit between two accesses shows, though the IOMMU's own view is the same."""
    machine = behind_iommu((Page(0, 12, 0, 3, "memory"),))
    machine.topology(machine.package.changes.set_address, "ram", 0x200)
    assert translate(machine.system, "dma", 0x200, 4, False).region == "ram"
    assert translate(machine.system, "dma", 0x100, 4, False).section == UNASSIGNED


def test_secure_transactions_have_a_table_of_their_own() -> None:
    machine = behind_iommu((Page(0, 4, 0x100, 3, "memory"),), (Page(0, 4, 0x110, 3, "memory"),))
    for secure, byte in ((False, 0), (True, 16)):
        assert read(machine.system, "dma", 0, 1, MemTxAttrs(secure=secure))[2] == bytes([byte])


def test_a_mapping_of_everything_makes_no_progress_at_address_0() -> None:
    """X3: the length wraps to 0; only there, and only for a page of 2^64 bytes."""
    machine = behind_iommu((Page(0, 64, 0, 3, "memory"),))
    assert translate(machine.system, "dma", 0, 4, False).length == 0
    with pytest.raises(NoProgress):
        read(machine.system, "dma", 0, 4)
    with pytest.raises(NoProgress):
        write(machine.system, "dma", 0, b"abcd")
    assert read(machine.system, "dma", 0x101, 2)[1:] == (MemTxResult.OK, b"\x01\x02")
    machine.region("low", "ram", 16, 0)
    with pytest.raises(NoProgress):
        read(machine.system, "dma", 0, 4)
    with pytest.raises(NoProgress):
        write(machine.system, "dma", 0, b"abcd")


@given(st.integers(0, ALL), st.integers(0, 64), st.integers(0, ALL), st.integers(1, ALL))
def test_a_page_bounds_the_length_unless_it_is_everything(
    iova: int, bits: int, translated: int, length: int
) -> None:
    """P8 behind an IOMMU: at least one byte iff not X3; by masks, as the rule has it."""
    machine = behind_iommu((Page(iova, bits, translated, 3, "nothing"),))
    machine.root("empty").space("nothing", "empty")
    mask = (1 << bits) - 1
    found = translate(machine.system, "dma", iova, length, False)
    address = (translated & ~mask) | (iova & mask)
    left = ((address | mask) - address + 1) & ALL
    assert (found.section, found.offset) == (UNASSIGNED, address)
    assert found.length == min(length, left)
    assert (found.length >= 1) != (mask == ALL and address == 0)


def test_iommus_in_a_circle_are_a_typed_outcome() -> None:
    """X2 has no bound: QEMU would go around for ever."""
    machine = behind_iommu((Page(0, 12, 0, 3, "dma"),))
    with pytest.raises(TranslationLimit):
        translate(machine.system, "dma", 0, 1, False)


@pytest.mark.parametrize(
    "iommu",
    [
        Iommu(()),
        Iommu(((), (), ())),
        Iommu(((IommuEntry(0, 5, 0, Permission.READ, "memory"),),)),
        Iommu(((IommuEntry(0, TOP, 0, Permission.READ, "memory"),),)),
        Iommu(((IommuEntry(-1, 0, 0, Permission.READ, "memory"),),)),
        Iommu(((IommuEntry(TOP, 0, 0, Permission.READ, "memory"),),)),
        Iommu(((IommuEntry(0, 0, TOP, Permission.READ, "memory"),),)),
    ],
)
def test_tables_that_no_iommu_can_have_are_an_error(iommu: Iommu) -> None:
    machine = Machine().region("iommu", "iommu", TOP).region("ram", "ram", 1)
    with pytest.raises(AccessError):
        attach_iommu(machine.system, "iommu", iommu)
    with pytest.raises(AccessError, match="no IOMMU"):
        attach_iommu(machine.system, "ram", Iommu())


def test_a_page_that_leads_to_no_space_is_an_error() -> None:
    machine = behind_iommu((Page(0, 12, 0, 3, "gone"),))
    with pytest.raises(TopologyError, match="gone"):
        translate(machine.system, "dma", 0, 1, False)


# --- Direct access -----------------------------------------------------------------------------


@pytest.mark.parametrize("flavour", ["current", "qemu-7.2"])
def test_which_accesses_are_direct(flavour: str) -> None:
    """X5, as a table: (kind, readonly, romd_mode) to (read, write)."""
    ram_device = flavour == "current"
    table = {
        ("ram", False, True): (True, True),
        ("ram", True, True): (True, False),
        ("rom-device", False, True): (True, False),
        ("rom-device", False, False): (False, False),
        ("ram-device", False, True): (ram_device, ram_device),
        ("ram-device", True, True): (ram_device, False),
        ("io", False, True): (False, False),
        ("reservation", False, True): (False, False),
    }
    machine = Machine(flavour=flavour)
    for number, ((kind, readonly, romd_mode), expected) in enumerate(table.items()):
        name = f"r{number}"
        machine.region(name, kind, 16, readonly=readonly, romd_mode=romd_mode)
        for is_write in (False, True):
            direct = model.translate.is_direct(machine.system, name, is_write, MemTxAttrs())
            assert direct == expected[is_write]
    assert not model.translate.is_direct(machine.system, None, False, MemTxAttrs())

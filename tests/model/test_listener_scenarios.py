"""What listeners are told in the numbered scenarios, and in others that show one rule each."""

from collections.abc import Callable
from typing import Any

import pytest

from model.address_range import ADDRESS_SPACE_SIZE
from model.changes import (
    add_subregion,
    create_region,
    del_subregion,
    set_address,
    set_dirty_log_mask,
    set_readonly,
    set_size,
)
from model.events import CoalescedEvent, Event, LogEvent, RegionEvent
from model.flavour import Flavour
from model.region import Kind, Region
from model.topology import (
    DIRTY_LOG_MIGRATION,
    Topology,
    TopologyError,
    begin,
    commit,
    create_space,
    destroy_space,
    register_listener,
    take_events,
    unregister_listener,
)
from model.write_changes import (
    add_coalescing,
    clear_coalescing,
    set_coalescing,
    start_global_dirty_log,
    stop_global_dirty_log,
)


def machine(flavour: Flavour = Flavour.CURRENT, **listeners: int) -> Topology:
    """2^64 bytes with RAM at 0 and a UART at 0x1000, and listeners by their priorities."""
    topology = Topology(flavour=flavour)
    for name, kind, size, addr in (("ram", Kind.RAM, 0x1000, 0), ("uart", Kind.IO, 8, 0x1000)):
        if "system" not in topology.regions:
            system = Region(Kind.CONTAINER, ADDRESS_SPACE_SIZE)
            topology = create_region(topology, "system", system)
        topology = create_region(topology, name, Region(kind, size))
        topology = add_subregion(topology, "system", name, addr)
    topology = create_space(topology, "memory", "system")
    for name, priority in listeners.items():
        topology = register_listener(topology, name, "memory", priority)
    return take_events(topology)[0]


def told(topology: Topology) -> list[str]:
    """The events in short: the listener, the callback, and what it is about."""
    return [in_short(event) for event in topology.events]


def in_short(event: Event) -> str:
    """One event in short."""
    words: list[Any] = [event.listener, event.callback.value]
    match event:
        case RegionEvent() | LogEvent() | CoalescedEvent():
            words.append(event.section.region)
    match event:
        case LogEvent(old=old, new=new):
            words += [old, new]
        case CoalescedEvent(addresses=addresses):
            words += [hex(addresses.start), addresses.size]
    return " ".join(map(str, words))


def test_nested_transactions_are_told_of_once() -> None:
    """Scenario 24: one begin and one commit, and nothing before the outermost commit."""
    topology = begin(begin(machine(vhost=0)))
    topology = commit(set_size(topology, "ram", 0x800))
    assert told(topology) == []
    assert told(commit(topology)) == [
        "vhost begin",
        "vhost region_del ram",
        "vhost region_add ram",
        "vhost region_nop uart",
        "vhost commit",
    ]


def test_a_commit_without_a_change_is_silent() -> None:
    """Scenario 25: neither begin nor commit is called, and the view stays the same object."""
    topology = machine(vhost=0)
    after = commit(begin(topology))
    assert after == topology
    assert set_address(topology, "ram", 0) == topology


def test_a_change_elsewhere_is_told_to_all_who_listen() -> None:
    """Scenario 26: every view is made anew, so every range of every space is told of as staying."""
    topology = create_region(machine(vhost=0, kvm=1), "board", Region(Kind.CONTAINER, 0x100))
    topology = create_region(topology, "led", Region(Kind.IO, 4))
    nops = [
        f"{name} region_nop {region}" for region in ("ram", "uart") for name in ("vhost", "kvm")
    ]
    assert told(add_subregion(topology, "board", "led", 0)) == [
        *("vhost begin", "kvm begin"),
        *nops,
        *("vhost commit", "kvm commit"),
    ]


def test_a_resized_range_is_deleted_and_added() -> None:
    """Scenario 27: it is never told of as staying, for its listener could not know its size."""
    assert told(set_size(machine(vhost=0), "uart", 0x10))[1:-1] == [
        "vhost region_del uart",
        "vhost region_nop ram",
        "vhost region_add uart",
    ]


def test_two_regions_that_change_places_are_both_deleted_first() -> None:
    """Scenario 28: else the first to be added would overlap the other, which is still there."""
    topology = begin(machine(vhost=0))
    topology = set_address(set_address(topology, "ram", 0x1000), "uart", 0)
    assert told(commit(topology))[1:-1] == [
        "vhost region_del ram",
        "vhost region_del uart",
        "vhost region_add uart",
        "vhost region_add ram",
    ]


def test_a_range_whose_writes_are_logged_stays() -> None:
    """Scenario 29: only its dirty mask differs, so the listener keeps its mapping."""
    topology = set_dirty_log_mask(machine(vhost=0), "ram", 0b001)
    assert told(topology)[1:3] == ["vhost region_nop ram", "vhost log_start ram 0 1"]
    topology = take_events(set_dirty_log_mask(topology, "ram", 0b010))[0]
    topology = set_dirty_log_mask(topology, "ram", 0b101)
    assert told(topology)[1:4] == [
        "vhost region_nop ram",
        "vhost log_start ram 2 5",
        "vhost log_stop ram 2 5",
    ]


def test_listeners_are_called_by_priority_and_to_delete_backwards() -> None:
    """Scenario 30: what one listener builds upon another's work is taken down first."""
    topology = machine(vfio=10, kvm=5, vhost=10)
    assert told(set_size(topology, "uart", 4)) == [
        *(f"{name} begin" for name in ("kvm", "vfio", "vhost")),
        *(f"{name} region_del uart" for name in ("vhost", "vfio", "kvm")),
        *(f"{name} region_nop ram" for name in ("kvm", "vfio", "vhost")),
        *(f"{name} region_add uart" for name in ("kvm", "vfio", "vhost")),
        *(f"{name} commit" for name in ("kvm", "vfio", "vhost")),
    ]


def test_a_late_listener_is_told_of_all_there_is_and_of_what_is_logged() -> None:
    """Scenario 31: a commit sends no log_start for what it adds (T6), registration does (T7)."""
    topology = set_dirty_log_mask(machine(vhost=0), "ram", 3)
    topology = take_events(set_readonly(topology, "ram", True))[0]
    assert told(register_listener(topology, "kvm", "memory")) == [
        "kvm begin",
        "kvm region_add ram",
        "kvm log_start ram 0 3",
        "kvm region_add uart",
        "kvm commit",
    ]
    assert told(unregister_listener(topology, "vhost")) == [
        "vhost begin",
        "vhost log_stop ram 3 0",
        "vhost region_del ram",
        "vhost region_del uart",
        "vhost commit",
    ]
    assert "log_start" not in " ".join(told(set_readonly(topology, "ram", False)))


def test_an_empty_view_stays_the_same_object() -> None:
    """Scenario 32: begin and commit are called, but the space has nothing to tell."""
    topology = create_region(Topology(), "system", Region(Kind.CONTAINER, 0x100))
    topology = create_space(topology, "memory", "system")
    topology = register_listener(topology, "vhost", "memory")
    assert told(topology) == ["vhost begin", "vhost commit"]
    topology = set_size(take_events(topology)[0], "system", 0x200)
    assert told(topology) == ["vhost begin", "vhost commit"]
    assert topology.spaces["memory"].view.serial == 0


def test_sections_refer_to_the_view_that_is_published_meanwhile() -> None:
    """T3: the old view in both passes of a commit, the present one when a listener comes."""
    topology = machine(vhost=0)
    old = topology.spaces["memory"].view.serial
    topology = set_size(topology, "uart", 4)
    new = topology.spaces["memory"].view.serial
    assert new != old
    views = {event.view for event in topology.events if isinstance(event, RegionEvent)}
    assert views == {old}
    topology = register_listener(take_events(topology)[0], "kvm", "memory")
    views = {event.view for event in topology.events if isinstance(event, RegionEvent)}
    assert views == {new}


def test_spaces_are_told_one_after_the_other_in_order_of_creation() -> None:
    """T2: priorities order the listeners of a space, not the spaces."""
    topology = create_space(machine(vhost=9), "copy", "uart")
    topology = take_events(register_listener(topology, "kvm", "copy"))[0]
    assert told(set_size(topology, "ram", 8)) == [
        *("kvm begin", "vhost begin"),
        *("vhost region_del ram", "vhost region_add ram", "vhost region_nop uart"),
        "kvm region_nop uart",
        *("kvm commit", "vhost commit"),
    ]


def test_a_listener_that_comes_inside_a_transaction_sees_the_view_of_before() -> None:
    """T7: what it is told then is what readers see; the commit tells it the rest."""
    topology = set_size(begin(machine()), "ram", 0x800)
    topology = register_listener(topology, "vhost", "memory")
    sections = [one.section for one in topology.events if isinstance(one, RegionEvent)]
    sizes = [section.size for section in sections]
    assert sizes == [0x1000, 8]
    assert told(commit(take_events(topology)[0]))[1:3] == [
        "vhost region_del ram",
        "vhost region_add ram",
    ]


def test_logging_all_writes_is_told_around_a_rebuild() -> None:
    """T5, T7: memory that migrates gets a bit of its own; only the first and last reason count."""
    topology = start_global_dirty_log(machine(vhost=0, kvm=1), 1)
    assert told(topology)[:2] == ["vhost log_global_start", "kvm log_global_start"]
    assert f"vhost log_start ram 0 {DIRTY_LOG_MIGRATION}" in told(topology)
    assert "uart 0" not in " ".join(told(topology))
    topology = take_events(topology)[0]
    late = told(register_listener(topology, "vfio", "memory"))
    assert late[:2] == ["vfio begin", "vfio log_global_start"]
    assert told(stop_global_dirty_log(start_global_dirty_log(topology, 2), 1)) == []
    topology = stop_global_dirty_log(topology, 1)
    assert told(topology)[-2:] == ["kvm log_global_stop", "vhost log_global_stop"]
    assert f"vhost log_stop ram {DIRTY_LOG_MIGRATION} 0" in told(topology)


@pytest.mark.parametrize("flavour", Flavour)
def test_coalesced_ranges_come_and_go_with_what_shows_them(flavour: Flavour) -> None:
    """H10: a listener's coalesced ranges must at all times be those of the published view."""
    topology = add_coalescing(begin(machine(flavour, vhost=0)), "uart", 4, 8)
    assert told(topology) == ["vhost coalesced_io_add uart 0x1004 4"]
    topology = take_events(commit(set_address(topology, "uart", 0x2000)))[0]
    topology = del_subregion(topology, "system", "uart")
    assert told(topology)[1:3] == ["vhost coalesced_io_del uart 0x2004 4", "vhost region_del uart"]
    assert told(clear_coalescing(take_events(topology)[0], "uart")) == []


def test_a_listener_misses_the_coalesced_ranges_after_one_that_is_not_shown() -> None:
    """T7's quirk, and 7.2, which tells a new listener of no coalesced range at all."""
    for flavour, expected in (
        (Flavour.CURRENT, ["vhost coalesced_io_add uart 0x1000 4"]),
        (Flavour.QEMU_7_2, []),
    ):
        topology = machine(flavour)
        for offset in (0, 0x100, 4):
            topology = add_coalescing(topology, "uart", offset, 4)
        topology = register_listener(topology, "vhost", "memory")
        assert [one for one in told(topology) if "coalesced" in one] == expected
        forgotten = told(clear_coalescing(take_events(topology)[0], "uart"))
        assert forgotten == [f"vhost coalesced_io_del uart {at} 4" for at in ("0x1000", "0x1004")]


def test_impossible_operations_on_listeners_are_errors() -> None:
    """L6, and what QEMU's lists of listeners would not survive."""
    topology = machine(vhost=0)
    attempts: tuple[tuple[str, Callable[..., Topology], tuple[Any, ...]], ...] = (
        ("still has listener vhost", destroy_space, ("memory",)),
        ("no address space bus", register_listener, ("kvm", "bus")),
        ("exists already", register_listener, ("vhost", "memory")),
        ("32 bits", register_listener, ("kvm", "memory", -1)),
        ("32 bits", register_listener, ("kvm", "memory", 1 << 32)),
        ("no listener kvm", unregister_listener, ("kvm",)),
        ("do not all hold", stop_global_dirty_log, (1,)),
        ("no set of reasons", start_global_dirty_log, (8,)),
        ("no set of reasons", start_global_dirty_log, (0,)),
        ("coalesced size", add_coalescing, ("uart", 0, 1 << 64)),
        ("offset", add_coalescing, ("uart", -1, 1)),
        ("coalesced size", set_coalescing, ("system",)),
        ("no region led", add_coalescing, ("led", 0, 1)),
    )
    for message, operation, arguments in attempts:
        with pytest.raises(TopologyError, match=message):
            operation(topology, *arguments)
    assert destroy_space(unregister_listener(topology, "vhost"), "memory").spaces == {}

"""Ioeventfds in the numbered scenarios, and in others that show one rule each."""

import pytest

from model.changes import add_subregion, create_region, set_enabled, set_size
from model.events import EventfdEvent
from model.flavour import Flavour
from model.ioeventfds import IoeventfdAbort, insert, remove, signalled_by
from model.region import Ioeventfd, Kind, Region
from model.topology import (
    Topology,
    TopologyError,
    begin,
    commit,
    create_space,
    register_listener,
    take_events,
    unregister_listener,
)
from model.write_changes import add_ioeventfd, del_ioeventfd

KICK = Ioeventfd(4, 4, True, 7, 1)
ANY_SIZE = Ioeventfd(4, 0, False, 0, 2)


def machine(flavour: Flavour = Flavour.CURRENT) -> Topology:
    """A UART of 16 bytes at 0x100."""
    topology = Topology(flavour=flavour)
    topology = create_region(topology, "system", Region(Kind.CONTAINER, 0x1000))
    topology = create_region(topology, "uart", Region(Kind.IO, 0x10))
    topology = add_subregion(topology, "system", "uart", 0x100)
    return create_space(topology, "memory", "system")


def told(topology: Topology) -> list[tuple[str, str, int, int]]:
    """The events of ioeventfds: listener, callback, address, notifier."""
    return [
        (one.listener, one.callback.value, one.ioeventfd.start, one.ioeventfd.notifier)
        for one in topology.events
        if isinstance(one, EventfdEvent)
    ]


def test_size_0_is_signalled_by_a_write_of_any_size() -> None:
    """Scenario 68, H11: virtio's notification registers are written with any size."""
    for size in (1, 2, 4, 8):
        assert signalled_by((ANY_SIZE,), 4, size, 0x55) == ANY_SIZE
        assert signalled_by((ANY_SIZE,), 5, size, 0x55) is None
    assert signalled_by((KICK,), 4, 4, 7) == KICK
    assert signalled_by((KICK,), 4, 4, 8) is None
    assert signalled_by((KICK,), 4, 2, 7) is None
    assert signalled_by((ANY_SIZE, KICK), 4, 4, 7) == ANY_SIZE


def test_an_ioeventfd_of_size_0_is_removed_in_place_of_another_at_its_start() -> None:
    """T10: size 0 makes the rest of a name irrelevant, also where that was not meant."""
    both = insert(insert((), KICK), ANY_SIZE)
    assert both == (ANY_SIZE, KICK)
    assert remove(both, KICK) == (KICK,)
    assert remove((KICK,), ANY_SIZE) == ()
    assert remove((KICK,), KICK._replace(data=8)) is None
    assert remove((KICK._replace(match_data=False),), KICK) is None


def test_ioeventfds_alone_are_told_of_without_begin_and_commit() -> None:
    """T1, T5: once the outermost transaction ends; additions backwards, deletions forwards."""
    topology = machine()
    for name in ("kvm", "vhost"):
        topology = register_listener(topology, name, "memory", has_eventfd_callbacks=True)
    topology = register_listener(topology, "vfio", "memory")
    topology = add_ioeventfd(begin(take_events(topology)[0]), "uart", KICK)
    assert topology.events == ()
    topology = commit(topology)
    assert told(topology) == [
        ("vhost", "eventfd_add", 0x104, 1),
        ("kvm", "eventfd_add", 0x104, 1),
    ]
    assert len(topology.events) == 2
    topology = del_ioeventfd(take_events(topology)[0], "uart", KICK)
    assert told(topology) == [
        ("kvm", "eventfd_del", 0x104, 1),
        ("vhost", "eventfd_del", 0x104, 1),
    ]


def test_an_ioeventfd_of_a_hidden_region_is_told_of_once_it_is_shown() -> None:
    """T10: a disabled region's ioeventfds are nowhere, and the next rendering finds them."""
    topology = register_listener(machine(), "kvm", "memory", has_eventfd_callbacks=True)
    topology = set_enabled(topology, "uart", False)
    topology = add_ioeventfd(topology, "uart", KICK)
    assert told(topology) == []
    topology = set_enabled(topology, "uart", True)
    assert told(topology) == [("kvm", "eventfd_add", 0x104, 1)]
    topology = set_size(take_events(topology)[0], "uart", 4)
    assert told(topology) == [("kvm", "eventfd_del", 0x104, 1)]


def test_a_late_listener_hears_of_what_its_space_holds() -> None:
    """T7: that is what another listener had it keep; 7.2 tells the late one of nothing."""
    topology = add_ioeventfd(machine(), "uart", KICK)
    assert topology.ioeventfds == {}
    topology = register_listener(topology, "kvm", "memory", has_eventfd_callbacks=True)
    assert told(topology) == []
    topology = set_size(topology, "uart", 8)
    assert told(topology) == [("kvm", "eventfd_add", 0x104, 1)]
    topology = register_listener(
        take_events(topology)[0], "vhost", "memory", has_eventfd_callbacks=True
    )
    assert told(topology) == [("vhost", "eventfd_add", 0x104, 1)]
    topology = unregister_listener(take_events(topology)[0], "vhost")
    assert told(topology) == [("vhost", "eventfd_del", 0x104, 1)]


def test_qemu_7_2_keeps_ioeventfds_that_no_one_asks_for_and_tells_a_late_listener_of_none() -> None:
    """T7, T10: so a late listener is told to delete what it was never told of."""
    topology = add_ioeventfd(machine(Flavour.QEMU_7_2), "uart", KICK)
    assert topology.ioeventfds == {"memory": (KICK._replace(start=0x104),)}
    topology = register_listener(topology, "kvm", "memory", has_eventfd_callbacks=True)
    assert told(topology) == []
    assert told(del_ioeventfd(topology, "uart", KICK)) == [("kvm", "eventfd_del", 0x104, 1)]
    assert told(unregister_listener(topology, "kvm")) == []


@pytest.mark.parametrize("flavour", Flavour)
def test_an_ioeventfd_that_would_begin_below_address_0_is_a_typed_outcome(flavour: Flavour) -> None:
    """T10: QEMU aborts there, if it looks: current QEMU does so only for those who ask."""
    topology = machine(flavour)
    topology = create_region(topology, "view", Region(Kind.ALIAS, 8, alias="uart", alias_offset=6))
    topology = create_space(topology, "bus", "view")
    if flavour is Flavour.CURRENT:
        topology = add_ioeventfd(topology, "uart", KICK)
        topology = register_listener(topology, "kvm", "bus", has_eventfd_callbacks=True)
        with pytest.raises(IoeventfdAbort, match="0x2 bytes below"):
            set_size(topology, "system", 0x2000)
    else:
        with pytest.raises(IoeventfdAbort, match="0x2 bytes below"):
            add_ioeventfd(topology, "uart", KICK)


def test_data_is_kept_as_the_device_is_given_it() -> None:
    """T10: the comparison is with what a write dispatches, in the device's byte order."""
    topology = add_ioeventfd(machine(), "uart", KICK, byte_swapped=True)
    (kept,) = topology.regions["uart"].ioeventfds
    assert kept.data == 0x07000000
    assert del_ioeventfd(topology, "uart", KICK, byte_swapped=True).regions["uart"].ioeventfds == ()


def test_impossible_ioeventfds_are_errors() -> None:
    topology = machine()
    for message, ioeventfd in (
        ("offset", KICK._replace(start=-1)),
        ("offset", KICK._replace(start=1 << 64)),
        ("size 3", KICK._replace(size=3)),
        ("data", KICK._replace(data=1 << 64)),
    ):
        with pytest.raises(TopologyError, match=message):
            add_ioeventfd(topology, "uart", ioeventfd)
    with pytest.raises(TopologyError, match="no such ioeventfd"):
        del_ioeventfd(topology, "uart", KICK)
    with pytest.raises(TopologyError, match="no region led"):
        add_ioeventfd(topology, "led", KICK)

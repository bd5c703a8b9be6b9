"""The re-entrancy guard of the specification: who can be inside whose callbacks, and how long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.device import Dma
from model.guard import set_guard_disabled
from model.memtx import AccessError, MemTxResult, NestingLimit
from model.read_write import read, write
from model.system import DeviceCallback, System
from model.topology import TopologyError
from tests.model.systems import Machine

OWNERS = ("nic", "disk", "timer")
accesses = st.builds(
    Dma,
    st.just("memory"),
    st.integers(0, 0x68),
    st.just(True),
    st.binary(min_size=1, max_size=4),
    on_callback=st.none() | st.integers(0, 3),
)


def six_devices(dma: list[list[Dma]]) -> Machine:
    """Two regions of 16 bytes for each owner, side by side, and what their callbacks access."""
    machine = Machine().root()
    for n, own in enumerate(dma):
        machine.region(f"r{n}", "io", 16, 16 * n)
        machine.device(f"r{n}", owner=OWNERS[n % 3], dma=tuple(own))
    return machine.space()


def around(system: System, place: int) -> list[str | None]:
    """The owners of the callback at a place of the log, and of those that it is inside of."""
    owners, depth = list[str | None](), len(system.calls)
    for one in system.calls[place:]:
        if isinstance(one, DeviceCallback) and one.depth < depth:
            owners.append(system.owners.get(one.region))
            depth = one.depth
    return owners


@given(st.lists(st.lists(accesses, max_size=2), min_size=6, max_size=6), st.integers(0, 0x60))
def test_no_device_is_inside_itself(dma: list[list[Dma]], address: int) -> None:
    """A9: so callbacks nest no deeper than there are devices, and all end with nothing engaged."""
    system, _ = write(six_devices(dma).system, "memory", address, b"abcdefgh")
    for place in range(len(system.calls)):
        owners = around(system, place)
        assert len(set(owners)) == len(owners) <= len(OWNERS)
    assert (system.in_callback, system.depth) == (frozenset(), 0)


@given(st.lists(accesses, min_size=1, max_size=4))
def test_the_log_has_the_accesses_of_a_callback_before_it(dma: list[Dma]) -> None:
    """A9: in the order in which they were programmed, one callback deep."""
    dma = [one._replace(on_callback=0) for one in dma]
    system, _ = write(six_devices([dma]).system, "memory", 0, b"a")
    own = [one for one in system.calls if one.region == "r0" and one.depth <= 1]
    assert [one.address for one in system.dma_done] == [one.address for one in dma]
    assert own[-1] == system.callbacks[-1] == system.calls[-1]
    assert (own[-1].depth, {one.depth for one in system.dma_done}) == (0, {1})


def test_a_guard_is_switched_off_only_where_there_is_one() -> None:
    machine = six_devices([[], []])
    off = set_guard_disabled(machine.system, "r0", True)
    assert (off.devices["r0"].guard_disabled, off.devices["r1"].guard_disabled) == (True, False)
    assert set_guard_disabled(off, "r0", False).devices == machine.system.devices
    with pytest.raises(TopologyError, match="no region"):
        set_guard_disabled(machine.system, "none", True)
    with pytest.raises(AccessError, match="no device"):
        set_guard_disabled(machine.system, "root", True)


def test_each_outermost_callback_counts_anew() -> None:
    """Limits: a long access of few nested callbacks each is followed to its end."""
    dma = [Dma("memory", 16, length=8)] * 4
    system, result, _ = read(six_devices([dma, []]).system, "memory", 0, 16)
    assert result is MemTxResult.OK
    assert len(system.callbacks) == 4 + 4 * 4 * 2
    many = [Dma("memory", 16, length=16)] * 33
    with pytest.raises(NestingLimit, match="more than 128"):
        read(six_devices([many, []]).system, "memory", 0, 1)

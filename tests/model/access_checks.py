"""Properties of accesses, each for one case on one copy of the model."""

from typing import Any, NamedTuple

import model
from tests.model.bytewise import World
from tests.model.systems import TOP, LayoutCase, build


class Request(NamedTuple):
    """A layout and an access in it."""

    layout: LayoutCase
    address: int
    length: int


def seen(system: Any) -> list[tuple[str, int, int]]:
    """The log of callbacks, as far as the brute-force statement has it."""
    return [(one.region, one.offset, one.size) for one in system.callbacks]


def check_read(package: Any, case: Request) -> None:
    """A3, A4: a read gives the bytes, results and callbacks that the statement by bytes does."""
    system = build(package, case.layout)
    told = World(case.layout, build(model, case.layout)).read(case.address, case.length)
    after, result, data = package.read_write.read(system, "memory", case.address, case.length)
    assert (int(result), data) == (told.result, told.data)
    assert seen(after) == told.callbacks
    assert not any(one.is_write for one in after.callbacks)


def check_write(package: Any, case: Request) -> None:
    """A3, A4: a write leaves the bytes behind that the statement by bytes does."""
    data = bytes(200 - i for i in range(case.length))
    system = build(package, case.layout)
    world = World(case.layout, build(model, case.layout))
    told = world.write(case.address, data)
    after, result = package.read_write.write(system, "memory", case.address, data)
    assert int(result) == told.result
    assert seen(after) == told.callbacks
    assert all(one.is_write for one in after.callbacks)
    for (name, offset), byte in world.bytes.items():
        if name in after.blocks and world.case(name).kind not in ("romd-off", "rom-device"):
            assert package.memory.load_bytes(after.blocks[name], offset, 1)[0] == byte
        else:
            assert after.devices[name].behaviour.contents[offset] == byte
    untouched(package, system, after, world)


def untouched(package: Any, before: Any, after: Any, world: World) -> None:
    """All other bytes are as they were."""
    for name, block in before.blocks.items():
        is_flash = world.case(name).kind in ("romd-off", "rom-device")
        old = package.memory.load_bytes(block, 0, block.max_length)
        new = package.memory.load_bytes(after.blocks[name], 0, block.max_length)
        for offset, pair in enumerate(zip(old, new, strict=True)):
            if is_flash or (name, offset) not in world.bytes:
                assert pair[0] == pair[1]
    for name, device in before.devices.items():
        new = after.devices[name].behaviour.contents
        for offset, byte in device.behaviour.contents.items():
            assert (name, offset) in world.bytes or new[offset] == byte


def check_pointwise(package: Any, case: Request) -> bool:
    """P11: where no step runs past what its section shows, each byte is what its address means."""
    world = World(case.layout, build(model, case.layout))
    told = world.read(case.address, case.length)
    _, result, data = package.read_write.read(
        build(package, case.layout), "memory", case.address, case.length
    )
    if not told.is_pointwise or result != 0:
        return False
    assert data == world.pointwise(case.address, case.length)
    return True


def check_steps(package: Any, case: Request) -> None:
    """P9, P16: steps are positive, follow on each other, and sum to the request; results by OR.

    Only a step that goes to a device may run past the last address.
    """
    system = build(package, case.layout)
    unspecified = package.memtx.UNSPECIFIED
    address, remaining, result, pieces = case.address, case.length, 0, []
    while remaining > 0:
        found = package.translate.translate(system, "memory", address, remaining, False)
        step = package.read_write.read_step(system, found, unspecified)
        assert 0 < step.length <= remaining
        name = found.region
        if name is not None and package.translate.is_memory(system.topology.regions[name]):
            kind = system.topology.regions[name].kind.value
            assert address + step.length <= TOP or kind == "rom-device"
        result |= int(step.result)
        pieces.append(step.data)
        before = address + step.length
        address, remaining = package.access.advance(address, remaining, step.length)
        assert address == before % TOP
        system = step.system
    whole = package.read_write.read(
        build(package, case.layout), "memory", case.address, case.length
    )
    assert (int(whole[1]), whole[2]) == (result, b"".join(pieces))
    assert whole[0].callbacks == system.callbacks


def leaves_a_rom_device(world: World, case: Request) -> bool:
    """Whether a read of a ROM device is cut at its block, where the query does not cut it."""
    address, left = case.address, case.length
    for step in world.read(case.address, case.length).steps:
        found = world.where(address)
        if found is not None and world.case(found[0]).kind == "rom-device" and step < left:
            return True
        address, left = (address + step) % TOP, left - step
    return False


def check_query(package: Any, case: Request, is_write: bool) -> None:
    """P17: where every base is as aligned as its offset, the query answers as the access ends.

    Reads that leave a ROM device are another matter: the query takes all that follows as direct.
    """
    system = build(package, case.layout)
    valid = package.address_space.access_valid(
        system, "memory", case.address, case.length, is_write
    )
    if is_write:
        _, result = package.read_write.write(system, "memory", case.address, bytes(case.length))
    else:
        _, result, _ = package.read_write.read(system, "memory", case.address, case.length)
    world = World(case.layout, build(model, case.layout))
    if is_write or not leaves_a_rom_device(world, case):
        assert valid == (result == 0)
    else:
        assert valid or result != 0

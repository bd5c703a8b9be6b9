"""One step of guest memory: that it moves what QEMU's own step moves, or fails where that does."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from proofs.devices import same
from proofs.proof import Limits, Proof
from proofs.ranges import LAST_ADDRESS, any_address
from proofs.rebinding import rebound
from proofs.symbolic import all_of, tellable
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs_in_guest_memory as bugs
from proofs.theorems.moving import AnyData, Moved
from proofs.theorems.stepping import MESSAGES, REQUESTS, any_block

NAME = "region"
FLAGS = ("ERROR", "DECODE_ERROR", "ACCESS_ERROR")
"""The parts of the result of an access of a device."""


class What(NamedTuple):
    """What may answer: a region of a kind, in a version of QEMU; nothing, if it has no kind."""

    text: str
    kind: str | None
    flavour: str = "CURRENT"


ANYTHING = (
    What("nothing", None),
    What("RAM or ROM", "RAM"),
    What("a RAM device that is copied from and to", "RAM_DEVICE"),
    What("a RAM device of QEMU 7.2", "RAM_DEVICE", "QEMU_7_2"),
    What("a ROM device", "ROM_DEVICE"),
    What("a device", "IO"),
)


class Rest(AnyData):
    """What is left to write of a request, `done` bytes of which are behind."""

    def __init__(self, done: int) -> None:
        self.done = done

    def __getitem__(self, part: slice) -> tuple[int, int]:
        first, last = super().__getitem__(part)
        return self.done + first, self.done + last


class Place:
    """What a step may come to: a system with one region, and how that answers.

    `run` runs a step of one kind or the other in it, and tells what was moved.
    """

    def __init__(
        self, package: Package, proof: Proof, what: What, flags: tuple[str, ...] = FLAGS
    ) -> None:
        self.package, self.what = package, what
        kinds, region = package.region.Kind, None if what.kind is None else NAME
        self.size = proof.integer("size", 0, 8)
        self.block = any_block(package, proof)
        self.done = proof.integer("done", 0, LAST_ADDRESS)
        section = package.dispatch.Section(region, offset=0, start=0, size=0)
        offset = tellable(proof.integer("offset", 0, LAST_ADDRESS))
        length = proof.integer("length", 0, LAST_ADDRESS)
        self.found = package.translate.Translation(section, offset, length, "space")
        self.is_refused = proof.boolean("is refused")
        results = package.memtx.MemTxResult
        self.flags = [(results[name], proof.boolean(name)) for name in flags]
        regions = {}
        if what.kind is not None:
            flags_of_region = {name: proof.boolean(name) for name in ("readonly", "romd_mode")}
            regions[NAME] = package.region.Region(kinds[what.kind], size=0, **flags_of_region)
        topology = package.topology.Topology(package.flavour.Flavour[what.flavour], regions)
        self.system = package.system.System(topology, blocks={NAME: self.block})
        self.moved: list[Moved] = []
        for name, value in (("found", self.found), ("block", self.block), ("size", self.size)):
            proof.show(name, value)

    def run(self, step: Callable[[], Any]) -> tuple[Any, tuple[Moved, ...]]:
        """What a step gives, None if it stops the access; and what it moved."""
        self.moved = []
        memory = self.package.memory
        try:
            given = step()
        except (memory.OffsetOutsideBlock, memory.HostOverrun):
            given = None
        return given, tuple(self.moved)

    def has_operations(self) -> bool:
        """Whether the region has operations of its own; those of others refuse everything."""
        if not self.package.region.Kind[self.what.kind].is_ram:
            return True
        ops = self.package.system.ops_of(self.system, NAME)
        return ops is not self.package.device.UNASSIGNED_OPS

    def device_step_size(self, system: Any, found: Any) -> int:
        """In place of `model.step.device_step_size`, which answers alike when asked alike."""
        assert system is self.system
        assert found is self.found
        return self.size

    def load_bytes(self, block: Any, offset: int, length: int) -> tuple[str, int]:
        """In place of `model.memory.load_bytes`."""
        self.package.memory.check_inside(block, offset, tellable(length))
        self.moved.append(Moved(True, offset, 0, length))
        return "memory", length

    def store_dirty(self, system: Any, name: str, offset: int, data: tuple[int, int]) -> Any:
        """In place of `model.system.store_dirty`."""
        first, last = data
        self.package.memory.check_inside(system.blocks[name], offset, tellable(last - first))
        self.moved.append(Moved(True, offset, first, last - first))
        return system._replace(bounces_made=system.bounces_made + 1)

    def dispatch(self, system: Any, name: str | None, moved: Moved) -> tuple[Any, Any]:
        """An access of a region's operations, which may refuse it, or answer anything."""
        results = self.package.memtx.MemTxResult
        if name is None or self.is_refused or not self.has_operations():
            return system, results.DECODE_ERROR
        if self.what.kind == "RAM_DEVICE":
            self.package.memory.check_overrun(self.block, moved.offset, tellable(moved.length))
        self.moved.append(moved)
        result = results.OK
        for flag, is_set in self.flags:
            if is_set:
                result |= flag
        return system._replace(bounces_made=system.bounces_made + 1), result

    def dispatch_read(self, system: Any, name: str | None, offset: int, size: int) -> Any:
        """In place of `model.read_write.dispatch_read`."""
        return *self.dispatch(system, name, Moved(False, offset, 0, size)), ("device", size)

    def dispatch_write(self, system: Any, name: str | None, offset: int, data: Any) -> Any:
        """In place of `model.read_write.dispatch_write`."""
        first, last = data
        return self.dispatch(system, name, Moved(False, offset, first, last - first))


def stepping(package: Package, proof: Proof, what: What, is_write: bool) -> None:
    """The step of guest memory beside QEMU's, on the same translation in the same system."""
    address = any_address(proof)
    place = Place(package, proof, what)
    memory = package.guest_flatview.FlatMemory(place.system, "space")
    reached = package.guest_flatview.Reached(place.found, place.found.length)
    guest = package.guest_flat_bytes
    may_step = rebound(guest.may_step, device_step_size=place.device_step_size)
    attrs = package.memtx.UNSPECIFIED
    if is_write:
        write_step = rebound(
            package.read_write.write_step,
            device_step_size=place.device_step_size,
            store_dirty=place.store_dirty,
            dispatch_write=place.dispatch_write,
        )
        write_one = rebound(guest.write_one, may_step=may_step, write_step=write_step)
        c_step = partial(write_step, place.system, place.found, AnyData(), place.done, attrs)
        rust_step = partial(write_one, memory, reached, address, Rest(place.done))
    else:
        read_step = rebound(
            package.read_write.read_step,
            device_step_size=place.device_step_size,
            load_bytes=place.load_bytes,
            dispatch_read=place.dispatch_read,
        )
        read_one = rebound(guest.read_one, may_step=may_step, read_step=read_step)
        c_step = partial(read_step, place.system, place.found, attrs)
        rust_step = partial(read_one, memory, reached, address)
    step, moved_by_c = place.run(c_step)
    given, moved = place.run(rust_step)
    proof.claim("it never stops the access", given is not None)
    after, outcome = given
    proof.claim("it moves what C's step moves, to or from the same place", same(moved, moved_by_c))
    left = place.system if step is None else step.system
    proof.claim("it leaves the system as C's step leaves it", after == memory._replace(system=left))
    error = error_of(package, step, address if what.kind is None else None)
    if error is not None:
        proof.claim("it fails where C's step does, and says how", is_error(package, outcome, error))
        return
    proof.claim("it succeeds where C's step does", isinstance(outcome, package.guest_errors.Ok))
    if is_write:
        proof.claim("it counts the bytes that C's step took", outcome.value == step.length)
        return
    proof.claim("it gives what C's step read", outcome.value[0] == step.data[0])
    bytes_read = all_of(outcome.value[1] == step.length, step.data[1] == step.length)
    proof.claim("it gives as many bytes as C's step took", bytes_read)


def error_of(package: Package, step: Any, hole: int | None) -> Any:
    """The error that C's step is to a caller in Rust; None if it is none.

    `hole` is the address of a step that nobody answers.
    """
    errors, results = package.guest_errors, package.memtx.MemTxResult
    if hole is not None:
        return errors.InvalidGuestAddress(hole)
    if step is None or step.length == 0:
        return errors.InvalidBackendAddress()
    kinds = (
        (results.ACCESS_ERROR, errors.IoFailed(errors.IoErrorKind.PERMISSION_DENIED)),
        (results.DECODE_ERROR, errors.InvalidBackendAddress()),
        (results.ERROR, errors.IoFailed(errors.IoErrorKind.OTHER)),
    )
    return next((error for flag, error in kinds if step.result & flag), None)


def is_error(package: Package, outcome: Any, error: Any) -> bool:
    """Whether an outcome is this error."""
    if not isinstance(outcome, package.guest_errors.Err) or type(outcome.error) is not type(error):
        return False
    if isinstance(error, package.guest_errors.InvalidGuestAddress):
        is_same: bool = outcome.error.address == error.address
        return is_same
    return bool(outcome.error == error)


STEP = Theorem(
    name="a_step_of_guest_memory_moves_what_the_step_of_c_moves_and_succeeds_exactly_if_that_does",
    statement=(
        "On the same translation, a step of guest memory moves the bytes that C's step moves, "
        "calls what that calls, and leaves the same system. It is Ok of these bytes exactly if "
        "somebody answers, and C's step ends with OK, takes a byte at least, and stays in the "
        "host's memory; else it is the error for that result, or names the address where nobody "
        "answers."
    ),
    rules=("P15", "A2", "A4", "F5", "F7", "F8", "F22", "G3"),
    assumptions=(
        REQUESTS,
        "A step of a device takes from 0 to 8 bytes (A1); its operations may refuse the access, or "
        "give any result. A RAM device that is called overruns the host exactly if its block has "
        "not all bytes of the access; one that refuses calls nothing.",
        "Its attributes are not specified, as those of accesses from Rust are not.",
        MESSAGES,
    ),
    limits=Limits(resource_units=400_000, paths=370),
    obligations=tuple(
        Obligation(f"{verb} {what.text}", partial(stepping, what=what, is_write=is_write))
        for what in ANYTHING
        for verb, is_write in (("reading", False), ("writing", True))
    ),
    teeth=(
        bugs.FAILED_READ_COUNTS,
        bugs.FAILED_WRITE_COUNTS,
        bugs.READ_LEAVES_NOTHING_BEHIND,
        bugs.WRITE_COUNTS_WHAT_IT_MAY_TAKE,
        bugs.STEP_OF_NOTHING_SUCCEEDS,
        bugs.END_OF_MEMORY_IS_INSIDE,
        bugs.WRITES_ARE_CHECKED_AS_READS,
        bugs.RAM_DEVICE_IS_OVERRUN,
        bugs.DENIED_PASSES_FOR_FAILED,
        bugs.HOLE_IS_NAMED_BY_ITS_OFFSET,
    ),
)

THEOREMS = (STEP,)

"""Loads and stores of guest memory in one piece, beside C's, and beside reads."""

from functools import partial
from typing import Any, NamedTuple

from proofs.devices import same
from proofs.guest_requests import Piece, length_of
from proofs.proof import Limits, Proof
from proofs.ranges import any_address
from proofs.rebinding import rebound
from proofs.symbolic import all_of, any_of, implies, negation, tellable
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs_in_guest_memory as bugs
from proofs.theorems.guest_reaching import SPACE, machine, range_of
from proofs.theorems.guest_stepping import ANYTHING, NAME, Place, What, error_of, is_error
from proofs.theorems.moving import Moved
from proofs.theorems.stepping import MESSAGES, any_block

SIZES = (2, 1, 4, 8)
"""The sizes of an integer; bugs show soonest with 2 bytes."""

BIG_ENDIAN_SIZES = (2, 8)
"""Sizes that stand for big-endian accesses, the others for little-endian ones."""


class Both(NamedTuple):
    """What C's load or store gives, None if it stops; what that of guest memory does; and moved."""

    by_c: Any
    moved_by_c: tuple[Moved, ...]
    given: Any
    moved: tuple[Moved, ...]


class Integer:
    """A load or a store of one integer, which comes to some place with some room."""

    def __init__(self, package: Package, proof: Proof, what: What, size: int) -> None:
        self.package, self.proof, self.size = package, proof, size
        self.address = any_address(proof)
        self.value = proof.integer("value", 0, (1 << 8 * size) - 1)
        self.place = Place(package, proof, what, ("ERROR", "ACCESS_ERROR"))
        self.room = proof.integer("room", 0, size)
        proof.assume(self.place.found.length <= size)
        if what.kind is not None and package.region.Kind[what.kind].is_ram:
            proof.assume(self.place.found.length <= self.room)
        orders = package.device.ByteOrder
        self.order = orders.BIG if size in BIG_ENDIAN_SIZES else orders.LITTLE
        self.memory = package.guest_flatview.FlatMemory(self.place.system, "space", ())

    def reach(self, memory: Any, address: int, length: int, needed: Any) -> Any:
        """In place of `model.guest_flatview.reach`."""
        is_asked = all_of(address == self.address, length == self.size)
        self.proof.claim("all bytes are translated together", is_asked)
        self.needed = needed.name
        return memory, self.package.guest_flatview.Reached(self.place.found, self.room)

    def value_of(self, data: Any, is_big: bool) -> Any:
        """In place of `model.access.value_of`."""
        return data, is_big

    def bytes_of(self, value: int, size: int, is_big: bool) -> tuple[int, int]:
        """In place of `model.access.bytes_of`."""
        is_asked = all_of(
            value == self.value, size == self.size, is_big is self.order.is_big(False)
        )
        self.proof.claim("the bytes are the value's, in the order that is asked for", is_asked)
        return 0, size

    def loads(self) -> Both:
        """A load by C and by guest memory."""
        place, package = self.place, self.package
        stand_ins = {
            "load_bytes": place.load_bytes,
            "dispatch_read": place.dispatch_read,
            "value_of": self.value_of,
        }
        by_c = rebound(package.load_store.load, translate=lambda *_: place.found, **stand_ins)
        ours = rebound(package.guest_flat_bytes.load, reach=self.reach, **stand_ins)
        return Both(
            *place.run(partial(by_c, place.system, "space", self.address, self.size, self.order)),
            *place.run(
                partial(ours, self.memory, self.address, self.size, self.order.is_big(False))
            ),
        )

    def stores(self) -> Both:
        """A store by C and by guest memory."""
        place, package = self.place, self.package
        stand_ins = {
            "store_dirty": place.store_dirty,
            "dispatch_write": place.dispatch_write,
            "bytes_of": self.bytes_of,
        }
        asked = (self.address, self.size, self.value)
        by_c = rebound(package.load_store.store, translate=lambda *_: place.found, **stand_ins)
        ours = rebound(package.guest_flat_bytes.store, reach=self.reach, **stand_ins)
        return Both(
            *place.run(partial(by_c, place.system, "space", *asked, self.order)),
            *place.run(partial(ours, self.memory, *asked, self.order.is_big(False))),
        )


def moving_one(package: Package, proof: Proof, what: What, size: int, is_write: bool) -> None:
    """A load or a store, of whatever answers."""
    one = Integer(package, proof, what, size)
    both = one.stores() if is_write else one.loads()
    proof.claim("it never stops the access", both.given is not None)
    after, outcome = both.given
    verb = "WRITE" if is_write else "READ"
    proof.claim("permission is asked for what is done", one.needed == verb)
    if what.kind is None:
        hole = error_of(package, None, one.address)
        proof.claim("a hole is named by its address", is_error(package, outcome, hole))
        proof.claim("nothing is changed there", after == one.memory and not both.moved)
        return
    attrs = package.memtx.UNSPECIFIED
    if package.translate.is_direct(one.place.system, NAME, is_write, attrs):
        claim_memory(one, both, after, outcome)
    else:
        claim_device(one, both, after, outcome)


def claim_memory(one: Integer, both: Both, after: Any, outcome: Any) -> None:
    """What holds of memory that is copied from or to."""
    claim, place, errors = one.proof.claim, one.place, one.package.guest_errors
    offset, size = place.found.offset, one.size
    is_aligned, is_inside = offset % size == 0, one.room >= size
    fits = offset + size <= place.block.max_length
    is_ok = isinstance(outcome, errors.Ok)
    may = all_of(is_aligned, is_inside, fits)
    claim("it succeeds exactly if all bytes are in the range and the block, aligned", may == is_ok)
    by_memory = len(both.moved_by_c) == 1 and both.moved_by_c[0].is_memory
    if not is_ok:
        is_told = is_error(one.package, outcome, errors.InvalidBackendAddress())
        claim("else it is an error, and nothing is changed", is_told and after == one.memory)
        claim("nothing is moved then", not both.moved)
        refused = negation(all_of(is_aligned, is_inside))
        claim(
            "what C copies and it does not, leaves the range or is misaligned",
            implies(by_memory, refused),
        )
        return
    moved = Moved(True, offset, 0, size)
    claim("all bytes are moved at once, where they are", same(both.moved, (moved,)))
    is_one_piece = any_of(size == 1, place.found.length >= size)
    claim("C copies them exactly if one section has them", is_one_piece == by_memory)
    if by_memory:
        is_same = after == one.memory._replace(system=both.by_c[0])
        claim("it leaves the system as C does", is_same)
        claim("C's copy is of the same bytes", same(both.moved, both.moved_by_c))
        claim_value(one, both, outcome)
    elif one.package.region.Kind[place.what.kind].is_ram:
        results = one.package.memtx.MemTxResult
        is_refused = both.by_c[1] is results.DECODE_ERROR and not both.moved_by_c
        claim("where a page divides them, C refuses, and moves nothing", is_refused)


def claim_value(one: Integer, both: Both, outcome: Any) -> None:
    """What holds of the value of a load; a store has none."""
    if outcome.value is None:
        return
    (what, length), is_big = outcome.value
    (what_by_c, length_by_c), is_big_by_c = both.by_c[2]
    is_same = (what, is_big, one.size) == (what_by_c, is_big_by_c, length_by_c)
    one.proof.claim("its value is C's", is_same and length == one.size)


def claim_device(one: Integer, both: Both, after: Any, outcome: Any) -> None:
    """What holds where the region's operations are called."""
    claim, place = one.proof.claim, one.place
    claim("one access is made, as C's", same(both.moved, both.moved_by_c))
    left = place.system if both.by_c is None else both.by_c[0]
    claim("it leaves the system as C does", after == one.memory._replace(system=left))
    step = None if both.by_c is None else one.package.step.Step(*both.by_c[:2], one.size)
    error = error_of(one.package, step, None)
    if error is not None:
        claim("it fails where C does, and says how", is_error(one.package, outcome, error))
        return
    claim("it succeeds where C does", isinstance(outcome, one.package.guest_errors.Ok))
    claim_value(one, both, outcome)


def loading_as_read(package: Package, proof: Proof, size: int) -> None:
    """A load of RAM, and a read of as many bytes, which pages may divide."""
    address, range_ = any_address(proof), range_of(package, proof, NAME)
    block = any_block(package, proof)
    range_ = range_._replace(offset=tellable(range_.offset))
    system = machine(package, 12, {SPACE: (range_,)}, {NAME: "RAM"})._replace(blocks={NAME: block})
    memory = package.guest_flatview.FlatMemory(system, SPACE)
    guest = package.guest_flat_bytes
    pieces: list[tuple[int, int]] = []

    def load_bytes(block: Any, offset: int, length: int) -> Piece:
        """In place of `model.memory.load_bytes`."""
        pieces.append((offset, length))
        return Piece(length, b"memory")

    load = rebound(guest.load, load_bytes=load_bytes, value_of=lambda data, is_big: data)
    _, outcome = load(memory, address, size, False)
    proof.claim("a load is at most one copy", len(pieces) <= 1)
    if not isinstance(outcome, package.guest_errors.Ok):
        return
    ((start, count),) = pieces
    pieces.clear()
    read_step = rebound(package.read_write.read_step, load_bytes=load_bytes)
    read_one = rebound(guest.read_one, read_step=read_step)
    read = rebound(guest.read, read_one=read_one, len=length_of, check_effort=lambda *_: None)
    _, outcome, data = read(memory, None, address, size)
    proof.claim("a read of as many bytes succeeds", isinstance(outcome, package.guest_errors.Ok))
    proof.claim("it reads all", all_of(outcome.value == size, length_of(data) == size))
    for offset, length in pieces:
        proof.claim("it reads the bytes that were loaded, in order", offset == start)
        start, count = start + length, count - length
    proof.claim("and all of them", count == 0)


OF_ANYTHING = (
    "The access comes to any place, of any room up to its size, and a translation of no more "
    "bytes; that of RAM is within the room, as the theorem about where guest memory comes to says.",
    "The byte order is only handed on: 1 and 4 bytes are little-endian here, 2 and 8 big-endian.",
    "Regions have the operations of their kind: those of RAM that is copied refuse everything (M1, "
    "X5), others may refuse the access (DECODE), or fail it in either way or both. A RAM device "
    "that is called overruns the host exactly if its block has not all bytes.",
    MESSAGES,
)

BESIDE_C = Theorem(
    name="an_integer_of_guest_memory_is_moved_as_by_c_but_for_alignment_ranges_and_page_edges",
    statement=(
        "Of memory, a load or store of 1, 2, 4 or 8 bytes is one copy, and Ok exactly if the flat "
        "range and the block have all bytes, aligned in the block. Where C copies, too, it is the "
        "same copy, value and system; where a page divides the bytes of RAM, C refuses and moves "
        "nothing (F21); what C copies and it does not, is misaligned or leaves the range (F29). A "
        "device is called once, as by C, and it is Ok exactly if C's result is OK; nobody there is "
        "an error with the address."
    ),
    rules=("P15", "A11", "G4", "F1", "F4", "F8", "F20", "F21", "F27", "F29"),
    assumptions=OF_ANYTHING,
    limits=Limits(resource_units=2_700_000, paths=1800),
    obligations=tuple(
        Obligation(
            f"{verb} {size} of {what.text}",
            partial(moving_one, what=what, size=size, is_write=is_write),
        )
        for size in SIZES
        for what in ANYTHING
        for verb, is_write in (("loading", False), ("storing", True))
    ),
    teeth=(
        bugs.PIECE_NEED_NOT_BE_ALIGNED,
        bugs.PIECE_IS_OF_ONE_SECTION,
        bugs.PIECE_MAY_LEAVE_ITS_RANGE,
        bugs.PIECE_MAY_LEAVE_ITS_BLOCK,
        bugs.LOAD_TELLS_NOBODY,
        bugs.LOAD_HAS_ITS_OWN_ORDER,
        bugs.FAILED_LOAD_COUNTS,
        bugs.STORE_MARKS_NOTHING,
        bugs.STORE_GOES_BY_READING,
        bugs.FAILED_STORE_SUCCEEDS,
        bugs.STORE_IS_BIG,
    ),
)

AS_READ = Theorem(
    name="an_integer_that_is_loaded_of_ram_has_the_bytes_that_a_read_gives_page_edges_or_not",
    statement=(
        "Where a load of RAM succeeds, a read of as many bytes at the address is Ok of all of "
        "them, and copies, in order, the bytes of the block that the load copies, pages divide "
        "them or not."
    ),
    rules=("P15", "A11", "G4", "F21"),
    assumptions=(
        "The view has one range, inside the address space, as any address is answered by at most "
        "one; pages have 2^12 bytes. The block may have any size.",
    ),
    limits=Limits(resource_units=1_450_000, paths=290),
    obligations=tuple(
        Obligation(f"{size} bytes", partial(loading_as_read, size=size)) for size in SIZES
    ),
    teeth=(
        bugs.PIECE_MAY_LEAVE_ITS_RANGE,
        bugs.PIECE_MAY_LEAVE_ITS_BLOCK,
        bugs.READ_STAYS_AT_ITS_ADDRESS,
        bugs.READ_REACHES_FOR_ALL_AGAIN,
    ),
)

THEOREMS = (BESIDE_C, AS_READ)

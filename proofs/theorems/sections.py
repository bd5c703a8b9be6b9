"""The words that theorems about the places of bytes are stated in: two sections, and what moves."""

from typing import Any, NamedTuple

from model.address_range import ADDRESS_SPACE_SIZE
from model.dispatch import Section
from proofs.proof import Proof
from proofs.ranges import LAST_ADDRESS, any_address
from proofs.rebinding import rebound
from proofs.requests import SPACE
from proofs.symbolic import all_of, any_of, choose, negation, tellable
from proofs.theorem import Package
from proofs.theorems.guest_reaching import machine
from proofs.theorems.guest_stepping import What
from proofs.theorems.moving import AnyData
from proofs.theorems.stepping import any_block, any_length

HERE, BESIDE = "here", "beside"
"""The sections at the first address, and elsewhere."""


class Touched(NamedTuple):
    """Bytes of a region that a step moves, by their offset; and which of the request's data."""

    region: str | None
    offset: int
    first: int
    length: int


class World:
    """A view with the section at an address, if any, and another one; and what a step moves in it.

    The methods stand in for what moves the bytes.
    """

    def __init__(self, package: Package, proof: Proof, what: What, neighbour: str) -> None:
        self.package, self.proof = package, proof
        self.address, self.length = any_address(proof), any_length(proof, "length")
        self.done, self.size = proof.integer("done", 0, LAST_ADDRESS), proof.integer("size", 0, 8)
        self.beside = self.any_section(BESIDE)
        kinds = {BESIDE: "RAM" if neighbour == HERE else neighbour}
        self.here: Section | None = None
        if what.kind is None:
            proof.assume(negation(self.has(self.beside, self.address)))
        else:
            kinds[HERE] = what.kind
            self.here = self.any_section(HERE)
            proof.assume(self.has(self.here, self.address))
            after, before = self.beside.start >= self.here.end, self.beside.end
            proof.assume(any_of(after, before <= self.here.start))
        if neighbour == HERE:
            self.beside = self.beside._replace(region=HERE)
        self.sections = tuple(one for one in (self.here, self.beside) if one is not None)
        self.system = self.make(what, kinds)
        self.touched: list[Touched] = []

    def any_section(self, name: str) -> Section:
        """An input: any section of a view, whose offsets lie in a region."""
        start, size, offset = (
            self.proof.integer(f"{name}.{field}", 0, ADDRESS_SPACE_SIZE)
            for field in ("start", "size", "offset")
        )
        section: Section = self.package.dispatch.Section(name, offset, start, size)
        for end in (start + size, offset + size):
            self.proof.assume(all_of(size >= 1, end <= ADDRESS_SPACE_SIZE))
        self.proof.show(name, section)
        return section

    def make(self, what: What, kinds: dict[str, str]) -> Any:
        """The system: the region at the address is as it may be, with any device and any block."""
        package, proof = self.package, self.proof
        system = machine(package, 12, {SPACE: ()}, kinds)
        if what.kind is None:
            return system
        flags = {name: proof.boolean(name) for name in ("readonly", "romd_mode")}
        region = system.topology.regions[HERE]._replace(**flags)
        block = any_block(package, proof)
        proof.assume(block.max_length <= ADDRESS_SPACE_SIZE)
        return system._replace(
            topology=system.topology._replace(
                flavour=package.flavour.Flavour[what.flavour],
                regions={**system.topology.regions, HERE: region},
            ),
            blocks={HERE: block},
        )

    @staticmethod
    def has(section: Section, address: int) -> bool:
        """Whether a section has an address."""
        return all_of(section.start <= address, address < section.end)

    def shows(self, address: int, ahead: int) -> bool:
        """Whether an address shows what lies `ahead` bytes ahead of the first, in its region.

        By the sections alone. Where nothing answers at the first address, nothing does here.
        """
        if self.here is None:
            return negation(self.has(self.beside, address))
        place = self.here.offset + (self.address - self.here.start) + ahead
        return any_of(
            *(
                all_of(
                    self.has(one, address),
                    (one.offset + (address - one.start) - place) % ADDRESS_SPACE_SIZE == 0,
                )
                for one in self.sections
                if one.region == HERE
            )
        )

    def section_at(self, ranges: tuple[()], address: int, page_size: int) -> Section:
        """In place of `model.translate.section_at`."""
        for section in self.sections:
            if self.has(section, address):
                return section
        unassigned: Section = self.package.dispatch.UNASSIGNED
        return unassigned

    def translate(self, address: int, length: int, is_write: bool) -> Any:
        """The translation of bytes at an address."""
        package = self.package
        in_space = rebound(package.translate.translate_in_space, section_at=self.section_at)
        translate = rebound(package.translate.translate, translate_in_space=in_space)
        found = translate(self.system, SPACE, address, length, is_write)
        return found._replace(offset=tellable(found.offset))

    def step(self, found: Any, is_write: bool) -> Any:
        """A step of a read or a write, from where a translation has led."""
        access, attrs = self.package.read_write, self.package.memtx.UNSPECIFIED
        if is_write:
            write_step = rebound(
                access.write_step,
                device_step_size=self.device_step_size,
                store_dirty=self.store_dirty,
                dispatch_write=self.dispatch_write,
            )
            return write_step(self.system, found, AnyData(), self.done, attrs)
        read_step = rebound(
            access.read_step,
            device_step_size=self.device_step_size,
            load_bytes=self.load_bytes,
            dispatch_read=self.dispatch_read,
        )
        return read_step(self.system, found, attrs)

    def device_step_size(self, system: Any, found: Any) -> int:
        """In place of `model.step.device_step_size`: any size up to what was translated."""
        length: int = found.length
        return choose(self.size <= length, self.size, length)

    def load_bytes(self, block: Any, offset: int, length: int) -> bytes:
        """In place of `model.memory.load_bytes`."""
        assert block is self.system.blocks[HERE]
        self.touched.append(Touched(HERE, offset, self.done, length))
        return b"moved"

    def store_dirty(self, system: Any, name: str, offset: int, data: tuple[int, int]) -> Any:
        """In place of `model.system.store_dirty`."""
        self.touched.append(Touched(name, offset, data[0], data[1] - data[0]))
        return system

    def dispatch_read(self, system: Any, name: str | None, offset: int, size: int) -> Any:
        """In place of `model.read_write.dispatch_read`, but for what a hole answers."""
        self.touched.append(Touched(name, offset, self.done, size))
        if name is None:
            in_hole = rebound(self.package.read_write.dispatch_read, bytes=lambda size: b"zeros")
            return in_hole(system, name, offset, size)
        return system, self.package.memtx.MemTxResult.OK, b"moved"

    def dispatch_write(self, system: Any, name: str | None, offset: int, data: Any) -> Any:
        """In place of `model.read_write.dispatch_write`, but for what a hole answers."""
        self.touched.append(Touched(name, offset, data[0], data[1] - data[0]))
        if name is None:
            return self.package.read_write.dispatch_write(system, name, offset, data)
        return system, self.package.memtx.MemTxResult.OK

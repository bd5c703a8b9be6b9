"""Where a step comes to the end of the address space: it ends there, or goes on past address 0."""

from functools import partial
from typing import Any

from model.address_range import ADDRESS_SPACE_SIZE
from proofs.proof import Limits, Proof
from proofs.ranges import LAST_ADDRESS, any_address
from proofs.rebinding import rebound
from proofs.symbolic import all_of, any_of, implies, negation, tellable
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs_in_accesses as bugs
from proofs.theorems.splitting import PAGE_BITS
from proofs.theorems.stepping import (
    DEVICES,
    MESSAGES,
    REQUESTS,
    STEP_SIZES,
    any_block,
    any_length,
    any_ops,
    is_let_in,
)

SECTIONS = "The address lies in the section, which ends at or below 2^64."


def any_section(package: Package, proof: Proof, name: str, address: int) -> Any:
    """An input: any section that has an address and lies inside the address space."""
    section = package.dispatch.Section(
        "region",
        proof.integer(f"{name}.offset", 0, LAST_ADDRESS),
        proof.integer(f"{name}.start", 0, LAST_ADDRESS),
        proof.integer(f"{name}.size", 0, ADDRESS_SPACE_SIZE),
    )
    end = section.start + section.size
    proof.assume(all_of(section.start <= address, address < end, end <= ADDRESS_SPACE_SIZE))
    proof.show(name, section)
    return section


def translated(package: Package, section: Any, place: tuple[int, int], is_ram: bool) -> Any:
    """A translation through a section; its offset may be told in messages."""
    offset, length = package.translate.within_section(section, *place, is_ram)
    return package.translate.Translation(section, tellable(offset), length, "space")


def claim_landing(package: Package, proof: Proof, address: int, taken: int) -> bool:
    """Claim where a step leads to; whether it passes 2^64 without landing on 0."""
    proof.show("taken", taken)
    after = package.translate.next_address(address, taken)
    proof.show("after", after)
    end = address + taken
    proof.claim("short of 2^64 it goes on", implies(end <= LAST_ADDRESS, after == end))
    proof.claim("at 2^64 it lands on 0", implies(end == ADDRESS_SPACE_SIZE, after == 0))
    passes = end > ADDRESS_SPACE_SIZE
    proof.claim(
        "past 2^64 it goes on behind address 0, and before where it began",
        passes == all_of(taken > 0, after > 0, after < address),
    )
    return passes


def landing_in_ram(package: Package, proof: Proof) -> None:
    """A step of a RAM region, by its block or by its operations."""
    address = any_address(proof)
    section = any_section(package, proof, "section", address)
    length = any_length(proof, "length")
    ops, block = any_ops(package, proof), any_block(package, proof)
    is_direct = proof.boolean("is direct")
    found = translated(package, section, (address, length), is_ram=True)
    if is_direct:
        try:
            clamped = rebound(package.step.clamped, block_of=lambda *_: block)
            taken = clamped(None, "region", found)
        except package.memory.OffsetOutsideBlock:
            proof.claim("it stops only at an offset outside", found.offset >= block.max_length)
            return
    else:
        step_size = rebound(package.step.device_step_size, ops_of=lambda *_: ops)
        taken = step_size(None, found)
    passes = claim_landing(package, proof, address, taken)
    proof.claim("it passes 2^64 only by landing on 0", negation(passes))
    proof.claim("it ends in its section", address + taken <= section.start + section.size)


def passing_by_a_device(package: Package, proof: Proof) -> None:
    """A step of a device, or of nothing."""
    address = any_address(proof)
    section = any_section(package, proof, "section", address)
    length = any_length(proof, "length")
    ops = any_ops(package, proof)
    found = translated(package, section, (address, length), is_ram=False)
    step_size = rebound(package.step.device_step_size, ops_of=lambda *_: ops)
    taken = step_size(None, found)
    passes = claim_landing(package, proof, address, taken)
    left = ADDRESS_SPACE_SIZE - address
    offset = address - section.start + section.offset
    proof.claim(
        "it passes 2^64 exactly if a size larger than what is left keeps to every bound",
        passes
        == any_of(
            *(all_of(size > left, is_let_in(size, length, offset, ops)) for size in STEP_SIZES)
        ),
    )
    proof.claim("it goes on at address 7 at most", implies(passes, taken - left <= 7))
    proof.claim(
        "it does not pass 2^64 where offsets are aligned as addresses are",
        implies(
            all_of((section.start - section.offset) % 8 == 0, negation(ops.impl.unaligned)),
            negation(passes),
        ),
    )


def passing_as_in_the_scenario(package: Package, proof: Proof) -> None:
    """The counterexample of corpora/regressions/A3/wrap-mmio-odd.fv, 3 bytes before the end."""
    address = ADDRESS_SPACE_SIZE - 3
    section = package.dispatch.Section("top", 0, address, 3)
    ops = package.device.Ops()
    step_size = rebound(package.step.device_step_size, ops_of=lambda *_: ops)
    taken = step_size(None, translated(package, section, (address, 8), is_ram=False))
    proof.claim("4 bytes of 8 are taken", taken == 4)
    passes = claim_landing(package, proof, address, taken)
    proof.claim("it goes on at 1", passes and package.translate.next_address(address, taken) == 1)


def passing_by_a_rom_device(package: Package, proof: Proof) -> None:
    """A step of a ROM device that is read as memory."""
    address = any_address(proof)
    section = any_section(package, proof, "section", address)
    length = any_length(proof, "length")
    block = any_block(package, proof)
    found = translated(package, section, (address, length), is_ram=False)
    clamped = rebound(package.step.clamped, block_of=lambda *_: block)
    left = ADDRESS_SPACE_SIZE - address
    try:
        taken = clamped(None, "region", found)
    except package.memory.OffsetOutsideBlock:
        proof.claim("it stops only at an offset outside", found.offset >= block.max_length)
        return
    passes = claim_landing(package, proof, address, taken)
    proof.claim(
        "it passes 2^64 exactly if the request and the block both go on there",
        passes == all_of(length > left, block.max_length - found.offset > left),
    )


def passing_behind_an_iommu(package: Package, proof: Proof, page_bits: int) -> None:
    """A step of RAM, read as memory, in the address space that a page of an IOMMU leads to."""
    page_size = 1 << page_bits
    address = any_address(proof)
    iommu = any_section(package, proof, "iommu", address)
    length = any_length(proof, "length")
    block = any_block(package, proof)
    target = package.dispatch.Section(
        "ram", *(proof.integer(f"ram.{field}", 0) for field in ("offset", "start", "size"))
    )
    page = proof.integer("page", 0, LAST_ADDRESS)
    within = (address - iommu.start + iommu.offset) % page_size
    behind = page - page % page_size + within
    proof.assume(all_of(target.start <= behind, behind < target.start + target.size))

    outer = translated(package, iommu, (address, length), is_ram=False)
    place = package.iommu.through_page(outer.offset, outer.length, page, page_size)
    found = translated(package, target, place, is_ram=True)
    try:
        clamped = rebound(package.step.clamped, block_of=lambda *_: block)
        taken = clamped(None, "ram", found)
    except package.memory.OffsetOutsideBlock:
        proof.claim("it stops only at an offset outside", found.offset >= block.max_length)
        return
    passes = claim_landing(package, proof, address, taken)
    left = ADDRESS_SPACE_SIZE - address
    proof.claim(
        "it passes 2^64 exactly if request, page, section and block all go on there",
        passes
        == all_of(
            length > left,
            page_size - within > left,
            target.start + target.size - behind > left,
            block.max_length - found.offset > left,
        ),
    )
    proof.claim(
        "it does not pass 2^64 where the IOMMU's pages are the address space's",
        implies((iommu.start - iommu.offset) % page_size == 0, negation(passes)),
    )


RAM = Theorem(
    name="a_step_of_ram_passes_the_end_of_the_address_space_only_by_landing_on_0",
    statement=(
        "A step of a RAM region ends in its section, whether it goes to memory or to operations, "
        "so that the address after it is larger, or is 0 and the step ended at 2^64."
    ),
    rules=("P16", "A2", "A3", "X1"),
    assumptions=(
        REQUESTS,
        DEVICES,
        SECTIONS,
        "The region is RAM by its kind, and no IOMMU leads to it.",
        MESSAGES,
    ),
    limits=Limits(resource_units=1_200_000, paths=350),
    obligations=(Obligation("by its block or its operations", landing_in_ram),),
    teeth=(
        bugs.RAM_IS_NOT_CUT,
        bugs.CUT_BY_THE_SECTIONS_SIZE,
        bugs.BLOCK_DECIDES,
        bugs.ADDRESS_DOES_NOT_WRAP,
    ),
)

DEVICE = Theorem(
    name="a_step_of_a_device_passes_2_to_the_64_exactly_if_a_size_that_is_let_in_overhangs_it",
    statement=(
        "A device's step goes on behind address 0, at 1 to 7, exactly if one of 2, 4 and 8 bytes "
        "is more than what is left up to 2^64, and exceeds neither the length mod 2^32 nor "
        "valid.max, and divides the offset unless impl.unaligned; so never where the device's "
        "offsets are aligned to 8 bytes as addresses are, unless impl.unaligned (F10)."
    ),
    rules=("P16", "A1", "A3", "A5", "X1"),
    assumptions=(
        REQUESTS,
        DEVICES,
        SECTIONS,
        "No IOMMU leads to the device, and it is not denied.",
    ),
    limits=Limits(resource_units=600_000, paths=170),
    obligations=(
        Obligation("of any device", passing_by_a_device),
        Obligation("as in the scenario A3/wrap-mmio-odd", passing_as_in_the_scenario),
    ),
    teeth=(
        bugs.DEVICES_ARE_CUT,
        bugs.ALIGNED_TO_THE_SECTION,
        bugs.ALIGNMENT_DOES_NOT_COUNT,
        bugs.MAXIMUM_DOES_NOT_COUNT,
        bugs.ADDRESS_DOES_NOT_WRAP,
    ),
)

OTHER_MEMORY = Theorem(
    name="memory_that_is_not_cut_at_its_section_passes_2_to_the_64_exactly_if_all_bounds_do",
    statement=(
        "A step that reads a ROM device as memory goes on behind address 0 exactly if both the "
        "request and the block reach further than 2^64; one that comes to RAM through an IOMMU, "
        "exactly if the request, the page, the RAM's section and its block do, and never where "
        "the pages of the IOMMU are those of the address space that it is in."
    ),
    rules=("P16", "A2", "A3", "X1", "X2"),
    assumptions=(
        REQUESTS,
        SECTIONS,
        "Pages of an IOMMU have 2^10 to 2^18 bytes, and lead to RAM that is read as memory.",
        MESSAGES,
    ),
    limits=Limits(resource_units=2_200_000, paths=340),
    obligations=(
        Obligation("a ROM device", passing_by_a_rom_device),
        *(
            Obligation(
                f"an IOMMU with pages of 2^{bits} bytes",
                partial(passing_behind_an_iommu, page_bits=bits),
            )
            for bits in PAGE_BITS
        ),
    ),
    teeth=(
        bugs.DEVICES_ARE_CUT,
        bugs.BLOCK_DOES_NOT_CUT,
        bugs.PAGE_DOES_NOT_CUT,
        bugs.PAGE_CUTS_BY_ITS_SIZE,
    ),
)

THEOREMS = (RAM, DEVICE, OTHER_MEMORY)

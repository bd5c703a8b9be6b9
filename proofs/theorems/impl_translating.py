"""Translating: impl leads accesses where the model does, to a section or through a page."""

from functools import partial
from types import SimpleNamespace
from typing import Any, NamedTuple

from model.iommu import through_page
from model.radix import QEMU_SHAPE
from model.region import Kind
from model.translate import section_at, within_section
from model.view import FlatRange
from proofs.proof import Limits, Proof
from proofs.ranges import LAST_ADDRESS, any_address, any_range
from proofs.refinement import MODEL, Refinement, RegionObject, in_impl
from proofs.theorem import Package, Theorem
from proofs.theorems import bugs_in_impl_accesses as bugs
from proofs.theorems.splitting import PAGE_BITS

# --- One look-up ---------------------------------------------------------------------------------


class Access(NamedTuple):
    """How many bytes are asked for, at which address, of a view of one range."""

    address: int
    length: int
    range: FlatRange


def any_access(proof: Proof) -> Access:
    """An input: any access, and any range that is not empty."""
    given = Access(any_address(proof), proof.integer("length", 0), any_range(MODEL, proof, "range"))
    proof.assume(given.range.size > 0)
    return given


class Led(NamedTuple):
    """Where an access is led: to which region, if any, where in it, and for how many bytes."""

    region: Any
    offset: int
    length: int


def led_by_model(given: Access, kind: Kind, page_bits: int) -> Led:
    """Run the model on the section that it finds."""
    section = section_at((given.range,), given.address, 1 << page_bits)
    is_ram = section.region is not None and kind.is_ram
    return Led(section.region, *within_section(section, given.address, given.length, is_ram))


def led_by_impl(package: Package, given: Access, kind: Kind, page_bits: int) -> Led:
    """Run impl's translation."""
    region = RegionObject(given.range.region, kind=package.region.RegionKind(kind.value))
    view = view_of(package, given.range, region)
    memory_map, space = SimpleNamespace(page_bits=page_bits), SimpleNamespace(view=view)
    place = package.translate.translate(memory_map, space, given.address, given.length, False)
    return Led(None if place.region is None else place.region.number, *place[1:])


def view_of(package: Package, range_: FlatRange, region: RegionObject) -> Any:
    """A view of impl's, of one range."""
    chunk = package.view.Chunk([in_impl(package, range_, region)])
    return package.view.FlatView(None, (chunk,), 1)


def are_led_alike(given: object, expected: Led, done: Led) -> dict[str, bool]:
    """The relation of translations."""
    if expected.region is None or done.region is None:
        regions = expected.region is done.region
    else:
        regions = expected.region == done.region
    return {
        "the region is the same": regions,
        "the offset is the same": expected.offset == done.offset,
        "as many bytes may follow": expected.length == done.length,
    }


def leading(kind: Kind, page_bits: int) -> Refinement[Access, Led, Led]:
    """Translate an access that comes to a region of one kind, or to none."""
    return Refinement(
        inputs=any_access,
        specification=partial(led_by_model, kind=kind, page_bits=page_bits),
        implementation=partial(led_by_impl, kind=kind, page_bits=page_bits),
        relation=are_led_alike,
    )


# --- A page of an IOMMU --------------------------------------------------------------------------


class Followed(NamedTuple):
    """An offset in an IOMMU, how many bytes are asked for there, and where its page leads."""

    offset: int
    length: int
    translated: int


def any_followed(proof: Proof) -> Followed:
    """An input: any offset in any page."""
    return Followed(
        proof.integer("offset", 0, LAST_ADDRESS),
        proof.integer("length", 0),
        proof.integer("translated", 0, LAST_ADDRESS),
    )


def followed_by_impl(package: Package, given: Followed, bits: int) -> tuple[int, int]:
    """Run impl's step through a page."""
    page = package.iommu.Page(0, bits, "space", given.translated)
    address, length = page.follow(given.offset, given.length)
    return address, length


def following(bits: int) -> Refinement[Followed, tuple[int, int], tuple[int, int]]:
    """Go through a page of so many bytes, as a power of two."""
    return Refinement(
        inputs=any_followed,
        specification=lambda given: through_page(*given, 1 << bits),
        implementation=partial(followed_by_impl, bits=bits),
        relation=lambda _, expected, done: {
            "the address is the same": expected[0] == done[0],
            "as many bytes lie in the page": expected[1] == done[1],
        },
    )


ONE_RANGE = (
    "The view has one range, not empty, inside the address space: that impl finds the range of an "
    "address as the model does is a theorem of its own."
)

LEAD = Theorem(
    name="impl_leads_an_access_to_the_models_offset_and_cuts_only_ram_at_the_models_section",
    statement=(
        "For any range, address and length, impl's translation gives the region, the offset and "
        "the length of the model's `section_at` and `within_section`; in a hole, nothing at the "
        "address itself."
    ),
    rules=("P8", "X1", "X4", "A5"),
    assumptions=(
        ONE_RANGE,
        "The region is RAM, with pages of 2^10 to 2^18 bytes; a RAM device, an io region or a ROM "
        "device with pages of 2^12. No IOMMU lies on the way.",
    ),
    limits=Limits(resource_units=6_300_000, paths=690),
    obligations=(
        *(
            leading(Kind.RAM, bits).obligation(f"RAM, pages of 2^{bits} bytes")
            for bits in PAGE_BITS
        ),
        *(
            leading(kind, QEMU_SHAPE.page_bits).obligation(f"kind {kind.value}")
            for kind in (Kind.RAM_DEVICE, Kind.IO, Kind.ROM_DEVICE)
        ),
    ),
    teeth=(
        bugs.ALL_ARE_CUT,
        bugs.CUT_AT_THE_RANGE,
        bugs.HOLES_BEGIN_AT_0,
        bugs.OFFSET_BY_THE_ADDRESS,
        bugs.CUT_ONE_BYTE_LATE,
    ),
    package="impl",
)

FOLLOW = Theorem(
    name="impl_goes_through_a_page_of_an_iommu_to_the_models_address_for_every_page_size",
    statement=(
        "For pages of 2^0 to 2^64 bytes, any offset, length and target, impl gives the address "
        "and the length of the model's `through_page`, and wraps to no bytes where that does."
    ),
    rules=("X2", "X3"),
    assumptions=("Offset and target are below 2^64.",),
    limits=Limits(resource_units=470_000, paths=520),
    obligations=tuple(
        following(bits).obligation(f"a page of 2^{bits} bytes") for bits in range(65)
    ),
    teeth=(bugs.PAGE_HAS_NO_END, bugs.PAGE_NEVER_WRAPS, bugs.PAGE_KEEPS_LOW_BITS),
    package="impl",
)

THEOREMS = (LEAD, FOLLOW)

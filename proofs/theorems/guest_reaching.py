"""Where an access of guest memory comes to: where C's translation does, inside one flat range."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from model.iommu import IommuEntry
from model.view import FlatRange
from proofs.proof import Limits, Proof
from proofs.ranges import any_address, any_range, are_in_order, end_of, follows, meaning_of
from proofs.rebinding import rebound
from proofs.symbolic import all_of, any_of, implies, tellable
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs_in_guest_memory as bugs
from proofs.theorems import bugs_in_translation
from proofs.theorems.redirecting import any_entry, permission
from proofs.theorems.splitting import PAGE_BITS
from proofs.theorems.stepping import any_length as any_length_but_none
from proofs.theorems.translating import any_length

SPACE = "space"


def machine(
    package: Package,
    page_bits: int,
    spaces: Mapping[str, tuple[FlatRange, ...]],
    kinds: Mapping[str, str],
) -> Any:
    """A system whose spaces publish these ranges, of regions of these kinds."""
    kind = package.region.Kind
    topology = package.topology.Topology(
        regions={name: package.region.Region(kind[what], size=0) for name, what in kinds.items()},
        spaces={
            name: package.topology.AddressSpace(name, package.view.FlatView(name, ranges, serial=1))
            for name, ranges in spaces.items()
        },
        page_bits=page_bits,
    )
    return package.system.System(topology)


def range_of(package: Package, proof: Proof, region: str) -> FlatRange:
    """An input: any range that a view may have, of this region."""
    range_ = any_range(package, proof, region)._replace(region=region)
    proof.assume(follows(range_, 0))
    return range_


def same_translation(left: Any, right: Any) -> bool:
    """Whether two translations lead to the same place, for as many bytes."""
    return all_of(
        *(a == b for a, b in zip(left.section, right.section, strict=True)),
        *(a == b for a, b in zip(left[1:], right[1:], strict=True)),
    )


def reaching(package: Package, proof: Proof, page_bits: int) -> None:
    """In a view of one range, which the address may miss."""
    address, length = any_address(proof), any_length(proof)
    index = proof.integer("index", 0)
    range_ = range_of(package, proof, "region")
    is_ram = proof.boolean("is RAM")
    kinds = {"region": "RAM" if is_ram else "IO"}
    system = machine(package, page_bits, {SPACE: (range_,)}, kinds)
    expected = package.translate.translate(system, SPACE, address, length, False)
    flat = package.guest_flatview
    memory = flat.FlatMemory(system, SPACE)
    read = package.iommu.Permission.READ
    after, reached = flat.reach(memory, address, length, read)
    found, room = reached
    proof.show("reached", reached)
    claim = proof.claim
    claim("memory is not changed", after is memory)
    claim("it comes to where C's translation comes", same_translation(found, expected))
    if found.region is None:
        claim("a hole has all the room that is asked for", room == length)
        return
    claim("there is no more room than is asked for", room <= length)
    claim("there is room for a byte, if any is asked for", any_of(length == 0, room >= 1))
    is_all = any_of(room == length, address + room == end_of(range_))
    claim("there is less only at the end of the range", is_all)
    said = meaning_of(range_, address + index)
    is_said = all_of(said.is_answered, said.offset == found.offset + index)
    claim("each byte that there is room for is the range's", implies(index < room, is_said))
    if is_ram:
        claim("C's step of RAM has room for all its bytes", found.length <= room)


def reaching_what_is_kept(package: Package, proof: Proof, page_bits: int) -> None:
    """The same in a view that a guard keeps, while the space publishes another."""
    address, length = any_address(proof), any_length(proof)
    kept, other = (range_of(package, proof, name) for name in ("kept", "other"))
    kinds = {"kept": "RAM", "other": "IO"}
    before, now = (
        machine(package, page_bits, {SPACE: (range_,)}, kinds) for range_ in (kept, other)
    )
    flat, read = package.guest_flatview, package.iommu.Permission.READ
    _, expected = flat.reach(flat.FlatMemory(before, SPACE), address, length, read)
    guarded = flat.FlatMemory(now, SPACE, (kept,))
    after, reached = flat.reach(guarded, address, length, read)
    proof.claim("memory is not changed", after is guarded)
    proof.claim(
        "it comes to what the space published when the view was taken",
        all_of(same_translation(reached.found, expected.found), reached.room == expected.room),
    )


def crossing(package: Package, proof: Proof, third_is_first: bool) -> None:
    """A step of what is left of an access in two neighbouring ranges of RAM, beside a third."""
    address, length = any_address(proof), any_length_but_none(proof, "length")
    index, taken = proof.integer("index", 0), proof.integer("taken", 1)
    left, right, third = (range_of(package, proof, name) for name in ("left", "right", "third"))
    ranges = (third, left, right) if third_is_first else (left, right, third)

    def is_inside(address: int, length: int) -> bool:
        """Whether bytes lie in the two, before 2^64."""
        return all_of(left.start <= address, address + length <= end_of(right))

    proof.assume(all_of(are_in_order(ranges), end_of(left) == right.start))
    proof.assume(is_inside(address, length))
    kinds = dict.fromkeys(("left", "right", "third"), "RAM")
    memory = package.guest_flatview.FlatMemory(machine(package, 12, {SPACE: ranges}, kinds), SPACE)
    read = package.iommu.Permission.READ
    _, (found, _) = package.guest_flatview.reach(memory, address, length, read)
    claim = proof.claim
    claim("one of the two answers", found.region in ("left", "right"))
    claim("a byte or more is translated", found.length >= 1)
    answers = left if found.region == "left" else right
    is_touched = all_of(index < taken, taken <= found.length)
    said = meaning_of(answers, address + index)
    claim(
        "each byte that the step takes is of the range that has its address, at its place",
        implies(is_touched, all_of(said.is_answered, said.offset == found.offset + index)),
    )
    claim(
        "what is left of the access lies in the two again",
        implies(taken <= found.length, is_inside(address + taken, length - taken)),
    )


def whole_range(package: Package) -> Any:
    """In place of `model.translate.section_at`: ranges that no page divides."""

    def section_at(ranges: tuple[FlatRange, ...], address: int, page_size: int) -> Any:
        found = package.view.lookup(ranges, address)
        if found is None:
            return package.dispatch.UNASSIGNED
        return package.dispatch.Section(found.region, found.offset, found.start, found.size)

    return section_at


def following(package: Package, proof: Proof, page_bits: int, has_two: bool) -> None:
    """Through an IOMMU, and maybe another one behind it; with a limit of one or two."""
    address, length = tellable(any_address(proof)), any_length(proof)
    names = ("first", "second", "third")
    ranges = [range_of(package, proof, name) for name in names]
    mask = (1 << page_bits) - 1
    entries: list[IommuEntry] = [any_entry(package, proof, name, mask) for name in names[:2]]
    can_read, can_write = proof.boolean("can_read"), proof.boolean("can_write")
    is_write = proof.boolean("is_write")
    limit = 2 if has_two and proof.boolean("allows two") else 1
    allowed = permission(package, can_read, can_write)
    spaces = (SPACE, *(entry.space for entry in entries))
    kinds = {"first": "IOMMU", "second": "IOMMU" if has_two else "RAM", "third": "IO"}
    views = {space: (range_,) for space, range_ in zip(spaces, ranges, strict=True)}
    system = machine(package, 12, views, kinds)
    iommus = {
        name: package.iommu.Iommu(((entry._replace(permission=allowed),),))
        for name, entry in zip(names, entries, strict=False)
    }
    system = system._replace(iommus=iommus)
    permissions = package.iommu.Permission
    section_at = whole_range(package)
    in_space = rebound(package.translate.translate_in_space, section_at=section_at)
    through = rebound(package.translate.through_iommu, translate_in_space=in_space)
    translate = rebound(
        package.translate.translate,
        MAX_IOMMUS=limit,
        translate_in_space=in_space,
        through_iommu=through,
    )
    reach = rebound(package.guest_flatview.reach, MAX_IOMMUS=limit, section_at=section_at)
    memory = package.guest_flatview.FlatMemory(system, SPACE, led_to=("earlier",))
    needed = permissions.WRITE if is_write else permissions.READ
    gives_up = package.memtx.TranslationLimit
    expected = result_of(gives_up, partial(translate, system, SPACE, address, length, is_write))
    given = result_of(gives_up, partial(reach, memory, address, length, needed))
    is_same = (given is None) == (expected is None)
    proof.claim("it gives up exactly where C's translation does", is_same)
    if given is None:
        return
    after, (found, room) = given
    proof.claim("it comes to where C's translation comes", same_translation(found, expected))
    count = spaces.index(found.space)
    is_told = after == memory._replace(led_to=("earlier", *spaces[1 : count + 1]))
    proof.claim("memory is told each space that it was led to, in order", is_told)
    if found.region is None:
        return
    within = ranges[count]
    proof.claim(
        "there is no more room than is asked for, and than the range has that answers",
        all_of(room <= length, found.offset + room <= within.offset + within.size),
    )
    if found.region == "second":
        proof.claim("C's step of RAM has room for all its bytes", found.length == room)


def result_of(stop: type[Exception], call: Any) -> Any:
    """What a call gives; None if it gives up."""
    try:
        return call()
    except stop:
        return None


ONE_RANGE = (
    "The view has one range, inside the address space, as any address is answered by at most one; "
    "its region is RAM, or a device. From 0 to 2^64 - 1 bytes are asked for."
)
ONE_PAGE_SIZE = "The page size is one of the nine powers of two from 2^10 to 2^18."

REACH = Theorem(
    name="guest_memory_comes_to_where_c_translates_to_and_has_room_to_the_end_of_the_flat_range",
    statement=(
        "In one address space, published or kept by a guard, an access of guest memory comes to "
        "the same section and offset as C's translation, for as many bytes; there is room for all "
        "that is asked for up to the end of the flat range, each byte of it at its place in the "
        "range, and C's step of RAM is within it."
    ),
    rules=("P15", "G6", "X1", "X4", "F3", "F9", "F21", "F23"),
    assumptions=(ONE_RANGE, ONE_PAGE_SIZE, "For a view that a guard keeps, it is 2^12."),
    limits=Limits(resource_units=1_760_000, paths=630),
    obligations=(
        Obligation("a view that a guard keeps", partial(reaching_what_is_kept, page_bits=12)),
        *(
            Obligation(f"pages of 2^{bits} bytes", partial(reaching, page_bits=bits))
            for bits in PAGE_BITS
        ),
    ),
    teeth=(
        bugs.ROOM_IS_THE_RANGES_SIZE,
        bugs.ROOM_IS_WHAT_IS_ASKED_FOR,
        bugs.NOTHING_IS_CUT,
        bugs.EVERYTHING_IS_CUT,
        bugs.KEPT_VIEW_IS_NOT_USED,
        bugs.GUEST_PAGES_ARE_TWICE_AS_LARGE,
    ),
)

CROSSING = Theorem(
    name="an_access_that_crosses_two_ranges_of_ram_touches_no_third_one",
    statement=(
        "Of an access that lies in two neighbouring flat ranges of RAM, each step touches one of "
        "the two, each byte at its own address's place, and leaves an access that lies in the two."
    ),
    rules=("P15", "X1", "F5", "F11"),
    assumptions=(
        "The view has these two ranges and one more before or behind them; pages have 2^12 bytes.",
        "A step takes a byte or more, and no more than were translated (A2, P8). The access does "
        "not go on at 0. With devices and ROM devices it is not so: corpora/regressions/A5 and "
        "P15/rom-device-beyond-its-range have them reach beyond their ranges.",
    ),
    limits=Limits(resource_units=380_000, paths=96),
    obligations=(
        Obligation("a third before them", partial(crossing, third_is_first=True)),
        Obligation("a third behind them", partial(crossing, third_is_first=False)),
    ),
    teeth=(
        bugs.NOTHING_IS_CUT,
        bugs_in_translation.RAM_IS_CUT_AT_THE_SECTIONS_SIZE,
        bugs_in_translation.PIECE_KEEPS_THE_RANGES_OFFSET,
        bugs_in_translation.PIECE_BEFORE_THE_ADDRESS,
    ),
)

CHAINS = Theorem(
    name="guest_memory_goes_through_up_to_2_iommus_as_a_translation_of_c_and_tells_where_it_was_led",
    statement=(
        "Through up to two IOMMUs, an access of guest memory comes to the same section and offset "
        "as C's translation for reading or writing, for as many bytes, or to nothing where that "
        "does, and gives up where that does; there is room to the end of the range that answers at "
        "most, and memory is told each space that it was led to."
    ),
    rules=("P15", "G6", "X2", "X3", "F9", "F14", "F23"),
    assumptions=(
        "One or two IOMMUs, each with a table of one entry, in spaces of one range each, which no "
        "page of the target divides here; a limit of one or two IOMMUs stands for that of 64.",
        "Pages of IOMMUs have 2^12 bytes, or of a single IOMMU 2^64.",
    ),
    bound="chains of one or two IOMMUs",
    limits=Limits(resource_units=3_600_000, paths=830),
    obligations=tuple(
        Obligation(
            f"{'two' if has_two else 'one'} with pages of 2^{bits} bytes",
            partial(following, page_bits=bits, has_two=has_two),
        )
        for has_two, bits in ((False, 64), (True, 12))
    ),
    teeth=(
        bugs.GUEST_NEEDS_NO_PERMISSION,
        bugs.GUEST_FAULTS_ANSWER,
        bugs.GUEST_IS_LED_TO_ITS_OWN_VIEW,
        bugs.GUEST_KEEPS_THE_LAST_SPACE_ONLY,
        bugs.GUEST_GIVES_UP_EARLY,
        bugs.ROOM_IS_OF_THE_FIRST_VIEW,
    ),
)

THEOREMS = (REACH, CROSSING, CHAINS)

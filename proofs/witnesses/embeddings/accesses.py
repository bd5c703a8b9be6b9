"""Accesses: a device or memory stands where the counterexample has it, and is read and written."""

from collections.abc import Iterator

from model.address_range import ADDRESS_SPACE_SIZE
from proofs.witnesses.script import (
    MOST_BYTES,
    Candidate,
    Embedding,
    Values,
    machine,
    page_sizes,
    size_text,
    touch,
)

SHORTER = 0x20
"""Of how many bytes an access is made instead of one that is longer than a scenario can have."""


def accesses(address: int, length: int, attributes: str = "") -> tuple[list[str], str]:
    """Accesses of a length, or of a shorter one; what was changed about it."""
    if length <= MOST_BYTES or length == 1 << 32:
        return touch(address, length, attributes=attributes), ""
    note = f"{SHORTER:#x} bytes are accessed instead of {length:#x}"
    return touch(address, SHORTER, attributes=attributes), note


def device(values: Values, name: str) -> list[str]:
    """A device of all addresses with the values' access sizes."""
    impl = "unaligned" if values.flag("impl.unaligned") else "aligned"
    valid = "unaligned" if values.flag("valid.unaligned") else impl
    least, most = values.number("valid.min"), values.number("valid.max")
    return [
        f"io {name} 2^64",
        f"device {name} little",
        f"valid {name} {least} to {most} {valid}",
        f"impl {name} 0 to 8 {impl}",
    ]


def memory(values: Values, name: str, kind: str = "ram", end: int = 0) -> list[str]:
    """A region with a block of the size that the values say, which may end before the region."""
    block = values.number("block.max_length", ADDRESS_SPACE_SIZE)
    lines = [f"{kind} {name} {size_text(min(block, ADDRESS_SPACE_SIZE))}"]
    return lines + ([f"set {name} size 2^64"] if end > block else [])


def window(name: str, start: int, size: int, offset: int) -> list[str]:
    """A part of a region, seen at some place."""
    shown = f"alias window {size_text(size)} of {name} at {offset:#x}"
    return [shown, f"add system window at {start:#x}", "space memory system"]


def stepping(values: Values) -> Iterator[Candidate]:
    """A device is accessed at the offset, which lies at the address if there is one."""
    offset = values.number("offset")
    address = values.number("address", offset)
    lines, note = accesses(address, values.number("length"))
    size = ADDRESS_SPACE_SIZE - max(address, offset)
    seen = ["add system uart at 0x0", "space memory system"]
    if address != offset:
        seen = window("uart", address, min(size, 1 << 62), offset)
    yield Candidate(machine(*device(values, "uart"), *seen, *lines), note)


def stepping_in_memory(values: Values) -> Iterator[Candidate]:
    """Memory whose block is as long as the values say is accessed at the offset."""
    offset, length = values.number("offset"), values.number("length")
    lines, note = accesses(offset, length)
    for kind in ("ram", "rom-device", "ram-device"):
        region = memory(values, "low", kind, offset + length)
        seen = ["add system low at 0x0", "space memory system"]
        yield Candidate(machine(*region, *seen, *lines), note)


def requesting(values: Values) -> Iterator[Candidate]:
    """Two regions, one for each step; where a step's result is not OK, nothing answers there."""
    address, length = values.number("address"), values.number("length")
    if "remaining" in values:
        first, second = length, values.number("remaining") - length
        length = values.number("remaining")
    elif "first.length" in values:
        first, second = values.number("first.length"), values.number("second.length")
    else:
        first, second = values.number("first"), values.number("second")
    yield from two_steps(
        address,
        length,
        (first, values.flag("first.result") or values.flag("first fails")),
        (second, values.flag("second.result") or values.flag("second fails")),
    )


def two_steps(address: int, length: int, *steps: tuple[int, bool]) -> Iterator[Candidate]:
    """A request of some length over regions, each of the bytes of a step, which fails or not."""
    lines: list[str] = []
    place = address
    for number, (size, fails) in enumerate(steps):
        if size > 0:
            name = f"step{number}"
            lines += [f"{'reservation' if fails else 'ram'} {name} {size_text(size)}"]
            lines += [f"add system {name} at {place % ADDRESS_SPACE_SIZE:#x}"]
            place += size
    touched, note = accesses(address, length)
    yield Candidate(machine(*lines, "space memory system", *touched), note)
    if note:
        halves = [(SHORTER // 2, fails) for _, fails in steps]
        yield from (Candidate(one.lines, note) for one in two_steps(address, SHORTER, *halves))


def cutting(values: Values) -> Iterator[Candidate]:
    """A window on RAM or a device is accessed."""
    size, offset = values.number("section.size"), values.number("section.offset")
    kind = "ram" if values.flag("is_ram") else "io"
    lines, note = accesses(values.number("address"), values.number("length"))
    attached = [] if kind == "ram" else ["device low little"]
    seen = window("low", values.number("section.start"), size, offset)
    yield Candidate(machine(f"{kind} low 2^64", *attached, *seen, *lines), note)


def moving(values: Values) -> Iterator[Candidate]:
    """What is done of the request lies in RAM; behind it is what the step comes to."""
    done, offset, length = (values.number(name) for name in ("done", "offset", "length"))
    note = ""
    if done > MOST_BYTES // 2:
        done, note = SHORTER, f"{SHORTER:#x} bytes are done"
    attributes = "memory" if values.flag("is denied") else ""
    is_direct = values.flag("is direct")
    region = (
        memory(values, "place", "ram", offset + length) if is_direct else device(values, "place")
    )
    if values.flag("nothing answers"):
        region = ["container place 2^64"]
    before = [f"ram before {done:#x}", "add system before at 0x0 priority 1"] if done else []
    touched, shorter = accesses(0, min(done + length, 1 << 32), attributes)
    seen = window("place", done, ADDRESS_SPACE_SIZE, offset)
    yield Candidate(machine(*region, *before, *seen, *touched), note or shorter)
    if not is_direct:
        with_device = [*device(values, "place"), *before, *seen, *touched]
        yield Candidate(machine(*with_device), note or shorter or "a device answers")


def wrapping(values: Values) -> Iterator[Candidate]:
    """A window on the region, near the end of the address space or not."""
    start, size, offset = (values.number(f"section.{one}") for one in ("start", "size", "offset"))
    address = values.number("address")
    length = values.number("length")
    lines, note = accesses(address, length)
    if "is direct" in values:
        kinds = ["ram"] if values.flag("is direct") else ["ram-device"]
    elif "block.max_length" in values:
        kinds = ["rom-device"]
    else:
        kinds = ["io"]
    for kind in kinds:
        region = device(values, "place")
        if kind != "io":
            end = offset + (address - start) + min(length, SHORTER)
            region = memory(values, "place", kind, end)
        size = min(size, ADDRESS_SPACE_SIZE)
        around = ["ram around 2^64", "add system around at 0x0 priority -1"]
        for rest in ([], around):
            scene = [*region, *rest, *window("place", start, size, offset), *lines]
            yield Candidate(machine(*scene), note)


def wrapping_behind_pages(values: Values) -> Iterator[Candidate]:
    """The same behind an IOMMU, if the obligation is about one."""
    if "iommu.start" not in values:
        yield from wrapping(values)
        return
    start, size, offset = (values.number(f"ram.{one}") for one in ("start", "size", "offset"))
    lines, note = accesses(values.number("address"), values.number("length"))
    iommu = [values.number(f"iommu.{one}") for one in ("start", "size", "offset")]
    page = values.number("page")
    for bits, changed in page_sizes(values.page_bits):
        scene = ["iommu smmu 2^64", *window("smmu", iommu[0], iommu[1], iommu[2])]
        scene += [*memory(values, "low", end=ADDRESS_SPACE_SIZE), "container far 2^64"]
        scene += [f"alias shown {size_text(size)} of low at {offset:#x}"]
        scene += [f"add far shown at {start:#x}", "space behind far"]
        at = values.number("address") - iommu[0] + iommu[2]
        target = (page << values.page_bits) % ADDRESS_SPACE_SIZE
        scene += [f"iommu-map smmu {at:#x} to behind {target:#x} page-bits {bits}"]
        yield Candidate(machine(*scene, *lines), note or changed)


EMBEDDINGS: dict[str, Embedding] = {
    "only_ram_is_cut_at_the_end_of_its_section_and_never_to_nothing": cutting,
    "a_step_of_a_device_is_the_largest_power_of_two_that_length_maximum_and_alignment_allow": (
        stepping
    ),
    "a_step_of_memory_takes_a_byte_or_more_and_ends_with_its_length_or_its_block": (
        stepping_in_memory
    ),
    "each_step_shortens_the_request_by_its_bytes_and_only_a_step_of_nothing_stops_it": requesting,
    "a_step_moves_just_the_next_bytes_of_a_request_and_at_least_one_but_for_2_to_the_32": moving,
    "the_steps_of_a_read_are_consecutive_in_order_and_sum_to_its_length": requesting,
    "the_steps_of_a_write_are_consecutive_in_order_and_sum_to_its_length": requesting,
    "a_step_of_ram_passes_the_end_of_the_address_space_only_by_landing_on_0": wrapping,
    "a_step_of_a_device_passes_2_to_the_64_exactly_if_a_size_that_is_let_in_overhangs_it": (
        wrapping
    ),
    "memory_that_is_not_cut_at_its_section_passes_2_to_the_64_exactly_if_all_bounds_do": (
        wrapping_behind_pages
    ),
    "a_read_of_guest_memory_counts_exactly_the_bytes_before_the_first_step_that_fails": requesting,
    "a_write_of_guest_memory_counts_exactly_the_bytes_before_the_first_step_that_fails": requesting,
    "an_access_of_guest_memory_is_that_of_c_up_to_the_first_step_that_fails": requesting,
}

"""Pages: ranges are registered as sections, and looked up in the page map and in divided pages."""

from collections.abc import Iterator, Mapping
from typing import Any

from model.address_range import ADDRESS_SPACE_SIZE
from model.view import FlatRange
from proofs.witnesses.layout import laid_out
from proofs.witnesses.script import (
    LAST_ADDRESS,
    Candidate,
    CannotEmbed,
    Embedding,
    Values,
    machine,
    touch,
)

MOST_TOUCHED = 0x40


def plain(start: int, size: int, region: str) -> FlatRange:
    """A range without any flags."""
    return FlatRange(region, 0, start, size, 0, True, False, False, False)


def registering(values: Values) -> Iterator[Candidate]:
    """The ranges; a page that is divided has another range before it."""
    ranges = values.ranges("earlier", "range", "view")
    address = values.number("address", ranges[0].start if ranges else 0)
    looked_up = [f"lookup memory {address:#x}"]
    yield Candidate(machine(*laid_out(ranges), *looked_up, page_bits=values.page_bits))


def accessing(values: Values) -> Iterator[Candidate]:
    """A range of memory or a device is accessed, from the address to its end or as far as asked."""
    (one,) = values.ranges("range")
    address = values.number("address")
    length = values.number("length", min(one.start + one.size - address, MOST_TOUCHED))
    kinds = ["ram" if values.flag("is_ram") else "io"] if "is_ram" in values else ["ram", "io"]
    if values.obligation.startswith("kind "):
        kinds = [values.obligation.removeprefix("kind ").replace("_", "-")]
    for kind in kinds:
        lines = laid_out([one], kind)
        lines += ["device " + one.region + " little"] if kind == "io" else []
        accesses = touch(address, length)
        yield Candidate(machine(*lines, *accesses, page_bits=values.page_bits))


def a_leaf(values: Values) -> Iterator[Candidate]:
    """A run of whole pages, and look-ups at its ends and at the page that is asked for."""
    first, count = values.number("first"), values.number("pages")
    if "run.first" in values:
        first, count = values.number("run.first"), values.number("run.pages")
    page, size = values.number("page", first), 1 << values.page_bits
    if (first + count) * size > ADDRESS_SPACE_SIZE:
        raise CannotEmbed("the run leaves the address space")
    one = plain(first * size, count * size, "region")
    # Something elsewhere keeps the only leaf from standing for all pages (D6).
    far = plain(0 if first > 1 << 40 else 1 << 60, size, "far")
    at = [page, first, first + count - 1, first + count, first - 1]
    looked_up = [
        f"lookup memory {place * size:#x}" for place in at if 0 <= place * size <= LAST_ADDRESS
    ]
    yield Candidate(machine(*laid_out([one, far]), *looked_up, page_bits=values.page_bits))


def a_table(values: Values) -> Iterator[Candidate]:
    """The run and those before it lie in one page: what is written last lies on top."""
    size, byte = values.number("page_size"), values.number("byte")
    count = sum(f"run[{index}].first" in values for index in range(4))
    runs = []
    for index in range(count):
        first, last = (values.number(f"run[{index}].{end}") for end in ("first", "last"))
        if 0 <= first <= last < size:
            runs.append(
                plain(first, last - first + 1, f"region{values.number(f'run[{index}].section')}")
            )
    bits = max((size - 1).bit_length(), 1)
    for wider in (0, 1):
        is_exact = 1 << bits + wider == size
        note = "" if is_exact else f"a page has {1 << bits + wider} bytes"
        looked_up = [f"lookup memory {place:#x}" for place in {byte, *(one.start for one in runs)}]
        yield Candidate(machine(*laid_out(runs), *looked_up, page_bits=bits + wider), note)


def sections_of(shown: Mapping[str, Any]) -> list[tuple[int, int]]:
    """Where the sections lie that look-ups found, without the unassigned one."""
    found = [one["section"] for one in shown.values() if isinstance(one, dict) and "section" in one]
    places = [(int(one["start"], 0), int(one["size"], 0)) for one in found]
    return [place for place in dict.fromkeys(places) if place != (0, ADDRESS_SPACE_SIZE)]


def looking_up(values: Values) -> Iterator[Candidate]:
    """Ranges where the sections lie, and look-ups in each before the one in question."""
    address = values.number("address")
    extents, is_exact = [], True
    for start, size in sections_of(values.shown):
        first, end = max(start, 0), min(start + size, ADDRESS_SPACE_SIZE)
        is_exact = is_exact and (first, end) == (start, start + size)
        if first < end:
            extents.append((first, end - first))
    layout = [plain(start, size, f"region{place}") for place, (start, size) in enumerate(extents)]
    bits = values.page_bits
    holes = [
        place
        for place in (0, LAST_ADDRESS, *(start + size for start, size in extents))
        if not any(start <= place < start + size for start, size in extents)
        and place <= LAST_ADDRESS
    ]
    asked = [values.number("earlier address", address), *(start for start, _ in extents)]
    asked += holes[:2]
    looked_up = [f"lookup memory {place:#x}" for one in asked for place in (one, address)]
    note = "" if is_exact else "sections are cut to the address space"
    yield Candidate(machine(*laid_out(layout), *looked_up, page_bits=bits), note)
    note = "one section is in a page with others"
    page = address >> bits << bits
    for start, size in ((address, 1), (page, address - page), (address + 1, 1)):
        one = plain(start, size, "one")
        other = [
            f"lookup memory {place:#x}"
            for near in range(3)
            for place in (
                max(address - near, 0),
                address,
                min(address + near, LAST_ADDRESS),
                address,
            )
        ]
        yield Candidate(machine(*laid_out([one, *layout]), *other, page_bits=bits), note)


SPLIT = "split_at_pages_gives_a_head_whole_pages_and_a_tail_that_make_up_the_range"
EMBEDDINGS: dict[str, Embedding] = {
    SPLIT: registering,
    "the_sections_of_a_range_answer_as_the_range_does_and_nowhere_else": registering,
    "looking_up_sections_is_looking_up_ranges_for_views_of_up_to_2_ranges": registering,
    "a_leaf_of_the_page_map_stands_for_pages_of_its_run_only_and_the_rest_is_left": a_leaf,
    "a_run_written_to_a_divided_page_has_its_bytes_and_leaves_all_others_alone": a_table,
    "a_look_up_gives_the_same_section_whatever_was_found_before_in_its_dispatch": looking_up,
    "a_look_up_gives_the_section_of_the_page_map_that_has_the_address_or_nothing": looking_up,
    "the_section_at_an_address_is_the_piece_of_its_range_that_has_the_address": accessing,
    "a_translation_of_ram_has_a_byte_at_least_and_stays_in_its_part_of_the_region": accessing,
}

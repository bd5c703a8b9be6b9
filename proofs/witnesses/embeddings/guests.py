"""Guest memory: what answers stands where the counterexample has it, and is accessed both ways."""

import re
from collections.abc import Iterator

from model.address_range import ADDRESS_SPACE_SIZE
from proofs.witnesses.embeddings.accesses import accesses
from proofs.witnesses.layout import apart, laid_out, regions_of, windows_of
from proofs.witnesses.script import Candidate, Embedding, Values, machine, on, size_text, touch

KINDS = {
    "RAM or ROM": "ram",
    "a RAM device": "ram-device",
    "a ROM device": "rom-device",
    "a device": "io",
    "nothing": "container",
}
ALL = "from 0x0 size 0xffffffffffffffff"


def what_answers(values: Values, end: int) -> list[str]:
    """The region that the obligation names, with its block, flags and failures."""
    kind = next(kind for text, kind in KINDS.items() if text in values.obligation)
    block = values.number("block.max_length")
    is_memory = kind in ("ram", "ram-device", "rom-device")
    size = block if is_memory else ADDRESS_SPACE_SIZE
    lines = [f"{kind} place {size_text(size)}"]
    if is_memory and end > block:
        lines.append("set place size 2^64")
    if values.flag("readonly"):
        lines.append("set place readonly on")
    if kind == "io":
        lines.append("device place little")
    if kind in ("io", "rom-device"):
        if not values.flag("romd_mode"):
            lines.append(f"set place romd-mode {on(False)}")
        if values.flag("is refused"):
            lines.append(f"refuse place accesses of any {ALL}")
        if any(values.flag(name) for name in ("ERROR", "ACCESS_ERROR", "DECODE_ERROR")):
            lines += [f"fail place {callback}" for callback in range(8)]
    return lines


def placed(values: Values, address: int, offset: int, room: int) -> Iterator[list[str]]:
    """What answers, seen at an address for as many bytes as there is room."""
    lines = what_answers(values, offset + room)
    shown = [f"alias window {size_text(room)} of place at {offset:#x}"]
    yield [*lines, *shown, f"add system window at {address:#x}", "space memory system"]


def flavour_of(values: Values) -> list[str]:
    """The version of QEMU that the obligation is about."""
    return ["flavour qemu-7.2"] if "QEMU 7.2" in values.obligation else []


def stepping(values: Values) -> Iterator[Candidate]:
    """One access of as many bytes as were translated, or of some if these are none."""
    address, offset = values.number("address"), values.number("offset")
    for length, note in (
        (values.number("length"), ""),
        (4, "4 bytes are accessed"),
        (8, "8 bytes are accessed"),
    ):
        touched, shorter = accesses(address, length)
        for lines in placed(values, address, offset, max(length, 1)):
            scene = machine(*lines, *touched, settings=flavour_of(values))
            yield Candidate(scene, note or shorter)


def moving_an_integer(values: Values) -> Iterator[Candidate]:
    """A load or a store, in a range that has some room, and in pages that end with the section."""
    found = re.match(r"\w+ (\d)", values.obligation)
    size = int(found[1]) if found else 2
    address, offset = values.number("address"), values.number("offset")
    room, length = values.number("room", size), values.number("length")
    flavour = flavour_of(values)
    no_room = "" if room else "there is room for a byte"
    yield from _integers(values, size, (address, offset, max(room, 1)), flavour, no_room)
    for bits in (1, 2, 3):
        at = (1 << bits) - length
        note = "the access begins where a page has as many bytes"
        if at >= 0:
            for rest in (size, max(room, 1)):
                for lines in placed(values, at, offset, rest):
                    scene = [*lines, *touch(at, size)]
                    yield Candidate(machine(*scene, page_bits=bits, settings=flavour), note)
    for nearby in ((0, 0), (0, 1), (1, 0), (1, 1)):
        place = (*nearby, size)
        yield from _integers(values, size, place, flavour, "it lies at another place")


def _integers(
    values: Values, size: int, place: tuple[int, int, int], flavour: list[str], note: str
) -> Iterator[Candidate]:
    address, offset, room = place
    for lines in placed(values, address, offset, room):
        yield Candidate(machine(*lines, *touch(address, size), settings=flavour), note)


def reaching(values: Values) -> Iterator[Candidate]:
    """One range, of RAM or a device, in pages of one size; or a view that a guard keeps."""
    address, length = values.number("address"), values.number("length")
    if values.has_range("kept"):
        yield from keeping(values)
        return
    one = values.range("region")
    kind = "ram" if values.flag("is RAM") else "io"
    attached = [f"device {one.region} little"] if kind == "io" else []
    for asked in dict.fromkeys((length, 4, 8)):
        touched, shorter = accesses(address, asked)
        note = shorter or ("" if asked == length else f"{asked} bytes are accessed")
        lines = [*regions_of([one], kind, False), *windows_of([one]), "space memory system"]
        yield Candidate(machine(*lines, *attached, *touched, page_bits=values.page_bits), note)
    for bits in (1, 2, 3):
        touched, _ = accesses(max(address - address % (1 << bits) - 1, 0), 8)
        note = "pages are small"
        lines = [*regions_of([one], kind, False), *windows_of([one]), "space memory system"]
        yield Candidate(machine(*lines, *attached, *touched, page_bits=bits), note)


def keeping(values: Values) -> Iterator[Candidate]:
    """A guard is taken while a range is shown, and then the space shows another."""
    address, length = values.number("address"), values.number("length")
    kept, other = (values.range(name)._replace(region=name) for name in ("kept", "other"))
    lines = [*regions_of([kept], "ram", False), *regions_of([other], "io", False)]
    for name, one in (("kept", kept), ("other", other)):
        lines += [f"container {name}-root 2^64"]
        lines += [*windows_of([one], f"{name}-root", f"{name}-window")]
        lines += [f"add system {name}-root at 0x0", f"set {name}-root enabled {on(one is kept)}"]
    lines += ["device other little", "space memory system", "guard held memory", "begin"]
    lines += ["set kept-root enabled off", "set other-root enabled on", "commit"]
    for asked in dict.fromkeys((length, 4)):
        note = "" if asked == length else f"{asked} bytes are accessed"
        if 0 < asked <= 0x1000:
            asks = [f"guard-read held {address:#x} {asked:#x}", f"guard-find held {address:#x}"]
            yield Candidate(machine(*lines, *asks), note)


def crossing(values: Values) -> Iterator[Candidate]:
    """An access that lies in two ranges of RAM, with a third one before or behind them."""
    address, length = values.number("address"), values.number("length")
    ranges = values.ranges("left", "right", "third")
    touched, shorter = accesses(address, length)
    layout = [
        one._replace(region=new.region) for one, new in zip(ranges, apart(ranges), strict=True)
    ]
    plain = [one._replace(dirty_log_mask=0, romd_mode=True) for one in layout]
    yield Candidate(machine(*laid_out(plain, "ram"), *touched), shorter)


def loading_of_ram(values: Values) -> Iterator[Candidate]:
    """RAM with a block of some size, of which a range shows a part."""
    found = re.match(r"(\d) bytes", values.obligation)
    size = int(found[1]) if found else 2
    one, block = values.range("region"), values.number("block.max_length")
    address = values.number("address")
    lines = [f"ram {one.region} {size_text(min(block, ADDRESS_SPACE_SIZE))}"]
    if one.offset + one.size > block:
        lines.append(f"set {one.region} size 2^64")
    lines += [*windows_of([one]), "space memory system"]
    yield Candidate(machine(*lines, *touch(address, size)))
    for bits in (1, 2, 3):
        yield Candidate(machine(*lines, *touch(address, size), page_bits=bits), "pages are small")


EMBEDDINGS: dict[str, Embedding] = {
    "a_step_of_guest_memory_moves_what_the_step_of_c_moves_and_succeeds_exactly_if_that_does": (
        stepping
    ),
    "an_integer_of_guest_memory_is_moved_as_by_c_but_for_alignment_ranges_and_page_edges": (
        moving_an_integer
    ),
    "an_integer_that_is_loaded_of_ram_has_the_bytes_that_a_read_gives_page_edges_or_not": (
        loading_of_ram
    ),
    "guest_memory_comes_to_where_c_translates_to_and_has_room_to_the_end_of_the_flat_range": (
        reaching
    ),
    "an_access_that_crosses_two_ranges_of_ram_touches_no_third_one": crossing,
}

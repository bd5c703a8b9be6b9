"""Callbacks: a device with callbacks of one size is written and read."""

import re
from collections.abc import Iterator
from itertools import product

from model.address_range import ADDRESS_SPACE_SIZE
from proofs.witnesses.script import Candidate, CannotEmbed, Embedding, Values, machine

ONE_SIZE = tuple((width, width) for width in range(1, 9))


def impl_of(values: Values) -> tuple[tuple[int, int], ...]:
    """The sizes of callbacks that the counterexample is about; all if it does not say."""
    shown = values.shown.get("impl", values.shown.get("cut"))
    if isinstance(shown, list) and len(shown) == 2:
        return ((int(shown[0], 0), int(shown[1], 0)),)
    return ONE_SIZE


def calling(values: Values) -> Iterator[Candidate]:
    """One access of the size and byte order of the obligation, at the offset."""
    found = re.search(r"(\d+) bytes", values.obligation)
    if found is None:
        raise CannotEmbed("the obligation does not say how many bytes are accessed")
    size, offset = int(found[1]), values.number("offset")
    orders = ("native", "little", "big")
    order = next((one for one in orders if one in values.obligation), "little")
    settings = ["byte-order big"] if "on a big-endian target" in values.obligation else []
    data = bytes((values.bytes("data") or [*range(1, size + 1)])[:size]).ljust(size, b"\0")
    rows = {"": values.bytes("held"), "the device holds other bytes before": [*range(0xA1, 0xAB)]}
    for (note, row), impl in product(rows.items(), impl_of(values)):
        lines = ["io uart 2^64", "add system uart at 0x0", "space memory system"]
        lines += [f"device uart {order}", "valid uart 0 to 8 unaligned"]
        lines += held(row, offset)
        lines += [f"impl uart {impl[0]} to {impl[1]} unaligned"]
        lines += given(values, offset, impl[0] or min(size, impl[1] or 4))
        place = f"memory {offset:#x}"
        lines += [f"write {place} {data.hex()}", f"read {place} {size:#x}"]
        lines += ["impl uart 1 to 1 unaligned"]
        lines += [f"read memory {(offset - 1) % ADDRESS_SPACE_SIZE:#x} 0xa"]
        yield Candidate(machine(*lines, settings=settings), note)


def held(row: list[int], offset: int) -> list[str]:
    """Bytes that the device holds before, from the one before the offset on."""
    if not row:
        return []
    start = (offset - 1) % ADDRESS_SPACE_SIZE
    return ["impl uart 1 to 1 unaligned", f"write memory {start:#x} {bytes(row).hex()}"]


def given(values: Values, offset: int, width: int) -> list[str]:
    """A formula for what the callbacks give, if they give something of their own."""
    row = values.bytes("given")
    if not row:
        return []
    step = 0
    if len(row) > 1:
        if (row[1] - row[0]) % width:
            raise CannotEmbed("no formula gives what the callbacks give")
        step = (row[1] - row[0]) // width % ADDRESS_SPACE_SIZE
    base = (row[0] - offset * step) % ADDRESS_SPACE_SIZE
    return [f"answers uart {base:#x} per-offset {step:#x}"]


EMBEDDINGS: dict[str, Embedding] = dict.fromkeys(
    (
        "callbacks_follow_one_another_and_cover_an_access_exactly_if_their_size_divides_its",
        "a_write_hands_each_callback_the_bytes_at_its_addresses_and_zeros_beyond_the_access",
        "a_read_takes_of_each_callback_the_bytes_at_its_addresses_and_drops_those_beyond",
        "a_device_that_stores_bytes_gives_back_what_was_written_and_keeps_all_but_the_overhang",
        "a_callback_wider_than_the_access_reads_its_near_end_and_is_sent_zeros_for_the_rest",
    ),
    calling,
)

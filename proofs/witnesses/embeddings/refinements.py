"""Implementation and specification: states that both are given become those of scenarios."""

import re
from collections.abc import Iterator

from model.address_range import ADDRESS_SPACE_SIZE
from proofs.witnesses.embeddings import accesses, pages, views
from proofs.witnesses.layout import laid_out, windows_of
from proofs.witnesses.script import (
    Candidate,
    CannotEmbed,
    Embedding,
    Values,
    machine,
    size_text,
    touch,
)

UART = ("io uart 2^64", "add system uart at 0x0", "space memory system", "device uart little")


def joining(values: Values) -> Iterator[Candidate]:
    """Two neighbours; those without a byte are given one, and what follows moves on by it."""
    last, next_ = values.range("last"), values.range("next")
    if last.size and next_.size:
        yield from views.layout([last, next_])
        return
    last = last._replace(size=last.size + 1)
    next_ = next_._replace(start=next_.start + 1, offset=next_.offset + 1, size=max(next_.size, 1))
    changed = "the ranges have a byte each"
    yield Candidate(machine(*laid_out([last, next_])), changed)
    # Only where two neighbours have one region does impl look for what can be joined.
    other = next_._replace(start=next_.start + next_.size + 1, offset=0)
    yield Candidate(machine(*laid_out([last, next_, other])), f"{changed}, and another is behind")


def copying(values: Values) -> Iterator[Candidate]:
    """RAM with a block is accessed at one address, and then at another."""
    one, block = values.range("range"), values.number("block")
    first, address = values.number("earlier address"), values.number("address")
    lines = [f"ram {one.region} {size_text(min(block, ADDRESS_SPACE_SIZE))}"]
    if one.offset + one.size > block:
        lines.append(f"set {one.region} size 2^64")
    if values.flag("is readonly"):
        lines.append(f"set {one.region} readonly on")
    lines += [*windows_of([one]), "space memory system", f"read memory {first:#x} 0x1"]
    touched, note = accesses.accesses(address, values.number("length"))
    before = [f"write memory {first:#x} 5a", f"read memory {first:#x} 0x1"]
    again = [line for access in touched for line in (*before, access)]
    yield Candidate(machine(*lines, *again, page_bits=values.page_bits), note)


def measuring(values: Values) -> Iterator[Candidate]:
    """A device whose largest access and alignment the obligation says is accessed at the offset."""
    found = re.match(r"up to (\d+) bytes, (aligned|unaligned)", values.obligation)
    if found is None:
        raise CannotEmbed("the obligation does not say how many bytes an access may have")
    lines, note = accesses.accesses(values.number("offset"), values.number("length"))
    sizes = [f"valid uart 0 to {found[1]} {found[2]}", f"impl uart 0 to 8 {found[2]}"]
    yield Candidate(machine(*UART, *sizes, *lines), note)


def letting_in(values: Values) -> Iterator[Candidate]:
    """A device is asked for an integer at once, which it may not let in."""
    found = re.match(r"(\d+) bytes, (aligned|unaligned)", values.obligation)
    size = int(found[1]) if found else 0
    if found is None or size not in (1, 2, 4, 8):
        raise CannotEmbed(f"no access of a device has {size} bytes")
    least, most = values.number("valid.min"), values.number("valid.max")
    sizes = f"valid uart {least} to {most} {found[2]}"
    yield Candidate(machine(*UART, sizes, *touch(values.number("offset"), size)))


def all_callbacks(values: Values) -> Iterator[Candidate]:
    """An access of the size, with callbacks of all sizes that a device may have."""
    size = values.number("size")
    note = "" if size in (1, 2, 4, 8) else "the access has as many bytes as one can have"
    for bytes_ in dict.fromkeys((size if not note else 8, 4, 2, 1)):
        lines = [
            line
            for least in range(9)
            for most in range(9)
            for line in (
                f"impl uart {least} to {most} unaligned",
                f"read memory 0x0 {bytes_:#x}",
            )
        ]
        scene = machine(*UART, "valid uart 0 to 8 unaligned", *lines)
        yield Candidate(scene, note or ("" if bytes_ == size else f"{bytes_} bytes are accessed"))


def moving_a_step(values: Values) -> Iterator[Candidate]:
    """As many bytes of a region as were found are shown at the address, and more are accessed."""
    address, offset = values.number("address"), values.number("offset")
    block, found = values.number("block"), values.number("found")
    is_device = "device" in values.obligation
    lines = [f"ram place {size_text(min(block, ADDRESS_SPACE_SIZE))}"]
    if offset + found > block:
        lines.append("set place size 2^64")
    if is_device:
        lines = ["io place 2^64", "device place little", "valid place 0 to 8 unaligned"]
    lines += accesses.window("place", address, found, offset)
    touched, note = accesses.accesses(address, values.number("length"))
    yield Candidate(machine(*lines, *touched), note)


def registering_one(values: Values) -> Iterator[Candidate]:
    """A section among others, some of which may be in its page."""
    start, size = values.number("section.start"), values.number("section.size")
    address, bits = values.number("address", start), values.page_bits
    page = start >> bits << bits
    looked_up = [f"lookup memory {place:#x}" for place in (address, start, start + size - 1, page)]
    one = pages.plain(start, size, "region")
    yield Candidate(machine(*laid_out([one]), *looked_up, page_bits=bits))
    end = page + (1 << bits)
    beside = [pages.plain(page, 1, "first"), pages.plain(end - 1, 1, "last")]
    layout = [one, *beside, pages.plain(end, 1 << bits, "next")]
    yield Candidate(
        machine(*laid_out(layout), *looked_up, page_bits=bits), "pages have more in them"
    )


EMBEDDINGS: dict[str, Embedding] = {
    "impl_merges_neighbours_exactly_where_the_model_does": joining,
    "impl_copies_without_a_look_up_exactly_what_the_model_reaches_in_one_step": copying,
    "impl_steps_over_devices_by_as_many_bytes_as_the_model": measuring,
    "impl_lets_in_the_accesses_that_the_model_lets_in": letting_in,
    "impl_cuts_accesses_into_callbacks_as_wide_as_the_models": all_callbacks,
    "impl_moves_the_bytes_of_the_models_step_and_goes_on_where_the_model_does": moving_a_step,
    "registering_a_section_lets_it_answer_at_its_addresses_and_changes_no_other_look_up": (
        registering_one
    ),
}

"""IOMMUs: entries become pages that are mapped, and what they lead to is RAM of all addresses."""

from collections.abc import Iterator

from model.view import FlatRange
from proofs.witnesses.embeddings.accesses import accesses
from proofs.witnesses.layout import regions_of, windows_of
from proofs.witnesses.script import (
    IOMMU_PAGE_BITS,
    Candidate,
    Embedding,
    Values,
    machine,
    page_sizes,
)


def scaled(values: Values) -> tuple[Values, int]:
    """For smaller pages than IOMMUs have: all addresses times the same number, and that number.

    So each is in the same page as before, as far as another is.
    """
    scale = 1 << max(IOMMU_PAGE_BITS[0] - values.page_bits, 0)
    moved = {
        name: value if isinstance(value, bool) or name == "length" else value * scale % (1 << 64)
        for name, value in values.values.items()
    }
    return Values(values.obligation, moved, values.shown), scale


PERMISSIONS = {
    (False, False): "none",
    (True, False): "read",
    (False, True): "write",
    (True, True): "read-write",
}


def a_page(values: Values) -> Iterator[Candidate]:
    """A page of an IOMMU of all addresses, that leads into RAM."""
    larger, scale = scaled(values)
    if scale > 1:
        lines, _ = accesses(larger.number("offset"), min(values.number("length"), 8) * scale)
        note = f"pages, addresses and lengths are {scale} times as large"
        ends = (larger.number("offset"), larger.number("translated"))
        yield Candidate(through(IOMMU_PAGE_BITS[0], *ends, lines), note)
    offset, translated = values.number("offset"), values.number("translated")
    length = values.number("length")
    for bits, note in page_sizes(values.page_bits):
        lines, shorter = accesses(offset, length)
        yield Candidate(through(bits, offset, translated, lines), note or shorter)
    for bits, note in page_sizes(values.page_bits):
        edge = ((1 << bits) - 1 & (1 << 64) - 1) - 1
        for at, to in ((offset, translated), (edge, translated), (edge, edge)):
            lines, _ = accesses(at, 8)
            wider = "8 bytes are accessed, at the end of a page"
            yield Candidate(through(bits, at, to, lines), note or wider)


def through(bits: int, iova: int, to: int, lines: list[str], *more: str) -> tuple[str, ...]:
    """Accesses through one IOMMU of all addresses into RAM of all addresses."""
    return machine(
        "iommu smmu 2^64",
        "add system smmu at 0x0",
        "container far 2^64",
        "ram low 2^64",
        "add far low at 0x0",
        "space memory system",
        "space behind far",
        f"iommu-map smmu {iova:#x} to behind {to:#x} page-bits {bits}",
        *more,
        *lines,
    )


def an_entry(values: Values) -> Iterator[Candidate]:
    """An entry for secure accesses and one for others, with the permission of both."""
    larger, scale = scaled(values)
    if scale > 1:
        for one in entries(larger, IOMMU_PAGE_BITS[0]):
            yield one._replace(note=f"pages and addresses are {scale} times as large")
    for bits, note in page_sizes(values.page_bits):
        for one in entries(values, bits):
            yield one._replace(note=note or one.note)


def entries(values: Values, bits: int) -> Iterator[Candidate]:
    """The same with pages of a size that IOMMUs have."""
    offset, length = values.number("offset"), values.number("length")
    allowed = PERMISSIONS[values.flag("can_read"), values.flag("can_write")]
    others = [values.number(f"others'.{one}") for one in ("iova", "translated")]
    secure = [values.number(f"secure ones'.{one}") for one in ("iova", "translated")]
    attributes = "secure" if values.flag("secure") else ""
    for count in dict.fromkeys((length, 8)):
        lines, shorter = accesses(offset, count, attributes)
        wider = "" if count == length else "8 bytes are accessed"
        more = [
            f"iommu-permit smmu {others[0]:#x} {allowed}",
            f"iommu-map smmu {secure[0]:#x} to secure {secure[1]:#x} page-bits {bits} table secure",
            f"iommu-permit smmu {secure[0]:#x} {allowed} table secure",
        ]
        space = ["container safe 2^64", "ram high 2^64", "add safe high at 0x0"]
        scene = through(bits, others[0], others[1], lines, *space, "space secure safe", *more)
        yield Candidate(scene, shorter or wider)


def a_chain(values: Values) -> Iterator[Candidate]:
    """Spaces one behind the other, each with an IOMMU or, at the end, with RAM."""
    count = sum(f"offset[{index}]" in values for index in range(8))
    lines: list[str] = []
    for index in range(count):
        name = "memory" if index == 0 else f"space{index}"
        is_iommu = values.flag(f"is_iommu[{index}]")
        lines += [f"container root{index} 2^64"]
        lines += [f"{'iommu' if is_iommu else 'ram'} at{index} 2^64"]
        lines += [f"add root{index} at{index} at 0x0", f"space {name} root{index}"]
    note = ""
    for index in range(count - 1):
        if values.flag(f"is_iommu[{index}]") and not values.flag(f"is_refused[{index}]"):
            came, goes = values.number(f"offset[{index}]"), values.number(f"offset[{index + 1}]")
            note = note or ("" if came % 0x1000 == goes % 0x1000 else "offsets in a page agree")
            lines += [f"iommu-map at{index} {came:#x} to space{index + 1} {goes:#x} page-bits 12"]
    address, length = values.number("offset[0]"), values.number("length")
    for asked in dict.fromkeys((length, 4)):
        touched, shorter = accesses(address, asked)
        changed = "" if asked == length else "4 bytes are accessed"
        yield Candidate(machine(*lines, *touched), note or shorter or changed)


def guests(values: Values) -> Iterator[Candidate]:
    """Guest memory goes through one IOMMU or two, to RAM or to a device."""
    has_two = values.obligation.startswith("two")
    ranges = {
        name: values.range(name)._replace(region=name) for name in ("first", "second", "third")
    }
    kinds = {"first": "iommu", "second": "iommu" if has_two else "ram", "third": "io"}
    spaces = {"first": "memory", "second": "behind", "third": "beyond"}
    allowed = PERMISSIONS[values.flag("can_read"), values.flag("can_write")]
    for bits, note in page_sizes(64 if "2^64" in values.obligation else 12):
        lines: list[str] = []
        for name, one in ranges.items():
            lines += [f"container root-{name} 2^64", *regions_of([one], kinds[name], False)]
            lines += _windows(one, name)
            lines += [f"space {spaces[name]} root-{name}"]
        for name, to in (("first", "behind"), ("second", "beyond"))[: 1 + has_two]:
            iova, translated = (values.number(f"{name}.{one}") for one in ("iova", "translated"))
            lines += [f"iommu-map {name} {iova:#x} to {to} {translated:#x} page-bits {bits}"]
            lines += [f"iommu-permit {name} {iova:#x} {allowed}"]
        for length in dict.fromkeys((values.number("length"), 4, 0x1000)):
            touched, shorter = accesses(values.number("address"), length)
            changed = "" if length == values.number("length") else "other bytes are accessed"
            guard = ["guard held memory", f"guard-read held {values.number('address'):#x} 0x4"]
            yield Candidate(machine(*lines, *touched, *guard), note or shorter or changed)


def _windows(one: FlatRange, name: str) -> list[str]:
    return windows_of([one], f"root-{name}", f"{name}-window")


EMBEDDINGS: dict[str, Embedding] = {
    "a_page_of_an_iommu_keeps_the_low_bits_and_at_least_a_byte_but_for_the_trap_of_x3": a_page,
    "an_iommu_sends_on_what_its_entry_permits_to_the_same_place_in_the_entrys_page": an_entry,
    "a_translation_follows_iommus_until_one_refuses_or_something_else_answers": a_chain,
    "guest_memory_goes_through_up_to_2_iommus_as_a_translation_of_c_and_tells_where_it_was_led": (
        guests
    ),
}

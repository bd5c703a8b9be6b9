"""What can be seen of a target, in words that no target owns, and how it is written."""

from typing import NamedTuple


class RangeSeen(NamedTuple):
    """One range of a flat view. Rules: R6."""

    region: str
    offset: int
    start: int
    size: int
    dirty_log_mask: int
    romd_mode: bool
    readonly: bool
    nonvolatile: bool
    unmergeable: bool


class ViewSeen(NamedTuple):
    """A published flat view: which rendering it is (0: the empty view), of what, and its ranges."""

    serial: int
    root: str | None
    ranges: tuple[RangeSeen, ...]


class SectionSeen(NamedTuple):
    """One dispatch section. `region` is None for section 0 and for a divided page's container."""

    region: str | None
    offset: int
    start: int
    size: int
    is_subpage: bool


def format_span(start: int, size: int) -> str:
    """Addresses as QEMU prints them: first and last, in 16 hexadecimal digits."""
    return f"{start:016x}-{start + size - 1:016x}"


def format_range(seen: RangeSeen) -> str:
    """One line for a range: addresses, region, offset into it, and what is unusual about it."""
    words = [format_span(seen.start, seen.size), f"{seen.region} @{seen.offset:#x}"]
    for word, holds in (
        ("readonly", seen.readonly),
        ("nonvolatile", seen.nonvolatile),
        ("unmergeable", seen.unmergeable),
        ("romd-off", not seen.romd_mode),
        (f"dirty-log-mask={seen.dirty_log_mask:#x}", seen.dirty_log_mask != 0),
    ):
        if holds:
            words.append(word)
    return " ".join(words)


def format_view(seen: ViewSeen) -> tuple[str, ...]:
    """A heading with the view's number and root, then a line a range."""
    heading = f"view {seen.serial} of {seen.root}" if seen.root is not None else "empty view"
    return (heading, *map(format_range, seen.ranges))


def format_section(seen: SectionSeen) -> str:
    """One line for a section."""
    if seen.is_subpage:
        what = "divided page"
    elif seen.region is None:
        what = "unassigned"
    else:
        what = f"{seen.region} @{seen.offset:#x}"
    return f"{format_span(seen.start, seen.size)} {what}"


def format_sections(seen: tuple[SectionSeen, ...]) -> tuple[str, ...]:
    """The sections in order of registration, numbered as QEMU does."""
    return tuple(f"#{number} {format_section(section)}" for number, section in enumerate(seen))

"""Laying out flat ranges: the regions of which a scenario renders just these."""

from collections.abc import Iterable, Sequence

from model.address_range import ADDRESS_SPACE_SIZE
from model.view import FlatRange
from proofs.witnesses.script import LAST_ADDRESS, CannotEmbed, on, size_text

Layout = Sequence[FlatRange]
"""Ranges from top to bottom: of those that overlap, the one that comes first is seen."""


def regions_of(layout: Layout, kind: str = "io", properties: bool = True) -> list[str]:
    """The regions that ranges show, each of all addresses, with their masks and ROMD modes.

    Raises CannotEmbed where one region would need two of them.
    """
    lines: list[str] = []
    known: dict[str, FlatRange] = {}
    for one in layout:
        before = known.setdefault(one.region, one)
        same = (one.dirty_log_mask, one.romd_mode) == (before.dirty_log_mask, before.romd_mode)
        if properties and not same:
            raise CannotEmbed(
                "two ranges of one region have its one dirty mask and ROMD mode in any rendering"
            )
    for name, one in known.items():
        lines.append(f"{kind} {name} 2^64")
        if properties:
            lines += marks_of(one)
    return lines


def marks_of(one: FlatRange) -> list[str]:
    """What a range takes over from its region."""
    lines = []
    if one.dirty_log_mask:
        lines.append(f"set {one.region} dirty-log-mask {one.dirty_log_mask:#x}")
    if not one.romd_mode:
        lines.append(f"set {one.region} romd-mode off")
    return lines


def windows_of(layout: Layout, container: str = "system", prefix: str = "window") -> list[str]:
    """An alias for each range, with its flags, over the part of the region that it shows."""
    lines: list[str] = []
    for place, one in enumerate(layout):
        name, size = f"{prefix}{place}", one.size
        if one.start and one.start + size == ADDRESS_SPACE_SIZE and size == LAST_ADDRESS:
            size = ADDRESS_SPACE_SIZE  # What overhangs is clipped.
        lines.append(f"alias {name} {size_text(size)} of {one.region} at {one.offset:#x}")
        lines += [
            f"set {name} {flag} {on(True)}"
            for flag in ("readonly", "nonvolatile", "unmergeable")
            if getattr(one, flag)
        ]
        where = f"add {container} {name} at {one.start:#x}"
        lines.append(f"{where} priority {len(layout) - place}")
    return lines


def laid_out(layout: Layout, kind: str = "io") -> list[str]:
    """All of it, seen through the space `memory`."""
    return [*regions_of(layout, kind), *windows_of(layout), "space memory system"]


def apart(layout: Iterable[FlatRange]) -> list[FlatRange]:
    """The same ranges, each of a region of its own."""
    return [one._replace(region=f"region{place}") for place, one in enumerate(layout)]

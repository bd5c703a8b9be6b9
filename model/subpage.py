"""Divided pages: which section answers at each byte of a page that several share."""

from typing import NamedTuple

from model.radix import UNASSIGNED_INDEX, DispatchError


class SubpageRun(NamedTuple):
    """The bytes `first` to `last` of a page, both included, and the index of their section.

    Rules: D4.
    """

    first: int
    last: int
    section: int


class Subpage(NamedTuple):
    """The table of a divided page: a section index for each byte, at first the unassigned one.

    It is kept as the runs that were written to it, the last of them first in line, because a page
    may be too large for a table of its bytes. Rules: D4.
    """

    page_size: int
    runs: tuple[SubpageRun, ...] = ()


def subpage_register(subpage: Subpage, run: SubpageRun) -> Subpage:
    """Write a section's index to a run of bytes, over what stood there.

    Raises DispatchError if the run is not within the page. Rules: D4.
    """
    if not 0 <= run.first <= run.last < subpage.page_size:
        raise DispatchError(
            f"bytes {run.first:#x} to {run.last:#x} are not within a page of {subpage.page_size:#x}"
        )
    return subpage._replace(runs=(run, *subpage.runs))


def subpage_index(subpage: Subpage, byte: int) -> int:
    """The section index that the table has for a byte of the page. Rules: D4, D9."""
    for run in subpage.runs:
        if run_has(run, byte):
            return run.section
    return UNASSIGNED_INDEX


def run_has(run: SubpageRun, byte: int) -> bool:
    """Whether a byte of the page is in a run; both ends are. Rules: D4."""
    return run.first <= byte <= run.last

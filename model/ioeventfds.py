"""Ioeventfds: writes that signal a notifier; their order, and what a view shows of them."""

from model.address_range import intersects
from model.coalesced import as_shown
from model.region import Ioeventfd, Regions
from model.view import FlatRange, Ranges, RenderAbort

Ioeventfds = tuple[Ioeventfd, ...]

SIZES = (0, 1, 2, 4, 8)
"""The sizes in bytes that an ioeventfd can have; 0 is any."""


class IoeventfdAbort(RenderAbort):
    """QEMU stops here: an ioeventfd would begin below address 0. Rules: T10."""


# --- Order and equality -----------------------------------------------------------------------


def order(ioeventfd: Ioeventfd) -> tuple[int, int, bool, int, int]:
    """What ioeventfds are sorted by. Data that is not to be matched counts for nothing. Rules: T10.

    Two of the same order are one and the same to all but a device's own list.
    """
    start, size, match_data, data, notifier = ioeventfd
    return (start, size, match_data, data if match_data else 0, notifier)


def is_before(left: Ioeventfd, right: Ioeventfd) -> bool:
    """Whether `left` comes before `right` in a sorted list. Rules: T10."""
    return order(left) < order(right)


def is_match(wanted: Ioeventfd, present: Ioeventfd) -> bool:
    """Whether one ioeventfd answers to another's name.

    Size 0, on either side, makes the rest irrelevant: at one start it matches whatever size, data
    and notifier. Rules: T10.
    """
    if wanted.start != present.start:
        return False
    return wanted.size == 0 or present.size == 0 or order(wanted) == order(present)


# --- The list of a region ---------------------------------------------------------------------


def insert(ioeventfds: Ioeventfds, added: Ioeventfd) -> Ioeventfds:
    """A region's list with one more, after its equals. Rules: T10."""
    behind = (i for i, present in enumerate(ioeventfds) if is_before(added, present))
    place = next(behind, len(ioeventfds))
    return (*ioeventfds[:place], added, *ioeventfds[place:])


def remove(ioeventfds: Ioeventfds, wanted: Ioeventfd) -> Ioeventfds | None:
    """A region's list without the first match; None if there is none.

    Size 0 sorts first, so an ioeventfd of size 0 is removed in place of a sized one at its start.
    Rules: T10.
    """
    for place, present in enumerate(ioeventfds):
        if is_match(wanted, present):
            return (*ioeventfds[:place], *ioeventfds[place + 1 :])
    return None


def signalled_by(ioeventfds: Ioeventfds, offset: int, size: int, data: int) -> Ioeventfd | None:
    """The ioeventfd that a dispatched write signals; the device is not called then.

    `ioeventfds` is the live list of the region that the write is dispatched to, `offset` and `size`
    (1 to 8 bytes) are those of the dispatch, `data` is what the device would be given. None if the
    write is the device's own. Only without KVM: with it, the kernel takes the write. Rules: A10,
    T10.
    """
    for present in ioeventfds:
        write = Ioeventfd(offset, size, present.match_data, data, present.notifier)
        if is_match(write, present):
            return present
    return None


def in_device_order(data: int, size: int, byte_swapped: bool) -> int:
    """A value in the target's byte order, as the device is given it.

    `byte_swapped` says that the device's byte order is not the target's. Swapping keeps `size`
    bytes; one byte, and size 0, are left as they are. Rules: A10, T10.
    """
    if not byte_swapped or size <= 1:
        return data
    kept = data % (1 << 8 * size)
    return int.from_bytes(kept.to_bytes(size, "little"), "big")


# --- The list of an address space -------------------------------------------------------------


def ioeventfd_shown(section: FlatRange, ioeventfd: Ioeventfd) -> Ioeventfd | None:
    """A region's ioeventfd at the address where a section shows it; None if it does not.

    It is shown whole if any of it is, or where size 0 has its start. Rules: R2, T10.
    """
    addresses = as_shown(section, ioeventfd.addresses)
    if not intersects(section.addresses, addresses):
        return None
    return ioeventfd._replace(start=addresses.start)


def ioeventfds_of_view(regions: Regions, ranges: Ranges) -> Ioeventfds:
    """All ioeventfds that a view shows, range by range.

    Each range's are sorted; the list is as long as none reaches over the edges of its range. One
    that does is listed for each range that shows a part of it. Rules: T10.
    """
    return tuple(
        shown
        for section in ranges
        for ioeventfd in regions[section.region].ioeventfds
        if (shown := ioeventfd_shown(section, ioeventfd)) is not None
    )


def ioeventfd_step(
    old: Ioeventfd | None, new: Ioeventfd | None
) -> tuple[Ioeventfd | None, Ioeventfd | None]:
    """One turn of the walk: of the two next in line, the one to delete or to add, or the pair.

    None stands for a list that has ended; one of the two has not. Raises IoeventfdAbort.
    Rules: T10.
    """
    if old is not None and (new is None or is_before(old, new)):
        check_start(old)
        return old, None
    if new is not None and (old is None or is_before(new, old)):
        check_start(new)
        return None, new
    return old, new


def check_start(told: Ioeventfd) -> None:
    """Raise IoeventfdAbort where a listener would be told of an address below 0. Rules: T10."""
    if told.start < 0:
        raise IoeventfdAbort(f"an ioeventfd begins {-told.start:#x} bytes below address 0")


def ioeventfd_differences(
    old: Ioeventfds, new: Ioeventfds
) -> tuple[tuple[Ioeventfd | None, Ioeventfd | None], ...]:
    """The walk over two lists: what is deleted (new is None), added (old is None), and kept.

    Of sorted lists that is their symmetric difference; of others it may delete and add the same.
    Raises IoeventfdAbort. Rules: T10.
    """
    taken = []
    olds, news = list(reversed(old)), list(reversed(new))
    while olds or news:
        pair = ioeventfd_step(olds[-1] if olds else None, news[-1] if news else None)
        taken.append(pair)
        if pair[0] is not None:
            olds.pop()
        if pair[1] is not None:
            news.pop()
    return tuple(taken)

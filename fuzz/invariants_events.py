"""What must hold of the calls of listeners by themselves: nothing is told that does not fit.

What a listener was told to add and not yet to delete is what it knows. It never overlaps, and after
each step it is the view that the listener's space publishes, in ranges as listeners see them.
"""

from collections.abc import Iterable, Mapping, Sequence

from fuzz.callbacks import CallbackSeen, format_callback
from fuzz.invariants import Broken
from fuzz.observation import RangeSeen, format_range

DISJOINT = "T8: what was added and not deleted is disjoint"
KNOWN = "T4: only what was added is deleted, or said to stay"
ORDER = "T8: between begin and commit, all deletions come before all additions"
BRACKETS = "T2: begin and commit take turns, and sections come between them"
MASKS = "T4: logging starts where bits come, and stops where they go"
EQUAL = "T8: what a listener was told of is the view of its space"


class Listening:
    """What one listener knows of its space: ranges by their first address.

    One that `ends` is being unregistered, and knows nothing any more afterwards.
    """

    __slots__ = ("adding", "ends", "known", "space", "within")

    def __init__(self, space: str) -> None:
        self.space = space
        self.known: dict[int, RangeSeen] = {}
        self.within = False
        self.adding = False
        self.ends = False

    def take(self, call: CallbackSeen) -> None:
        """Learn of a call. Raises Broken. Rules: T2, T4, T8."""
        callback, section = call.callback, call.section
        if callback in ("begin", "commit"):
            if self.within != (callback == "commit"):
                raise Broken(BRACKETS, (format_callback(call),))
            if self.adding:
                check_disjoint(self.known)
            self.within, self.adding = callback == "begin", False
            return
        if section is None or callback not in CHECKED:
            return
        if not self.within:
            raise Broken(BRACKETS, (format_callback(call),))
        seen = as_told(section)
        if callback == "region_add":
            self.adding = True
            if seen.start in self.known:
                raise Broken(DISJOINT, (format_callback(call),))
            self.known[seen.start] = seen
        elif callback == "region_del":
            if self.adding:
                raise Broken(ORDER, (format_callback(call),))
            if self.known.pop(seen.start, None) != seen:
                raise Broken(KNOWN, (format_callback(call),))
        elif self.known.get(seen.start) != seen:
            raise Broken(KNOWN, (format_callback(call),))
        elif call.masks is not None:
            check_masks(call, *call.masks)


CHECKED = ("region_add", "region_del", "region_nop", "log_start", "log_stop")
"""The callbacks that say something of a section as a whole."""


def as_told(section: RangeSeen) -> RangeSeen:
    """A range as listeners see it: without its dirty mask and ROMD mode. Rules: T3."""
    return section._replace(dirty_log_mask=0, romd_mode=True)


def check_masks(call: CallbackSeen, old: int, new: int) -> None:
    """Raise Broken unless bits of a dirty mask came, or went. Rules: T4."""
    changed = new & ~old if call.callback == "log_start" else old & ~new
    if not changed:
        raise Broken(MASKS, (format_callback(call),))


def check_known(known: Mapping[int, RangeSeen], ranges: Iterable[RangeSeen]) -> None:
    """Raise Broken unless a listener knows exactly the ranges of a view. Rules: T8."""
    told = sorted(known.values(), key=lambda one: one.start)
    shown = [as_told(one) for one in ranges]
    if told != shown:
        raise Broken(EQUAL, ("told:", *lines_of(told), "published:", *lines_of(shown)))


def check_disjoint(known: Mapping[int, RangeSeen]) -> None:
    """Raise Broken if ranges that a listener knows overlap. Rules: T8.

    Asked after the additions: before each of them there was less, and nothing is deleted between.
    """
    end = 0
    for start in sorted(known):
        if start < end:
            raise Broken(DISJOINT, lines_of(known.values()))
        end = start + known[start].size


def lines_of(ranges: Iterable[RangeSeen]) -> Sequence[str]:
    """A line a range."""
    return tuple(map(format_range, ranges))

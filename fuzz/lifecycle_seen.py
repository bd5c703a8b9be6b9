"""What can be seen of lives, in words that no target owns, and how it is written."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from fuzz.told import Told


class FaultSeen(NamedTuple):
    """A wrong use of a subject, such as `view 1`: of what is freed, or of what nothing protects."""

    thread: str
    subject: str
    freed: bool


class ViewLife(NamedTuple):
    """A view that is not destroyed: its count, and the names of the spaces that publish it."""

    serial: int
    references: int
    publishers: tuple[str, ...]


class LifecycleSeen(NamedTuple):
    """All that lives. `inside` has the depth of each thread that is in a read section.

    `waiting` is in the order in which it will be destroyed, `destroyed` in that in which it was.
    """

    views: tuple[ViewLife, ...]
    owners: tuple[tuple[str, int], ...]
    inside: tuple[tuple[str, int], ...]
    grace_period: bool
    waiting: tuple[str, ...]
    destroyed: tuple[str, ...]


def format_faults(faults: Iterable[FaultSeen]) -> tuple[str, ...]:
    """One line for each kind of wrong use, and how often it was made, in order of the lines."""
    lines = []
    for (thread, subject, freed), times in Counter(faults).items():
        how = "after it was freed" if freed else "while nothing keeps it from being freed"
        often = f", {times} times" if times > 1 else ""
        lines.append(f"fault: {thread} uses {subject} {how}{often}")
    return tuple(sorted(lines))


def format_freed(regions: Iterable[str]) -> tuple[str, ...]:
    """One line for each region whose storage was freed."""
    return tuple(f"frees region {name}" for name in sorted(regions))


def format_lifecycle(seen: LifecycleSeen) -> tuple[str, ...]:
    """Views, owners, threads inside, and what waits or is destroyed."""
    lines = [format_view_life(one) for one in seen.views]
    lines.extend(f"owner {name}: {references_of(count)}" for name, count in seen.owners)
    lines.extend(f"thread {name}: {depth} deep in a read section" for name, depth in seen.inside)
    if seen.grace_period:
        lines.append("a grace period is under way")
    for what, names in (("waiting", seen.waiting), ("destroyed", seen.destroyed)):
        if names:
            lines.append(f"{what}: {', '.join(names)}")
    return Told.of(lines, seen)


def format_view_life(seen: ViewLife) -> str:
    """One line for a view."""
    published = f", published by {', '.join(seen.publishers)}" if seen.publishers else ""
    return f"view {seen.serial}: {references_of(seen.references)}{published}"


def references_of(count: int) -> str:
    """A number of references in words."""
    return f"{count} reference" if count == 1 else f"{count} references"


def format_held_up(threads: Sequence[str]) -> str:
    """The line that says for which threads a grace period waits."""
    return f"waits for {', '.join(sorted(threads))}"

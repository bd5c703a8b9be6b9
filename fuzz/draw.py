"""Drawing a region tree beside the flat view that it is rendered to, as text."""

from collections.abc import Iterator
from itertools import zip_longest

from fuzz.format import format_size
from fuzz.observation import RangeSeen, format_range
from model.region import Kind, Region, RegionId
from model.topology import Topology

BRANCH, LAST, BESIDE, BELOW = "├─ ", "└─ ", "│  ", "   "
ADDRESS_MASK = (1 << 64) - 1


def draw_space(topology: Topology, space: str) -> list[str]:
    """One address space: its region tree on the left, its flat view on the right.

    Children stand in the order in which rendering takes them: of those that overlap, the upper one
    wins. Alias targets from outside the tree follow it.
    """
    root, view = topology.spaces[space]
    tree = list(draw_trees(topology, root))
    ranges = [format_range(RangeSeen(*one)) for one in view.ranges] or ["(empty)"]
    width = max(map(len, ["region tree", *tree]))
    rendered = "" if view.root in (None, root) else f", rendered from {view.root}"
    lines = [f"address space {space}: root {root}{rendered}", ""]
    lines.append(f"{'region tree':<{width}}   flat view")
    lines.append(f"{'-' * width}   {'-' * max(map(len, ranges))}")
    for left, right in zip_longest(tree, ranges, fillvalue=""):
        lines.append(f"{left:<{width}}   {right}".rstrip())
    return lines


def draw_trees(topology: Topology, root: RegionId) -> Iterator[str]:
    """The tree below a root, then one for each alias target that no tree has shown yet."""
    shown: set[RegionId] = set()
    waiting = [root]
    while waiting:
        name = waiting.pop(0)
        if name in shown:
            continue
        if name != root:
            yield ""
        aliases: list[RegionId] = []
        yield from _draw_tree(topology, name, 0, "", "", shown, aliases)
        waiting.extend(alias for alias in aliases if alias not in shown)


def _draw_tree(
    topology: Topology,
    name: RegionId,
    base: int,
    first: str,
    others: str,
    shown: set[RegionId],
    aliases: list[RegionId],
) -> Iterator[str]:
    """A region's line, prefixed with `first`, and those below it, prefixed with `others`."""
    region = topology.regions[name]
    shown.add(name)
    if region.alias is not None:
        aliases.append(region.alias)
    start = (base + region.addr) & ADDRESS_MASK
    yield first + describe_region(name, region, start)
    for index, child in enumerate(region.subregions):
        last = index + 1 == len(region.subregions)
        branch, below = (LAST, BELOW) if last else (BRANCH, BESIDE)
        yield from _draw_tree(
            topology, child, start, others + branch, others + below, shown, aliases
        )


def describe_region(name: RegionId, region: Region, start: int) -> str:
    """One line on a region: name, kind, where it lies, and what is unusual about it."""
    kind = "rom" if region.kind is Kind.RAM and region.readonly else region.kind.value
    if region.alias is not None:
        kind = f"alias of {region.alias} @{region.alias_offset:#x}"
    words = [name, kind, f"at {start:#x} size {format_size(region.size)}"]
    for word, holds in (
        (f"priority {region.priority}", region.priority != 0),
        ("disabled", not region.enabled),
        ("readonly", region.readonly and kind != "rom"),
        ("nonvolatile", region.nonvolatile),
        ("unmergeable", region.unmergeable),
        ("romd-off", not region.romd_mode),
    ):
        if holds:
            words.append(word)
    return "  ".join(words)

"""Small region trees for tests, and a printer of our own for what QEMU's monitor shows of them."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from fuzz.machines.corpus import MachineText
from fuzz.observation import RangeSeen, SectionSeen
from fuzz.operations import (
    AddSubregion,
    Begin,
    Commit,
    CreateRegion,
    CreateSpace,
    Operation,
    Property,
    RegionKind,
    SetProperty,
)
from fuzz.targets.interface import Settings
from fuzz.targets.model import ModelTarget

WORDS = {
    RegionKind.RAM: "ram",
    RegionKind.ROM: "rom",
    RegionKind.ROM_DEVICE: "romd",
    RegionKind.RAM_DEVICE: "ramd",
}
MASK = (1 << 64) - 1
PAGE_BITS = 12
OWNER = "orphan"


@dataclass(eq=False)
class Node:
    """A region; `children` are in the order in which they are added to it."""

    name: str
    kind: RegionKind
    size: int
    addr: int = 0
    priority: int = 0
    enabled: bool = True
    readonly: bool = False
    target: "Node | None" = None
    offset: int = 0
    children: list["Node"] = field(default_factory=list)

    @property
    def word(self) -> str:
        """The type that QEMU prints; an alias's is its target's."""
        return self.target.word if self.target is not None else WORDS.get(self.kind, "i/o")


def container(name: str, size: int, *children: Node, addr: int = 0, priority: int = 0) -> Node:
    """A region that does not answer by itself."""
    return Node(name, RegionKind.CONTAINER, size, addr, priority, children=[*children])


def io(name: str, size: int, *children: Node, addr: int = 0, priority: int = 0) -> Node:
    """A region that does."""
    return Node(name, RegionKind.IO, size, addr, priority, children=[*children])


def ram(name: str, size: int, addr: int = 0, priority: int = 0) -> Node:
    """Writable memory."""
    return Node(name, RegionKind.RAM, size, addr, priority)


def alias(name: str, target: Node, size: int, addr: int = 0, offset: int = 0) -> Node:
    """A window on another region."""
    return Node(name, RegionKind.ALIAS, size, addr, target=target, offset=offset)


def below(node: Node) -> Iterator[Node]:
    """A region, and all that it contains or shows, each once, targets before their aliases."""
    seen: dict[int, Node] = {}

    def visit(one: Node) -> None:
        if id(one) in seen:
            return
        if one.target is not None:
            visit(one.target)
        seen[id(one)] = one
        for child in one.children:
            visit(child)

    visit(node)
    yield from seen.values()


def list_order(node: Node) -> list[Node]:
    """The children in the order of the list that rendering walks: M3, done by inserting."""
    order: list[Node] = []
    for child in node.children:
        place = next(
            (i for i, other in enumerate(order) if other.priority <= child.priority), len(order)
        )
        order.insert(place, child)
    return order


def build(root: Node) -> tuple[ModelTarget, dict[str, Node]]:
    """The tree on the specification, in the address space `space`; and its regions by id."""
    nodes = {f"r{number}": node for number, node in enumerate(below(root))}
    ids = {id(node): name for name, node in nodes.items()}
    operations: list[Operation] = [Begin()]
    for name, node in nodes.items():
        target = None if node.target is None else ids[id(node.target)]
        operations.append(CreateRegion(name, node.kind, node.size, target, node.offset))
        if node.readonly:
            operations.append(SetProperty(name, Property.READONLY, 1))
        if not node.enabled:
            operations.append(SetProperty(name, Property.ENABLED, 0))
        if node.addr:
            operations.append(SetProperty(name, Property.ADDRESS, node.addr))
    for name, node in nodes.items():
        for child in node.children:
            operations.append(AddSubregion(name, ids[id(child)], child.addr, child.priority))
    operations += [Commit(), CreateSpace("space", ids[id(root)])]
    target_run = ModelTarget(Settings("qemu-7.2", PAGE_BITS))
    for operation in operations:
        target_run.apply(operation)
    return target_run, nodes


def span(start: int, size: int) -> str:
    """First and last address; a region of no bytes looks like one of one byte."""
    return f"{start & MASK:016x}-{(start + max(size, 1) - 1) & MASK:016x}"


def print_node(node: Node, base: int, depth: int, queue: list[Node]) -> list[str]:
    """The lines of a region and those below it; alias targets not yet in the queue join it."""
    start = (base + node.addr) & MASK
    what = node.name
    if node.target is not None:
        if not any(one is node.target for one in queue):
            queue.append(node.target)
        what = f"alias {node.name} @{node.target.name} {span(node.offset, node.size)}"
    disabled = "" if node.enabled else " [disabled]"
    lines = [
        f"{'  ' * depth}{span(start, node.size)} (prio {node.priority}, {node.word}): "
        f"{what}{disabled} {OWNER}"
    ]
    for child in sorted(list_order(node), key=lambda one: (one.addr, -one.priority)):
        lines += print_node(child, start, depth + 1, queue)
    return lines


def print_trees(root: Node) -> str:
    """What `info mtree -o -D` shows, with one address space, `space`."""
    queue: list[Node] = []
    lines = ["address-space: space", *print_node(root, 0, 1, queue), ""]
    done = 0
    while done < len(queue):
        lines += [f"memory-region: {queue[done].name}", *print_node(queue[done], 0, 1, queue), ""]
        done += 1
    return "\n".join(lines) + "\n"


def print_range(seen: RangeSeen, nodes: dict[str, Node]) -> str:
    """The line of a range."""
    node = nodes[seen.region]
    offset = f" @{seen.offset:016x}" if seen.offset else ""
    word = "rom" if seen.readonly else node.word
    what = f"(prio {node.priority}, {word}): {node.name}{offset} {OWNER}"
    return f"  {span(seen.start, seen.size)} {what}"


def print_section(number: int, seen: SectionSeen, nodes: dict[str, Node], root: str | None) -> str:
    """The line of a section."""
    name = "(noname)" if seen.region is None else nodes[seen.region].name
    label = " [unassigned]" if number == 0 else ""
    is_root = " [ROOT]" if seen.region is not None and seen.region == root else ""
    last = (seen.start + seen.size - 1) & MASK
    return f"      #{number} @{seen.start:016x}..{last:016x} {name}{label}{is_root}"


def print_views(root: Node) -> str:
    """What `info mtree -f -d -o` shows, with a radix tree of no nodes."""
    target, nodes = build(root)
    view = target.view("space")
    shown = "" if root.target is None else f", alias {root.target.name}"
    view_root = "(none)" if view.root is None else nodes[view.root].name
    lines = ["FlatView #0", f' AS "space", root: {root.name}{shown}']
    lines.append(f" Root memory region: {view_root}")
    if not view.ranges:
        return "\n".join([*lines, "  No rendered FlatView", "", ""])
    lines += [print_range(one, nodes) for one in view.ranges]
    lines += ["  Dispatch", "    Physical sections"]
    for number, section in enumerate(target.sections("space")):
        lines.append(print_section(number, section, nodes, view.root))
    return "\n".join([*lines, "    Nodes (9 bits per level, 6 levels) ptr=[0] skip=0", "", ""])


def machine_text(tree: Node, rendered: Node | None = None) -> MachineText:
    """The two texts of a machine: a tree, and the view of it, or of another tree."""
    views = print_views(tree if rendered is None else rendered)
    return MachineText("made", "made.mtree.txt", print_trees(tree), "made.flat.txt", views)

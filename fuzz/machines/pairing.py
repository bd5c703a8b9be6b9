"""Which printed view belongs to which tree of regions.

The one text prints a tree for each root, the other a view for each flat root, and both name the
address spaces. Several spaces can have one name, even with roots of one name. Then the trees are
paired with the views that they explain.
"""

from collections import Counter
from collections.abc import Callable, Sequence

from fuzz.machines.flat_text import PrintedViews, SpaceLine
from fuzz.machines.lines import MtreeError
from fuzz.machines.region_table import Machine

Names = tuple[SpaceLine, ...]
"""What the lines of all address spaces over one root say, sorted."""


def names_of_trees(machine: Machine) -> list[Names]:
    """For each tree, what the lines of its address spaces must say in the other text."""
    names = []
    for spaces, root_name in zip(machine.trees.spaces, machine.roots, strict=True):
        alias = spaces.root.alias
        target = None if alias is None else alias.target
        root = machine.regions[root_name].name
        names.append(tuple(sorted(SpaceLine(name, root, target) for name in spaces.names)))
    return names


def candidate_views(machine: Machine, views: PrintedViews) -> list[list[int]]:
    """For each tree, the views that its spaces can have, by what the spaces are called.

    Raises MtreeError if the two texts do not name the same spaces.
    """
    trees = names_of_trees(machine)
    printed = Counter(space for view in views.views for space in view.spaces)
    expected = Counter(space for names in trees for space in names)
    if printed != expected:
        name = min((printed - expected) + (expected - printed)).name
        message = f"the two texts differ in address spaces, as in {name!r}; take both from one run"
        raise MtreeError(views.path, 0, message)
    return [
        [
            number
            for number, view in enumerate(views.views)
            if not Counter(names) - Counter(view.spaces)
        ]
        for names in trees
    ]


def pair(
    trees: Sequence[Names],
    candidates: Sequence[Sequence[int]],
    views: PrintedViews,
    explains: Callable[[int, int], bool],
) -> dict[int, int]:
    """As many trees as possible, each with a view that it explains.

    `explains` says whether a tree explains a view; both are numbers. No more trees have a view than
    lines of spaces in it allow. Trees whose spaces are called alike are exchanged for one another
    until no exchange gives one more of them a view (augmenting paths), so a tree is left without
    one only if it must be. Raises MtreeError where some but not all names of two trees are alike:
    then names do not say how many trees belong to a view.
    """
    paired: dict[int, int] = {}
    for names in sorted(set(trees)):
        alike = [tree for tree, others in enumerate(trees) if others == names]
        if any(set(names) & set(others) for others in trees if others != names):
            message = f"address spaces called {names[0].name!r} have several trees and other names"
            raise MtreeError(views.path, 0, f"{message}; it cannot be told which view is whose")
        room = {
            view: min(views.views[view].spaces.count(name) // names.count(name) for name in names)
            for view in candidates[alike[0]]
        }
        taken: dict[int, list[int]] = {view: [] for view in room}
        for tree in alike:
            _place(tree, room, taken, explains, set())
        paired.update({tree: view for view, trees in taken.items() for tree in trees})
    return paired


def _place(
    tree: int,
    room: dict[int, int],
    taken: dict[int, list[int]],
    explains: Callable[[int, int], bool],
    tried: set[int],
) -> bool:
    """Give a tree a view that it explains, moving others to further views if need be."""
    for view, places in room.items():
        if view in tried or not explains(tree, view):
            continue
        tried.add(view)
        if len(taken[view]) < places:
            taken[view].append(tree)
            return True
        for other in taken[view]:
            if _place(other, room, taken, explains, tried):
                taken[view].remove(other)
                taken[view].append(tree)
                return True
    return False

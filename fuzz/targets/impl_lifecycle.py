"""The lifecycle operations on the implementation's readers, counts and grace periods."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from fuzz.lifecycle_seen import (
    FaultSeen,
    LifecycleSeen,
    ViewLife,
    format_faults,
    format_freed,
    format_held_up,
)
from fuzz.operations_lifecycle import (
    LifecycleOperation,
    Loaded,
    RcuStep,
    RegionStep,
    SectionEdge,
    ViewStep,
)
from fuzz.targets.interface import Lines, Rejected
from fuzz.targets.lifecycle_operations import OPERATIONS, carry_out

if TYPE_CHECKING:
    from fuzz.targets.impl import ImplTarget

WRITER = "main"


class ImplLifecycle:
    """The threads of a scenario as the implementation's readers, and the pointers that they have.

    `spaces` has the latest address space of each name, destroyed or not.
    """

    def __init__(self, target: "ImplTarget") -> None:
        self.target = target
        self.lifetimes = target.memory_map.lifetimes
        self.calls: dict[str, tuple[Any, Iterator[tuple[str, Any]]]] = {}
        self.loaded: dict[str, list[Any]] = {}
        self.spaces: dict[str, Any] = {}
        self.gone: dict[str, Any] = {}
        self.destroyed: list[str] = []

    def catch_up(self) -> None:
        """Learn of the address spaces that were made since."""
        self.spaces.update({space.name: space for space in self.lifetimes.spaces})

    # --- Looking things up ---

    def reader(self, thread: str) -> Any:
        """The reader of that name."""
        try:
            return self.lifetimes.readers[thread]
        except KeyError:
            raise Rejected(f"there is no thread {thread}") from None

    def owner(self, name: str) -> Any:
        """The owner of that name."""
        try:
            return self.lifetimes.owners[name]
        except KeyError:
            raise Rejected(f"there is no owner {name}") from None

    def space(self, name: str) -> Any:
        """The space of that name that was made last, destroyed or not."""
        try:
            return self.spaces[name]
        except KeyError:
            raise Rejected(f"there is no address space {name}") from None

    def view_of(self, thread: str, which: Loaded) -> Any:
        """The view whose pointer a thread has."""
        loaded = self.loaded.get(thread, [])
        distance = 1 if which is Loaded.LAST else 2
        if len(loaded) < distance:
            raise Rejected(f"thread {thread} has not loaded that many views")
        return loaded[-distance]

    def loads(self, thread: str, view: Any) -> None:
        """Note the view that a thread loaded last."""
        loaded = self.loaded.setdefault(thread, [])
        if not loaded or loaded[-1] is not view:
            loaded.append(view)

    def faults(self) -> Lines:
        """The lines of the wrong uses since the last look."""
        seen, self.lifetimes.misuses = self.lifetimes.misuses, []
        return format_faults(
            FaultSeen(one.thread, self.described(one.subject), one.freed) for one in seen
        )

    def described(self, one: Any) -> str:
        """A view, region or address space in neutral words."""
        package = self.target.package
        if isinstance(one, package.view.FlatView):
            return f"view {one.serial}"
        is_region = isinstance(one, package.region.MemoryRegion)
        return f"{'region' if is_region else 'space'} {one.name}"

    def shown(self, freed: list[Any]) -> Lines:
        """The lines of wrong uses, and of regions that were freed."""
        names = sorted(region.name for region in freed)
        self.destroyed.extend(f"region {name}" for name in names)
        return (*self.faults(), *format_freed(names))

    # --- Operations ---

    def create_thread(self, name: str) -> Lines:
        if name == WRITER:
            raise Rejected(f"thread {name} exists already")
        self.lifetimes.create_reader(name)
        return ()

    def create_owner(self, name: str, is_device: bool) -> Lines:
        self.lifetimes.create_owner(name, is_device)
        return ()

    def own(self, region: str, owner: str) -> Lines:
        self.lifetimes.own(self.target.region(region), self.owner(owner))
        return ()

    def unplug(self, owner: str) -> Lines:
        plugged = self.owner(owner)
        present = [one for one in self.target.regions.values() if one.owner is plugged]
        for region in present:
            self.check_removable(region)
        freed = self.lifetimes.unplug(plugged)
        for region in present:
            self.gone[region.name] = self.target.regions.pop(region.name)
        return self.shown(freed)

    def free(self, region: str) -> Lines:
        found = self.target.region(region)
        self.check_removable(found)
        self.lifetimes.free(found)
        self.gone[region] = self.target.regions.pop(region)
        return self.shown([found])

    def check_removable(self, region: Any) -> None:
        """Raise Rejected unless no tree, and no view of the table, has a region any more."""
        aliases = (other.alias for other in self.target.regions.values())
        roots = (space.root for space in self.target.memory_map.spaces.values())
        if region.container is not None or region.subregions:
            raise Rejected(f"region {region.name} is in a tree")
        if any(one is region for one in (*aliases, *roots)):
            raise Rejected(f"region {region.name} is shown by an alias or an address space")
        if any(region in self.lifetimes.uses_of(view) for view in self.lifetimes.table):
            raise Rejected(f"region {region.name} is in a view that is published")

    def cross(self, edge: SectionEdge, thread: str) -> Lines:
        reader = self.reader(thread)
        if edge is SectionEdge.LOCK:
            reader.__enter__()
        else:
            reader.__exit__()
        return ()

    def load_view(self, thread: str, space: str) -> Lines:
        view = self.reader(thread).load(self.space(space))
        if view is None:
            return ("loads nothing", *self.faults())
        self.loads(thread, view)
        return (f"loads view {view.serial}",)

    def step_on_view(self, step: ViewStep, thread: str, which: Loaded) -> Lines:
        reader, view = self.reader(thread), self.view_of(thread, which)
        line = f"view {view.serial}"
        if step is ViewStep.USE:
            reader.check(view)
        elif step is ViewStep.UNREF:
            reader.unreference(view)
        else:
            taken = reader.try_reference(view)
            line = f"references {line}" if taken else f"fails to reference {line}"
        return (line, *self.faults())

    def get_flatview(self, thread: str, space: str, steps: int) -> Lines:
        reader, wanted = self.reader(thread), self.space(space)
        if thread not in self.calls:
            self.calls[thread] = wanted, reader.get_flatview(wanted)
        getting, call = self.calls[thread]
        if getting is not wanted:
            raise Rejected(f"thread {thread} is getting the view of {getting.name}")
        lines: list[str] = []
        for did, view in call:
            if did == "loads" and view is not None:
                self.loads(thread, view)
            what = "" if did in ("enters", "leaves") else " nothing"
            lines.append(did + (what if view is None else f" view {view.serial}"))
            lines.extend(self.faults())
            if did == "leaves":
                del self.calls[thread]
            steps -= 1
            if steps == 0:
                break
        return tuple(lines)

    def step_on_region(self, step: RegionStep, thread: str, region: str) -> Lines:
        reader = self.reader(thread)
        if not self.lifetimes.counting:
            raise Rejected("no address space has shown any region yet")
        found = self.target.regions.get(region) or self.gone.get(region)
        if found is None:
            raise Rejected(f"there is no region {region}")
        if step is RegionStep.UNREF:
            return self.shown(reader.unreference_region(found))
        if step is RegionStep.USE:
            reader.check_region(found)
        else:
            reader.reference_region(found)
        return self.faults()

    def step_of_rcu(self, step: RcuStep) -> Lines:
        if step is RcuStep.RUN:
            return self.run_rcu()
        if step is RcuStep.CALLBACK:
            return self.run_callback()
        if step is RcuStep.BEGIN:
            self.lifetimes.begin_grace_period()
        else:
            self.lifetimes.end_grace_period()
        return ()

    def run_callback(self) -> Lines:
        """Destroy what has waited longest, unless a transaction is open."""
        if self.target.memory_map.in_transaction:
            raise Rejected("the writer has the big lock")
        subject, freed = self.lifetimes.destroy_next()
        what = self.described(subject)
        self.destroyed.append(what)
        return (f"destroys {what}", *self.shown(freed))

    def run_rcu(self) -> Lines:
        """All that the RCU thread can do without waiting."""
        lifetimes = self.lifetimes
        lines: list[str] = []
        while lifetimes.waiting() or lifetimes.grace_period:
            if lifetimes.has_ready:
                if self.target.memory_map.in_transaction:
                    return (*lines, format_held_up(["the end of the transaction"]))
                lines.extend(self.run_callback())
            elif not lifetimes.grace_period:
                lifetimes.begin_grace_period()
                lines.append("begins a grace period")
            elif held_up_by := lifetimes.held_up_by():
                return (*lines, format_held_up([reader.name for reader in held_up_by]))
            else:
                lifetimes.end_grace_period()
                lines.append("ends the grace period")
        return tuple(lines)

    def references(self, owner: str) -> int:
        """How often an owner is referenced."""
        return int(self.lifetimes.references_of_owner(self.owner(owner)))

    def seen(self) -> LifecycleSeen:
        """All that lives, in neutral words."""
        lifetimes = self.lifetimes
        waiting = lifetimes.waiting()
        ended = [one for one in waiting if not isinstance(one, self.target.package.view.FlatView)]
        publishers: dict[int, list[str]] = {}
        for space in lifetimes.spaces:
            suffix = " (destroyed)" if space in ended else ""
            publishers.setdefault(space.view.serial, []).append(space.name + suffix)
        return LifecycleSeen(
            tuple(
                ViewLife(serial, lifetimes.references_of(view), tuple(publishers.get(serial, ())))
                for serial, view in lifetimes.views.items()
            ),
            tuple(
                (name, lifetimes.references_of_owner(owner))
                for name, owner in lifetimes.owners.items()
            ),
            tuple((one.name, one.depth) for one in lifetimes.readers.values() if one.depth > 0),
            lifetimes.grace_period,
            tuple(map(self.described, waiting)),
            tuple(self.destroyed),
        )


def carry_out_on(target: "ImplTarget", operation: LifecycleOperation) -> Lines:
    """Carry out one operation; the lifecycle's threads are kept from the first on."""
    if target.lifecycle is None:
        target.lifecycle = ImplLifecycle(target)
    target.lifecycle.catch_up()
    return carry_out(target.lifecycle, operation)


HANDLERS: dict[type, Callable[["ImplTarget", Any], Lines]] = dict.fromkeys(OPERATIONS, carry_out_on)
"""What carries out the lifecycle operations."""

"""The specification's lifecycle machine, carried along with the topology.

What the topology publishes is only noted, until an operation asks for the lifecycle: then the
writer's steps of all that was noted are taken. A region or space that is made again under an old
name is another object, which the machine knows by that name and a number after `#`.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fuzz.lifecycle_seen import FaultSeen, format_faults, format_freed
from fuzz.targets.interface import Lines, Rejected, Unsupported

if TYPE_CHECKING:
    from fuzz.targets.model import ModelTarget

WRITER = "main"


class ModelMachine:
    """The machine's state, and what the topology published since it was brought up to date."""

    def __init__(self, package: Any) -> None:
        self.package = package
        self.noted: list[Any] = []
        self.spaces: dict[str, str] = {}
        self.linked: dict[str, str] = {}
        self.regions: dict[str, str] = {}
        self.gone: dict[str, str] = {}
        self.made: dict[str, int] = {}
        self.calls: dict[str, Any] = {}
        self.loaded: dict[str, list[int]] = {}
        self.destroyed: list[str] = []
        self.owning_devices: set[str] = set()
        self._state: Any = None
        self._target: ModelTarget | None = None

    def note(self, before: Any, after: Any) -> None:
        """Remember a topology whose views or address spaces are no longer those of before."""
        if after.views is not before.views or after.spaces is not before.spaces:
            self.noted.append(after)

    # --- The writer ---

    @property
    def target(self) -> "ModelTarget":
        """The target whose topology the machine was brought up to date with."""
        assert self._target is not None
        return self._target

    def catch_up(self, target: "ModelTarget") -> None:
        """Take the writer's steps of all that was noted; give it the big lock while it has it."""
        self._target = target
        topology, steps = target.topology, self.package.lifecycle_steps
        if self._state is None:
            self._state = self.package.lifecycle.initial([WRITER])
        if self.noted and self._state.bql is None:
            self._state = steps.lock_bql(self._state, WRITER)
        for noted in self.noted:
            self.write(noted)
        self.noted = []
        if topology.depth > 0 and self._state.bql is None:
            self._state = steps.lock_bql(self._state, WRITER)
        elif topology.depth == 0 and self._state.bql is not None:
            self._state = steps.unlock_bql(self._state, WRITER)

    def write(self, topology: Any) -> None:
        """Take the steps of one operation that made or destroyed a space, or rendered anew."""
        programs, action = self.package.lifecycle_programs, self.package.lifecycle.action
        created = [name for name in topology.spaces if name not in self.linked]
        ended = [name for name in self.linked if name not in topology.spaces]
        made = {
            view.serial: self.counted(view)
            for view in topology.views.values()
            if view.serial not in self._state.views
        }
        known = len(self._state.views) - 1 + len(made)
        if len(created) + len(ended) > 1 or known != topology.rendered:
            raise Unsupported("one operation published more than once: its steps are not known")
        if created:
            (name,) = created
            root, view = topology.spaces[name]
            space = self.spaces[name] = self.linked[name] = self.fresh(f"space {name}", name)
            actions = programs.create_space_actions(
                WRITER, space, self.region(root), view.serial, made.get(view.serial)
            )
        elif ended:
            space = self.linked.pop(ended[0])
            actions = (action(self.package.lifecycle_steps.destroy_space, WRITER, space),)
        else:
            published = {
                self.linked[name]: space.view.serial for name, space in topology.spaces.items()
            }
            actions = programs.rebuild_actions(self._state, WRITER, made, published)
        for one in actions:
            self._state = self.package.lifecycle.step(self._state, one)

    def counted(self, view: Any) -> tuple[str, ...]:
        """The regions that a view counts, by the names that the machine knows them by."""
        regions = (section.region for section in self.target.registered(view))
        counted = self.package.lifecycle_programs.counted_regions(view, regions)
        return tuple(self.region(name) for name in counted)

    def region(self, name: str) -> str:
        """The name by which the machine knows a region of the topology."""
        if name not in self.regions:
            known = self.regions[name] = self.fresh(f"region {name}", name)
            self._state = self.package.lifecycle_steps.create_region(self._state, known, None)
        return self.regions[name]

    def fresh(self, what: str, name: str) -> str:
        """A name that the machine does not know yet."""
        times = self.made[what] = self.made.get(what, 0) + 1
        return name if times == 1 else f"{name}#{times}"

    # --- Owners ---

    def owners(self) -> dict[str, str]:
        """The owners of the topology's regions, without those regions that have none."""
        if self._state is None or not self._state.owners:
            return {}
        regions = self._state.regions
        owners = ((name, regions[known]) for name, known in self.regions.items())
        return {name: owner for name, owner in owners if owner is not None}

    def waits(self, target: "ModelTarget") -> bool:
        """Whether anything waits to be destroyed."""
        self.catch_up(target)
        return bool(self._state.rcu.callbacks)

    def is_freed(self, region: str) -> bool:
        """Whether the storage of a region that was there is freed."""
        known = self.regions.get(region) or self.gone.get(region)
        return known is not None and known in self._state.freed_regions

    def hold(self, target: "ModelTarget", region: str) -> bool:
        """Keep a region's owner for something that is mapped; whether it has one."""
        known = self.regions.get(region)
        if known is None or self._state.regions.get(known) is None:
            return False
        self.catch_up(target)
        references = self.package.references
        holder = references.Holder(references.HolderKind.THREAD, WRITER)
        self._state = self.package.lifecycle.take_owner(self._state, known, holder)
        return True

    def let_go(self, target: "ModelTarget", region: str) -> Lines:
        """Undo `hold`; what is freed by it."""
        self.catch_up(target)
        known = self.regions.get(region) or self.gone[region]
        return self.take(self.package.lifecycle_steps.unref_region, WRITER, known)

    def references(self, owner: str) -> int:
        """How often an owner is referenced, by the tree and by all else."""
        if owner not in self._state.owners:
            raise Rejected(f"there is no owner {owner}")
        topology = self.target.topology
        mapped = self.package.mapped.references_of_mapping(
            topology.flavour, topology.regions, self.owners()
        )
        return int(self._state.owners[owner].ref + mapped[owner])

    # --- Single steps ---

    def take(self, step: Callable[..., Any], *arguments: object) -> Lines:
        """Take one step; the lines of wrong uses and of regions that were freed by it."""
        before = self._state
        try:
            self._state = step(before, *arguments)
        except self.package.rcu.LifecycleError as error:
            raise Rejected(str(error)) from error
        freed = {told(name) for name in self._state.freed_regions - before.freed_regions}
        self.destroyed.extend(f"region {name}" for name in sorted(freed))
        faults = map(self.fault, self._state.faults[len(before.faults) :])
        return (*format_faults(faults), *format_freed(freed))

    def change(self, step: Callable[..., Any], *arguments: object) -> Any:
        """Take a step that gives something beside the state: that."""
        self._state, given = step(self._state, *arguments)
        return given

    def fault(self, fault: Any) -> FaultSeen:
        """A wrong use in neutral words."""
        kinds = self.package.lifecycle.FaultKind
        what, freed = {
            kinds.VIEW_AFTER_FREE: ("view", True),
            kinds.REGION_AFTER_FREE: ("region", True),
            kinds.SPACE_AFTER_FREE: ("space", True),
            kinds.VIEW_UNPROTECTED: ("view", False),
            kinds.REGION_UNPROTECTED: ("region", False),
        }[fault.kind]
        return FaultSeen(fault.thread, f"{what} {told(str(fault.subject))}", freed)


def subject(callback: Any) -> str:
    """What a callback destroys."""
    return f"view {callback.view}" if callback.space is None else f"space {told(callback.space)}"


def told(known: str) -> str:
    """The name in the scenario of what the machine knows by this name."""
    return known.partition("#")[0]

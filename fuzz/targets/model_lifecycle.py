"""The lifecycle operations on the specification's machine."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fuzz.lifecycle_seen import LifecycleSeen, ViewLife, format_held_up
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
from fuzz.targets.model_machine import WRITER, ModelMachine, subject, told

if TYPE_CHECKING:
    from fuzz.targets.model import ModelTarget


class ModelLifecycle(ModelMachine):
    """What threads and the RCU thread do, beside the writer."""

    def loads(self, thread: str, view: int) -> None:
        """Note the view that a thread loaded last."""
        loaded = self.loaded.setdefault(thread, [])
        if loaded[-1:] != [view]:
            loaded.append(view)

    def space(self, name: str) -> str:
        """The space of that name that was made last, destroyed or not."""
        try:
            return self.spaces[name]
        except KeyError:
            raise Rejected(f"there is no address space {name}") from None

    def view_of(self, thread: str, which: Loaded) -> int:
        """The view whose pointer a thread has."""
        index = -1 if which is Loaded.LAST else -2
        try:
            return self.loaded.get(thread, [])[index]
        except IndexError:
            raise Rejected(f"thread {thread} has not loaded that many views") from None

    def get_flatview(self, thread: str, name: str, steps: int) -> Lines:
        """Take steps of a call of get_flatview."""
        self.check_thread(thread)
        phases, programs = self.package.lifecycle_programs.Phase, self.package.lifecycle_programs
        call = self.calls.get(thread) or programs.GetFlatview(thread, self.space(name))
        if call.space != self.space(name):
            raise Rejected(f"thread {thread} is getting the view of {told(call.space)}")
        lines: list[str] = []
        while call.phase is not phases.DONE:
            at = call.phase

            def one(state: Any, now: Any = call) -> Any:
                nonlocal call
                state, call = programs.get_flatview_step(state, now)
                return state

            faults = self.take(one)
            lines.extend((self.step_line(at, call), *faults))
            if at is phases.LOAD and call.view is not None:
                self.loads(thread, call.view)
            steps -= 1
            if steps == 0:
                break
        if call.phase is phases.DONE:
            self.calls.pop(thread, None)
        else:
            self.calls[thread] = call
        return tuple(lines)

    def step_line(self, at: Any, call: Any) -> str:
        """What a step of get_flatview did."""
        phases = self.package.lifecycle_programs.Phase
        view = "nothing" if call.view is None else f"view {call.view}"
        if at is phases.REF:
            taken = call.phase is phases.LEAVE
            return f"references {view}" if taken else f"fails to reference {view}"
        return {phases.ENTER: "enters", phases.LOAD: f"loads {view}", phases.LEAVE: "leaves"}[at]

    def run_callback(self) -> Lines:
        """Have the RCU thread run one callback."""
        waiting = self._state.rcu.callbacks
        position = len(self.destroyed)
        lines = self.take(self.package.lifecycle_steps.run_callback)
        self.destroyed.insert(position, subject(waiting[0]))
        return (f"destroys {subject(waiting[0])}", *lines)

    def run_rcu(self) -> Lines:
        """Have the RCU thread do all that it can without waiting."""
        steps = self.package.lifecycle_steps
        lines: list[str] = []
        while (waiting := self.package.lifecycle_programs.rcu_action(self._state)) is not None:
            try:
                if waiting.run is steps.run_callback:
                    lines.extend(self.run_callback())
                else:
                    begins = waiting.run is steps.begin_grace_period
                    lines.extend(self.take(waiting.run))
                    lines.append("begins a grace period" if begins else "ends the grace period")
            except Rejected:
                in_transaction = waiting.run is steps.run_callback
                held_up = ["the end of the transaction"] if in_transaction else self.held_up_by()
                return (*lines, format_held_up(held_up))
        return tuple(lines)

    def held_up_by(self) -> list[str]:
        """The threads for which the grace period waits."""
        rcu = self._state.rcu
        return [
            thread
            for thread, reader in rcu.readers.items()
            if reader.nesting > 0 and self.package.rcu.holds_up(reader.entered, rcu.epoch)
        ]

    # --- Operations ---

    def create_thread(self, name: str) -> Lines:
        rcu, package = self._state.rcu, self.package
        if name in rcu.readers or name == package.lifecycle.RCU_THREAD:
            raise Rejected(f"thread {name} exists already")
        registered = package.rcu.put_reader(rcu, name, package.rcu.Reader())
        self._state = self._state._replace(rcu=registered)
        return ()

    def create_owner(self, name: str, is_device: bool) -> Lines:
        lines = self.take(self.package.lifecycle_steps.create_owner, name)
        self.owning_devices |= {name} if is_device else set()
        return lines

    def own(self, region: str, owner: str) -> Lines:
        self.package.topology.get_region(self.target.topology, region)
        if self._state.spaces:
            raise Rejected("there has been an address space: it counted without this owner")
        if region in self.regions:
            raise Rejected(f"region {region} has owner {self._state.regions[self.regions[region]]}")
        known = self.fresh(f"region {region}", region)
        lines = self.take(self.package.lifecycle_steps.create_region, known, owner)
        self.regions[region] = known
        return lines

    def unplug(self, owner: str) -> Lines:
        regions = self._state.regions
        owned = [
            name
            for name in self.target.topology.regions
            if regions.get(self.regions.get(name)) == owner
        ]
        return self.remove(owned, self.package.lifecycle_steps.unplug_owner, owner)

    def free(self, region: str) -> Lines:
        self.package.topology.get_region(self.target.topology, region)
        check_removable(self.target.topology, region)
        return self.remove([region], self.package.lifecycle_steps.free_region, self.region(region))

    def remove(self, names: list[str], step: Callable[..., Any], subject: str) -> Lines:
        """Take a step by which regions end, for the topology at once."""
        topology = self.target.topology
        for name in names:
            check_removable(topology, name)
        lines = self.take(step, subject)
        left = {name: one for name, one in topology.regions.items() if name not in names}
        self.target.topology = topology._replace(regions=left)
        self.gone.update((name, self.regions.pop(name)) for name in names)
        return lines

    def cross(self, edge: SectionEdge, thread: str) -> Lines:
        self.check_thread(thread)
        steps = self.package.lifecycle_steps
        return self.take(steps.enter_rcu if edge is SectionEdge.LOCK else steps.leave_rcu, thread)

    def load_view(self, thread: str, space: str) -> Lines:
        self.check_thread(thread)
        known = self.space(space)
        faults = self.take(self.package.lifecycle_steps.load_view, thread, known)
        if faults:
            return ("loads nothing", *faults)
        view = self._state.spaces[known].current
        self.loads(thread, view)
        return (f"loads view {view}",)

    def step_on_view(self, step: ViewStep, thread: str, which: Loaded) -> Lines:
        self.check_thread(thread)
        view, steps = self.view_of(thread, which), self.package.lifecycle_steps
        if step is not ViewStep.REF:
            one = steps.use_view if step is ViewStep.USE else steps.unref_view
            return (f"view {view}", *self.take(one, thread, view))
        had = self._state.views[view].references.ref
        faults = self.take(steps.ref_view, thread, view)
        taken = self._state.views[view].references.ref > had
        return (f"references view {view}" if taken else f"fails to reference view {view}", *faults)

    def step_on_region(self, step: RegionStep, thread: str, region: str) -> Lines:
        self.check_thread(thread)
        if not self._state.spaces:
            raise Rejected("no address space has shown any region yet")
        if region not in self.gone:
            self.package.topology.get_region(self.target.topology, region)
        known = (
            self.gone[region] if region not in self.target.topology.regions else self.region(region)
        )
        steps = self.package.lifecycle_steps
        one = {
            RegionStep.USE: steps.use_region,
            RegionStep.REF: steps.ref_region,
            RegionStep.UNREF: steps.unref_region,
        }[step]
        return self.take(one, thread, known)

    def step_of_rcu(self, step: RcuStep) -> Lines:
        steps = self.package.lifecycle_steps
        if step is RcuStep.RUN:
            return self.run_rcu()
        if step is RcuStep.CALLBACK:
            return self.run_callback()
        begins = step is RcuStep.BEGIN
        return self.take(steps.begin_grace_period if begins else steps.end_grace_period)

    def check_thread(self, thread: str) -> None:
        """Raise Rejected unless there is such a thread, other than the writer."""
        if thread == WRITER or thread not in self._state.rcu.readers:
            raise Rejected(f"there is no thread {thread}")

    def seen(self) -> LifecycleSeen:
        """The state in neutral words."""
        state = self._state
        views = tuple(
            ViewLife(
                serial,
                view.references.ref,
                tuple(
                    told(name) if space.linked else f"{told(name)} (destroyed)"
                    for name, space in state.spaces.items()
                    if space.current == serial and not space.freed
                ),
            )
            for serial, view in state.views.items()
            if not view.freed
        )
        return LifecycleSeen(
            views,
            tuple((name, self.references(name)) for name in state.owners),
            tuple(
                (thread, reader.nesting)
                for thread, reader in state.rcu.readers.items()
                if reader.nesting > 0
            ),
            state.rcu.epoch > state.rcu.ended,
            tuple(map(subject, state.rcu.callbacks)),
            tuple(self.destroyed),
        )


def check_removable(topology: Any, name: str) -> None:
    """Raise Rejected unless no tree, and no view of the table, has a region any more."""
    region = topology.regions[name]
    if region.container is not None or region.subregions:
        raise Rejected(f"region {name} is in a tree")
    if any(other.alias == name for other in topology.regions.values()):
        raise Rejected(f"region {name} is the target of an alias")
    if any(space.root == name for space in topology.spaces.values()):
        raise Rejected(f"region {name} is the root of an address space")
    for view in topology.views.values():
        if view.root == name or any(one.region == name for one in view.ranges):
            raise Rejected(f"region {name} is in view {view.serial}, which is published")


def carry_out_on(target: "ModelTarget", operation: LifecycleOperation) -> Lines:
    """Bring the machine up to date, and carry out one operation on it."""
    target.lifecycle.catch_up(target)
    return carry_out(target.lifecycle, operation)


HANDLERS: dict[type, Callable[["ModelTarget", Any], Lines]] = dict.fromkeys(
    OPERATIONS, carry_out_on
)
"""What carries out the lifecycle operations."""

"""Asking for the invariants along a run: only of what is new, and with what was seen before."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fuzz.access_seen import AccessSeen, DirtySeen
from fuzz.callbacks import CallbackSeen
from fuzz.guest_seen import GuestSeen
from fuzz.invariants import Broken, check_lookups, check_sections, check_view
from fuzz.invariants_events import Listening, check_known
from fuzz.invariants_steps import (
    FREED,
    DeviceSizes,
    check_access,
    check_guest,
    check_lives,
)
from fuzz.lifecycle_seen import LifecycleSeen
from fuzz.observation import SectionSeen, ViewSeen
from fuzz.operations import CreateRegion, Operation, RegionKind
from fuzz.operations_devices import (
    Alignment,
    AttachDevice,
    MapPage,
    PageBits,
    SetAccessSizes,
    SizesOf,
)
from fuzz.operations_listeners import RegisterListener, UnregisterListener
from fuzz.targets.interface import Lines, Settings
from fuzz.told import Told


class Watch:
    """What was seen of a run so far, as far as later invariants speak of it.

    All targets have shown it alike. Every method raises Broken.
    """

    def __init__(self, settings: Settings) -> None:
        self.page = 1 << settings.page_bits
        self.views: dict[str, ViewSeen] = {}
        self.listening: dict[str, Listening] = {}
        self.devices: dict[str, DeviceSizes] = {}
        self.whole_pages = False
        self.lives: LifecycleSeen | None = None
        self._checked: dict[str, tuple[object, ...]] = {}

    def view(
        self,
        space: str,
        view: ViewSeen,
        sections: Sequence[SectionSeen],
        found: Sequence[tuple[int, SectionSeen]],
    ) -> None:
        """A space has published a view: with these sections, and what look-ups in it give."""
        self.views[space] = view
        if self.lives is not None and f"view {view.serial}" in self.lives.destroyed:
            raise Broken(FREED, (f"{space} publishes view {view.serial}",))
        new = (view.ranges, sections, found)
        if self._checked.get(space) == new:
            return
        check_view(view)
        check_sections(view.ranges, sections, self.page)
        check_lookups(view.ranges, found)
        self._checked[space] = new

    def step(self, operation: Operation, shown: Told) -> None:
        """An operation has shown this."""
        seen = shown.seen
        if isinstance(seen, AccessSeen):
            check_access(operation, seen, self.devices, self.whole_pages)
        elif isinstance(seen, GuestSeen):
            check_guest(operation, seen, self.devices)
        elif isinstance(seen, LifecycleSeen):
            check_lives(self.lives, seen)
            self.lives = seen

    def callbacks(self, calls: Lines) -> None:
        """Listeners have been called so, and all views that were published are known."""
        if not isinstance(calls, Told) or not isinstance(calls.seen, tuple):
            return
        told = dict[str, Listening]()
        for call in calls.seen:
            assert isinstance(call, CallbackSeen)
            listening = self.listening.get(call.listener)
            if listening is not None:
                listening.take(call)
                told[call.listener] = listening
        for name, listening in told.items():
            if listening.ends:
                check_known(listening.known, ())
                del self.listening[name]
            elif listening.space in self.views:
                check_known(listening.known, self.views[listening.space].ranges)


def written_to(shown: Told) -> tuple[DirtySeen, ...]:
    """The memory that an operation says it has written."""
    seen = shown.seen
    if isinstance(seen, GuestSeen):
        seen = seen.happened
    return seen.dirty if isinstance(seen, AccessSeen) else ()


# --- What operations change about what is watched ---------------------------------------------


def note_region(watch: Watch, operation: CreateRegion) -> None:
    """A region of a name that another may have had; a ROM device has a device from the start."""
    watch.devices.pop(operation.name, None)
    if operation.kind is RegionKind.ROM_DEVICE:
        watch.devices[operation.name] = DeviceSizes()


def note_sizes(watch: Watch, operation: SetAccessSizes) -> None:
    """Other sizes of callbacks."""
    if operation.what is SizesOf.IMPL:
        unaligned = operation.alignment is Alignment.UNALIGNED
        sizes = DeviceSizes(operation.least, operation.most, unaligned)
        watch.devices[operation.region] = sizes


def note_device(watch: Watch, operation: AttachDevice) -> None:
    """A new device, with the usual sizes."""
    watch.devices[operation.region] = DeviceSizes()


def note_page(watch: Watch, operation: MapPage) -> None:
    """A page of an IOMMU, of which one may be all addresses."""
    watch.whole_pages |= operation.page_bits is PageBits.ALL


def note_listener(watch: Watch, operation: RegisterListener) -> None:
    """A listener, which knows nothing yet."""
    watch.listening[operation.name] = Listening(operation.space)


def note_end(watch: Watch, operation: UnregisterListener) -> None:
    """A listener that will have been told to delete all."""
    watch.listening[operation.name].ends = True


EFFECTS: Mapping[type, Callable[[Watch, Any], None]] = {
    CreateRegion: note_region,
    SetAccessSizes: note_sizes,
    AttachDevice: note_device,
    MapPage: note_page,
    RegisterListener: note_listener,
    UnregisterListener: note_end,
}

"""A target that is the implementation, but for guest memory, which is as RFC v1 has it."""

from collections.abc import Collection
from types import SimpleNamespace
from typing import Any

import impl
from fuzz.access_seen import AccessSeen
from fuzz.guest_seen import GuestSeen, format_guest
from fuzz.operations import Operation
from fuzz.rfc_v1 import PREFIX, Defect
from fuzz.targets.impl import ImplTarget
from fuzz.targets.impl_access import take_logs
from fuzz.targets.interface import Lines, Settings
from fuzz.targets.rfc_v1.lookups import Panic
from fuzz.targets.rfc_v1.memory import RfcGuard, RfcMemory


class RfcPackage:
    """The modules of an implementation, with RFC v1's guest memory in place of its own."""

    def __init__(self, package: Any, defects: Collection[Defect]) -> None:
        self._package = package

        def memory(space: Any, contract: Any) -> RfcMemory:
            return RfcMemory(package.guest_memory.GuestMemory(space, contract), package, defects)

        def guard(space: Any, contract: Any) -> RfcGuard:
            return RfcGuard(package.guest_guard.FlatViewRef(space, contract), package, defects)

        self.guest_memory = SimpleNamespace(GuestMemory=memory)
        self.guest_guard = SimpleNamespace(FlatViewRef=guard)

    def __getattr__(self, name: str) -> Any:
        """A module of the implementation's."""
        return getattr(self._package, name)


class RfcTarget(ImplTarget):
    """Runs operations on the implementation, those of guest memory as RFC v1 would.

    `defects` are those that it has. A panic or abort is a line that the operation shows.
    """

    def __init__(
        self,
        settings: Settings,
        package: Any = impl,
        name: str = PREFIX,
        defects: Collection[Defect] = frozenset(Defect),
    ) -> None:
        super().__init__(settings, RfcPackage(package, defects), name)

    def apply(self, operation: Operation) -> Lines:
        try:
            return super().apply(operation)
        except Panic as panic:
            happened = AccessSeen(None, **take_logs(self))
            return format_guest(GuestSeen(panic=str(panic), happened=happened))

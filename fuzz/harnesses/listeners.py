"""Listeners, and what they are told: sections, dirty logging, coalescing, ioeventfds."""

from fuzz.harnesses.interface import Floors, Harness
from fuzz.harnesses.topology import OPERATIONS as TOPOLOGY
from fuzz.operations_listeners import (
    AddCoalescing,
    AddEventfd,
    ClearCoalescing,
    DelEventfd,
    ObserveEvents,
    ObserveSignal,
    RegisterListener,
    SetCoalescing,
    SetGlobalLog,
    UnregisterListener,
)

OPERATIONS: dict[type, int] = {
    RegisterListener: 8,
    UnregisterListener: 1,
    AddCoalescing: 3,
    SetCoalescing: 2,
    ClearCoalescing: 1,
    AddEventfd: 6,
    DelEventfd: 2,
    SetGlobalLog: 2,
    ObserveSignal: 2,
    ObserveEvents: 1,
}

LISTENERS = Harness(
    "listeners",
    "listeners, their callbacks, logging, coalescing, ioeventfds (rules T2-T10)",
    TOPOLOGY | OPERATIONS,
    Floors(rules=("T2", "T3", "T5", "T7", "T10")),
)

"""Region trees, transactions, the views that they are rendered to, and dispatch."""

from fuzz.harnesses.interface import Floors, Harness
from fuzz.operations import (
    AddSubregion,
    AskWhetherMapped,
    Begin,
    Commit,
    CreateRegion,
    CreateSpace,
    DelSubregion,
    DestroySpace,
    ObserveLookup,
    ObserveSections,
    ObserveView,
    SetProperty,
)
from fuzz.operations_mapping import Find

OPERATIONS: dict[type, int] = {
    CreateRegion: 8,
    AddSubregion: 12,
    SetProperty: 10,
    CreateSpace: 2,
    DelSubregion: 2,
    DestroySpace: 1,
    Begin: 2,
    Commit: 2,
    Find: 1,
    AskWhetherMapped: 1,
    ObserveView: 1,
    ObserveSections: 1,
    ObserveLookup: 1,
}

TOPOLOGY = Harness(
    "topology",
    "region trees, transactions, views, dispatch (rules M, R, D, T1, T9, A17)",
    OPERATIONS,
    Floors(
        busy=0.1,
        edge_cases=(
            "region of 0 bytes",
            "region of 2^64 bytes",
            "alias offset of 2^63 or more",
            "region that ends behind 2^64",
            "siblings that tie",
            "divided page",
        ),
        rules=("R1", "R3", "R4", "R5", "R6", "R8", "R9", "D3", "D4", "M3", "M8"),
    ),
)

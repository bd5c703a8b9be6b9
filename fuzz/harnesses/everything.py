"""All operations together, as often as the byte form has them."""

from fuzz.harnesses.access import ACCESS
from fuzz.harnesses.interface import Floors, Harness
from fuzz.harnesses.topology import TOPOLOGY
from fuzz.syntax import SYNTAXES

EVERYTHING = Harness(
    "everything",
    "all operations together",
    dict.fromkeys(SYNTAXES, 1),
    Floors(edge_cases=TOPOLOGY.floors.edge_cases, endings=ACCESS.floors.endings),
)

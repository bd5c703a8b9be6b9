"""The operations that map memory, and that find regions."""

from dataclasses import dataclass
from typing import Annotated

from fuzz.operands import Choice, Data, Name, Number
from fuzz.operations_access import ATTRIBUTES, Attributes, Direction
from fuzz.syntax import syntax

SPACE = Name("space")
MAPPING = Name("mapping")
MOST_MAPPED = 0x2000
MOST_BYTES = 0x100


@syntax(
    "map {name} {space} {address} {length} {direction} [with {attributes}]", weight=3, shows=True
)
@dataclass(frozen=True, slots=True)
class Map:
    """Map bytes of a space, for reading or writing, as far as they go on in one piece.

    What is not memory is mapped through a bounce buffer. A mapping keeps the region's owner.
    Rules: A15, A16, L4.
    """

    name: Annotated[str, Name("mapping", new=True)]
    space: Annotated[str, SPACE]
    address: Annotated[int, Number()]
    length: Annotated[int, Number(high=MOST_MAPPED)]
    direction: Annotated[Direction, Choice(Direction)]
    attributes: Annotated[Attributes, ATTRIBUTES] = Attributes.UNSPECIFIED


@syntax("read-mapped {mapping} {offset} {length}", weight=2, shows=True)
@dataclass(frozen=True, slots=True)
class ReadMapped:
    """Look at mapped bytes. Rules: A15."""

    mapping: Annotated[str, MAPPING]
    offset: Annotated[int, Number(high=MOST_MAPPED)]
    length: Annotated[int, Number(high=MOST_BYTES)]


@syntax("write-mapped {mapping} {offset} {data}", weight=2)
@dataclass(frozen=True, slots=True)
class WriteMapped:
    """Change mapped bytes; no dirty bit is set. Rules: A15."""

    mapping: Annotated[str, MAPPING]
    offset: Annotated[int, Number(high=MOST_MAPPED)]
    data: Annotated[bytes, Data(MOST_BYTES)]


@syntax("unmap {mapping} {direction} {used}", weight=3, shows=True)
@dataclass(frozen=True, slots=True)
class Unmap:
    """Give a mapping back, after so many of its bytes were read or written. Rules: A15, L4."""

    mapping: Annotated[str, MAPPING]
    direction: Annotated[Direction, Choice(Direction)]
    used: Annotated[int, Number(high=MOST_MAPPED)]


@syntax("bounce-budget {space} {budget}")
@dataclass(frozen=True, slots=True)
class SetBounceBudget:
    """Limit how many bytes of bounce buffers a space may have at once. Rules: A15."""

    space: Annotated[str, SPACE]
    budget: Annotated[int, Number()]


@syntax("find {region} {offset} {size}", weight=2, shows=True)
@dataclass(frozen=True, slots=True)
class Find:
    """Look for what shows first where bytes of a region are mapped. Rules: A17."""

    region: Annotated[str, Name("region")]
    offset: Annotated[int, Number()]
    size: Annotated[int, Number()]


MappingOperation = Map | ReadMapped | WriteMapped | Unmap | SetBounceBudget | Find

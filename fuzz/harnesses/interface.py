"""What a harness is: a choice among the operations of the byte form, and floors for its inputs.

All harnesses share one byte form, that of `everything`. A harness changes nothing but the first
byte of records: the code of an operation that it does not have becomes the code of one that it has,
by a fixed table. Codes of its own operations stay what they are. So what a harness makes of bytes
is again bytes that mean the same in `everything`; and a seed that speaks only of a harness's
operations means the same in that harness. Every harness compares all that the oracle does.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple

from fuzz.codec import HEADER, RECORD, TABLE, CodecError, decode, encode
from fuzz.edge_cases import names_for
from fuzz.kinds import kinds_of
from fuzz.scenario import Scenario

CODES = 256


class Floors(NamedTuple):
    """What inputs must at least do, once there were so many `executions`; fewer tell nothing.

    `took_effect` is the share of operations that were not rejected, `compared` a mean of
    comparisons an execution, `uncompared` the largest share of executions without any. Each kind of
    operation must take effect once in `kind_within` executions. Of the executions that are looked
    at closely, `busy` is the share in which some view has two ranges or more; `edge_cases`, `rules`
    and `endings` of accesses are to be met once each.
    """

    executions: int = 2_000
    took_effect: float = 0.4
    compared: float = 20.0
    uncompared: float = 0.4
    kind_within: int = 10_000
    busy: float = 0.03
    edge_cases: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()


class Harness:
    """A choice of operations, each with how often it stands in for one that there is not."""

    def __init__(
        self, name: str, about: str, operations: Mapping[type, int], floors: Floors
    ) -> None:
        self.name = name
        self.about = about
        self.operations = operations
        self.floors = floors

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of operations that it has."""
        return kinds_of(self.operations)

    @cached_property
    def edge_cases(self) -> tuple[str, ...]:
        """The edge cases that its inputs can come to."""
        return names_for(self.operations)

    @cached_property
    def codes(self) -> bytes:
        """The code that each code of a record becomes."""
        codes = {one.operation: code for code, one in reversed(list(enumerate(TABLE)))}
        instead = [
            codes[operation] for operation, weight in self.operations.items() for _ in range(weight)
        ]
        strangers = 0
        table = bytearray(range(CODES))
        for code in range(CODES):
            if TABLE[code % len(TABLE)].operation not in self.operations:
                table[code] = instead[strangers % len(instead)]
                strangers += 1
        return bytes(table)

    def adapted(self, data: bytes) -> bytes:
        """Bytes of this harness's operations alone; what has only these is as it was."""
        adapted = bytearray(data)
        whole = len(data) - (len(data) - HEADER.size) % RECORD.size
        codes = slice(HEADER.size, whole, RECORD.size)
        adapted[codes] = adapted[codes].translate(self.codes)
        return bytes(adapted)

    def decode(self, data: bytes) -> Scenario:
        """The scenario that bytes mean here; every byte string means one."""
        return decode(self.adapted(data))

    def seed(self, scenario: Scenario) -> bytes:
        """The bytes of a scenario. Raises CodecError for one of other operations, too."""
        for step in scenario.steps:
            if type(step.operation) not in self.operations:
                raise CodecError(f"harness {self.name} has no {type(step.operation).__name__}")
        return encode(scenario)

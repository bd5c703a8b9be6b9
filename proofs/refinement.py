"""The one shape of all theorems that the optimized implementation does what the model says.

The model's function, the specification, and impl's are given the same symbolic input, each in its
own types, and a stated relation must hold between what they give. The words here translate from
the model's types to impl's and back; none of them uses the code under proof.
"""

from collections.abc import Callable
from types import ModuleType
from typing import Any, Generic, TypeVar, cast

import model
import model.read_write
from model.dispatch import Section
from model.view import FlatRange
from proofs.proof import Proof, claim_all
from proofs.symbolic import SymInt, all_of
from proofs.theorem import Obligation, Package

Input = TypeVar("Input")
Output = TypeVar("Output")
Expected = TypeVar("Expected")

MODEL: ModuleType = model
"""The specification, which is never mutated where impl's code is; reading needs all its modules."""


class Refinement(Generic[Input, Expected, Output]):
    """What is proved of one pair of functions.

    `inputs` asks for the input and states what is presumed of it; `specification` runs the model
    on it; `implementation` runs the package's code on it, and gives what that gives in the model's
    types; `relation` says what must hold between the input and the two.
    """

    def __init__(
        self,
        *,
        inputs: Callable[[Proof], Input],
        specification: Callable[[Input], Expected],
        implementation: Callable[[Package, Input], Output],
        relation: Callable[[Input, Expected, Output], dict[str, bool]],
    ) -> None:
        self.inputs = inputs
        self.specification = specification
        self.implementation = implementation
        self.relation = relation

    def prove(self, package: Package, proof: Proof) -> None:
        """Run both on one input, and claim the relation."""
        given = self.inputs(proof)
        done = self.implementation(package, given)
        expected = self.specification(given)
        proof.show("the model gives", expected)
        proof.show("impl gives", done)
        claim_all(proof, self.relation(given, expected, done))

    def obligation(self, name: str) -> Obligation:
        """The proof, under a name."""
        return Obligation(name, self.prove)


class Aborts:
    """What a function gives that stops where QEMU would."""

    def __repr__(self) -> str:
        return "an abort"


ABORTS = Aborts()


def outcome(function: Callable[..., Any], stop: type[Exception], *arguments: object) -> Any:
    """What a function gives, or ABORTS where it raises `stop`."""
    try:
        return function(*arguments)
    except stop:
        return ABORTS


# --- Regions -------------------------------------------------------------------------------------


class RegionObject:
    """In place of a region of impl's: `number` stands for its name in the model."""

    def __init__(self, number: object, **fields: object) -> None:
        self.number = number
        self.__dict__.update(fields)

    def __repr__(self) -> str:
        return f"region {self.number!r}"


class RegionObjects:
    """One object for each region: two are the same object exactly if their names are the same."""

    def __init__(self) -> None:
        self.known: list[RegionObject] = []

    def __call__(self, number: object) -> RegionObject:
        """The object of a region; it forks where the number may be that of one known before."""
        for one in self.known:
            if one.number == number:
                return one
        self.known.append(RegionObject(number, name="region"))
        return self.known[-1]


# --- Ranges and sections -------------------------------------------------------------------------


def in_impl(package: Package, range_: FlatRange, region: object) -> Any:
    """A range of the model's as impl has it, with an object for its region."""
    flags = package.flags.RangeFlags(*range_[4:])
    end = range_.start + range_.size
    return package.view.FlatRange(range_.start, end, region, range_.offset, flags)


def in_model(one: Any) -> FlatRange:
    """A range of impl's as the model has it."""
    region = getattr(one.region, "number", one.region)
    return FlatRange(region, one.offset, one.start, one.end - one.start, *one.flags)


def section_in_model(one: Any) -> Section:
    """A section of impl's as the model has it."""
    region = getattr(one.region, "number", one.region)
    return Section(region, one.offset, one.start, one.size, one.is_subpage)


def same_section(left: Section, right: Section) -> bool:
    """Whether two sections agree in every field; only sections of no region have None for one."""
    if (left.region is None) != (right.region is None):
        return False
    pairs = zip(left, right, strict=True)
    return all_of(*(a == b for a, b in pairs if a is not None))


def same_rows(left: Any, right: Any, same: Callable[..., bool]) -> bool:
    """Whether two rows are as long, and the same one by one."""
    if len(left) != len(right):
        return False
    return all_of(*(same(a, b) for a, b in zip(left, right, strict=True)))


class Table:
    """A table of plain numbers that may be asked for a row or a number by a stand-in.

    Python cannot look it up without settling on one value: here each takes a path of its own.
    """

    def __init__(self, rows: tuple[Any, ...]) -> None:
        self.rows = rows

    def __getitem__(self, index: int) -> Any:
        """As of a tuple, but that a negative index is none."""
        for place, row in enumerate(self.rows):
            if index == place:
                return Table(row) if isinstance(row, tuple) else row
        raise IndexError(index)


def plain(number: int, low: int, high: int) -> int:
    """A number as a plain one, for code that stand-ins cannot go through: a path for each value."""
    for value in range(low, high + 1):
        if number == value:
            return value
    raise ValueError(cast(object, number))


class _Keyed(SymInt):
    """A number that can be a key; all have one hash, so that a dictionary compares them."""

    __slots__ = ()

    def __hash__(self) -> int:  # type: ignore[override]
        return 0


def keyed(number: int) -> int:
    """The same number, fit to be a key together with others that are.

    Of two such keys a dictionary, or a set, asks whether they are equal: there it forks.
    """
    if not isinstance(number, SymInt):
        return number
    return cast(int, _Keyed(number.term, number.path))

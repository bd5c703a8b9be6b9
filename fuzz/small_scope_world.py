"""A tiny world: the specification and the implementation, each with an address space of few bytes.

Both are loaded anew beside the real packages, with the one constant changed that says how large an
address space is. Nothing else of them is touched, so what holds of all small trees is said of the
same code that renders large ones.
"""

from collections.abc import Callable
from functools import cache, partial
from pathlib import PurePath
from types import CodeType
from typing import NamedTuple

from fuzz.mutation import Mutation, MutationError, Variant, load_variant
from fuzz.targets.impl import ImplTarget
from fuzz.targets.interface import Settings, TargetFactory
from fuzz.targets.model import ModelTarget

ADDRESS_SPACE_SIZE = 1 << 64
"""The constant that makes the difference, as it is in the real packages."""

SIZE_STANDS_IN = {
    "model": ("address_range", "ADDRESS_SPACE_SIZE"),
    "impl": ("region", "TOP"),
}
"""The module of each package that has the constant, and its name; all others take it from there."""

MOST_ADDRESS_BITS = 12


class World(NamedTuple):
    """How large the address space and its pages are, as base-two logarithms of bytes."""

    address_bits: int = 6
    page_bits: int = 2

    @property
    def top(self) -> int:
        """Bytes in the address space: the first number that is no address."""
        return 1 << self.address_bits

    @property
    def page(self) -> int:
        """Bytes in a page."""
        return 1 << self.page_bits

    @property
    def half(self) -> int:
        """The address in the middle."""
        return self.top // 2

    @property
    def settings(self) -> Settings:
        """What a scenario says of this world; it has no word for the address space."""
        return Settings(page_bits=self.page_bits)

    @property
    def problem(self) -> str:
        """What is wrong with the world; empty if nothing is."""
        if not 1 <= self.page_bits <= self.address_bits - 2 <= MOST_ADDRESS_BITS - 2:
            most = f"an address has at most {MOST_ADDRESS_BITS} bits"
            return f"a page has at least 1 bit, an address at least 2 more, and {most}"
        return ""


def shrinking(package: str, world: World) -> Callable[[CodeType], CodeType]:
    """What makes an address space as small as the world's, in the code of a package's module."""

    def shrink(code: CodeType) -> CodeType:
        if PurePath(code.co_filename).stem != SIZE_STANDS_IN[package][0]:
            return code
        return code.replace(co_consts=tuple(map(smaller, code.co_consts)))

    def smaller(constant: object) -> object:
        return world.top if constant == ADDRESS_SPACE_SIZE else constant

    return shrink


@cache
def load(package: str, world: World, mutation: Mutation | None = None) -> Variant:
    """A package in a tiny world, with a planted bug if asked. Raises MutationError."""
    variant = load_variant(package, mutation, shrinking(package, world))
    module, name = SIZE_STANDS_IN[package]
    if getattr(getattr(variant, module), name) != world.top:
        raise MutationError(f"{package}.{module} is not compiled with the constant {name}")
    return variant


def factories(world: World, mutation: Mutation | None = None) -> tuple[TargetFactory, ...]:
    """The specification and the implementation of the world, as targets of scenarios."""
    return (
        partial(ModelTarget, package=load("model", world)),
        partial(ImplTarget, package=load("impl", world, mutation), name=name_of(mutation)),
    )


def name_of(mutation: Mutation | None) -> str:
    """The target's name, by which it is asked for elsewhere."""
    return "impl" if mutation is None else f"mutant:{mutation.name}"

"""Which of the specification's and the implementation's code a scenario reaches, edge by edge.

An edge is what libFuzzer counts: the start of a stretch of code without branches. Edges have
numbers that mean something in one process only; how many there are, and which inputs share them, is
the same in each.
"""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from importlib import import_module
from pkgutil import iter_modules
from types import CodeType
from typing import NamedTuple

import atheris

from fuzz.instrumentation import HOOK, replaced
from fuzz.mutation import Variant, load_variant
from fuzz.oracle import Outcome, run
from fuzz.scenario import Scenario
from fuzz.targets.impl import ImplTarget
from fuzz.targets.interface import TargetFactory
from fuzz.targets.model import MOST_VISITS, ModelTarget

RESERVE = "_reserve_counter"
"""What atheris calls for the number of each edge, while it instruments code."""


Cached = type(cache(repr))
"""The type of functions that remember what they gave."""


class Reached(NamedTuple):
    """What one scenario reaches, and what running it on both sides came to."""

    edges: frozenset[int]
    outcome: Outcome


class Covered(NamedTuple):
    """How many edges of each side some scenarios reach, of how many there are."""

    model: int
    model_in_all: int
    impl: int
    impl_in_all: int

    def __str__(self) -> str:
        """The same in words."""
        return (
            f"{self.model:,} of {self.model_in_all:,} edges of model and "
            f"{self.impl:,} of {self.impl_in_all:,} of impl"
        )

    @property
    def edges(self) -> int:
        """Those of both sides."""
        return self.model + self.impl


class Coverage:
    """Runs scenarios on instrumented copies of both sides, and says which edges they reach.

    Loading the copies takes some two seconds.
    """

    def __init__(self) -> None:
        model, self.model_edges = instrumented("model")
        impl, self.impl_edges = instrumented("impl")
        self.caches = [*caches_of(model), *caches_of(impl)]
        self.factories: tuple[TargetFactory, ...] = (
            partial(ModelTarget, package=model, max_visits=MOST_VISITS),
            partial(ImplTarget, package=impl, name="impl"),
        )
        gc.collect()
        gc.freeze()  # what is loaded stays: looking through it for garbage would take most time

    def reached(self, scenario: Scenario) -> Reached:
        """Run a scenario as the fuzzer does: what both sides reject is passed over.

        What they remember from earlier scenarios is forgotten first, so that what one reaches does
        not depend on what ran before it.
        """
        for clear in self.caches:
            clear()
        edges: set[int] = set()
        with uncollected(), replaced(HOOK, edges.add):
            outcome = run(scenario, self.factories, skip_rejected=True)
        return Reached(frozenset(edges), outcome)

    def count(self, edges: set[int]) -> Covered:
        """How many of some edges are of which side."""
        return Covered(
            len(edges & self.model_edges),
            len(self.model_edges),
            len(edges & self.impl_edges),
            len(self.impl_edges),
        )


def instrumented(package: str) -> tuple[Variant, frozenset[int]]:
    """A copy of a package that tells which edges it goes along, and the numbers of all of them."""
    numbers: set[int] = set()
    reserve: Callable[[], int] = getattr(atheris, RESERVE)

    def noted() -> int:
        number = reserve()
        numbers.add(number)
        return number

    with replaced(RESERVE, noted):
        variant = load_variant(package, transform=count_edges)
    return variant, frozenset(numbers)


def count_edges(code: CodeType) -> CodeType:
    """The code, made to tell of edges, and of nothing else."""
    patched: CodeType = atheris.patch_code(code, trace_dataflow=False)
    return patched


def caches_of(variant: Variant) -> Iterator[Callable[[], None]]:
    """What empties the caches of a copy's functions."""
    for module in iter_modules(import_module(variant.package).__path__):
        for value in vars(getattr(variant, module.name)).values():
            if isinstance(value, Cached):
                yield value.cache_clear


@contextmanager
def uncollected() -> Iterator[None]:
    """Collect all garbage now, and none inside the `with`.

    Ending what earlier scenarios left suspended runs code, too, which is not what is looked for.
    """
    was_on = gc.isenabled()
    gc.disable()
    gc.collect()
    try:
        yield
    finally:
        if was_on:
            gc.enable()

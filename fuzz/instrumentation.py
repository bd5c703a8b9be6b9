"""Coverage instrumentation by atheris, and whether it is live: by what it does, not by a mark."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import CodeType
from typing import Any

import atheris

from fuzz.operations import CreateRegion, CreateSpace, RegionKind
from fuzz.operations_access import Read, Write
from fuzz.oracle import run
from fuzz.scenario import Scenario, Step
from fuzz.targets.interface import Settings, TargetFactory

HOOK = "_trace_branch"
"""What instrumented code calls at each branch, with the number of a counter of libFuzzer's."""

PROBES = (
    (CreateRegion("r0", RegionKind.RAM, 0x1000), CreateSpace("s0", "r0"), Read("s0", 0x0, 4)),
    (
        CreateRegion("r0", RegionKind.CONTAINER, 0x10),
        CreateSpace("s0", "r0"),
        Write("s0", 0x8, b"a"),
    ),
)
"""Operations that take different ways through any memory map."""


def instrument(code: CodeType) -> CodeType:
    """The code, made to count branches and to tell of comparisons."""
    patched: CodeType = atheris.patch_code(code, trace_dataflow=True)
    return patched


@contextmanager
def counted() -> Iterator[set[int]]:
    """The counters that instrumented code moves inside the `with`."""
    moved: set[int] = set()
    hook: Callable[[int], None] = getattr(atheris, HOOK)

    def note(counter: int) -> None:
        moved.add(counter)
        hook(counter)

    with replaced(HOOK, note):
        yield moved


@contextmanager
def replaced(name: str, instead: Callable[..., Any]) -> Iterator[None]:
    """Have another function in the place of one of atheris's inside the `with`."""
    before = getattr(atheris, name)
    setattr(atheris, name, instead)
    try:
        yield
    finally:
        setattr(atheris, name, before)


def counters_moved(target: TargetFactory) -> list[set[int]]:
    """The counters that a target moves, for each of the probes; a target may fail at one."""
    found = []
    for operations in PROBES:
        scenario = Scenario(Settings(), tuple(Step(one) for one in operations))
        # What is wrong with the target, the campaign will find; here only counters matter.
        with counted() as moved, suppress(Exception):
            run(scenario, [target], skip_rejected=True)
        found.append(moved)
    return found


def why_not_live(moved: Sequence[set[int]]) -> str:
    """Why counters cannot steer; empty if they can: inputs move some, and not all the same."""
    if not any(moved):
        return "coverage instrumentation is not live: running a scenario moved no counter"
    if len(set(map(frozenset, moved))) < len(moved):
        return "coverage instrumentation is not live: different scenarios move the same counters"
    return ""

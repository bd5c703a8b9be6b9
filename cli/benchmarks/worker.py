"""The process that measures a case: `python -m cli.benchmarks.worker GROUP CASE`, run by pyperf."""

import sys
from collections.abc import Callable
from time import process_time

import pyperf

from cli.benchmarks.case import Case, Unit
from cli.benchmarks.registry import GROUPS, find_case


def time_case(case: Case, runner: pyperf.Runner) -> None:
    """Have pyperf time a case; it is prepared once in each process that measures.

    What is taken is processor time: others that want the processor meanwhile do not count.
    """
    prepared: list[Callable[[], object]] = []

    def time_loops(loops: int) -> float:
        if not prepared:
            prepared.append(case.prepare())
        (call,) = prepared
        begin = process_time()
        for _ in range(loops):
            call()
        return process_time() - begin

    runner.bench_time_func(case.name, time_loops, inner_loops=case.operations)


def count_bytes(case: Case, runner: pyperf.Runner) -> None:
    """Have pyperf note the bytes that a case counts."""

    def count(loops: int) -> float:
        figure = case.prepare()()
        assert isinstance(figure, float)
        return figure * loops

    runner.bench_time_func(case.name, count, metadata={"unit": Unit.BYTE.value})


def main() -> None:
    """Take the group and the case off the arguments; pyperf reads the others."""
    group, name, *others = sys.argv[1:]
    sys.argv[1:] = others
    case = find_case(group, name)
    counts = GROUPS[group].unit is Unit.BYTE
    if case.slow or counts:
        runner = pyperf.Runner(
            program_args=program(group, name), processes=1, values=1, warmups=0, loops=1
        )
    else:
        runner = pyperf.Runner(program_args=program(group, name), processes=3, values=5)
    (count_bytes if counts else time_case)(case, runner)


def program(group: str, name: str) -> tuple[str, ...]:
    """How pyperf starts this program again."""
    return ("-m", "cli.benchmarks.worker", group, name)


if __name__ == "__main__":
    main()

"""The process that measures a case: `python -m cli.benchmarks.worker GROUP CASE`, run by pyperf."""

import sys
from collections.abc import Callable
from time import perf_counter, process_time

import pyperf

from cli.benchmarks.case import Case, Unit
from cli.benchmarks.registry import GROUPS, find_case


def time_case(case: Case, runner: pyperf.Runner, clock: Callable[[], float]) -> None:
    """Have pyperf time a case by a clock; it is prepared once in each process that measures."""
    prepared: list[Callable[[], object]] = []

    def time_loops(loops: int) -> float:
        if not prepared:
            prepared.append(case.prepare())
        (call,) = prepared
        begin = clock()
        for _ in range(loops):
            call()
        return clock() - begin

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
    # By processor time, others that want the processor meanwhile do not count.
    clock = perf_counter if GROUPS[group].by_the_clock else process_time
    if case.slow or counts:
        runner = pyperf.Runner(
            program_args=program(group, name), processes=1, values=1, warmups=0, loops=1
        )
    else:
        runner = pyperf.Runner(program_args=program(group, name), processes=3, values=5)
    if counts:
        count_bytes(case, runner)
    else:
        time_case(case, runner, clock)


def program(group: str, name: str) -> tuple[str, ...]:
    """How pyperf starts this program again."""
    return ("-m", "cli.benchmarks.worker", group, name)


if __name__ == "__main__":
    main()

"""The process that times one case: `python -m cli.benchmarks.worker GROUP CASE`, run by pyperf."""

import sys
from collections.abc import Callable
from time import perf_counter

import pyperf

from cli.benchmarks.case import Case
from cli.benchmarks.registry import find_case


def time_case(case: Case, runner: pyperf.Runner) -> None:
    """Have pyperf time a case; it is prepared once in each process that measures."""
    prepared: list[Callable[[], object]] = []

    def time_loops(loops: int) -> float:
        if not prepared:
            prepared.append(case.prepare())
        (call,) = prepared
        begin = perf_counter()
        for _ in range(loops):
            call()
        return perf_counter() - begin

    runner.bench_time_func(case.name, time_loops, inner_loops=case.operations)


def main() -> None:
    """Take the group and the case off the arguments; pyperf reads the others."""
    group, name, *others = sys.argv[1:]
    sys.argv[1:] = others
    case = find_case(group, name)
    if case.slow:
        runner = pyperf.Runner(
            program_args=program(group, name), processes=1, values=1, warmups=0, loops=1
        )
    else:
        runner = pyperf.Runner(program_args=program(group, name), processes=3, values=5)
    time_case(case, runner)


def program(group: str, name: str) -> tuple[str, ...]:
    """How pyperf starts this program again."""
    return ("-m", "cli.benchmarks.worker", group, name)


if __name__ == "__main__":
    main()

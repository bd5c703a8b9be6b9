"""All groups of benchmarks, by name."""

from cli.benchmarks import (
    commits,
    fuzzing,
    live,
    lookup,
    memory_use,
    mutators,
    oracle,
    ram,
    rendering,
)
from cli.benchmarks.case import Case, Group

GROUPS: dict[str, Group] = {
    module.GROUP.name: module.GROUP
    for module in (oracle, rendering, lookup, commits, ram, memory_use, fuzzing, mutators, live)
}


def find_case(group: str, name: str) -> Case:
    """A case by its group's name and its own. Raises KeyError."""
    return {case.name: case for case in GROUPS[group].cases}[name]

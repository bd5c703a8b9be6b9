"""All groups of benchmarks, by name."""

from cli.benchmarks import oracle
from cli.benchmarks.case import Case, Group

GROUPS: dict[str, Group] = {group.name: group for group in (oracle.GROUP,)}


def find_case(group: str, name: str) -> Case:
    """A case by its group's name and its own. Raises KeyError."""
    return {case.name: case for case in GROUPS[group].cases}[name]

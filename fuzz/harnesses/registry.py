"""Finding a harness by its name."""

from fuzz.harnesses.access import ACCESS
from fuzz.harnesses.everything import EVERYTHING
from fuzz.harnesses.interface import Harness
from fuzz.harnesses.lifecycle import LIFECYCLE
from fuzz.harnesses.listeners import LISTENERS
from fuzz.harnesses.topology import TOPOLOGY

HARNESSES: dict[str, Harness] = {
    one.name: one for one in (TOPOLOGY, ACCESS, LISTENERS, LIFECYCLE, EVERYTHING)
}
"""All harnesses, by name; the last is what is fuzzed unless another is asked for."""

DEFAULT = EVERYTHING.name


class UnknownHarness(ValueError):
    """No harness has this name; the message lists those that there are."""


def find_harness(name: str) -> Harness:
    """A harness by its name. Raises UnknownHarness."""
    try:
        return HARNESSES[name]
    except KeyError:
        known = ", ".join(HARNESSES)
        raise UnknownHarness(f"there is no harness {name!r}; there are {known}") from None

"""The live machines that campaigns run on, by name."""

from random import Random

from fuzz.live.accesses.chosen import choose_access
from fuzz.live.accesses.setups import ACCESS_SETUPS
from fuzz.live.changes.chosen import PC, Q35, choose_change
from fuzz.live.session import Action, Session, Setup

CHANGES = 0.5
"""Where changes and accesses take turns, the part of actions that are changes."""


def choose_either(session: Session, rng: Random) -> Action:
    """A change of the topology, or accesses to what it is by now."""
    return (choose_change if rng.random() < CHANGES else choose_access)(session, rng)


PC_MIXED = PC._replace(name="pc", choose=choose_either)
Q35_MIXED = Q35._replace(name="q35", choose=choose_either)

SETUPS: tuple[Setup, ...] = (PC_MIXED, Q35_MIXED, PC, Q35, *ACCESS_SETUPS)
"""With changes and accesses by turns, then with one of the two alone."""

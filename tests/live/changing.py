"""Sessions of random changes for the tests, with a bug planted in the specification if asked."""

from collections.abc import Sequence
from functools import partial
from random import Random

from fuzz.live.changes.chosen import PC
from fuzz.live.changes.remembered import remembering_target
from fuzz.live.emulator import emulator_for
from fuzz.live.session import Action, Session, Setup
from fuzz.mutation import Mutation


def start(setup: Setup = PC, mutation: Mutation | None = None) -> Session:
    """A session on a machine."""
    target = partial(remembering_target, mutation=mutation)
    return Session(setup, emulator_for(setup.arch), target)


def change(session: Session, steps: int, seed: int = 1) -> Sequence[Action]:
    """Take random steps; those that were taken. Raises what they do."""
    random, taken = Random(seed), []
    for _ in range(steps):
        taken.append(session.setup.choose(session, random))
        taken[-1].perform(session)
    return taken

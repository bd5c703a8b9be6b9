"""What a proof is made of: the verdicts, the limits, and what an obligation may ask and claim."""

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple, Protocol


class Verdict(Enum):
    """How a proof ended. Nothing but PROVED is a pass, and nothing but REFUTED a kill."""

    PROVED = "proved"
    REFUTED = "refuted"
    INCONCLUSIVE = "inconclusive"
    FAULT = "fault"


class Limits(NamedTuple):
    """What a proof may spend: units of Z3's own resource count (not seconds), and paths."""

    resource_units: int
    paths: int


class Proof(Protocol):
    """What an obligation is given: inputs to ask for, premises to state, claims to make.

    Premises come before the first branch and the first claim. Each path must claim something.
    """

    def integer(self, name: str, low: int | None = None, high: int | None = None) -> int:
        """Any integer from `low` to `high`, both included; a missing bound is no bound."""

    def boolean(self, name: str) -> bool:
        """Either truth value."""

    def bits(self, name: str, count: int) -> int:
        """Any number of so many bits, for code that shifts and masks it."""

    def assume(self, condition: bool) -> None:
        """State a premise."""

    def claim(self, claim: str, condition: bool) -> None:
        """State what must hold here, whatever the inputs. `claim` names it in reports."""

    def show(self, name: str, value: object) -> None:
        """Name a value, an input or a result, that a counterexample is told in."""


def assume_all(proof: Proof, claims: Mapping[str, bool]) -> None:
    """Take an invariant for granted: the state before a step."""
    for condition in claims.values():
        proof.assume(condition)


def claim_all(proof: Proof, claims: Mapping[str, bool]) -> None:
    """Claim an invariant: the state after a step."""
    for claim, condition in claims.items():
        proof.claim(claim, condition)


class PremiseBroken(Exception):
    """Values that an obligation does not speak of."""


class ClaimBroken(Exception):
    """A claim that does not hold; the message names it."""


class ConcretePath:
    """One run on plain values, without any solver: a `Proof` for confirming a counterexample."""

    def __init__(self, values: dict[str, int | bool]) -> None:
        self.values = values
        self.shown: dict[str, object] = {}
        self.claims = 0

    def integer(self, name: str, low: int | None = None, high: int | None = None) -> int:
        """See Proof. Raises PremiseBroken for a value out of bounds."""
        value = int(self.values[name])
        self.assume(low is None or value >= low)
        self.assume(high is None or value <= high)
        return value

    def boolean(self, name: str) -> bool:
        """See Proof."""
        return bool(self.values[name])

    def bits(self, name: str, count: int) -> int:
        """See Proof. Raises PremiseBroken for a value of more bits."""
        return self.integer(name, 0, (1 << count) - 1)

    def assume(self, condition: bool) -> None:
        """See Proof. Raises PremiseBroken if the premise does not hold."""
        if not condition:
            raise PremiseBroken

    def claim(self, claim: str, condition: bool) -> None:
        """See Proof. Raises ClaimBroken if the claim does not hold."""
        self.claims += 1
        if not condition:
            raise ClaimBroken(claim)

    def show(self, name: str, value: object) -> None:
        """See Proof."""
        self.shown[name] = value

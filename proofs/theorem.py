"""What a theorem is."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

from fuzz.mutation import Mutation, Variant
from proofs.proof import Limits, Proof

Package = Variant | ModuleType
"""A package whose modules are attributes: the real one, or a copy of it with a bug."""


@dataclass(frozen=True)
class Obligation:
    """One part of a proof: a function that asks for inputs, runs the package's code, and claims."""

    name: str
    body: Callable[[Package, Proof], None]


@dataclass(frozen=True)
class Theorem:
    """A claim about the functions of `package`, and all that it takes to believe its proof.

    `name` reads as the claim, `statement` says it in one sentence, `assumptions` what the proof
    takes for granted. `limits` hold for all obligations together. `teeth` are bugs in the code that
    the theorem speaks of: with any one of them the theorem must be refuted. A proof that only looks
    at so many things of a kind says how many in `bound`, and "up_to" in its name; without, it
    holds for any number. Raises ValueError where one of these is missing.
    """

    name: str
    statement: str
    rules: tuple[str, ...]
    assumptions: tuple[str, ...]
    limits: Limits
    obligations: tuple[Obligation, ...]
    teeth: tuple[Mutation, ...]
    package: str = "model"
    bound: str = ""

    def __post_init__(self) -> None:
        required = {
            "a name that is a claim of several words": self.name.count("_") >= 3,
            "a statement that is a sentence": self.statement.endswith("."),
            "rules": len(self.rules) > 0,
            "assumptions": len(self.assumptions) > 0,
            "a resource budget": self.limits.resource_units > 0 and self.limits.paths > 0,
            "obligations": len(self.obligations) > 0,
            "three teeth or more": len(self.teeth) >= 3,
            'a bound and "up_to_N" in its name, or neither': bool(self.bound)
            == bool(re.search(r"_up_to_\d", self.name)),
        }
        missing = [what for what, present in required.items() if not present]
        if missing:
            raise ValueError(f"theorem {self.name} lacks {', '.join(missing)}")

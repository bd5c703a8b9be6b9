"""The teeth of all theorems as targets, by name.

`flatview replay --target proofs.witnesses.teeth:gap_is_dropped FILE` replays a scenario on the
package that has that planted bug.
"""

from fuzz.targets.interface import TargetFactory
from proofs.theorems import THEOREMS
from proofs.witnesses.sides import broken_target


def __getattr__(name: str) -> TargetFactory:
    for theorem in THEOREMS:
        for mutation in theorem.teeth:
            if mutation.name == name:
                return broken_target(theorem.package, mutation)
    raise AttributeError(f"no theorem has a tooth {name}")

"""All theorems, in the order in which reports list them."""

from proofs.theorem import Theorem
from proofs.theorems import bounded, clipping, filling, merging, splitting

THEOREMS: tuple[Theorem, ...] = (
    *clipping.THEOREMS,
    *filling.THEOREMS,
    *merging.THEOREMS,
    *splitting.THEOREMS,
    *bounded.THEOREMS,
)


def theorem_named(name: str) -> Theorem:
    """The theorem of that name. Raises KeyError if there is none."""
    for theorem in THEOREMS:
        if theorem.name == name:
            return theorem
    raise KeyError(name)

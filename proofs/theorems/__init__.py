"""All theorems, in the order in which reports list them."""

from proofs.theorem import Theorem
from proofs.theorems import (
    bounded,
    clipping,
    filling,
    finding,
    hearing,
    merging,
    rendering,
    splitting,
    unifying,
    walking,
    whole_trees,
)

THEOREMS: tuple[Theorem, ...] = (
    *clipping.THEOREMS,
    *filling.THEOREMS,
    *merging.THEOREMS,
    *rendering.THEOREMS,
    *unifying.THEOREMS,
    *walking.THEOREMS,
    *hearing.THEOREMS,
    *splitting.THEOREMS,
    *finding.THEOREMS,
    *bounded.THEOREMS,
    *whole_trees.THEOREMS,
)


def theorem_named(name: str) -> Theorem:
    """The theorem of that name. Raises KeyError if there is none."""
    for theorem in THEOREMS:
        if theorem.name == name:
            return theorem
    raise KeyError(name)

"""All theorems, in the order in which reports list them."""

from proofs.theorem import Theorem
from proofs.theorems import (
    adjusting,
    bounded,
    clipping,
    filling,
    finding,
    guest_integers,
    guest_reaching,
    guest_requesting,
    guest_stepping,
    hearing,
    merging,
    moving,
    redirecting,
    remembering,
    rendering,
    requesting,
    splitting,
    stepping,
    storing,
    translating,
    unifying,
    walking,
    whole_trees,
    wrapping,
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
    *remembering.THEOREMS,
    *translating.THEOREMS,
    *redirecting.THEOREMS,
    *stepping.THEOREMS,
    *moving.THEOREMS,
    *requesting.THEOREMS,
    *wrapping.THEOREMS,
    *adjusting.THEOREMS,
    *storing.THEOREMS,
    *guest_stepping.THEOREMS,
    *guest_requesting.THEOREMS,
    *guest_reaching.THEOREMS,
    *guest_integers.THEOREMS,
    *bounded.THEOREMS,
    *whole_trees.THEOREMS,
)


def theorem_named(name: str) -> Theorem:
    """The theorem of that name. Raises KeyError if there is none."""
    for theorem in THEOREMS:
        if theorem.name == name:
            return theorem
    raise KeyError(name)

"""How the values of a counterexample become a scenario: one embedding a theorem, by its name."""

from proofs.witnesses.embeddings import (
    accesses,
    anything,
    callbacks,
    changes,
    guests,
    iommus,
    pages,
    refinements,
    trees,
    views,
)
from proofs.witnesses.script import Embedding

EMBEDDINGS: dict[str, Embedding] = {
    **views.EMBEDDINGS,
    **trees.EMBEDDINGS,
    **changes.EMBEDDINGS,
    **pages.EMBEDDINGS,
    **accesses.EMBEDDINGS,
    **iommus.EMBEDDINGS,
    **callbacks.EMBEDDINGS,
    **guests.EMBEDDINGS,
    **refinements.EMBEDDINGS,
}


def embedding_of(theorem: str) -> Embedding:
    """The embedding of a theorem's counterexamples; for one without its own, what fits most."""
    return EMBEDDINGS.get(theorem, anything.anything)

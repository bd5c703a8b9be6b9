"""From a refuted claim to a scenario that shows it: replayed on both packages, drawn and written.

`witness_of` is what runs; `describe_witness` and `write_witness` are for people and files, and
`tell_all` does all of it for many at once.
"""

from proofs.witnesses.many import Refuted, Told, tell_all
from proofs.witnesses.witness import How, Witness, describe_witness, witness_of, write_witness

__all__ = [
    "How",
    "Refuted",
    "Told",
    "Witness",
    "describe_witness",
    "tell_all",
    "witness_of",
    "write_witness",
]

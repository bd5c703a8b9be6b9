"""What a check can come to, and the exit code that tells it to a shell."""

from collections.abc import Iterable
from enum import Enum


class Verdict(Enum):
    """The outcomes of a check; they are never mixed up."""

    AGREE = "agree"
    DIVERGE = "diverge"
    REFUTED = "refuted"
    INCONCLUSIVE = "inconclusive"
    UNSUPPORTED = "unsupported"
    FAULT = "fault"


EXIT_CLEAN = 0
EXIT_FINDING = 1
EXIT_USAGE = 2
EXIT_INCONCLUSIVE = 3
EXIT_FAULT = 4

_EXIT_CODES = {
    Verdict.AGREE: EXIT_CLEAN,
    Verdict.DIVERGE: EXIT_FINDING,
    Verdict.REFUTED: EXIT_FINDING,
    Verdict.INCONCLUSIVE: EXIT_INCONCLUSIVE,
    Verdict.UNSUPPORTED: EXIT_INCONCLUSIVE,
    Verdict.FAULT: EXIT_FAULT,
}
_WORST_FIRST = (EXIT_FINDING, EXIT_FAULT, EXIT_INCONCLUSIVE, EXIT_CLEAN)


def exit_code(verdicts: Iterable[Verdict]) -> int:
    """The exit code of a run: a finding outweighs a fault, a fault what could not be decided.

    A run that checked nothing is inconclusive, not clean.
    """
    codes = {_EXIT_CODES[verdict] for verdict in verdicts}
    return next((code for code in _WORST_FIRST if code in codes), EXIT_INCONCLUSIVE)

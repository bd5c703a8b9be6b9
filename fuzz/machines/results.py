"""What checking machines gives, as values and as plain data."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fuzz.machines.facts import FactKind
from fuzz.scenario import Scenario
from fuzz.verdict import Verdict


@dataclass(frozen=True, slots=True)
class SpaceResult:
    """What one address space came to on one target.

    On the first target, AGREE means explained and DIVERGE that no assignment explains what is
    printed; on the others, that they do, or do not, come out as printed with the assignment that
    was found. INCONCLUSIVE and UNSUPPORTED: not decided, see `reason`. `needed` are the facts used
    that differ from their defaults.
    """

    space: str
    target: str
    verdict: Verdict
    reason: str
    needed: tuple[str, ...]
    renderings: int


@dataclass(frozen=True, slots=True)
class MachineResult:
    """What one machine came to.

    `ranges`, `sections` and `radix_nodes` count what is printed; the first two are compared, the
    last only checked to be well formed. `needed` counts the facts that differ from their defaults,
    each once for the machine. `scenario` rebuilds the machine with the assignment that was found.
    `fault` says why a machine could not be checked at all.
    """

    machine: str
    spaces: tuple[SpaceResult, ...] = ()
    views: int = 0
    ranges: int = 0
    sections: int = 0
    radix_nodes: int = 0
    page_bits: int | None = None
    needed: Mapping[FactKind, int] | None = None
    scenario: Scenario | None = None
    fault: str = ""

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdict of each address space on each target, or that of the fault."""
        return (Verdict.FAULT,) if self.fault else tuple(one.verdict for one in self.spaces)

    def to_json(self) -> dict[str, Any]:
        """The result as plain data; spaces that agree and needed nothing are only counted."""
        return {
            "machine": self.machine,
            "fault": self.fault,
            "verdicts": dict(Counter(verdict.value for verdict in self.verdicts)),
            "views": self.views,
            "ranges": self.ranges,
            "sections": self.sections,
            "radix_nodes_checked_for_shape_only": self.radix_nodes,
            "page_bits": self.page_bits,
            "needed": {kind.value: count for kind, count in (self.needed or {}).items()},
            "spaces": [
                {
                    "space": one.space,
                    "target": one.target,
                    "verdict": one.verdict.value,
                    "reason": one.reason,
                    "needed": list(one.needed),
                }
                for one in self.spaces
                if one.verdict is not Verdict.AGREE or one.needed
            ],
        }

"""How proofs came out: the one record that is printed, cached, and written for machines."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from fuzz.mutation import Mutation
from proofs.paths import Effort
from proofs.proof import Verdict
from proofs.theorem import Theorem


@dataclass(frozen=True)
class Counterexample:
    """Values for which a claim fails, confirmed by running the code on them as plain ints.

    `values` has every variable of the obligation; `shown` the inputs and results that it names, in
    the domain's own types: ranges, meanings, addresses. After a way through a file or another
    process they are plain data.
    """

    obligation: str
    claim: str
    values: dict[str, int | bool]
    shown: dict[str, object]

    def to_json(self) -> dict[str, Any]:
        """Plain data, numbers in hexadecimal."""
        return {
            "obligation": self.obligation,
            "claim": self.claim,
            "values": {name: in_hex(value) for name, value in self.values.items()},
            "shown": {name: in_hex(value) for name, value in self.shown.items()},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Counterexample":
        """What `to_json` gave. Raises KeyError, TypeError or ValueError for anything else."""
        values = {
            name: value if isinstance(value, bool) else int(value, 0)
            for name, value in data["values"].items()
        }
        return cls(str(data["obligation"]), str(data["claim"]), values, dict(data["shown"]))


@dataclass(frozen=True)
class ProofResult:
    """How the obligations of one theorem came out, for one copy of the code.

    `reason` says why it is not proved, and is empty if it is. Resource units are Z3's own count.
    `formulas` is a digest of all that Z3 was told and asked. `from_cache` tells that the code was
    proved before, with the same options, in so many seconds.
    """

    verdict: Verdict
    reason: str
    effort: Effort
    seconds: float
    counterexample: Counterexample | None = None
    formulas: str = ""
    from_cache: bool = False

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        found = self.counterexample
        return {
            "verdict": self.verdict.value,
            "reason": self.reason,
            **asdict(self.effort),
            "seconds": round(self.seconds, 3),
            "counterexample": None if found is None else found.to_json(),
            "formulas": self.formulas,
            "from_cache": self.from_cache,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "ProofResult":
        """What `to_json` gave. Raises KeyError, TypeError or ValueError for anything else."""
        found = data["counterexample"]
        return cls(
            Verdict(data["verdict"]),
            str(data["reason"]),
            Effort(**{name: int(data[name]) for name in asdict(Effort())}),
            float(data["seconds"]),
            None if found is None else Counterexample.from_json(found),
            str(data["formulas"]),
            bool(data["from_cache"]),
        )

    def plain(self) -> "ProofResult":
        """The same, with nothing but plain data in its counterexample."""
        found = self.counterexample
        if found is None:
            return self
        shown = {name: in_hex(value) for name, value in found.shown.items()}
        return replace(self, counterexample=replace(found, shown=shown))


@dataclass(frozen=True)
class ToothResult:
    """How a theorem came out with a bug in the code that it speaks of."""

    mutation: Mutation
    proof: ProofResult

    @property
    def bites(self) -> bool:
        """Whether the bug was refuted; an inconclusive or faulty proof is no kill."""
        return self.proof.verdict is Verdict.REFUTED

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "mutation": self.mutation._asdict(),
            "bites": self.bites,
            "proof": self.proof.to_json(),
        }


@dataclass(frozen=True)
class TheoremResult:
    """One theorem's proof, and what its teeth did, if they were tried."""

    theorem: Theorem
    proof: ProofResult
    teeth: tuple[ToothResult, ...]

    @property
    def survivors(self) -> tuple[str, ...]:
        """The bugs that did not refute the theorem."""
        return tuple(tooth.mutation.name for tooth in self.teeth if not tooth.bites)

    @property
    def verdict(self) -> Verdict:
        """The proof's verdict; but a proof that a bug survives is a fault of the harness."""
        if self.proof.verdict is Verdict.PROVED and self.survivors:
            return Verdict.FAULT
        return self.proof.verdict

    @property
    def reason(self) -> str:
        """Why the theorem is not proved, or which bugs survive; empty if all is well."""
        if self.proof.verdict is Verdict.PROVED and self.survivors:
            return f"not refuted by the planted bugs {', '.join(self.survivors)}"
        return self.proof.reason

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "name": self.theorem.name,
            "statement": self.theorem.statement,
            "rules": list(self.theorem.rules),
            "assumptions": list(self.theorem.assumptions),
            "bound": self.theorem.bound or None,
            "limits": self.theorem.limits._asdict(),
            "verdict": self.verdict.value,
            "reason": self.reason,
            "proof": self.proof.to_json(),
            "survivors": list(self.survivors),
            "teeth": [tooth.to_json() for tooth in self.teeth],
        }


def in_hex(value: object) -> object:
    """Plain data for JSON, with integers in hexadecimal."""
    if isinstance(value, bool | str) or value is None:
        return value
    if isinstance(value, int):
        return hex(value)
    if hasattr(value, "_asdict"):
        return {name: in_hex(field) for name, field in value._asdict().items()}
    if isinstance(value, Mapping):
        return {str(name): in_hex(field) for name, field in value.items()}
    if isinstance(value, tuple | list):
        return [in_hex(item) for item in value]
    return str(value)

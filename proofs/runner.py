"""Running theorems: against the code as it is, and against the bugs that must refute them."""

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from importlib import import_module
from typing import cast

from fuzz.mutation import Mutation, load_variant
from proofs.paths import Effort, Explorer, Refutation, Stop
from proofs.proof import ClaimBroken, ConcretePath, Limits, PremiseBroken, Verdict
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import THEOREMS, theorem_named


@dataclass(frozen=True)
class Counterexample:
    """Values for which a claim fails, confirmed by running the code on them as plain ints.

    `values` has every variable of the obligation; `shown` the inputs and results that it names, in
    the domain's own types: ranges, meanings, addresses.
    """

    obligation: str
    claim: str
    values: dict[str, int | bool]
    shown: dict[str, object]

    def to_json(self) -> dict[str, object]:
        """Plain data, numbers in hexadecimal."""
        return {
            "obligation": self.obligation,
            "claim": self.claim,
            "values": {name: in_hex(value) for name, value in self.values.items()},
            "shown": {name: in_hex(value) for name, value in self.shown.items()},
        }


@dataclass(frozen=True)
class ProofResult:
    """How the obligations of one theorem came out, for one copy of the code.

    `reason` says why it is not proved, and is empty if it is. Resource units are Z3's own count.
    """

    verdict: Verdict
    reason: str
    effort: Effort
    seconds: float
    counterexample: Counterexample | None = None

    def to_json(self) -> dict[str, object]:
        """Plain data."""
        found = self.counterexample
        return {
            "verdict": self.verdict.value,
            "reason": self.reason,
            **asdict(self.effort),
            "seconds": round(self.seconds, 3),
            "counterexample": None if found is None else found.to_json(),
        }


@dataclass(frozen=True)
class ToothResult:
    """How a theorem came out with a bug in the code that it speaks of."""

    mutation: Mutation
    proof: ProofResult

    @property
    def bites(self) -> bool:
        """Whether the bug was refuted; an inconclusive or faulty proof is no kill."""
        return self.proof.verdict is Verdict.REFUTED

    def to_json(self) -> dict[str, object]:
        """Plain data."""
        return {
            "mutation": self.mutation._asdict(),
            "bites": self.bites,
            "proof": self.proof.to_json(),
        }


@dataclass(frozen=True)
class TheoremResult:
    """One theorem's proof, and what its teeth did."""

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

    def to_json(self) -> dict[str, object]:
        """Plain data."""
        return {
            "name": self.theorem.name,
            "statement": self.theorem.statement,
            "rules": list(self.theorem.rules),
            "assumptions": list(self.theorem.assumptions),
            "limits": self.theorem.limits._asdict(),
            "verdict": self.verdict.value,
            "proof": self.proof.to_json(),
            "survivors": list(self.survivors),
            "teeth": [tooth.to_json() for tooth in self.teeth],
        }


def check_all(theorems: tuple[Theorem, ...] = THEOREMS) -> Iterator[TheoremResult]:
    """Prove the theorems one after the other, with their teeth, and yield each result."""
    for theorem in theorems:
        yield check(theorem)


def check_named(name: str) -> TheoremResult:
    """Prove one theorem, with its teeth. Raises KeyError if there is none of that name."""
    return check(theorem_named(name))


def check(theorem: Theorem) -> TheoremResult:
    """Prove one theorem, with its teeth."""
    proof = prove(theorem, load_variant(theorem.package))
    teeth = tuple(bite(theorem, mutation) for mutation in theorem.teeth)
    return TheoremResult(theorem, proof, teeth)


def bite(theorem: Theorem, mutation: Mutation) -> ToothResult:
    """Try a theorem on code with a bug; it is a fault if code with that bug cannot be loaded."""
    try:
        package = load_variant(theorem.package, mutation)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        return ToothResult(mutation, ProofResult(Verdict.FAULT, reason, Effort(), 0.0))
    return ToothResult(mutation, prove(theorem, package))


def prove(theorem: Theorem, package: Package) -> ProofResult:
    """Prove one theorem about one copy of the code, as far as its limits allow."""
    started = time.perf_counter()
    spent = Effort()
    verdict, reason, counterexample = Verdict.PROVED, "", None
    for obligation in theorem.obligations:
        explorer = Explorer(
            Limits(
                theorem.limits.resource_units - spent.resource_units,
                theorem.limits.paths - spent.paths,
            )
        )
        try:
            explorer.explore(partial(obligation.body, package))
        except Refutation as refutation:
            verdict, reason, counterexample = confirm(obligation, package, refutation)
        except Stop as stop:
            verdict, reason = stop.verdict, f"{obligation.name}: {stop.reason}"
        spent = spent.plus(explorer.effort)
        if verdict is not Verdict.PROVED:
            break
    return ProofResult(verdict, reason, spent, time.perf_counter() - started, counterexample)


def confirm(
    obligation: Obligation, package: Package, refutation: Refutation
) -> tuple[Verdict, str, Counterexample | None]:
    """Run a refuted obligation on the plain values found: the same claim must fail in Python."""
    path = ConcretePath(refutation.values)
    try:
        obligation.body(package, path)
    except ClaimBroken as broken:
        if str(broken) == refutation.claim:
            shown = {name: in_real_types(value) for name, value in path.shown.items()}
            found = Counterexample(obligation.name, refutation.claim, refutation.values, shown)
            return Verdict.REFUTED, f"{obligation.name}: {refutation.claim}", found
        outcome = f"'{broken}' fails instead"
    except PremiseBroken:
        outcome = "a premise does not hold"
    except Exception as error:
        outcome = f"{type(error).__name__}: {error}"
    else:
        outcome = "every claim holds"
    reason = (
        f"{obligation.name}: '{refutation.claim}' is refuted, but run on plain values {outcome}"
    )
    return Verdict.FAULT, reason, None


def in_real_types(value: object) -> object:
    """The same value in the types of the real package; those of a broken copy cannot be pickled."""
    if not isinstance(value, tuple):
        return value
    items = tuple(in_real_types(item) for item in value)
    if not hasattr(value, "_fields"):
        return items
    real_type = getattr(import_module(type(value).__module__), type(value).__name__)
    return cast(object, real_type(*items))


def in_hex(value: object) -> object:
    """Plain data for JSON, with integers in hexadecimal."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return hex(value)
    if hasattr(value, "_asdict"):
        return {name: in_hex(field) for name, field in value._asdict().items()}
    if isinstance(value, tuple):
        return [in_hex(item) for item in value]
    return str(value)

"""Running theorems: against the code as it is, and against the bugs that must refute them."""

import time
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from importlib import import_module
from typing import cast

from fuzz.mutation import Mutation, load_variant
from proofs.paths import Effort, Explorer, Listener, Refutation, Stop
from proofs.proof import ClaimBroken, ConcretePath, Limits, PremiseBroken, Verdict
from proofs.results import Counterexample, ProofResult, ToothResult
from proofs.theorem import Obligation, Package, Theorem


@dataclass(frozen=True)
class Options:
    """How to prove: the seed of Z3's random choices, and who is told of each query (`Listener`)."""

    seed: int = 0
    listener: Listener | None = None


DEFAULT = Options()


def bite(theorem: Theorem, mutation: Mutation, options: Options = DEFAULT) -> ToothResult:
    """Try a theorem on code with a bug; it is a fault if code with that bug cannot be loaded."""
    try:
        package = load_variant(theorem.package, mutation)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        return ToothResult(mutation, ProofResult(Verdict.FAULT, reason, Effort(), 0.0))
    return ToothResult(mutation, prove(theorem, package, options))


def prove(theorem: Theorem, package: Package, options: Options = DEFAULT) -> ProofResult:
    """Prove one theorem about one copy of the code, as far as its limits allow.

    Each obligation has a solver and a context of its own.
    """
    started = time.perf_counter()
    spent = Effort()
    formulas = sha256()
    verdict, reason, counterexample = Verdict.PROVED, "", None
    for obligation in theorem.obligations:
        limits = Limits(
            theorem.limits.resource_units - spent.resource_units,
            theorem.limits.paths - spent.paths,
        )
        explorer = Explorer(limits, options.seed, options.listener)
        try:
            explorer.explore(partial(obligation.body, package))
        except Refutation as refutation:
            verdict, reason, counterexample = confirm(obligation, package, refutation)
        except Stop as stop:
            verdict, reason = stop.verdict, f"{obligation.name}: {stop.reason}"
        spent = spent.plus(explorer.effort)
        formulas.update(explorer.formulas.digest())
        if verdict is not Verdict.PROVED:
            break
    seconds = time.perf_counter() - started
    return ProofResult(verdict, reason, spent, seconds, counterexample, formulas.hexdigest())


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

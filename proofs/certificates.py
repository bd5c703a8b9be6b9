"""Proofs that a checker accepts which shares nothing with a solver: it follows each of their steps.

cvc5 writes the proofs, in the Alethe format, and Carcara checks them, which is a program of its own
that has to be on the PATH. A proof with a step that nothing checks is not accepted.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections import Counter
from functools import partial
from pathlib import Path

from proofs.solvers import CVC5, Answer, Reply, Solver, SolverError, cvc5_result

CHECKER = "carcara"

RULES_VARIABLE = "FLATVIEW_CARCARA_RULES"
"""Names the file of rewrite rules that comes with Carcara's source, if the checker wants one."""

SECONDS = 100.0
"""How long the checker may take for a proof."""

UNITS = 10 * CVC5.units
"""What a question may cost: where it writes a proof, cvc5 spares itself fewer steps."""

HOLES = ("hole", "trust", "lia_generic")
"""Rules of Alethe that say something without a reason."""


def certifier() -> Solver:
    """cvc5 with a checker for its proofs; without a version where one of them is missing."""
    path = shutil.which(CHECKER)
    version = f"{version_of(path)}, proofs by cvc5 {CVC5.version}" if path and CVC5.version else ""
    ask = partial(ask_for_certificate, path or CHECKER)
    return CVC5._replace(name=CHECKER, version=version, units=UNITS, ask=ask)


def version_of(path: str) -> str:
    """What the checker says of itself, in one line."""
    done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=SECONDS)
    return " ".join(done.stdout.split()) or "unknown version"


def ask_for_certificate(checker: str, question: str, units: int) -> Reply:
    """Whether a checker accepts the proof that a question has no solution."""
    reply, proof = proof_of(question, units)
    if reply.answer is not Answer.UNSAT:
        return reply
    unchecked = holes_in(proof)
    if unchecked:
        told = ", ".join(f"{count} of {rule}" for rule, count in unchecked.items())
        return Reply(Answer.HOLES, f"cvc5's proof has steps without a reason: {told}")
    return checked_by(checker, proof, question)


def proof_of(question: str, units: int) -> tuple[Reply, str]:
    """What cvc5 says of a question, and its proof in the Alethe format if there is no solution."""
    import cvc5

    solver = cvc5.Solver(cvc5.TermManager())
    solver.setOption("rlimit", str(units))
    solver.setOption("produce-proofs", "true")
    solver.setOption("proof-format-mode", "alethe")
    # With larger steps than these, nearly every proof about integers has holes.
    solver.setOption("proof-granularity", "dsl-rewrite")
    result = cvc5_result(solver, question)
    if result.isSat():
        return Reply(Answer.SAT), ""
    if not result.isUnsat():
        return Reply(Answer.UNKNOWN, "cvc5 finds no proof in its own way"), ""
    (proof,) = solver.getProof()
    text = solver.proofToString(proof, cvc5.ProofFormat.ALETHE)
    text = text.decode() if isinstance(text, bytes) else str(text)
    # The checker wants the steps without the parentheses around all of them.
    return Reply(Answer.UNSAT), text.strip().removeprefix("(").removesuffix(")").strip() + "\n"


def holes_in(proof: str) -> Counter[str]:
    """The rules in a proof that say something without a reason, and how often they do."""
    rules = Counter(re.findall(r":rule ([^\s()]+)", proof))
    return Counter({rule: rules[rule] for rule in HOLES if rules[rule]})


def checked_by(checker: str, proof: str, question: str) -> Reply:
    """What the checker says of a proof. Raises SolverError if it says nothing that is known."""
    with tempfile.TemporaryDirectory() as folder:
        proof_file, question_file = Path(folder, "proof.alethe"), Path(folder, "question.smt2")
        proof_file.write_text(proof, encoding="utf-8")
        question_file.write_text(question, encoding="utf-8")
        command = [checker, "check", "--expand-let-bindings", "--allow-int-real-subtyping"]
        rules = os.environ.get(RULES_VARIABLE)
        if rules:
            command += ["--rare-file", rules]
        command += [str(proof_file), str(question_file)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
        except subprocess.TimeoutExpired:
            return Reply(Answer.UNKNOWN, f"the checker says nothing in {SECONDS:g} seconds")
    word = (done.stdout.split() or [""])[-1]
    said = " ".join(done.stderr.split())
    match word, done.returncode:
        case "valid", 0:
            return Reply(Answer.UNSAT)
        case "holey", 0:
            return Reply(Answer.HOLES, f"the checker finds steps without a reason: {said}")
        case "invalid", 1:
            return Reply(Answer.REJECTED, f"the checker rejects cvc5's proof: {said}")
    raise SolverError(f"the checker ends with {done.returncode} and says {word or said!r}")

"""Results of proofs in the forms that other programs read: JUnit, SARIF, GitHub annotations."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from proofs.cache import home_of
from proofs.proof import Verdict
from proofs.reach import path_of
from proofs.results import ProofResult, TheoremResult
from proofs.theorem import Theorem

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

SARIF_KINDS = {
    Verdict.PROVED: ("pass", "none"),
    Verdict.REFUTED: ("fail", "error"),
    Verdict.INCONCLUSIVE: ("open", "none"),
    Verdict.FAULT: ("fail", "error"),
}
"""Kind and level of a result: what is not known is open, and nothing but a proof passes."""


@cache
def place_of(theorem: Theorem) -> tuple[str, int]:
    """Where a theorem stands: the path of its file in the project, and the line it begins in."""
    module, name = home_of(theorem)
    path = path_of(module)
    assert path is not None
    lines = path.read_text(encoding="utf-8").splitlines()
    begins = re.compile(rf"{name}\b[^=]*=")
    line = next(number for number, text in enumerate(lines, start=1) if begins.match(text))
    return str(Path(*module.split(".")).with_suffix(".py")), line


# --- JUnit --------------------------------------------------------------------------------------


def junit(results: Sequence[TheoremResult]) -> bytes:
    """A suite with a test case for each theorem and each planted bug, as XML.

    A refutation is a failure; what is inconclusive or a fault of the harness is an error. A bug
    passes where it is refuted.
    """
    suite = ElementTree.Element("testsuite", name="flatview prove")
    for result in results:
        module, _ = home_of(result.theorem)
        case = add_case(suite, module, result.theorem.name, result.proof)
        properties = ElementTree.SubElement(case, "properties")
        for name, value in (
            ("rules", " ".join(result.theorem.rules)),
            ("bound", result.theorem.bound or "none"),
            ("resource units", str(result.proof.effort.resource_units)),
        ):
            ElementTree.SubElement(properties, "property", name=name, value=value)
        if result.proof.verdict is not Verdict.PROVED:
            blame(case, result.proof.verdict, result.proof.reason)
        for tooth in result.teeth:
            name = f"{result.theorem.name}: planted bug {tooth.mutation.name}"
            case = add_case(suite, module, name, tooth.proof)
            if tooth.proof.verdict is Verdict.PROVED:
                blame(case, Verdict.REFUTED, "the theorem is still proved with this bug")
            elif not tooth.bites:
                blame(case, tooth.proof.verdict, tooth.proof.reason)
    cases = list(suite)
    suite.set("tests", str(len(cases)))
    for kind in ("failure", "error"):
        suite.set(f"{kind}s", str(sum(case.find(kind) is not None for case in cases)))
    ElementTree.indent(suite)
    text: bytes = ElementTree.tostring(suite, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def add_case(
    suite: ElementTree.Element, module: str, name: str, proof: ProofResult
) -> ElementTree.Element:
    """One more test case."""
    seconds = f"{proof.seconds:.3f}"
    return ElementTree.SubElement(suite, "testcase", classname=module, name=name, time=seconds)


def blame(case: ElementTree.Element, verdict: Verdict, reason: str) -> None:
    """Say that a case did not pass, and why."""
    kind = "failure" if verdict is Verdict.REFUTED else "error"
    ElementTree.SubElement(case, kind, type=verdict.value, message=reason)


# --- SARIF --------------------------------------------------------------------------------------


def sarif(results: Sequence[TheoremResult], version: str) -> dict[str, Any]:
    """A SARIF 2.1.0 log: theorems are rules, and each has one result."""
    driver = {
        "name": "flatview prove",
        "version": version,
        "rules": [
            {
                "id": result.theorem.name,
                "shortDescription": {"text": result.theorem.name.replace("_", " ")},
                "fullDescription": {"text": result.theorem.statement},
                "help": {"text": " ".join(result.theorem.assumptions)},
                "properties": {"tags": list(result.theorem.rules)},
            }
            for result in results
        ],
    }
    found = [sarif_result(index, result) for index, result in enumerate(results)]
    run = {"tool": {"driver": driver}, "results": found}
    return {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}


def sarif_result(index: int, result: TheoremResult) -> dict[str, Any]:
    """One theorem's result, where the theorem stands."""
    kind, level = SARIF_KINDS[result.verdict]
    path, line = place_of(result.theorem)
    location = {"artifactLocation": {"uri": path}, "region": {"startLine": line}}
    return {
        "ruleId": result.theorem.name,
        "ruleIndex": index,
        "kind": kind,
        "level": level,
        "message": {"text": message_of(result)},
        "locations": [{"physicalLocation": location}],
        "properties": {"verdict": result.verdict.value, "survivors": list(result.survivors)},
    }


def message_of(result: TheoremResult) -> str:
    """The verdict, and the reason where there is one."""
    return f"{result.verdict.value}: {result.reason}" if result.reason else result.verdict.value


# --- GitHub -------------------------------------------------------------------------------------


def annotations(results: Sequence[TheoremResult]) -> Iterator[str]:
    """A workflow command for each theorem that is not proved, at the line where it stands."""
    for result in results:
        if result.verdict is Verdict.PROVED:
            continue
        path, line = place_of(result.theorem)
        level = "warning" if result.verdict is Verdict.INCONCLUSIVE else "error"
        title = property_text(f"{result.verdict.value}: {result.theorem.name}")
        message = command_text(f"{result.theorem.statement} {message_of(result)}")
        yield f"::{level} file={property_text(path)},line={line},title={title}::{message}"


def command_text(text: str) -> str:
    """A text as the message of a workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def property_text(text: str) -> str:
    """A text as a property of a workflow command."""
    return command_text(text).replace(":", "%3A").replace(",", "%2C")

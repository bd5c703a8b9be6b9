"""Reports for other programs: each verdict stays what it is, and no text breaks the format."""

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from proofs.paths import Effort
from proofs.proof import Verdict
from proofs.report import annotations, junit, place_of, sarif
from proofs.results import ProofResult, TheoremResult, ToothResult
from proofs.theorems import THEOREMS
from proofs.theorems.splitting import SPLIT

ROOT = Path(__file__).resolve().parents[2]
NASTY = 'it "fails" <here> & there, 100%: a\nb'


def result(verdict: Verdict, tooth: Verdict = Verdict.REFUTED) -> TheoremResult:
    """A theorem that came out so, with one planted bug that came out as `tooth`."""
    reason = "" if verdict is Verdict.PROVED else NASTY
    proof = ProofResult(verdict, reason, Effort(1, 2, 3, 4), 1.5)
    bitten = ProofResult(tooth, NASTY, Effort(), 0.5)
    return TheoremResult(SPLIT, proof, (ToothResult(SPLIT.teeth[0], bitten),))


ALL = [result(verdict) for verdict in Verdict]
SURVIVED = result(Verdict.PROVED, tooth=Verdict.PROVED)


def test_each_theorem_is_found_where_it_stands() -> None:
    path, line = place_of(SPLIT)
    assert path == "proofs/theorems/splitting.py"
    assert (ROOT / path).read_text().splitlines()[line - 1] == "SPLIT = Theorem("
    assert len({place_of(theorem) for theorem in THEOREMS}) == len(THEOREMS)


@pytest.mark.parametrize(
    ("verdict", "child"),
    [
        (Verdict.PROVED, None),
        (Verdict.REFUTED, "failure"),
        (Verdict.INCONCLUSIVE, "error"),
        (Verdict.FAULT, "error"),
    ],
)
def test_junit_tells_verdicts_apart(verdict: Verdict, child: str | None) -> None:
    suite = ElementTree.fromstring(junit([result(verdict)]))
    theorem, tooth = suite.findall("testcase")
    assert theorem.get("name") == SPLIT.name
    blamed = [one for one in theorem if one.tag in {"failure", "error"}]
    assert [one.tag for one in blamed] == ([child] if child else [])
    assert [one.get("type") for one in blamed] == ([verdict.value] if child else [])
    assert not [one for one in tooth if one.tag in {"failure", "error"}]
    assert suite.get("tests") == "2"
    assert suite.get("failures") == str(int(child == "failure"))
    assert suite.get("errors") == str(int(child == "error"))


def test_junit_fails_where_a_planted_bug_survives() -> None:
    suite = ElementTree.fromstring(junit([SURVIVED]))
    assert [case.find("failure") is not None for case in suite.findall("testcase")] == [False, True]
    lost = result(Verdict.PROVED, tooth=Verdict.INCONCLUSIVE)
    suite = ElementTree.fromstring(junit([lost]))
    assert [case.find("error") is not None for case in suite.findall("testcase")] == [False, True]


def test_junit_keeps_any_text() -> None:
    (failure,) = ElementTree.fromstring(junit([result(Verdict.REFUTED)])).iter("failure")
    assert failure.get("message", "").split() == NASTY.split()


def test_sarif_has_what_its_schema_asks_for() -> None:
    log = json.loads(json.dumps(sarif(ALL, "1.2.3")))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert run["tool"]["driver"]["name"]
    assert len(rules) == len(run["results"]) == len(ALL)
    for index, (found, rule) in enumerate(zip(run["results"], rules, strict=True)):
        assert (found["ruleIndex"], found["ruleId"]) == (index, rule["id"])
        assert found["message"]["text"]
        (location,) = found["locations"]
        place = location["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "proofs/theorems/splitting.py"
        assert place["region"]["startLine"] == place_of(SPLIT)[1]
        assert (found["kind"] == "fail") == (found["level"] != "none"), "SARIF 2.1.0, 3.27.10"


def test_in_sarif_only_a_proof_passes() -> None:
    kinds = [found["kind"] for found in sarif(ALL, "1")["runs"][0]["results"]]
    assert dict(zip(Verdict, kinds, strict=True)) == {
        Verdict.PROVED: "pass",
        Verdict.REFUTED: "fail",
        Verdict.INCONCLUSIVE: "open",
        Verdict.FAULT: "fail",
    }
    (survived,) = sarif([SURVIVED], "1")["runs"][0]["results"]
    assert survived["kind"] == "fail"
    assert SPLIT.teeth[0].name in survived["message"]["text"]


def test_annotations_are_one_line_each_for_what_is_not_proved() -> None:
    lines = list(annotations(ALL))
    assert [line.split(" ")[0] for line in lines] == ["::error", "::warning", "::error"]
    for line in lines:
        assert "\n" not in line
        properties, _, message = line.removeprefix("::").partition("::")
        assert dict(one.split("=") for one in properties.split(" ", 1)[1].split(",")).keys() == {
            "file",
            "line",
            "title",
        }
        assert "100%25" in message
        assert "a%0Ab" in message
    assert [line for line in annotations([SURVIVED]) if SPLIT.teeth[0].name in line]
    assert not list(annotations([replace(SURVIVED, teeth=())]))

"""CONFORMANCE.md: what was seen of each rule on which QEMU, written from the records of it."""

import tomllib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from fuzz.live.conformance import Record, RuleSeen

REASONS = Path(__file__).resolve().parent / "not_observable.toml"

INTRODUCTION = """\
# What QEMU was seen to do

Whether QEMU goes by the rules of this specification was tried on QEMU itself, in three ways:

- **scenarios** of `corpora/regressions`, which an agent inside an unchanged QEMU carries out on
  QEMU's own memory code; everything that can be seen after each step is compared;
- **machines**: all machine types that start, with their address spaces, views and dispatch
  sections as the monitor prints them;
- **steps** of campaigns on live machines (`flatview qemu fuzz`): changes of the topology with the
  views after them, and accesses with the device callbacks that QEMU traces.

A scenario counts for the rules that it is about. An address space or a step counts for a rule if a
function of the specification ran for it that cites the rule, and no more than three. That shows
little if the answer were the same without the rule; so the **bugs** are planted ones: of those that
break the rule in a copy of `impl`, how many differ from what QEMU was seen to do in the scenarios.

Everything that was tried agreed, unless it is listed. This page is generated:
`flatview qemu conformance --record corpora/conformance --page CONFORMANCE.md` observes the QEMU
that is installed, and `--qemu PATH` another version (the agent fits 7.2 only; the machines and the
campaigns run on any). What was seen otherwise is told in `corpora/OBSERVATIONS.md`.
"""


class ReasonError(ValueError):
    """The file of reasons does not fit the rules: what is wrong, and what to do."""


def read_reasons(path: Path, rules: Collection[str]) -> dict[str, str]:
    """Why rules cannot be observed on QEMU, by rule or by its letter. Raises ReasonError."""
    reasons: dict[str, str] = tomllib.loads(path.read_text(encoding="utf-8"))
    letters = {rule[0] for rule in rules}
    for rule in reasons:
        if rule not in rules and rule not in letters:
            raise ReasonError(f"{path.name}: there is no rule {rule}; drop it")
    return reasons


def reason_for(rule: str, reasons: Mapping[str, str]) -> str:
    """Why a rule cannot be observed; empty if nothing is said."""
    return reasons.get(rule, reasons.get(rule[0], ""))


def unexplained(
    records: Sequence[Record], rules: Mapping[str, str], reasons: Mapping[str, str]
) -> list[str]:
    """The rules that were seen on no QEMU, without a reason."""
    return [
        rule
        for rule in rules
        if not reason_for(rule, reasons) and not any(is_seen(one, rule, reasons) for one in records)
    ]


def is_seen(record: Record, rule: str, reasons: Mapping[str, str]) -> bool:
    """Whether a record holds an observation of a rule that can be observed."""
    return rule not in reasons and record.rules.get(rule, RuleSeen()).is_seen


def page(records: Sequence[Record], rules: Mapping[str, str], reasons: Mapping[str, str]) -> str:
    """The page. Records of a QEMU each, in order of their versions."""
    lines = [INTRODUCTION]
    for record in records:
        lines += section(record, rules, reasons)
    return "\n".join(lines)


def section(record: Record, rules: Mapping[str, str], reasons: Mapping[str, str]) -> list[str]:
    """The part of one QEMU: what was tried, and a line a rule."""
    seen = [rule for rule in rules if is_seen(record, rule, reasons)]
    totals = record.totals
    lines = [
        f"## QEMU {record.version} ({record.package})",
        "",
        f"{len(seen)} of {len(rules)} rules were observed. "
        + "; ".join(f"{what}: {count:,}" for what, count in totals.items())
        + ".",
        "",
    ]
    lines += ["What did not agree:", "", *(f"- {line}" for line in record.not_agreeing), ""] * bool(
        record.not_agreeing
    )
    lines += [
        "| rule | scenarios | comparisons | address spaces | steps | bugs told apart |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for rule in seen:
        one = record.rules[rule]
        bugs = f"{one.told_apart} of {one.bugs}" if one.bugs and one.scenarios else ""
        cells = [one.scenarios, one.comparisons, one.spaces, one.steps]
        numbers = [f"{count:,}" if count else "" for count in cells]
        lines.append(f"| {rule} | {' | '.join([*numbers, bugs])} |")
    lines += ["", "Not observed:", ""]
    for rule, reason in not_observed(record, rules, reasons).items():
        lines.append(f"- {rule}: {reason}")
    return [*lines, ""]


def not_observed(
    record: Record, rules: Mapping[str, str], reasons: Mapping[str, str]
) -> dict[str, str]:
    """The rules that a record says nothing of, those of one reason together."""
    by_reason: dict[str, list[str]] = {}
    for rule in rules:
        if not is_seen(record, rule, reasons):
            reason = reason_for(rule, reasons) or "not tried on this version"
            by_reason.setdefault(reason, []).append(rule)
    return {", ".join(alike): reason for reason, alike in by_reason.items()}

"""The list of theorems is current, and leaves nothing out."""

from proofs.catalogue import PAGE, gaps, group_of, page, statements
from proofs.theorems import THEOREMS


def test_the_page_is_current() -> None:
    """Write it anew with `python -m proofs.catalogue`."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_theorem_is_there_once_with_what_it_assumes() -> None:
    text = page()
    for theorem in THEOREMS:
        assert text.count(f"### `{theorem.name}`\n") == 1
        _, _, rest = text.partition(f"### `{theorem.name}`\n")
        entry = rest.partition("\n#")[0]
        assert theorem.statement in entry
        assert all(f"- {assumption}" in entry for assumption in theorem.assumptions)
        assert (f"Bounded: {theorem.bound}." if theorem.bound else "Unbounded.") in entry


def test_each_of_the_seventeen_is_proved_or_among_the_gaps() -> None:
    """A rule may be proved in part: then both say something of it."""
    assert list(statements()) == [f"P{number}" for number in range(1, 18)]
    proved = {rule for theorem in THEOREMS for rule in theorem.rules}
    assert set(statements()) <= proved


def test_each_gap_has_a_rule_that_there_is_and_a_reason() -> None:
    assert gaps()
    for gap in gaps():
        assert gap.rules
        assert gap.what.endswith(".")
        assert gap.why.endswith(".")


def test_each_theorem_of_the_specification_is_in_a_group() -> None:
    assert all(group_of(one) for one in THEOREMS if one.package == "model" and "P" in one.rules[0])

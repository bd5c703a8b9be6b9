"""What comes from outside is read, or refused in one line; a parser that does neither is found."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.parse import parse
from fuzz.parsers import PARSERS, Parser, ParserBug, check_message
from fuzz.parsers_chance import by_chance, damaged
from fuzz.parsers_harness import ParserHarness, UnknownParser, judge, run_parser
from fuzz.parsers_seeds import CORPORA, TRACED
from fuzz.scenario import ScenarioError
from fuzz.verdict import Verdict

SEEDS = {name: list(parser.seeds(CORPORA)) for name, parser in PARSERS.items()}


@pytest.mark.parametrize("parser", PARSERS.values(), ids=PARSERS)
def test_seeds_are_taken_without_an_error(parser: Parser) -> None:
    """But for those that had to be cut: they end too early, and may say so."""
    taken = 0
    for data in SEEDS[parser.name]:
        try:
            parser.read(data)
        except parser.errors:
            continue
        taken += 1
    assert taken >= max(1, len(SEEDS[parser.name]) // 10)


@pytest.mark.parametrize("parser", PARSERS.values(), ids=PARSERS)
@given(data=st.data())
def test_damaged_texts_are_read_or_refused_in_one_line(parser: Parser, data: st.DataObject) -> None:
    """Any exception but the parser's own errors fails the test by itself."""
    words = [word.encode() for word in parser.words]
    chance = data.draw(st.randoms(use_true_random=False))
    parser.one_input(damaged(chance, SEEDS[parser.name], words))


@pytest.mark.parametrize("parser", PARSERS.values(), ids=PARSERS)
@given(data=st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_in_one_line(parser: Parser, data: bytes) -> None:
    parser.one_input(data)


@pytest.mark.parametrize("parser", PARSERS.values(), ids=PARSERS)
def test_chance_damages_inputs_alike_for_the_same_seed(parser: Parser) -> None:
    words = [word.encode() for word in parser.words]
    first, again = (
        [damaged(chance, SEEDS[parser.name], words) for _ in range(20)]
        for chance in (random.Random(3), random.Random(3))
    )
    assert first == again
    assert set(first) - set(SEEDS[parser.name])


def test_dictionaries_are_in_libfuzzers_form() -> None:
    assert PARSERS["parse-trace"].dictionary().splitlines()[-1] == '"\\x28\\x6e\\x69\\x6c\\x29"'


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("parse-trace", TRACED[0].replace("size 1", f"size {'7' * 60}").encode()),
        ("parse-archive", b"\xfd7zXZ\0 cut short"),
        ("parse-hunts", b'{"versions": {}, "hunts": {"rfc-v1": {"chance": {"saed": 1}}}}'),
        ("parse-hunts", b"[" * 100_000),
    ],
)
def test_what_once_got_through_is_refused(name: str, data: bytes) -> None:
    parser = PARSERS[name]
    with pytest.raises(parser.errors) as caught:
        parser.read(data)
    check_message(str(caught.value))


# --- Parsers with planted bugs -------------------------------------------------------------------


def broken(read: object) -> Parser:
    """The scenario's parser, with what reads replaced."""
    return PARSERS["parse-scenario"]._replace(read=read)  # type: ignore[arg-type]


def forgets_a_check(data: bytes) -> object:
    """As if lines were split without looking how many words there are."""
    text = data.decode(errors="replace")
    for line in text.split("\n"):
        if line.startswith("add "):
            line.split()[4]
    return parse(text)


def answers_in_two_lines(data: bytes) -> object:
    try:
        return parse(data.decode(errors="replace"))
    except ScenarioError as error:
        raise ScenarioError(error.path, error.line, f"{error.message}\nin {data!r}") from None


@pytest.mark.parametrize(
    ("read", "error"), [(forgets_a_check, IndexError), (answers_in_two_lines, ParserBug)]
)
def test_a_planted_bug_in_a_parser_is_found(read: object, error: type[Exception]) -> None:
    failure = by_chance(broken(read), 3000, seed=1)
    assert failure is not None
    assert isinstance(failure.error, error)
    with pytest.raises(error):
        broken(read).one_input(failure.data)
    PARSERS["parse-scenario"].one_input(failure.data)


@pytest.mark.parametrize("message", ["", "two\nlines", "a bell\a"])
def test_an_error_that_helps_nobody_is_a_bug(message: str) -> None:
    check_message("line 3: not a number")
    with pytest.raises(ParserBug):
        check_message(message)


# --- The process ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PARSERS)
def test_a_burst_on_a_parser_agrees_and_says_how_much_it_read(name: str, tmp_path: Path) -> None:
    """Each one: what is written for one parser, as its dictionary, may start no other."""
    result = run_parser(name, 1, tmp_path, seed=1)
    assert result.verdict is Verdict.AGREE, result.reason
    assert result.executions > 10
    assert not list(tmp_path.iterdir())


def test_an_unknown_parser_is_an_error_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(UnknownParser, match="parse-scenario"):
        run_parser("parse-nothing", 1, tmp_path / "never", seed=1)
    assert not (tmp_path / "never").exists()


class Ended(BaseException):
    """In place of the end of the process."""


def test_what_a_bug_leaves_is_a_finding_with_its_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leave(code: int) -> None:
        raise Ended

    monkeypatch.setattr("fuzz.parsers_harness.os._exit", leave)
    monkeypatch.setattr("fuzz.parsers_harness.instrument", lambda: 1)
    harness = ParserHarness(broken(forgets_a_check), 60, tmp_path, tmp_path / "result")
    harness.one_input(b"begin\n")
    with pytest.raises(Ended):
        harness.one_input(b"add a b\n")
    result = judge("parse-scenario", 0, harness.result, b"")
    assert (result.verdict, result.executions) == (Verdict.DIVERGE, 2)
    assert result.saved is not None
    assert "IndexError" in result.saved.read_text()
    assert result.saved.with_suffix(".bin").read_bytes() == b"add a b\n"


@pytest.mark.parametrize(
    ("code", "said", "verdict"),
    [
        (70, None, Verdict.INCONCLUSIVE),
        (1, None, Verdict.FAULT),
        (0, '{"saved": "", "executions": 5, "instrumented": 0}', Verdict.FAULT),
        (0, '{"saved": "", "executions": 5, "instrumented": 9}', Verdict.AGREE),
    ],
)
def test_a_process_that_ends_otherwise_is_no_agreement(
    tmp_path: Path, code: int, said: str | None, verdict: Verdict
) -> None:
    result = tmp_path / "result"
    if said is not None:
        result.write_text(said)
    assert judge("parse-mtree", code, result, b"dies\n").verdict is verdict

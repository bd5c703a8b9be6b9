"""The text form of scenarios: one operation a line, what must follow it below, after `=`.

Settings come before the first operation: `flavour current|qemu-7.2`, `page-bits N`,
`byte-order little|big`, `build plain|fuzzing` and `contract 0.18|0.17-dev|0.16`.

# what would go wrong
page-bits 12
container system 2^64
ram low 0x8000
alias mirror 0x1000 of low at 0x2000
space memory system
begin
add system low at 0x0
add system mirror at 0x9000 priority 1
commit
set mirror enabled off
view memory
= view 2 of system
= 0000000000000000-0000000000007fff low @0x0
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from fuzz.operands import BadWord, Number
from fuzz.scenario import ABORTS, REJECTED, Scenario, ScenarioError, Step
from fuzz.syntax import BadLine, Word, read_operation, words_of
from fuzz.targets.interface import CONTRACTS, FLAVOURS, PAGE_BITS, Settings

MAX_BYTES = 16 << 20
"""A longer text is refused unread."""


def parse_file(path: Path) -> Scenario:
    """Read a scenario from a file. Raises ScenarioError, also where the file cannot be read."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise ScenarioError(path, 0, f"longer than {MAX_BYTES >> 20} MiB; split the scenario")
        text = data.decode("utf-8")
    except OSError as error:
        raise ScenarioError(path, 0, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ScenarioError(
            path, 0, f"byte {error.start} is not UTF-8; is it a scenario?"
        ) from error
    return parse(text, path)


def parse(text: str, path: Path | str = "scenario") -> Scenario:
    """Read a scenario. Raises ScenarioError with the line of the first thing that is wrong."""
    reader = _Reader()
    for number, line in enumerate(text.split("\n"), start=1):
        try:
            reader.read(line, number)
        except BadLine as error:
            raise ScenarioError(path, number, str(error), error.column) from None
    return reader.scenario(str(path))


class _Reader:
    """What has been read so far. The comment that a file begins with is the scenario's heading."""

    def __init__(self) -> None:
        self.settings = Settings()
        self.heading: tuple[str, ...] | None = None
        self.comments: list[str] = []
        self.steps: list[Step] = []

    def read(self, line: str, number: int) -> None:
        """Take in one line. Raises BadLine."""
        text = line.strip()
        if text.startswith("#"):
            self.comments.append(text[1:].strip())
            return
        if self.heading is None:
            self.heading, self.comments = tuple(self.comments), []
        if not text:
            return
        words = words_of(line)
        first = words[0]
        if text.startswith("="):
            self.expect(text[1:].strip(), first.column)
        elif first.text in _SETTINGS:
            message = f"{first.text} must come before the first operation"
            _require(not self.steps, first.column, message)
            self.settings = _SETTINGS[first.text](self.settings, words)
        else:
            self.steps.append(Step(read_operation(line), None, tuple(self.comments), number))
            self.comments = []

    def expect(self, line: str, column: int) -> None:
        """Add a line to what must follow the last step."""
        _require(
            bool(self.steps), column, "'=' says what must follow an operation; there is none yet"
        )
        _require(
            not self.comments, column, "a comment cannot stand between an operation and its '='"
        )
        _require(bool(line), column, "nothing after '='; write what is expected, or drop the line")
        step = self.steps[-1]
        expected = (*(step.expected or ()), line)
        _require(
            step.shows or expected in (REJECTED, ABORTS),
            column,
            "of an operation that changes something, only '= rejected' or '= aborts' can be "
            "expected; look at the result with view, sections or lookup",
        )
        self.steps[-1] = replace(step, expected=expected)

    def scenario(self, source: str) -> Scenario:
        """All that was read."""
        heading = tuple(self.comments) if self.heading is None else self.heading
        return Scenario(self.settings, tuple(self.steps), heading, source)


def _flavour(settings: Settings, words: Sequence[Word]) -> Settings:
    return settings._replace(flavour=_one_of(words, FLAVOURS))


def _page_bits(settings: Settings, words: Sequence[Word]) -> Settings:
    try:
        (word,) = words[1:]
        bits = Number(PAGE_BITS.start, PAGE_BITS.stop - 1, decimal=True).read(word.text, {})
    except (BadWord, ValueError):
        bounds = f"from {PAGE_BITS.start} to {PAGE_BITS.stop - 1}"
        raise BadLine(words[-1].column, f"expected: page-bits N, {bounds}") from None
    return settings._replace(page_bits=bits)


def _byte_order(settings: Settings, words: Sequence[Word]) -> Settings:
    big = _one_of(words, ("little", "big")) == "big"
    return settings._replace(big_endian=big)


def _build(settings: Settings, words: Sequence[Word]) -> Settings:
    fuzzing = _one_of(words, ("plain", "fuzzing")) == "fuzzing"
    return settings._replace(fuzzing=fuzzing)


def _contract(settings: Settings, words: Sequence[Word]) -> Settings:
    return settings._replace(contract=_one_of(words, CONTRACTS))


def _one_of(words: Sequence[Word], choices: Sequence[str]) -> str:
    if len(words) != 2 or words[1].text not in choices:
        raise BadLine(words[-1].column, f"expected: {words[0].text} {'|'.join(choices)}")
    return words[1].text


_SETTINGS: dict[str, Callable[[Settings, Sequence[Word]], Settings]] = {
    "flavour": _flavour,
    "page-bits": _page_bits,
    "byte-order": _byte_order,
    "build": _build,
    "contract": _contract,
}


def _require(holds: bool, column: int, message: str) -> None:
    if not holds:
        raise BadLine(column, message)

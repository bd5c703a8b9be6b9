"""The text form of scenarios: one operation a line, what must follow it below, after `=`.

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

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from fuzz.operations import (
    ADDRESS_SPACE_SIZE,
    AddSubregion,
    Begin,
    Commit,
    CreateRegion,
    CreateSpace,
    DelSubregion,
    DestroySpace,
    ObserveLookup,
    ObserveSections,
    ObserveView,
    Operation,
    Property,
    RegionKind,
    SetProperty,
)
from fuzz.scenario import ABORTS, REJECTED, Scenario, ScenarioError, Step
from fuzz.targets.interface import FLAVOURS, PAGE_BITS, Settings

MAX_BYTES = 16 << 20
"""A longer text is refused unread."""

_NAME = re.compile(r"[A-Za-z0-9_.:/\[\]+-]+\Z")
_NUMBER = re.compile(r"(0x[0-9a-f]+|[0-9]+)\Z", re.IGNORECASE)
_MOST_DIGITS = 20


class _BadLine(Exception):
    """What is wrong with a line; `parse` adds where it stands."""


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
            reader.read(line.strip(), number)
        except _BadLine as error:
            raise ScenarioError(path, number, str(error)) from None
    return reader.scenario(str(path))


class _Reader:
    """What has been read so far. The comment that a file begins with is the scenario's heading."""

    def __init__(self) -> None:
        self.settings = Settings()
        self.heading: tuple[str, ...] | None = None
        self.comments: list[str] = []
        self.steps: list[Step] = []

    def read(self, line: str, number: int) -> None:
        """Take in one line; _BadLine says what is wrong with it."""
        if line.startswith("#"):
            self.comments.append(line[1:].strip())
            return
        if self.heading is None:
            self.heading, self.comments = tuple(self.comments), []
        if not line:
            return
        words = line.split()
        if line.startswith("="):
            self.expect(line[1:].strip())
        elif words[0] in _SETTINGS:
            _require(not self.steps, f"{words[0]} must come before the first operation")
            self.settings = _SETTINGS[words[0]](self.settings, words[1:])
        else:
            self.steps.append(Step(_operation(words), None, tuple(self.comments), number))
            self.comments = []

    def expect(self, line: str) -> None:
        """Add a line to what must follow the last step."""
        _require(bool(self.steps), "'=' says what must follow an operation; there is none yet")
        _require(not self.comments, "a comment cannot stand between an operation and its '='")
        _require(bool(line), "nothing after '='; write what is expected, or drop the line")
        step = self.steps[-1]
        expected = (*(step.expected or ()), line)
        _require(
            step.observes or expected in (REJECTED, ABORTS),
            "of an operation that changes something, only '= rejected' or '= aborts' can be "
            "expected; look at the result with view, sections or lookup",
        )
        self.steps[-1] = replace(step, expected=expected)

    def scenario(self, source: str) -> Scenario:
        """All that was read."""
        heading = tuple(self.comments) if self.heading is None else self.heading
        return Scenario(self.settings, tuple(self.steps), heading, source)


def _operation(words: list[str]) -> Operation:
    """The operation that a line's words say."""
    reader = _OPERATIONS.get(words[0])
    if reader is None:
        _bad(f"unknown operation {words[0]!r}; known are {', '.join(sorted(_OPERATIONS))}")
    return reader(words)


def _create(words: list[str]) -> Operation:
    usage = f"{words[0]} NAME SIZE"
    _require(len(words) == 3, f"expected: {usage}")
    return CreateRegion(_name(words[1]), RegionKind(words[0]), _size(words[2]))


def _create_alias(words: list[str]) -> Operation:
    form = len(words) == 7 and words[3] == "of" and words[5] == "at"
    _require(form, "expected: alias NAME SIZE of TARGET at OFFSET")
    return CreateRegion(
        _name(words[1]), RegionKind.ALIAS, _size(words[2]), _name(words[4]), _address(words[6])
    )


def _add(words: list[str]) -> Operation:
    short = len(words) == 5 and words[3] == "at"
    long = len(words) == 7 and words[3] == "at" and words[5] == "priority"
    _require(short or long, "expected: add CONTAINER CHILD at ADDRESS [priority PRIORITY]")
    priority = _priority(words[6]) if long else 0
    return AddSubregion(_name(words[1]), _name(words[2]), _address(words[4]), priority)


def _del(words: list[str]) -> Operation:
    _require(len(words) == 3, "expected: del CONTAINER CHILD")
    return DelSubregion(_name(words[1]), _name(words[2]))


def _set(words: list[str]) -> Operation:
    _require(len(words) == 4, "expected: set REGION PROPERTY VALUE")
    known = {one.value: one for one in Property}
    if words[2] not in known:
        _bad(f"unknown property {words[2]!r}; known are {', '.join(known)}")
    changed = known[words[2]]
    if changed.is_switch:
        _require(words[3] in ("on", "off"), f"{changed.value} is on or off, not {words[3]!r}")
        value = int(words[3] == "on")
    else:
        value = _size(words[3]) if changed is Property.SIZE else _address(words[3])
    return SetProperty(_name(words[1]), changed, value)


def _space(words: list[str]) -> Operation:
    _require(len(words) == 3, "expected: space NAME ROOT")
    return CreateSpace(_name(words[1]), _name(words[2]))


def _destroy(words: list[str]) -> Operation:
    _require(len(words) == 2, "expected: destroy SPACE")
    return DestroySpace(_name(words[1]))


def _bare(operation: Operation) -> Callable[[list[str]], Operation]:
    def read(words: list[str]) -> Operation:
        _require(len(words) == 1, f"{words[0]} stands alone on its line")
        return operation

    return read


def _view(words: list[str]) -> Operation:
    _require(len(words) == 2, "expected: view SPACE")
    return ObserveView(_name(words[1]))


def _sections(words: list[str]) -> Operation:
    _require(len(words) == 2, "expected: sections SPACE")
    return ObserveSections(_name(words[1]))


def _lookup(words: list[str]) -> Operation:
    _require(len(words) == 3, "expected: lookup SPACE ADDRESS")
    return ObserveLookup(_name(words[1]), _address(words[2]))


def _flavour(settings: Settings, words: list[str]) -> Settings:
    if len(words) != 1 or words[0] not in FLAVOURS:
        _bad(f"expected: flavour {'|'.join(FLAVOURS)}")
    return settings._replace(flavour=words[0])


def _page_bits(settings: Settings, words: list[str]) -> Settings:
    if len(words) != 1 or not words[0].isdecimal() or _number(words[0]) not in PAGE_BITS:
        _bad(f"expected: page-bits N, from {PAGE_BITS.start} to {PAGE_BITS.stop - 1}")
    return settings._replace(page_bits=_number(words[0]))


_SETTINGS: dict[str, Callable[[Settings, list[str]], Settings]] = {
    "flavour": _flavour,
    "page-bits": _page_bits,
}

_OPERATIONS: dict[str, Callable[[list[str]], Operation]] = {
    **{kind.value: _create for kind in RegionKind},
    "alias": _create_alias,
    "add": _add,
    "del": _del,
    "set": _set,
    "space": _space,
    "destroy": _destroy,
    "begin": _bare(Begin()),
    "commit": _bare(Commit()),
    "view": _view,
    "sections": _sections,
    "lookup": _lookup,
}


def _bad(message: str) -> NoReturn:
    raise _BadLine(message)


def _require(holds: bool, message: str) -> None:
    if not holds:
        _bad(message)


def _name(word: str) -> str:
    _require(bool(_NAME.match(word)), f"{word!r} is not a name: letters, digits and _.:/[]+-")
    return word


def _number(word: str) -> int:
    if not _NUMBER.match(word) or len(word) > _MOST_DIGITS:
        _bad(f"{word!r} is not a number: write decimal, or hexadecimal after 0x, up to 2^64")
    return int(word, 0) if word[:2].lower() == "0x" else int(word)


def _address(word: str) -> int:
    number = _number(word)
    _require(number < ADDRESS_SPACE_SIZE, f"{word} is not within 0 to 2^64 - 1")
    return number


def _size(word: str) -> int:
    if word == "2^64":
        return ADDRESS_SPACE_SIZE
    number = _number(word)
    _require(
        number < ADDRESS_SPACE_SIZE - 1,
        f"{word} is not a size: 0 to 2^64 - 2, or 2^64 (2^64 - 1 cannot be expressed in QEMU)",
    )
    return number


def _priority(word: str) -> int:
    sign = -1 if word.startswith("-") else 1
    number = sign * _number(word.removeprefix("-"))
    _require(-(1 << 31) <= number < 1 << 31, f"priority {word} does not fit 32 bits")
    return number

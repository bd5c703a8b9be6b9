"""Reading a printed text line by line, and the error that says where it could not be read."""

import re
from typing import NoReturn

HEX = "[0-9a-f]{16}"
OWNER_TEXT = r"(?:owner|parent):\{(?:dev|obj) (?:id|path|type)=[^{}]*\}"

_OWNED = re.compile(rf"(.*?) (orphan|{OWNER_TEXT}(?: {OWNER_TEXT})?)\Z", re.DOTALL)


class MtreeError(ValueError):
    """Text that is not what QEMU prints: where, what is wrong, and what to do about it."""

    def __init__(self, path: str, line: int, message: str) -> None:
        super().__init__(f"{path}:{line}: {message}" if line else f"{path}: {message}")
        self.path = path
        self.line = line
        self.message = message


class Lines:
    """The lines of a text, from the first to the last, each looked at before it is taken."""

    def __init__(self, text: str, path: str) -> None:
        self._lines = text.replace("\r\n", "\n").split("\n")
        if self._lines[-1] == "":
            self._lines.pop()
        self._path = path
        self._next = 0

    @property
    def number(self) -> int:
        """The number of the line that is looked at, from 1."""
        return self._next + 1

    @property
    def line(self) -> str | None:
        """The line that is looked at; None at the end of the text."""
        return self._lines[self._next] if self._next < len(self._lines) else None

    def take(self) -> str:
        """Go on to the next line, giving the one left. Raises MtreeError at the end."""
        line = self.line
        if line is None:
            self.fail("the text ends here, in the middle of a part; take it from QEMU again, whole")
        self._next += 1
        return line

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """What the pattern finds in the line that is looked at."""
        return None if self.line is None else pattern.match(self.line)

    def fail(self, message: str, number: int | None = None) -> NoReturn:
        """Raise MtreeError about a line: the one that is looked at unless another is named."""
        raise MtreeError(self._path, self.number if number is None else number, message)


def split_owner(text: str) -> tuple[str, str] | None:
    """What stands before the owner that ends a line, and the owner; None if there is none."""
    found = _OWNED.match(text)
    return (found[1], found[2]) if found else None

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
    """The lines of a text, from the first to the last, each looked at before it is taken.

    `has_owners` says whether the lines of regions end with owners, which all or none do; it is None
    as long as there was no such line.
    """

    def __init__(self, text: str, path: str) -> None:
        self._lines = text.replace("\r\n", "\n").split("\n")
        if self._lines[-1] == "":
            self._lines.pop()
        self._path = path
        self._next = 0
        self.has_owners: bool | None = None

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

    def split_owner(self, text: str) -> tuple[str, str]:
        """What stands before the owner that ends the line, and the owner.

        It is empty in a text without owners. Raises MtreeError where other lines are not alike.
        """
        found = _OWNED.match(text)
        if self.has_owners is None:
            self.has_owners = found is not None
        if self.has_owners and found is None:
            self.fail("the line does not end with an owner, as those before do; is it damaged?")
        if not self.has_owners and found is not None:
            self.fail("the line ends with an owner, and those before do not; are they damaged?")
        return (found[1], found[2]) if found else (text, "")

    def fail(self, message: str, number: int | None = None) -> NoReturn:
        """Raise MtreeError about a line: the one that is looked at unless another is named."""
        raise MtreeError(self._path, self.number if number is None else number, message)

"""What a target answered, kept, so that it can be asked again without its doing anything.

Played back to the same scenario, the answers come in the same order as long as nothing differs; so
one run of the specification serves many targets, and what the oracle takes by itself can be timed.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from fuzz.observation import SectionSeen, ViewSeen
from fuzz.operations import Operation
from fuzz.targets.interface import Lines, Target, TargetFactory

Answer = tuple[str, tuple[object, ...], Any, Exception | None]
"""What a target was asked, and what it gave or raised."""


class Strayed(Exception):
    """Another question is asked than the last time: another target has led there."""


class Asked:
    """A target that hands each question on to `ask`, by its name."""

    def __init__(self, name: str, ask: Callable[..., Any]) -> None:
        self.name = name
        self.ask = ask

    def cannot(self, operation: Operation) -> str:
        """Why the target cannot carry out an operation."""
        return str(self.ask("cannot", operation))

    def apply(self, operation: Operation) -> Lines:
        """What an operation shows."""
        lines: Lines = self.ask("apply", operation)
        return lines

    def spaces(self) -> Sequence[str]:
        """The names of the address spaces."""
        names: Sequence[str] = self.ask("spaces")
        return names

    def view_serial(self, space: str) -> int:
        """Which rendering the space has published."""
        serial: int = self.ask("view_serial", space)
        return serial

    def view(self, space: str) -> ViewSeen:
        """The view that the space has published."""
        view: ViewSeen = self.ask("view", space)
        return view

    def sections(self, space: str) -> tuple[SectionSeen, ...]:
        """The sections of that view."""
        sections: tuple[SectionSeen, ...] = self.ask("sections", space)
        return sections

    def lookup(self, space: str, address: int) -> SectionSeen:
        """The section that answers at an address."""
        section: SectionSeen = self.ask("lookup", space, address)
        return section

    def contents(self, region: str, offset: int, length: int) -> bytes:
        """What stands in a region's memory."""
        memory: bytes = self.ask("contents", region, offset, length)
        return memory

    def callbacks(self) -> Lines:
        """What listeners have been called with."""
        calls: Lines = self.ask("callbacks")
        return calls


def recording(target: Target, answers: list[Answer]) -> Asked:
    """A target that answers as another does, and keeps the answers."""

    def ask(question: str, *arguments: object) -> Any:
        try:
            given = getattr(target, question)(*arguments)
        except Exception as error:
            answers.append((question, arguments, None, error))
            raise
        answers.append((question, arguments, given, None))
        return given

    return Asked(target.name, ask)


def keeping(factory: TargetFactory, answers: list[Answer]) -> TargetFactory:
    """Makes targets that keep what they answer."""
    return lambda settings: recording(factory(settings), answers)


def giving(name: str, answers: Sequence[Answer]) -> TargetFactory:
    """Makes targets that give answers that were kept."""
    return lambda settings: played_back(name, answers)


def played_back(name: str, answers: Sequence[Answer]) -> Asked:
    """A target that gives answers that were kept, in their order. Raises Strayed."""
    following: Iterator[Answer] = iter(answers)

    def ask(question: str, *arguments: object) -> Any:
        asked, about, given, error = next(following, ("", (), None, None))
        if asked != question or about != arguments:
            raise Strayed(f"{question} instead of {asked}")
        if error is not None:
            raise error
        return given

    return Asked(name, ask)

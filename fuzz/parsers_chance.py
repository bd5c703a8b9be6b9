"""Trying parsers on real texts that chance has damaged, in this process and without atheris."""

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from fuzz.parsers import Parser
from fuzz.parsers_seeds import CORPORA


class Failure(NamedTuple):
    """An input at which a parser raised what it must not."""

    data: bytes
    error: Exception
    executions: int


def by_chance(
    parser: Parser, executions: int, seed: int, corpora: Path = CORPORA
) -> Failure | None:
    """The first failure on so many damaged inputs; the same for the same seed.

    The seeds themselves come first, and must be taken without an error. Raises what reading the
    corpora does.
    """
    chance, seeds = random.Random(seed), list(parser.seeds(corpora))
    words = [word.encode() for word in parser.words]
    for number in range(executions):
        data = seeds[number] if number < len(seeds) else damaged(chance, seeds, words)
        try:
            parser.one_input(data)
        except Exception as error:
            return Failure(data, error, number + 1)
    return None


def damaged(chance: random.Random, seeds: Sequence[bytes], words: Sequence[bytes]) -> bytes:
    """One of the seeds with a few damages, mostly few."""
    data = chance.choice(seeds) if seeds else b""
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        data = chance.choice(DAMAGES)(chance, data, chance.choice(seeds or [b""]))
        if words and chance.random() < 0.4:
            at = chance.randrange(len(data) + 1)
            data = data[:at] + chance.choice(words) + data[at + chance.randrange(8) :]
    return data


Damage = Callable[[random.Random, bytes, bytes], bytes]


def change_byte(chance: random.Random, data: bytes, other: bytes) -> bytes:
    """Another byte in place of one: any, or a digit, or what ends lines and words."""
    at = chance.randrange(len(data) + 1)
    byte = chance.choice((chance.randrange(256), *b'0919afx-_ \n\r\t\0"{}[]@:,#=\\'))
    return data[:at] + bytes([byte]) + data[at + 1 :]


def drop(chance: random.Random, data: bytes, other: bytes) -> bytes:
    """A few bytes less."""
    at = chance.randrange(len(data) + 1)
    return data[:at] + data[at + chance.randrange(1, 20) :]


def end_early(chance: random.Random, data: bytes, other: bytes) -> bytes:
    """The end is missing."""
    return data[: chance.randrange(len(data) + 1)]


def repeat_line(chance: random.Random, data: bytes, other: bytes) -> bytes:
    """A line of this or another text, somewhere."""
    lines, others = data.split(b"\n"), (data if chance.random() < 0.5 else other).split(b"\n")
    lines.insert(chance.randrange(len(lines) + 1), chance.choice(others))
    return b"\n".join(lines)


def drop_lines(chance: random.Random, data: bytes, other: bytes) -> bytes:
    """A line or more are missing."""
    lines = data.split(b"\n")
    at = chance.randrange(len(lines))
    del lines[at : at + chance.choice((1, 1, 2, 5))]
    return b"\n".join(lines)


def swap_lines(chance: random.Random, data: bytes, other: bytes) -> bytes:
    """Two lines in each other's place."""
    lines = data.split(b"\n")
    one, two = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[two] = lines[two], lines[one]
    return b"\n".join(lines)


def splice(chance: random.Random, data: bytes, other: bytes) -> bytes:
    """The beginning of one and the end of another."""
    return data[: chance.randrange(len(data) + 1)] + other[chance.randrange(len(other) + 1) :]


DAMAGES: tuple[Damage, ...] = (
    change_byte,
    change_byte,
    drop,
    end_early,
    repeat_line,
    drop_lines,
    swap_lines,
    splice,
)

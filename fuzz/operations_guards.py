"""The operations on guards: references to views, through which memory is accessed."""

from dataclasses import dataclass
from typing import Annotated

from fuzz.operands import Name, Number
from fuzz.operations_access import LENGTH
from fuzz.syntax import syntax

SPACE = Name("space")
GUARD = Name("guard")


@syntax("guard {name} {space}", weight=1, shows=True)
@dataclass(frozen=True, slots=True)
class TakeGuard:
    """Take a guard: a reference to the view that a space publishes. Rules: G6, L2, L3, F25."""

    name: Annotated[str, Name("guard", new=True)]
    space: Annotated[str, SPACE]


@syntax("guard-clone {name} {guard}", weight=1, shows=True)
@dataclass(frozen=True, slots=True)
class CloneGuard:
    """Make another guard of the view that one keeps. Rules: G6, F26."""

    name: Annotated[str, Name("guard", new=True)]
    guard: Annotated[str, GUARD]


@syntax("guard-drop {guard}", weight=1, shows=True)
@dataclass(frozen=True, slots=True)
class DropGuard:
    """Let go of all that a guard keeps; its name stays, but has no more use. Rules: G6, F23."""

    guard: Annotated[str, GUARD]


@syntax("guard-find {guard} {address}", weight=1, shows=True)
@dataclass(frozen=True, slots=True)
class GuardFind:
    """Ask which region has an address in the view that a guard keeps. Rules: F13, F14, F24."""

    guard: Annotated[str, GUARD]
    address: Annotated[int, Number()]


@syntax("guard-read {guard} {address} {length}", weight=1, shows=True)
@dataclass(frozen=True, slots=True)
class GuardRead:
    """Read through the view that a guard keeps, and keep what IOMMUs lead to. Rules: F23, F24."""

    guard: Annotated[str, GUARD]
    address: Annotated[int, Number()]
    length: Annotated[int, LENGTH]


GuardOperation = TakeGuard | CloneGuard | DropGuard | GuardFind | GuardRead

"""Bugs that all sides share still show, and so does what no operation shows."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

import fuzz.invariants as views
import fuzz.invariants_events as events
import fuzz.invariants_steps as steps
from fuzz.access_seen import (
    AccessSeen,
    format_access,
)
from fuzz.mutation import Mutation, load_variant
from fuzz.observation import ViewSeen
from fuzz.operations import Operation
from fuzz.operations_access import Write
from fuzz.oracle import Outcome, run
from fuzz.parse import parse
from fuzz.targets.impl import ImplTarget
from fuzz.targets.interface import Lines, Settings
from fuzz.targets.model import ModelTarget
from fuzz.verdict import Verdict

# --- Bugs that both sides share ----------------------------------------------------------------

SHARED = {
    views.MERGED: (
        ("model.view", "        and not left.unmergeable\n", "        and False\n"),
        ("impl.sweep", "        and not right.flags.unmergeable\n", "        and False\n"),
        "ram low 0x2000\nalias a 0x1000 of low at 0x0\nalias b 0x1000 of low at 0x1000\n"
        "container system 2^64\nadd system a at 0x0\nadd system b at 0x1000\nspace m system",
    ),
    views.DIVIDED: (
        ("model.dispatch", "if piece is not body and page not in divided_pages:",
         "if piece is not body:"),
        ("impl.view", "if shares_page and start >> page_bits != divided:", "if shares_page:"),
        "container system 2^64\nram a 0x10\nram b 0x10\nadd system a at 0x0\n"
        "add system b at 0x20\nspace m system",
    ),
    views.LINEAR: (
        ("model.dispatch", "section.start <= address < section.end:",
         "section.start <= address < section.end - 1:"),
        ("impl.view", "one.start <= address < one.end else",
         "one.start <= address < one.end - 1 else"),
        "ram low 0x1000\nspace m low",
    ),
    events.KNOWN: (
        ("model.listeners", "        and old.size == new.size\n", ""),
        ("impl.difference", "one[:4] == other[:4]", "one._replace(end=other.end)[:4] == other[:4]"),
        "ram low 0x1000\nspace m low\nlistener l of m\nset low size 0x2000",
    ),
    steps.ALIGNED: (
        ("model.access", "    if not impl_unaligned:\n", "    if False:\n"),
        ("impl.steps", "if not unaligned and 0 < lowest < most:", "if False:"),
        "io dev 0x10\ndevice dev little\nvalid dev 0 to 0 unaligned\nspace m dev\nread m 0x1 0x4",
    ),
    steps.SIZES: (
        ("model.access", "return max(min(size, most), least)", "return min(size, most)"),
        ("impl.steps", "max(min(size, most or 4), least or 1)", "min(size, most or 4)"),
        "io dev 0x10\ndevice dev little\nimpl dev 2 to 4 aligned\nspace m dev\nwrite m 0x0 11",
    ),
    steps.WRITTEN_IS_THERE: (
        ("model.memory", "old[:within] + piece +", "old[:within] + bytes(len(piece)) +"),
        ("impl.memory", "            contents[offset : offset + len(data)] = data\n",
         "            contents[offset : offset + len(data)] = bytes(len(data))\n"),
        "ram low 0x1000\nspace m low\nwrite m 0x0 1122 with debug",
    ),
}  # fmt: skip
"""Claims, and one bug each as it looks in the specification and in the implementation."""


def shared(claim: str, is_broken: bool) -> Outcome:
    """What running the scenario of a claim comes to, on two sound or two broken sides."""
    in_model, in_impl, text = SHARED[claim]
    if not is_broken:
        return run(parse(text), [ModelTarget, ImplTarget])
    return run(
        parse(text),
        [
            partial(ModelTarget, package=load_variant("model", Mutation("shared", *in_model))),
            partial(ImplTarget, package=load_variant("impl", Mutation("shared", *in_impl))),
        ],
    )


@pytest.mark.parametrize("claim", SHARED)
def test_a_bug_that_model_and_implementation_share_still_shows(claim: str) -> None:
    assert shared(claim, is_broken=False).verdict is Verdict.AGREE
    outcome = shared(claim, is_broken=True)
    assert outcome.verdict is Verdict.DIVERGE
    assert outcome.difference is not None
    assert outcome.difference.what == f"invariant {claim}"
    assert outcome.difference.right_name == "model and impl"


# --- A broken target that is compared with itself ------------------------------------------------


class Bent(ImplTarget):
    """The implementation, with what one method gives replaced."""

    def __init__(self, settings: Settings, method: str, bend: Callable[[Any], Any]) -> None:
        super().__init__(settings, name="bent")
        inner = getattr(self, method)
        setattr(self, method, lambda *arguments: bend(inner(*arguments)))


SCRIPT = """
container system 2^64
ram low 0x1010
add system low at 0x0
space memory system
listener l of memory
write memory 0x0 1122
set low size 0x1008
"""


def unsorted(view: ViewSeen) -> ViewSeen:
    return view._replace(ranges=(*view.ranges, *view.ranges))


def forgetful(seen: Lines) -> Lines:
    return format_access(AccessSeen(0)) if seen[:1] == ("ok",) else seen


BENT: list[tuple[str, str, Callable[[Any], Any]]] = [
    (views.SORTED, "view", unsorted),
    (views.PARTITION, "sections", lambda found: found[:-1]),
    (views.INSIDE, "lookup", lambda found: found._replace(size=0)),
    (steps.SUM, "apply", forgetful),
    (steps.WRITTEN_IS_THERE, "contents", lambda found: bytes(len(found))),
]


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize(("claim", "method", "bend"), BENT, ids=[one[1] for one in BENT])
def test_a_broken_target_disagrees_with_itself(
    claim: str, method: str, bend: Callable[[Any], Any], alone: bool
) -> None:
    """Also where there is nothing to compare it with."""
    bent = partial(Bent, method=method, bend=bend)
    outcome = run(parse(SCRIPT), [bent] if alone else [bent, bent])
    assert outcome.difference is not None
    assert outcome.difference.what == f"invariant {claim}"


def test_a_sound_target_agrees_with_itself() -> None:
    assert run(parse(SCRIPT), [ImplTarget]).verdict is Verdict.AGREE


# --- What is compared --------------------------------------------------------------------------


def leaks_a_reference(target: ImplTarget) -> None:
    target.memory_map.lifetimes.table[-1].references += 1


def writes_behind_its_data(target: ImplTarget) -> None:
    target.regions["low"].block.write(4, b"\1")


@pytest.mark.parametrize(
    ("what", "harm"),
    [("lives", leaks_a_reference), ("memory", writes_behind_its_data)],
)
def test_what_no_operation_shows_is_compared_all_the_same(
    what: str, harm: Callable[[ImplTarget], None]
) -> None:
    class Harmful(ImplTarget):
        def apply(self, operation: Operation) -> Lines:
            shown = super().apply(operation)
            if isinstance(operation, Write):
                harm(self)
            return shown

    outcome = run(parse(SCRIPT), [ModelTarget, Harmful])
    assert outcome.difference is not None
    assert outcome.difference.what == what

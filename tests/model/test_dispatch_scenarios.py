"""The scenarios of D1-D9 go through the radix tree, and each broken tree fails one of them."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from fuzz.mutation import Mutation, load_variant
from fuzz.oracle import run
from fuzz.parse import parse_file
from fuzz.targets.interface import Settings, TargetFactory
from fuzz.targets.model import ModelTarget
from fuzz.targets.model_dispatch import ModelDispatch
from fuzz.verdict import Verdict

REGRESSIONS = Path(__file__).resolve().parents[2] / "corpora" / "regressions"
SCENARIOS = sorted(REGRESSIONS.glob("D?/*.fv"))

LEVELS = "(self.address_bits - self.page_bits - 1) // self.level_bits + 1"
REUSE = "    if mru is None or not can_reuse(dispatch, mru, address):\n"


def failing(factory: TargetFactory) -> set[str]:
    """The scenarios whose expectations a target does not meet, or at which it crashes."""
    found = set()
    for path in SCENARIOS:
        try:
            verdict = run(parse_file(path), [factory]).verdict
        except Exception:
            verdict = Verdict.DIVERGE
        if verdict is not Verdict.AGREE:
            found.add(f"{path.parent.name}/{path.stem}")
    return found


def test_the_unbroken_tree_fails_none() -> None:
    assert len(SCENARIOS) > 10
    assert failing(ModelTarget) == set()


@pytest.mark.parametrize(
    ("scenario", "module", "original", "replacement"),
    [
        ("D1/one-page-on-each-level", "radix", LEVELS, LEVELS.removesuffix(" + 1")),
        ("D1/top-level-of-one-bit", "radix", LEVELS, LEVELS.replace(" - 1)", " - 9)")),
        ("D1/seven-levels-of-small-pages", "radix", LEVELS, "6"),
        ("D2/section-0", "dispatch", "registered = [UNASSIGNED]", "registered = []"),
        (
            "D5/highest-level-that-fits",
            "radix",
            "first % spanned == 0 and pages >= spanned",
            "pages >= spanned",
        ),
        (
            "D5/highest-level-that-fits",
            "radix",
            "first % spanned == 0 and pages >= spanned",
            "first % spanned == 0",
        ),
        ("D5/highest-level-that-fits", "radix", "while run.pages > 0", "while run.pages > 1"),
        (
            "D5/leaves-beside-divided-pages",
            "dispatch",
            "PageRun(section.start // page_size, section.size // page_size",
            "PageRun(section.start // page_size, -(-section.size // page_size // 2)",
        ),
        ("D6/branch-below-bypassed-nodes", "radix", "entry.skip + child.skip", "child.skip"),
        (
            "D6/branch-below-bypassed-nodes",
            "radix",
            "if len(children) == 1 else",
            "if len(children) <= 3 else",
        ),
        ("D6/lonely-leaf", "dispatch", "index if covers(", "index if index == 1 or covers("),
        (
            "D7/lookup-just-outside-compacted-leaf",
            "dispatch",
            "return index if covers(dispatch.sections[index], address) else UNASSIGNED_INDEX",
            "return index",
        ),
        (
            "D8/unassigned-is-not-found-again",
            "dispatch",
            "return mru != UNASSIGNED_INDEX and covers(",
            "return covers(",
        ),
        (
            "D8/unassigned-is-not-found-again",
            "dispatch",
            "return mru != UNASSIGNED_INDEX and covers(dispatch.sections[mru], address)",
            "return mru != UNASSIGNED_INDEX",
        ),
        (
            "D8/divided-page-is-resolved-again",
            "dispatch",
            REUSE,
            f"{REUSE.replace('is None or not', 'is not None and')}"
            "        return Found(dispatch.sections[mru], mru)\n    if True:\n",
        ),
        ("D9/byte-of-the-page", "subpage", "byte <= run.last", "byte < run.last"),
        ("D9/byte-of-the-page", "dispatch", "if resolve else mru", "if mru < 2 else mru"),
    ],
)
def test_a_broken_tree_fails_a_scenario(
    scenario: str, module: str, original: str, replacement: str
) -> None:
    mutation = Mutation(scenario, f"model.{module}", original, replacement)
    variant = load_variant("model", mutation)
    assert scenario in failing(partial(ModelTarget, package=variant, name="broken"))


class SharedDispatch(ModelDispatch):
    """Looks into the view that it was first asked of, whichever is asked."""

    def look_up(self, view: Any, address: int) -> Any:
        self.first = getattr(self, "first", view)
        return super().look_up(self.first, address)


class Stale(ModelTarget):
    """The specification, with one dispatch for all views."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.dispatch = SharedDispatch(self.package, settings.page_bits)


def test_a_dispatch_that_outlives_its_view_fails_a_scenario() -> None:
    assert "D8/mru-stale" in failing(Stale)

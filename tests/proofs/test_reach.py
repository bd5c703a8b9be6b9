"""What a theorem reaches: never less than runs, and a change of what runs changes the digest."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType

import pytest

from fuzz.mutation import load_variant
from proofs.cache import PROVER, code_digest, home_of, prover_digest, reached_by
from proofs.reach import OURS, Source, path_of, read_module, read_source
from proofs.runner import prove
from proofs.theorem import Theorem
from proofs.theorems import THEOREMS
from proofs.theorems.clipping import THEOREMS as CLIPPING
from proofs.theorems.filling import ORDER
from proofs.theorems.splitting import SPLIT

ROOT = Path(__file__).resolve().parents[2]

QUICK = [one for one in THEOREMS if one.limits.resource_units <= 50_000]


def functions_run(call: Callable[[], object]) -> set[str]:
    """The functions of our packages that run during a call, as `module:name`."""
    run: set[str] = set()

    def note(frame: FrameType, event: str, argument: object) -> None:
        code = frame.f_code
        path = Path(code.co_filename)
        if event == "call" and path.suffix == ".py" and path.is_relative_to(ROOT):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if parts[0] in OURS:
                run.add(f"{'.'.join(parts)}:{code.co_qualname}")

    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(None)
    return run


def outermost(name: str) -> str:
    """The definition that a function's code stands in."""
    module, _, qualified = name.partition(":")
    parts = qualified.split(".")
    known = read_module(module).definitions
    names = [".".join(parts[:count]) for count in (2, 1)]
    return f"{module}:{next((one for one in names if one in known), qualified)}"


@pytest.mark.parametrize("theorem", QUICK, ids=lambda one: one.name)
def test_what_runs_during_a_proof_is_reached(theorem: Theorem) -> None:
    """The cache stands on it: what runs and is not reached could change without notice."""
    package = load_variant(theorem.package)
    package.load_all()
    run = functions_run(partial(prove, theorem, package))
    reached = reached_by(theorem).keys()
    ours = {name for name in run if name.partition(":")[0] not in PROVER}
    assert any(name.startswith(f"{theorem.package}.") for name in ours)
    assert {outermost(name) for name in ours} <= reached


def test_some_theorems_are_quick() -> None:
    """Running is watched for these only, because it takes several times as long."""
    assert len(QUICK) > 10


def test_not_everything_is_reached_from_everywhere() -> None:
    """A changed function must prove anew what reaches it, and nothing else."""
    reached = reached_by(ORDER)
    assert {"model.view:fill_step", "model.view:split", "model.view:FlatRange"} <= reached.keys()
    others = {"model.view:merge_step", "model.render:render_region", "model.radix:set_level"}
    assert not others & reached.keys()
    of_model = [name for name in reached if name.startswith("model.")]
    assert len(of_model) < 40
    assert "model.view:split" in reached_by(SPLIT)
    assert "model.view:fill_step" not in reached_by(SPLIT)


def test_each_planted_bug_is_in_code_that_its_theorem_reaches() -> None:
    """A bug elsewhere could not refute it, so this is what reaching must find at the least."""
    for theorem in THEOREMS:
        modules = {name.partition(":")[0] for name in reached_by(theorem)}
        assert {tooth.module for tooth in theorem.teeth} <= modules, theorem.name


def test_each_theorem_has_a_home() -> None:
    assert home_of(SPLIT) == ("proofs.theorems.splitting", "SPLIT")
    assert len({home_of(theorem) for theorem in THEOREMS}) == len(THEOREMS)


def test_theorems_and_the_prover_have_digests_of_their_own() -> None:
    digests = {code_digest(theorem) for theorem in (*CLIPPING, ORDER, SPLIT)}
    assert len(digests) == len(CLIPPING) + 2
    assert prover_digest() not in digests


TEXT = '''
"""A module."""
from model import view as seen
import model.render

LIMIT = 3

def step(range_):
    """What it does."""
    return seen.split(range_, LIMIT)

class Box:
    size: int = 0

    def __len__(self):
        return helper()

    @property
    def end(self):
        return self.size
'''


def digest(source: Source, name: str) -> str:
    return source.definitions[name].digest


def test_a_module_is_read_as_definitions_and_imports() -> None:
    source = read_source(TEXT)
    assert source.definitions.keys() == {"", "LIMIT", "step", "Box", "Box.end"}
    assert source.imports == {"seen": ("model", "view"), "model": ("model.render", "")}
    step = source.definitions["step"]
    assert {"seen", "LIMIT"} <= step.names
    assert step.attributes == {"split"}
    assert "helper" in source.definitions["Box"].names


def test_comments_and_documentation_change_no_digest() -> None:
    changed = TEXT.replace("What it does.", "Something else.").replace("LIMIT = 3", "LIMIT = 3 # x")
    before, after = read_source(TEXT), read_source(changed)
    assert all(digest(before, name) == digest(after, name) for name in before.definitions)


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("LIMIT = 3", "LIMIT = 4", "LIMIT"),
        ("seen.split(range_, LIMIT)", "seen.split(range_, 1)", "step"),
        ("size: int = 0", "size: int = 1", "Box"),
        ("return helper()", "return 1", "Box"),
        ("return self.size", "return 0", "Box.end"),
        ("@property", "@cached", "Box.end"),
    ],
)
def test_a_change_of_code_changes_its_digest_and_no_other(old: str, new: str, changed: str) -> None:
    before, after = read_source(TEXT), read_source(TEXT.replace(old, new))
    differing = {name for name in before.definitions if digest(before, name) != digest(after, name)}
    assert differing == {changed}


def test_only_our_modules_are_read() -> None:
    assert path_of("json") is None
    assert path_of("model.no_such_module") is None
    assert read_module("json") == Source({}, {})
    found = path_of("model.view")
    assert found is not None
    assert found.name == "view.py"

"""The vectors of the corpus agree with the specification, and planted bugs with none of the groups.

Each bug is a change of the model's text. The runner is loaded anew over the broken model, and some
vector of the group that the bug is for must notice.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import fuzz
from fuzz.mutation import Mutation, load_variant, within
from fuzz.vectors.reading import Vector, read_vectors
from fuzz.vectors.running import run_vectors
from fuzz.verdict import Verdict
from model.guest_contract import CONTRACTS
from tests.model.guest_bugs import BUGS, Bug

CORPUS = Path(__file__).resolve().parents[2] / "corpora" / "vectors"
VECTORS = tuple(one for path in sorted(CORPUS.glob("*.json")) for one in read_vectors(path))
GROUPS = sorted({vector.group for vector in VECTORS})


@contextmanager
def runner_over(mutation: Mutation) -> Iterator[Any]:
    """The module that runs vectors, over a broken copy of the model."""
    variant = load_variant("model", mutation)
    kept = {name: sys.modules.pop(name) for name in list(sys.modules) if is_replaced(name)}
    sys.modules.update(variant._modules)
    try:
        yield import_module("fuzz.vectors.running")
    finally:
        for name in [name for name in sys.modules if is_replaced(name)]:
            del sys.modules[name]
        sys.modules.update(kept)
        vars(fuzz)["vectors"] = kept["fuzz.vectors"]


def is_replaced(name: str) -> bool:
    """Whether a module is the model's, or runs vectors on it."""
    return within("model", name) or within("fuzz.vectors", name)


def vectors_of(group: str) -> tuple[Vector, ...]:
    """The vectors of one group."""
    return tuple(vector for vector in VECTORS if vector.group == group)


@pytest.mark.parametrize("release", [False, True])
@pytest.mark.parametrize("group", GROUPS)
def test_all_vectors_agree(group: str, release: bool) -> None:
    results = list(run_vectors(vectors_of(group), release=release))
    assert results
    assert [one for one in results if one.verdict is not Verdict.AGREE] == []


def test_every_version_and_every_group_has_bugs_and_vectors() -> None:
    assert {version for vector in VECTORS for version in vector.verified_on} == set(CONTRACTS)
    assert {bug.group for bug in BUGS} == set(GROUPS)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: f"{bug.group}: {bug.name}")
def test_each_bug_is_noticed_by_a_vector_of_its_group(bug: Bug) -> None:
    mutation = Mutation(bug.name, f"model.{bug.module}", bug.original, bug.replacement)
    with runner_over(mutation) as running:
        results = running.run_vectors(vectors_of(bug.group))
        assert any(one.verdict.value == Verdict.DIVERGE.value for one in results)


def test_the_runner_over_a_copy_leaves_the_real_one_alone() -> None:
    before = {name: module for name, module in sys.modules.items() if within("model", name)}
    with runner_over(Mutation("none", "model.guest_memory", '"""Finding', '"""Looking for')):
        pass
    assert {name: module for name, module in sys.modules.items() if within("model", name)} == before
    assert sys.modules["fuzz.vectors.running"].run_vectors is run_vectors

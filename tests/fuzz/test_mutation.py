"""Broken copies of a package: separate from the real one, and only where the text fits."""

import sys
from functools import partial

import pytest

import model.view
from fuzz.mutants import MUTANTS
from fuzz.mutation import Mutation, MutationError, load_variant
from fuzz.targets.interface import Settings
from fuzz.targets.model import ModelTarget

NEVER_MERGE = Mutation("never-merges", "model.view", "left.end == right.start", "False")


def test_a_variant_is_broken_and_the_real_package_is_not() -> None:
    left = model.view.FlatRange("ram", 0, 0, 1)
    right = model.view.FlatRange("ram", 1, 1, 1)
    variant = load_variant("model", NEVER_MERGE)
    assert not variant.view.can_merge(left, right)
    assert model.view.can_merge(left, right)
    assert sys.modules["model.view"] is model.view


def test_all_modules_of_a_variant_use_the_broken_one() -> None:
    variant = load_variant("model", NEVER_MERGE)
    assert variant.render.simplify is variant.view.simplify
    assert variant.render.simplify is not model.view.simplify


def test_an_unmutated_variant_runs_like_the_real_package() -> None:
    target = partial(ModelTarget, package=load_variant("model"))(Settings())
    assert list(target.spaces()) == []


@pytest.mark.parametrize(
    ("mutation", "message"),
    [
        (Mutation("gone", "model.view", "no such text", ""), "0 times"),
        (Mutation("many", "model.view", "left", "right"), "times"),
        (Mutation("where", "model.nowhere", "x", "y"), "no module"),
    ],
)
def test_a_mutation_that_does_not_fit_is_an_error(mutation: Mutation, message: str) -> None:
    """A mutant that is not one would make every check look sharp."""
    with pytest.raises(MutationError, match=message):
        load_variant("model", mutation)
    assert sys.modules["model.view"] is model.view


def test_every_planted_bug_has_a_name_of_its_own() -> None:
    names = [mutation.name for mutation in MUTANTS]
    assert len(set(names)) == len(names) >= 15

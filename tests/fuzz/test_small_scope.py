"""The exhaustive small scope: a tiny world, a search that leaves nothing out, and bugs to find."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

import impl.region
import model.address_range
from fuzz.mutants import MUTANTS
from fuzz.mutation import Mutation, MutationError
from fuzz.operations import (
    AddSubregion,
    Begin,
    Commit,
    DelSubregion,
    Operation,
    Property,
    SetProperty,
)
from fuzz.scenario import ABORTS, REJECTED
from fuzz.small_scope import (
    Enumerated,
    covered,
    enumerate_scope,
    scopes_of,
    tasks_of,
)
from fuzz.small_scope_pair import Pair, known_of
from fuzz.small_scope_rollback import Checkpoint, UnknownState
from fuzz.small_scope_scenes import Grid, alphabet, scenes
from fuzz.small_scope_search import Scope, Search, Task
from fuzz.small_scope_world import World, load
from fuzz.verdict import Verdict

ROOT = Path(__file__).resolve().parents[2]
TINY = World(4, 2)
BY_NAME = {mutation.name: mutation for mutation in MUTANTS}

# --- The world --------------------------------------------------------------------------------

SUSPECT = {63, 64, (1 << 63) - 1, 1 << 63, (1 << 64) - 1, 1 << 64}

THE_SIZE = {("model", "address_range", 1 << 64), ("impl", "region", 1 << 64)}

OTHERS = {
    ("model", "dirty_bitmap", 64): "bits of a word in a bitmap",
    ("model", "radix", 64): "QEMU's shape of a page map, and its bound: tiny worlds have their own",
    ("model", "radix", 63): "the skip of a page map's entry has 6 bits",
    ("model", "translate", 64): "how many IOMMUs may follow each other",
    ("model", "volatile_slice", (1 << 63) - 1): "the largest array of rust-vmm",
    ("model", "write_changes", 1 << 64): "the width of an ioeventfd's data",
    ("impl", "iommu", 64): "page masks of IOMMUs, which no scene has",
    ("impl", "memory_map", 64): "keeps priorities apart from the order of adding",
    ("impl", "translate", 64): "how many IOMMUs may follow each other",
}


def numbers(constant: object) -> Iterator[int]:
    """All numbers in a constant, or in the code of a module and its functions."""
    if isinstance(constant, CodeType):
        constant = constant.co_consts
    if isinstance(constant, tuple | frozenset):
        for one in constant:
            yield from numbers(one)
    elif isinstance(constant, int):
        yield constant


def test_the_size_of_the_address_space_stands_in_one_place_of_each_package() -> None:
    """Every other number that could be made of it is known, and is something else."""
    found = {
        (package, path.stem, number)
        for package in ("model", "impl")
        for path in (ROOT / package).glob("*.py")
        for number in numbers(compile(path.read_text(encoding="utf-8"), str(path), "exec"))
        if number in SUSPECT
    }
    assert found == THE_SIZE | set(OTHERS)


@pytest.mark.parametrize("world", [TINY, World(), World(3, 1)])
def test_a_tiny_world_ends_where_it_should_and_the_real_one_is_untouched(world: World) -> None:
    small, view = load("model", world), load("impl", world).view
    assert small.address_range.WHOLE_ADDRESS_SPACE.size == world.top
    assert small.dispatch.UNASSIGNED.size == view.UNASSIGNED.size == world.top
    assert small.region.Region(small.region.Kind.IO, world.top).size_in_64_bits == world.top - 1
    assert model.address_range.ADDRESS_SPACE_SIZE == impl.region.TOP == 1 << 64
    pair = Pair(world)
    for operation in scenes(world)[1].setup:
        pair.apply(operation)
    assert pair.apply(AddSubregion("ram", "flash", world.top)) == REJECTED


def test_a_constant_that_is_not_found_is_an_error() -> None:
    """Otherwise the address space would be large again, and nothing would be said."""
    computed = Mutation("computed", "impl.region", "TOP = 1 << 64", "TOP = int('1') << 64")
    with pytest.raises(MutationError, match="TOP"):
        load("impl", TINY, computed)


# --- The search -------------------------------------------------------------------------------


def enumerated(scope: Scope, mutation: Mutation | None = None) -> Enumerated:
    *_, last = enumerate_scope(scope, 1, mutation)
    assert isinstance(last, Enumerated)
    return last


@pytest.mark.parametrize("world", [TINY, World(3, 1)])
def test_every_single_operation_agrees(world: World) -> None:
    (scope,) = scopes_of(world, 1)
    result = enumerated(scope)
    assert result.verdict is Verdict.AGREE
    assert result.covered == sum(result.letters.values()) > 1000
    counts = result.counts
    assert counts.runs + counts.rejected + counts.ignored + counts.aborted == result.covered
    assert counts.lookups == counts.views * world.top > 0


def test_some_pairs_of_operations_agree_in_a_smaller_world() -> None:
    scope = Scope(World(3, 1), 2, Grid.COARSE)
    task = next(task for task in tasks_of(scope) if task.scene.name == "siblings")
    result = Search(task).run()
    assert result.finding is None
    assert result.counts.runs > 200


def groupings(letters: tuple[Operation, ...], count: int) -> Iterator[tuple[Operation, ...]]:
    """The sequences of exactly so many operations, in each grouping, from the definition."""
    for chosen in product(letters, repeat=count):
        for ends in product((False, True), repeat=count - 1):
            groups = [[chosen[0]]]
            for operation, is_new in zip(chosen[1:], ends, strict=True):
                if is_new:
                    groups.append([operation])
                else:
                    groups[-1].append(operation)
            yield tuple(
                operation
                for group in groups
                for operation in (group if len(group) == 1 else [Begin(), *group, Commit()])
            )


def state_of(pair: Pair) -> Any:
    """The tree, and what each side has published of it."""
    spaces = pair.target.memory_map.spaces.values()
    return (
        tuple(pair.topology.regions.items()),
        tuple(space.view.ranges for space in pair.topology.spaces.values()),
        tuple(
            (one.start, one.end, one.region.name, one.offset, one.flags)
            for space in spaces
            for one in space.view.ranges
        ),
    )


class Recording(Search):
    """A search that notes the state after each sequence, and looks at few operations."""

    def __init__(self, task: Task, letters: tuple[Operation, ...]) -> None:
        super().__init__(task)
        self.letters = letters
        self.seen: set[Any] = set()

    def take(self, operation: Operation) -> tuple[str, ...]:
        outcome = super().take(operation)
        if outcome != ABORTS and self.pair.topology.depth == 0:
            self.seen.add(state_of(self.pair))
        return outcome


def test_the_search_reaches_all_states_that_sequences_run_one_by_one_reach() -> None:
    scope = Scope(World(3, 1), 3, Grid.COARSE)
    scene = scenes(scope.world)[1]
    letters = (
        DelSubregion("system", "ram"),
        AddSubregion("system", "ram", 1),
        SetProperty("rom", Property.SIZE, 8),
        SetProperty("ram", Property.SIZE, 8),
        SetProperty("port", Property.ADDRESS, 0),
    )
    search = Recording(Task(scope, scene, 0, len(letters)), letters)
    assert search.run().finding is None
    reached = set()
    for count in range(1, scope.operations + 1):
        for operations in groupings(letters, count):
            pair = Pair(scope.world)
            for operation in (*scene.setup, *operations):
                if pair.apply(operation) == ABORTS:
                    break
            else:
                reached.add(state_of(pair))
    assert len(reached) > 10
    assert reached <= search.seen


def test_sequences_are_counted_with_their_groupings() -> None:
    letters = tuple(alphabet(scenes(TINY)[0], Grid.COARSE, TINY)[:3])
    for count in (1, 2, 3):
        assert covered(3, count) == sum(
            sum(1 for _ in groupings(letters, length)) for length in range(1, count + 1)
        )


@pytest.mark.parametrize("scene", scenes(TINY), ids=lambda scene: scene.name)
def test_every_operation_is_taken_back_object_by_object(scene: Any) -> None:
    pair = Pair(TINY)
    for operation in scene.setup:
        pair.apply(operation)
    place = pair.checkpoint()
    changed = 0
    for operation in alphabet(scene, Grid.COARSE, TINY):
        before = pair.topology
        pair.apply(operation)
        assert place.is_current == (pair.topology == before)
        changed += not place.is_current
        place.restore()
        assert place.is_current
    assert changed > 10


def test_what_cannot_be_taken_back_is_a_fault() -> None:
    with pytest.raises(UnknownState, match="list_iterator"):
        Checkpoint([[iter([])]])


# --- Planted bugs -----------------------------------------------------------------------------

FOUND_BY_ONE = (
    "tie-first-wins",
    "moved-region-keeps-its-place",
    "alias-keeps-its-targets-address",
    "child-overhangs-its-container",
    "path-flags-of-the-leaf-only",
    "merge-across-an-offset-gap",
    "root-alias-larger-than-its-window",
    "last-address-is-a-hole",
    "page-divided-once-for-each-range",
    "tail-offset-of-the-body",
    "change-does-not-show-through-aliases",
    "displaced-view-stays",
    "hidden-window-never-comes-back",
    "a-resized-range-stays",
)
FOUND_BY_TWO = (
    "publishes-inside-a-transaction",
    "disabled-resize-is-not-pending",
    "no-abort-of-two-whole-ranges",
    "unmergeable-range-is-rendered-in-part",
    "log-start-for-what-comes",
)


@pytest.mark.parametrize("name", FOUND_BY_ONE)
def test_one_operation_finds_a_planted_bug(name: str) -> None:
    (scope,) = scopes_of(TINY, 1)
    assert enumerated(scope, BY_NAME[name]).verdict is Verdict.DIVERGE


@pytest.mark.parametrize("name", FOUND_BY_TWO)
def test_two_operations_find_a_planted_bug(name: str) -> None:
    pairs = Scope(World(3, 1), 2, Grid.COARSE)
    assert enumerated(pairs, BY_NAME[name]).verdict is Verdict.DIVERGE


# --- What is compared on the specification's side -----------------------------------------------


def first_finding(world: World) -> str:
    """What differs first, when nothing is known yet of what views show."""
    known_of.cache_clear()
    (scope,) = scopes_of(world, 1)
    finding = enumerated(scope).finding
    known_of.cache_clear()
    return "" if finding is None else finding.what


def test_a_view_that_is_not_what_the_tree_means_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    meaning = load("model", TINY).meaning
    resolve = meaning.resolve

    def hides_the_last(regions: Any, name: str, address: int, *flags: Any) -> Any:
        hidden = name == "system" and address == TINY.top - 1
        return None if hidden else resolve(regions, name, address, *flags)

    monkeypatch.setattr(meaning, "resolve", hides_the_last)
    assert first_finding(TINY) == f"meaning of {TINY.top - 1:#x} in memory"


def test_a_page_map_that_leads_elsewhere_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    dispatch = load("model", TINY).dispatch
    monkeypatch.setattr(dispatch, "page_find", lambda dispatch, address: 0)
    assert first_finding(TINY).startswith("the specification's look-up of")

"""Subtrees under a proof: the hypothesis says what real subtrees do, and no more than that."""

import model
import model.meaning
import model.render
from model.address_range import AddressRange
from model.meaning import Answer
from model.region import Kind, Region
from model.render import NO_FLAGS, PathFlags
from model.view import FlatRange
from proofs.paths import Explorer
from proofs.proof import ConcretePath, Limits, Proof
from proofs.ranges import Meaning, agree, meaning_of_all
from proofs.rebinding import rebound
from proofs.symbolic import all_of, implies
from proofs.trees import (
    AnyKind,
    Leaf,
    Question,
    Subtrees,
    View,
    any_region,
    nothing_said_of,
    path_through,
    told,
)

CLIP = AddressRange(0, 1 << 64)
REGION = Region(Kind.RAM, size=0x100, addr=0x40, readonly=True, dirty_log_mask=5)
NOTHING = nothing_said_of(REGION)


def explore(body: object) -> None:
    Explorer(Limits(100_000, 50)).explore(body)  # type: ignore[arg-type]


def values_of(subtree: int, **first: int | bool) -> dict[str, int | bool]:
    """Plain values for both answers of a subtree: the first as told, the second nothing."""
    fields = ("is_answered", "offset", *FlatRange._fields[:1], *FlatRange._fields[4:])
    values: dict[str, int | bool] = {
        f"subtree {subtree}[{index}].{field}": 0 for index in range(2) for field in fields
    }
    return values | {f"subtree {subtree}[0].{field}": value for field, value in first.items()}


def test_a_subtree_gives_the_same_answer_to_the_same_question() -> None:
    def body(proof: Proof) -> None:
        subtrees = Subtrees(model, proof, proof.integer("address"), (1,))
        asked = proof.integer("first"), proof.integer("second")
        first, second = (subtrees.answer(1, Question(at, NO_FLAGS)) for at in asked)
        proof.claim("same answer", implies(asked[0] == asked[1], agree(first, second)))

    explore(body)


def test_a_subtree_may_give_another_answer_to_another_question() -> None:
    values = values_of(1, is_answered=True, offset=7)
    subtrees = Subtrees(model, ConcretePath(values), 0, (1,))
    first = subtrees.answer(1, Question(0x10, NO_FLAGS))
    second = subtrees.answer(1, Question(0x10, PathFlags(readonly=True)))
    assert (first.is_answered, first.offset, second.is_answered) == (True, 7, False)


def test_what_a_subtree_renders_is_what_it_resolves_to_inside_the_clip() -> None:
    values = values_of(1, is_answered=True, offset=7, region=3)
    for clip, shows in ((CLIP, True), (AddressRange(0, 0x50), False)):
        subtrees = Subtrees(model, ConcretePath(values), 0x50, (1,))
        view = subtrees.render_region({}, View(NOTHING), 1, 0x10, clip, NO_FLAGS)
        assert view.meaning.is_answered is shows
        answer = subtrees.resolve({}, 1, 0x40)
        assert answer == Answer(Leaf(3, 0, 0), 7, NO_FLAGS)  # type: ignore[arg-type]
        assert not shows or agree(view.meaning, told({}, answer, NOTHING))


def test_a_subtree_whose_region_is_known_answers_only_in_its_extent() -> None:
    def body(proof: Proof) -> None:
        address = proof.integer("address")
        region = any_region(model, proof, "region", kind=AnyKind(True))
        subtrees = Subtrees(model, proof, address, (1,))
        subtrees.extents = {1: region}
        answer = subtrees.answer(1, Question(address, NO_FLAGS))
        inside = all_of(region.addr <= address, address < region.addr + region.size)
        proof.claim("in its extent", implies(answer.is_answered, inside))
        proof.claim("enabled", implies(answer.is_answered, region.enabled))

    explore(body)


def test_the_hypothesis_is_what_a_real_leaf_does() -> None:
    """A leaf rendered for real, and the same leaf as a subtree that answers as it resolves."""
    base, name = 0x1000, 1
    regions = {name: REGION}
    for address in (0x103F, 0x1040, 0x113F, 0x1140):
        ranges = model.render.render_region(regions, (), name, base, CLIP, NO_FLAGS)  # type: ignore[arg-type]
        answer = model.meaning.resolve(regions, name, address - base)  # type: ignore[arg-type]
        assert agree(meaning_of_all(NOTHING, ranges, address), told(regions, answer, NOTHING))


def test_an_answer_is_told_with_what_is_the_leafs_own() -> None:
    answer = Answer(1, 0x20, PathFlags(nonvolatile=True))  # type: ignore[arg-type]
    assert told({1: REGION}, answer, NOTHING) == Meaning(
        True, 0x20, (1, 5, True, False, True, False)
    )
    assert told({1: REGION}, None, NOTHING) is NOTHING


def test_a_path_is_continued_as_the_model_does_it() -> None:
    for flags in (NO_FLAGS, PathFlags(readonly=True), PathFlags(unmergeable=True)):
        assert path_through(flags, REGION) == model.render.flags_through(flags, REGION)


def test_the_real_resolve_can_be_given_subtrees() -> None:
    subtrees = Subtrees(model, ConcretePath(values_of(2, is_answered=True, offset=9)), 0, (2,))
    container = Region(Kind.CONTAINER, size=0x100, subregions=(2,))  # type: ignore[arg-type]
    resolve = rebound(model.meaning.resolve, resolve=subtrees.resolve)
    assert resolve({1: container}, 1, 0x30).offset == 9
    assert resolve({1: container}, 1, 0x100) is None

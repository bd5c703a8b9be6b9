"""Checking seeds: that good ones pass, and each way to be no good."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz.codec import MOST_BYTES
from fuzz.coverage import Coverage
from fuzz.harnesses.registry import find_harness
from fuzz.minimise import add, minimise
from fuzz.oracle import run
from fuzz.parse import parse
from fuzz.seeds import file_name, inputs_below, reached_by_parts, seed_of, text_of
from fuzz.seeds_check import Checked, check_folder
from fuzz.targets.impl import ImplTarget
from fuzz.targets.model import ModelTarget
from fuzz.verdict import Verdict
from tests.seeds import OVERLAP, REJECTED, TIE, TOPOLOGY, loaded, put, with_bug


@pytest.fixture
def coverage() -> Coverage:
    return loaded()


@settings(max_examples=25)
@given(st.binary(max_size=MOST_BYTES))
def test_the_text_of_any_seed_reads_back_as_its_bytes_and_can_be_replayed(data: bytes) -> None:
    harness = find_harness("everything")
    seed = seed_of(data, harness, loaded())
    if seed.verdict is not Verdict.AGREE:
        return
    scenario = parse(text_of(seed))
    again = seed_of(harness.seed(scenario), harness, loaded())
    assert text_of(again) == text_of(seed)
    assert run(scenario, [ModelTarget, ImplTarget]).verdict is Verdict.AGREE


def checked(folder: Path, coverage: Coverage) -> list[Checked]:
    """Those that are no good."""
    done = check_folder(folder, TOPOLOGY, coverage)
    return [one for one in done.seeds if one.verdict is not Verdict.AGREE]


def test_a_good_folder_has_nothing_wrong(coverage: Coverage, tmp_path: Path) -> None:
    put(tmp_path, REJECTED, "flavour current\npage-bits 12\nram r0 0x1000\nspace s0 r0\n")
    done = check_folder(tmp_path, TOPOLOGY, coverage)
    assert [one.message for one in done.seeds if one.message] == []
    assert all(one.own_edges > 0 for one in done.seeds)
    assert done.covered.edges > 100


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (OVERLAP.replace("r2", "serial"), "line 5 is 'io serial 0x1000', and should be 'io r2"),
        ("# a comment\n" + OVERLAP, "line 1"),
        (OVERLAP.replace("0x800", "2048"), "line 8"),
        (REJECTED.replace("= rejected\n", ""), "should be '= rejected'"),
        (OVERLAP + "= rejected\n", "and should be ''"),
        (OVERLAP + "begin\n", "should be 'commit'"),
    ],
)
def test_a_seed_that_is_not_written_as_it_decodes_is_refuted(
    text: str, says: str, coverage: Coverage, tmp_path: Path
) -> None:
    put(tmp_path, text)
    (bad,) = checked(tmp_path, coverage)
    assert bad.verdict is Verdict.REFUTED
    assert says in bad.message


def test_a_seed_by_another_name_is_refuted(coverage: Coverage, tmp_path: Path) -> None:
    (tmp_path / "overlap.fv").write_text(OVERLAP)
    (bad,) = checked(tmp_path, coverage)
    assert bad.verdict is Verdict.REFUTED
    assert f"should be called {file_name(OVERLAP)}" in bad.message


def test_a_seed_that_covers_nothing_of_its_own_is_refuted(
    coverage: Coverage, tmp_path: Path
) -> None:
    less, more = put(tmp_path, OVERLAP, OVERLAP + "del r0 r1\n")
    (bad,) = checked(tmp_path, coverage)
    assert (bad.path, bad.verdict) == (less, Verdict.REFUTED)
    assert "covers nothing that the others do not" in bad.message
    more.unlink()
    assert checked(tmp_path, coverage) == []


def test_a_seed_on_which_the_sides_differ_diverges(coverage: Coverage, tmp_path: Path) -> None:
    put(tmp_path, OVERLAP)
    assert checked(tmp_path, coverage) == []
    (bad,) = checked(tmp_path, with_bug(coverage, TIE))
    assert bad.verdict is Verdict.DIVERGE
    assert "differs after step" in bad.message


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("0123456789ab.fv", "ram r0\n", "0123456789ab.fv:1"),
        ("0123456789ab.fv", "ram r0 0x1000\nregister l0 s0\n", "0123456789ab.fv"),
        ("0123456789ab.fv", "ram r0 0x10\nspace s0 r0\nread s0 0x0 4\n", "topology has no Read"),
        ("notes.txt", "", "a seed is a scenario"),
    ],
)
def test_what_cannot_be_read_or_is_of_another_harness_is_a_fault(
    name: str, text: str, says: str, coverage: Coverage, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(text)
    (bad,) = checked(tmp_path, coverage)
    assert bad.verdict is Verdict.FAULT
    assert says in bad.message
    assert "\n" not in bad.message


def test_what_a_part_of_the_harness_covers_need_not_be_covered_again(
    coverage: Coverage, tmp_path: Path
) -> None:
    part, own = tmp_path / "topology", tmp_path / "listeners"
    part.mkdir()
    own.mkdir()
    put(own, OVERLAP)
    listeners = find_harness("listeners")
    assert check_folder(own, listeners, coverage).seeds[0].verdict is Verdict.AGREE
    put(part, OVERLAP)
    (bad,) = check_folder(own, listeners, coverage).seeds
    assert (bad.verdict, bad.own_edges) == (Verdict.REFUTED, 0)
    inputs = inputs_below(own, listeners)[0]
    given = reached_by_parts(own, listeners, coverage)
    assert minimise(inputs, listeners, coverage, given).seeds == ()
    (again,), _ = add([*own.iterdir()], own, listeners, coverage)
    assert again.saved is None

"""Seeds: what they reach, that few of them do what many inputs did, and each way to be no good."""

import copy
from collections import Counter
from collections.abc import Iterable
from functools import cache
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz import minimise as minimising
from fuzz.codec import HEADER, MOST_BYTES, RECORD
from fuzz.coverage import Coverage
from fuzz.harness import write_seeds
from fuzz.harnesses.registry import find_harness
from fuzz.minimise import add, minimise, replace_seeds
from fuzz.oracle import run
from fuzz.parse import parse, parse_file
from fuzz.rfc_v1_hunt import random_inputs
from fuzz.seeds import NotASeed, file_name, inputs_below, reached_by_parts, seed_of, text_of
from fuzz.seeds_check import Checked, check_folder
from fuzz.targets.impl import ImplTarget
from fuzz.targets.model import ModelTarget
from fuzz.targets.registry import find_target
from fuzz.verdict import Verdict

TOPOLOGY = find_harness("topology")
REGRESSIONS = Path("corpora/regressions")
OVERLAP = """flavour current
page-bits 12
container r0 2^64
ram r1 0x1000
io r2 0x1000
space s0 r0
add r0 r1 at 0x0
add r0 r2 at 0x800
"""
TIE = "tie-first-wins"
REJECTED = OVERLAP + "add r0 r2 at 0x0\n= rejected\n"


@cache
def loaded() -> Coverage:
    """Hypothesis takes no fixtures of a module."""
    return Coverage()


@pytest.fixture
def coverage() -> Coverage:
    return loaded()


@pytest.fixture(scope="module")
def regressions() -> dict[bytes, Path | str]:
    found: dict[bytes, Path | str] = {}
    for rule in ("M3", "M4", "R1", "R3", "R9", "T1"):
        found.update(inputs_below(REGRESSIONS / rule, TOPOLOGY)[0])
    return found


def with_bug(coverage: Coverage, bug: str) -> Coverage:
    """The same with a planted bug in the implementation, whose edges then do not count."""
    broken = copy.copy(coverage)
    broken.factories = (coverage.factories[0], find_target(f"mutant:{bug}"))
    return broken


def put(folder: Path, *texts: str) -> list[Path]:
    """Files of seeds with these texts, called as they should be."""
    paths = [folder / file_name(text) for text in texts]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text)
    return paths


def reached(coverage: Coverage, inputs: Iterable[bytes]) -> set[int]:
    """What inputs reach together, those that agree."""
    seeds = [seed_of(one, TOPOLOGY, coverage) for one in inputs]
    return {edge for one in seeds if one.verdict is Verdict.AGREE for edge in one.edges}


# --- Coverage -----------------------------------------------------------------------------------


def test_what_a_scenario_reaches_does_not_depend_on_what_ran_before(coverage: Coverage) -> None:
    scenarios = [parse_file(path) for path in sorted((REGRESSIONS / "A1").glob("*.fv"))]
    first = [coverage.reached(one).edges for one in scenarios]
    again = [coverage.reached(one).edges for one in reversed(scenarios)]
    assert first == again[::-1]
    assert len(set(first)) > 1


def test_an_operation_more_reaches_more_of_both_sides(coverage: Coverage) -> None:
    few = coverage.reached(parse(OVERLAP)).edges
    more = coverage.reached(parse(OVERLAP + "set r1 enabled off\ndel r0 r1\n")).edges
    assert few < more
    assert (more - few) & coverage.model_edges
    assert (more - few) & coverage.impl_edges
    counted = coverage.count(set(more))
    assert counted.edges == len(more)
    assert counted.model < counted.model_in_all
    assert counted.impl < counted.impl_in_all


# --- Minimising ---------------------------------------------------------------------------------


def test_minimising_keeps_all_that_is_covered_in_seeds_that_are_all_needed(
    coverage: Coverage, regressions: dict[bytes, Path | str]
) -> None:
    short = (data[: HEADER.size + 30 * RECORD.size] for data in islice(random_inputs(1), 15))
    inputs = {**regressions, **dict.fromkeys(short, "by chance")}
    result = minimise(inputs, TOPOLOGY, coverage)
    assert result.left_out == ()
    assert len(result.seeds) < result.inputs
    assert sum(len(one.data) for one in result.seeds) < sum(map(len, inputs)) / 2
    covered = reached(coverage, inputs)
    assert covered <= reached(coverage, [one.data for one in result.seeds])
    assert result.covered.edges >= len(covered)
    counts = Counter(edge for one in result.seeds for edge in one.edges)
    assert all(any(counts[edge] == 1 for edge in one.edges) for one in result.seeds)
    again = minimise(dict(reversed(inputs.items())), TOPOLOGY, coverage)
    assert [one.data for one in again.seeds] == [one.data for one in result.seeds]


def test_minimising_leaves_out_what_diverges(
    coverage: Coverage, regressions: dict[bytes, Path | str]
) -> None:
    result = minimise(regressions, TOPOLOGY, with_bug(coverage, TIE))
    assert "M3/tie-last-wins.fv" in {"/".join(Path(s.source).parts[-2:]) for s in result.left_out}
    assert all(one.verdict is Verdict.DIVERGE for one in result.left_out)
    assert "differs" in result.left_out[0].reason


def test_a_seed_that_says_why_it_is_kept_stays_with_its_comment(
    coverage: Coverage, tmp_path: Path
) -> None:
    kept = "# kept: it was slow once\n\n" + OVERLAP
    put(tmp_path, kept, OVERLAP + "del r0 r1\n")
    result = minimise(inputs_below(tmp_path, TOPOLOGY)[0], TOPOLOGY, coverage)
    assert kept in [text_of(one) for one in result.seeds]
    replace_seeds(tmp_path, result.seeds)
    good = check_folder(tmp_path, TOPOLOGY, coverage).seeds
    assert [one.verdict for one in good] == [Verdict.AGREE] * 2


def test_new_seeds_are_there_before_old_ones_go(
    coverage: Coverage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = put(tmp_path, OVERLAP)
    seed = seed_of(TOPOLOGY.seed(parse(REJECTED)), TOPOLOGY, coverage)

    def fail(path: Path, data: bytes) -> Path:
        raise OSError(28, "No space left on device", str(path))

    with monkeypatch.context() as patched:
        patched.setattr(minimising, "write_whole", fail)
        with pytest.raises(OSError, match="No space"):
            replace_seeds(tmp_path, [seed])
    assert list(tmp_path.iterdir()) == old
    own = tmp_path / "mine.fv"
    own.write_text(OVERLAP)
    with pytest.raises(NotASeed, match=r"mine\.fv: no seed by its name"):
        replace_seeds(tmp_path, [seed])
    assert sorted(tmp_path.iterdir()) == sorted([*old, own])
    own.rename(tmp_path / "notes.txt")
    replace_seeds(tmp_path, [seed])
    assert {one.name for one in tmp_path.iterdir()} == {"notes.txt", file_name(REJECTED)}


# --- Checking -----------------------------------------------------------------------------------


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


# --- Adding -------------------------------------------------------------------------------------


def test_only_what_covers_something_new_is_added(coverage: Coverage, tmp_path: Path) -> None:
    folder, outside = tmp_path / "seeds", tmp_path / "new.fv"
    outside.write_text("# one of mine\n" + OVERLAP.replace("r2", "serial"))
    (added,), needless = add([outside], folder, TOPOLOGY, coverage)
    assert added.saved == folder / file_name(OVERLAP)
    assert added.saved.read_text() == OVERLAP
    assert added.new_edges > 0
    assert needless == []
    (again,), _ = add([outside], folder, TOPOLOGY, coverage)
    assert (again.saved, again.new_edges) == (None, 0)
    assert "nothing that the seeds do not" in again.reason
    as_bytes = tmp_path / "input.bin"
    as_bytes.write_bytes(TOPOLOGY.seed(parse(REJECTED)))
    (more,), needless = add([as_bytes], folder, TOPOLOGY, coverage)
    assert more.saved == folder / file_name(REJECTED)
    assert needless == [added.saved]
    (kept,), _ = add([outside], folder, TOPOLOGY, coverage, because="it is short")
    assert kept.saved is not None
    assert kept.saved.read_text().startswith("# kept: it is short\n")


def test_what_diverges_is_not_added(coverage: Coverage, tmp_path: Path) -> None:
    (outside,) = put(tmp_path, OVERLAP)
    (one,), _ = add([outside], tmp_path / "seeds", TOPOLOGY, with_bug(coverage, TIE), "because")
    assert (one.verdict, one.saved) == (Verdict.DIVERGE, None)
    assert not (tmp_path / "seeds").exists()


def test_one_file_that_cannot_be_read_keeps_all_from_being_added(
    coverage: Coverage, tmp_path: Path
) -> None:
    good, bad = put(tmp_path, OVERLAP, "nonsense\n")
    with pytest.raises(NotASeed, match=rf"{bad.name}:1"):
        add([good, bad], tmp_path / "seeds", TOPOLOGY, coverage)
    assert not (tmp_path / "seeds").exists()


# --- Committed ----------------------------------------------------------------------------------


@pytest.mark.parametrize("harness", ["topology", "access", "listeners", "lifecycle", "everything"])
def test_committed_seeds_are_all_inputs_of_their_harness(harness: str, tmp_path: Path) -> None:
    folder = Path("corpora/seeds") / harness
    files = list(folder.iterdir())
    assert len(files) >= 3
    assert write_seeds([folder], find_harness(harness), tmp_path) == len(files)

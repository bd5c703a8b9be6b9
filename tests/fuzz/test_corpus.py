"""Seeds: what they reach, and that few of them do what many inputs did."""

from collections import Counter
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import pytest

from fuzz import minimise as minimising
from fuzz.codec import HEADER, RECORD
from fuzz.codec_fields import FIRST_NUMBER
from fuzz.coverage import Coverage
from fuzz.dictionary import dictionary
from fuzz.harness import write_seeds
from fuzz.harnesses.registry import find_harness
from fuzz.minimise import add, minimise, replace_seeds
from fuzz.parse import parse, parse_file
from fuzz.rfc_v1_hunt import random_inputs
from fuzz.seeds import NotASeed, file_name, inputs_below, seed_of, text_of
from fuzz.seeds_check import check_folder
from fuzz.verdict import Verdict
from tests.seeds import OVERLAP, REJECTED, TIE, TOPOLOGY, loaded, put, with_bug

REGRESSIONS = Path("corpora/regressions")


@pytest.fixture
def coverage() -> Coverage:
    return loaded()


@pytest.fixture(scope="module")
def regressions() -> dict[bytes, Path | str]:
    found: dict[bytes, Path | str] = {}
    for rule in ("M3", "M4", "R1", "R3", "R9", "T1"):
        found.update(inputs_below(REGRESSIONS / rule, TOPOLOGY)[0])
    return found


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


def test_the_dictionary_has_numbers_as_records_have_them() -> None:
    words = [one.strip('"').encode().decode("unicode_escape") for one in dictionary().split()]
    numbers = [int.from_bytes(one.encode("latin-1"), "little") for one in words]
    assert {len(one) for one in words} == {RECORD.size - FIRST_NUMBER - 8} == {8}
    assert {0x1000, 0xFFF, 1 << 32, 1 << 63, (1 << 64) - 1} <= set(numbers)
    assert len(set(numbers)) == len(numbers)


# --- Committed ----------------------------------------------------------------------------------


@pytest.mark.parametrize("harness", ["topology", "access", "listeners", "lifecycle", "everything"])
def test_committed_seeds_are_all_inputs_of_their_harness(harness: str, tmp_path: Path) -> None:
    folder = Path("corpora/seeds") / harness
    files = list(folder.iterdir())
    assert len(files) >= 3
    assert write_seeds([folder], find_harness(harness), tmp_path) == len(files)

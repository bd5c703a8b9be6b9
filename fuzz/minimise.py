"""Few small seeds that cover all that many inputs do, and additions to them.

The shortest inputs come first: each is kept that covers what those before it do not. Of these, the
longest first, each goes that the others make needless. From what is left, one seed after the other,
operations are dropped as long as all together cover the same. So in the end each covers something
that no other does, nor what the harness begins with besides.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from fuzz.codec import CodecError
from fuzz.coverage import Coverage, Covered
from fuzz.files import write_whole
from fuzz.harnesses.interface import Harness
from fuzz.scenario import Step
from fuzz.seeds import (
    ENDING,
    KEPT,
    Seed,
    file_name,
    reached_by_parts,
    read_input,
    refuse_others,
    seed_of,
    text_of,
    why_kept,
)
from fuzz.shrink import shortest
from fuzz.verdict import Verdict

MOST_RUNS = 400
"""How often one seed is run at most while operations are dropped from it."""

Tell = Callable[[str], None]


class Minimised(NamedTuple):
    """What minimising came to: the seeds, what they cover, and the inputs that do not agree."""

    seeds: tuple[Seed, ...]
    inputs: int
    covered: Covered
    left_out: tuple[Seed, ...]

    @property
    def wrong(self) -> tuple[Seed, ...]:
        """The inputs on which the sides differ, or fail; others are too much, or do nothing."""
        bad = (Verdict.DIVERGE, Verdict.FAULT)
        return tuple(one for one in self.left_out if one.verdict in bad)

    def to_json(self) -> dict[str, Any]:
        """The result as plain data."""
        return {
            "inputs": self.inputs,
            "seeds": len(self.seeds),
            "bytes": sum(len(one.data) for one in self.seeds),
            "covered": self.covered._asdict(),
            "left_out": [
                {"source": str(one.source), "verdict": one.verdict.value, "reason": one.reason}
                for one in self.left_out
            ],
        }


def minimise(
    inputs: Mapping[bytes, Path | str],
    harness: Harness,
    coverage: Coverage,
    given: frozenset[int] = frozenset(),
    tell: Tell = lambda text: None,
) -> Minimised:
    """The seeds of some inputs, for what is not `given`: the edges that others reach anyway.

    What does not agree is no seed: it would end every campaign.
    """
    normal: dict[bytes, Path | str] = {}
    for number, (data, source) in enumerate(inputs.items()):
        tell(f"reading {number:,} of {len(inputs):,} inputs")
        normal.setdefault(harness.seed(harness.decode(data)), source)
    seeds: list[Seed] = []
    left_out: list[Seed] = []
    covered = set(given)
    for number, data in enumerate(sorted(normal, key=lambda one: (len(one), one))):
        source = normal[data]
        tell(f"{number:,} of {len(normal):,} inputs, {len(covered):,} edges, {len(seeds)} seeds")
        seed = seed_of(data, harness, coverage, source, why_kept(source))
        if seed.verdict is not Verdict.AGREE:
            left_out.append(seed)
        elif seed.is_kept or not seed.edges <= covered:
            seeds.append(seed)
            covered |= seed.edges
    seeds = without_needless(seeds, given)
    counts = Counter([*given, *(edge for seed in seeds for edge in seed.edges)])
    for index, seed in enumerate(seeds):
        tell(f"making seeds shorter: {index} of {len(seeds)}")
        counts -= Counter(seed.edges)
        if not seed.is_kept:
            seeds[index] = seed = shorter(seed, seed.edges - counts.keys(), harness, coverage)
        counts += Counter(seed.edges)
    return Minimised(tuple(seeds), len(normal), coverage.count({*counts}), tuple(left_out))


def without_needless(seeds: Sequence[Seed], given: frozenset[int]) -> list[Seed]:
    """Without those that the others make needless, the longest first."""
    counts = Counter([*given, *(edge for seed in seeds for edge in seed.edges)])
    needed: list[Seed] = []
    for seed in sorted(seeds, key=lambda one: one.size, reverse=True):
        if seed.is_kept or any(counts[edge] == 1 for edge in seed.edges):
            needed.append(seed)
        else:
            counts -= Counter(seed.edges)
    return needed[::-1]


def shorter(seed: Seed, own: frozenset[int], harness: Harness, coverage: Coverage) -> Seed:
    """The seed without the operations that it does not need to reach the edges that are its own."""

    def attempt(steps: Sequence[Step]) -> tuple[Sequence[Step], Seed] | None:
        try:
            data = harness.seed(replace(seed.scenario, steps=tuple(steps)))
        except CodecError:
            return None
        tried = seed_of(data, harness, coverage, seed.source)
        fits = own <= tried.edges and tried.verdict is Verdict.AGREE
        grows = len(tried.scenario.steps) > len(steps)  # what was left open is closed again
        if not fits or grows or tried.is_loose > seed.is_loose:
            return None
        return tried.scenario.steps, tried

    return shortest(seed.scenario.steps, seed, attempt, MOST_RUNS)


# --- Files --------------------------------------------------------------------------------------


def replace_seeds(folder: Path, seeds: Iterable[Seed]) -> None:
    """Have a folder hold these seeds and no others; what goes, goes last.

    Raises NotASeed for a file that is somebody's own, before anything is written, and OSError.
    """
    refuse_others(folder)
    texts = {file_name(text): text for text in map(text_of, seeds)}
    for name, text in texts.items():
        write_whole(folder / name, text.encode())
    for path in folder.glob(f"*{ENDING}"):
        if path.name not in texts:
            path.unlink()


class Added(NamedTuple):
    """What came of a file that was to be added: where it is now, or why it is not."""

    path: Path
    verdict: Verdict
    saved: Path | None
    new_edges: int
    reason: str

    def to_json(self) -> dict[str, Any]:
        """The same as plain data."""
        saved = None if self.saved is None else str(self.saved)
        changed = {"path": str(self.path), "verdict": self.verdict.value, "saved": saved}
        return {**self._asdict(), **changed}


def add(
    files: Sequence[Path],
    folder: Path,
    harness: Harness,
    coverage: Coverage,
    because: str = "",
    tell: Tell = lambda text: None,
) -> tuple[list[Added], list[Path]]:
    """Add inputs to a folder of seeds, if they cover something new or there is a reason to.

    Also which seeds they make needless. Raises NotASeed before anything is written, and OSError.
    """
    datas = [read_input(path, harness) for path in files]
    seeds: list[Seed] = []
    for path in sorted(folder.glob(f"*{ENDING}")):
        tell(f"running the seeds of {folder}: {len(seeds)}")
        seeds.append(seed_of(read_input(path, harness), harness, coverage, path, why_kept(path)))
    given = reached_by_parts(folder, harness, coverage)
    covered = {*given, *(edge for seed in seeds for edge in seed.edges)}
    added: list[Added] = []
    for path, data in zip(files, datas, strict=True):
        seed = seed_of(data, harness, coverage, path, KEPT + because if because else "")
        new, saved, reason = len(seed.edges - covered), None, seed.reason
        if seed.verdict is Verdict.AGREE and (new or because):
            text = text_of(seed)
            saved = write_whole(folder / file_name(text), text.encode())
            seeds.append(seed._replace(source=saved))
            covered |= seed.edges
        elif seed.verdict is Verdict.AGREE:
            reason = "it covers nothing that the seeds do not"
        added.append(Added(path, seed.verdict, saved, new, reason))
    needed = {seed.source for seed in without_needless(seeds, given)}
    return added, [Path(seed.source) for seed in seeds if seed.source not in needed]

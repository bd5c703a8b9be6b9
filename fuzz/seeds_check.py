"""Whether a folder of seeds is what it should be, seed by seed."""

from collections import Counter
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from fuzz.coverage import Coverage, Covered
from fuzz.harnesses.interface import Harness
from fuzz.minimise import Tell
from fuzz.seeds import (
    ENDING,
    KEPT,
    NotASeed,
    Seed,
    file_name,
    reached_by_parts,
    read_input,
    seed_of,
    text_of,
    why_kept,
)
from fuzz.verdict import Verdict


class Checked(NamedTuple):
    """What checking a seed came to.

    `own_edges` are those that no other seed reaches, nor one of a part of the harness. It is a
    fault if it cannot be read or has no byte form; it diverges, or is not supported, as scenarios
    do; it is refuted if it is not what a seed should be.
    """

    path: Path
    verdict: Verdict
    message: str
    own_edges: int

    def to_json(self) -> dict[str, Any]:
        """The result as plain data."""
        return {**self._asdict(), "path": str(self.path), "verdict": self.verdict.value}


class CheckedFolder(NamedTuple):
    """What checking the seeds of a harness came to, and what they cover with those of its parts."""

    folder: Path
    harness: str
    seeds: tuple[Checked, ...]
    covered: Covered

    def to_json(self) -> dict[str, Any]:
        """The result as plain data."""
        return {
            "folder": str(self.folder),
            "harness": self.harness,
            "covered": self.covered._asdict(),
            "seeds": [one.to_json() for one in self.seeds],
        }


def check_folder(
    folder: Path, harness: Harness, coverage: Coverage, tell: Tell = lambda text: None
) -> CheckedFolder:
    """Check all files of a folder; each must be a seed, and needed."""
    seeds: dict[Path, Seed] = {}
    faults: list[Checked] = []
    for path in sorted(folder.iterdir()):
        tell(f"checking the seeds of {harness.name}: {len(seeds)} done")
        try:
            seeds[path] = read_seed(path, harness, coverage)
        except NotASeed as error:
            faults.append(Checked(path, Verdict.FAULT, str(error), 0))
    given = reached_by_parts(folder, harness, coverage)
    counts = Counter([*given, *(edge for seed in seeds.values() for edge in seed.edges)])
    checked = [check_seed(path, seed, counts) for path, seed in seeds.items()]
    return CheckedFolder(
        folder, harness.name, (*faults, *checked), coverage.count(set(counts.keys()))
    )


def read_seed(path: Path, harness: Harness, coverage: Coverage) -> Seed:
    """The seed that a file's bytes decode to, in full. Raises NotASeed."""
    if path.suffix != ENDING or not path.is_file():
        raise NotASeed(f"{path}: a seed is a scenario ({ENDING}); move it away from here")
    return seed_of(read_input(path, harness), harness, coverage, path, why_kept(path))


def check_seed(path: Path, seed: Seed, counts: Counter[int]) -> Checked:
    """Whether both sides agree on a seed, it is written as it decodes, and it is needed."""
    own = sum(1 for edge in seed.edges if counts[edge] == 1)
    if seed.verdict is not Verdict.AGREE:
        return Checked(path, seed.verdict, f"{path}: {seed.reason}", own)
    message = problem_of_text(path, text_of(seed))
    if not message and not own and not seed.is_kept:
        message = (
            f"it covers nothing that the others do not; drop it, or begin it with '# {KEPT}...' "
            "and why"
        )
    verdict = Verdict.REFUTED if message else Verdict.AGREE
    return Checked(path, verdict, f"{path}: {message}" if message else "", own)


def problem_of_text(path: Path, text: str) -> str:
    """What is wrong with how a seed is written or called; empty if nothing is."""
    written = path.read_text(encoding="utf-8")
    pairs = zip_longest(written.split("\n"), text.split("\n"))
    for number, (line, canonical) in enumerate(pairs, start=1):
        if line != canonical:
            there, should = ("nothing" if one is None else repr(one) for one in (line, canonical))
            is_ours = path.name == file_name(written)
            advice = (
                "minimise the folder again" if is_ours else "move it away, and add it from there"
            )
            return f"line {number} is {there}, and should be {should}: {advice}"
    name = file_name(text)
    return "" if path.name == name else f"by what it says, it should be called {name}"

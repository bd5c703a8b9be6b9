"""Which defects of RFC v1 the fuzzer finds unaided, as a page: `corpora/rfc-v1/README.md`.

`python -m fuzz.rfc_v1_table` looks for them, and writes what is found; with `--page` it only writes
the page anew from what was found before.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

from fuzz.files import write_whole
from fuzz.findings import side_by_side
from fuzz.format import format_scenario
from fuzz.parse import parse_file
from fuzz.rfc_v1 import NUMBERED, PREFIX, Defect
from fuzz.rfc_v1_hunt import (
    FOLDER,
    Hunt,
    Results,
    Way,
    difference_on,
    found_path,
    hunt,
    keep,
    name_of,
    read_results,
    targets,
    versions,
    write_results,
)

PAGE = "README.md"
AT_ONCE = 2
"""How many targets are looked at at the same time."""

HEADING = f"""# RFC v1 under the fuzzer

RFC v1 is the first public patch series that implements rust-vmm's `GuestMemory` for QEMU's
FlatView. `flatview fuzz --target {PREFIX}` fuzzes a target that behaves as it does, written anew
from facts; `--target {PREFIX}:F5` one that has that defect only, and otherwise does what
`model/guest_memory.md` specifies. So each defect is found, and made short, by itself. G2 and G4 are
ways in which RFC v1 differs that the list of defects does not count.

Scenarios were chosen in two ways, both from nothing, until the first that differs: guided by
coverage, as `flatview fuzz --empty` does, and by chance, which fills the same byte form with random
numbers. The first differs from run to run, in what it finds as in how many executions that takes;
the second, by its seed, does not. The files beside this page were written by hand, one a defect.
"""


# --- Looking -----------------------------------------------------------------------------------


def hunt_all(names: Iterable[str], way: Way, seconds: float, seed: int, folder: Path) -> None:
    """Look at targets, some at a time, and keep what is found and the figures.

    Raises RuntimeError if a harness fails.
    """
    names = list(names)
    look = partial(hunt, way=way, seconds=seconds, seed=seed)
    with ProcessPoolExecutor(AT_ONCE) as pool:
        for target, (result, scenario) in zip(names, pool.map(look, names), strict=True):
            print(f"{target} by {way.value}: {told(result)}", file=sys.stderr)  # noqa: T201
            keep(target, way, scenario, folder)
            hunts = read_results(folder).hunts
            hunts[target] = {**hunts.get(target, {}), way.value: result}
            write_results(Results(versions(), hunts), folder)


# --- The page ----------------------------------------------------------------------------------


def told(result: Hunt) -> str:
    """What looking came to, in words."""
    count = f"{result.executions:,} execution{'' if result.executions == 1 else 's'}"
    return f"after {count}" if result.found else f"not in {count}"


def page(results: Results, folder: Path) -> str:
    """The whole page."""
    parts = [HEADING, *how_it_was_run(results), *table(results), *unreachable()]
    parts += ["## What was found\n", *scenarios(results, folder)]
    return "\n".join(parts).rstrip("\n") + "\n"


def how_it_was_run(results: Results) -> Iterator[str]:
    """The commands, and what they ran on."""
    for (way, seconds, seed), names in runs(results).items():
        only = "" if len(names) == len(results.hunts) else f" --only {','.join(names)}"
        command = f"python -m fuzz.rfc_v1_table --by {way} --seconds {seconds:g} --seed {seed}"
        yield f"    {command}{only}"
    numbers = ", ".join(f"{name} {number}" for name, number in results.versions.items())
    yield f"\nThis page is of {numbers}, {AT_ONCE} targets at a time.\n"


def runs(results: Results) -> dict[tuple[str, float, int], list[str]]:
    """Who was looked at alike: in which way, how long, and with which seed."""
    found: dict[tuple[str, float, int], list[str]] = {}
    for target, ways in results.hunts.items():
        for way, one in ways.items():
            found.setdefault((way, one.seconds, one.seed), []).append(name_of(target))
    return found


def table(results: Results) -> Iterator[str]:
    """One row for each of F1 to F29, then what else there is, then all of it at once."""
    shown = [results.hunts[f"{PREFIX}:{one.value}"] for one in NUMBERED if not one.out_of_reach]
    counts = [sum(way.value in one and one[way.value].found for one in shown) for way in Way]
    both = sum(any(way.found for way in one.values()) for one in shown)
    yield (
        f"Of {len(NUMBERED)} defects, scenarios can show {len(shown)}. Coverage led to {counts[0]} "
        f"of these, chance to {counts[1]}, one or the other to {both}.\n"
    )
    yield "| defect | what it does | by coverage | by chance |"
    yield "|---|---|---|---|"
    for one in Defect:
        yield f"| {one.value} | {one.what} | {cells(results, f'{PREFIX}:{one.value}')} |"
    yield f"| all | `--target {PREFIX}` | {cells(results, PREFIX)} |\n"


def cells(results: Results, target: str) -> str:
    """What the two ways came to, each with a link to what was found."""
    if target not in results.hunts:
        return "out of reach | out of reach"
    ways = results.hunts[target]
    return " | ".join(cell(target, way, ways.get(way.value)) for way in Way)


def cell(target: str, way: Way, result: Hunt | None) -> str:
    """What one way came to."""
    if result is None:
        return "-"
    path = found_path(target, way, Path()).as_posix()
    return f"[{told(result)}]({path})" if result.found else told(result)


def unreachable() -> Iterator[str]:
    """Why some are out of reach."""
    yield "## Out of reach\n"
    yield "| defect | why no scenario shows it |"
    yield "|---|---|"
    yield from (f"| {one.value} | {one.out_of_reach} |" for one in Defect if one.out_of_reach)
    yield ""


def scenarios(results: Results, folder: Path) -> Iterator[str]:
    """For each target the shorter scenario that was found, or else the one written by hand."""
    for target, ways in results.hunts.items():
        name = name_of(target)
        yield f"### {'All of RFC v1' if target == PREFIX else name}\n"
        if target != PREFIX:
            yield " ".join(filter(None, (Defect[name].what, Defect[name].note))) + "\n"
        paths = [found_path(target, way, folder) for way in Way if found(ways.get(way.value))]
        if not paths:
            yield "Not found. Written by hand:\n"
        best = min(paths or [folder / f"{name}.fv"], key=lambda path: len(parse_file(path).steps))
        scenario = parse_file(best)
        difference = difference_on(scenario, target)
        text = format_scenario(replace(scenario, heading=())).splitlines()
        shown = side_by_side("specification", difference.left, target, difference.right)
        yield "\n".join(["```text", *text, "", *shown, "```\n"])


def found(result: Hunt | None) -> bool:
    """Whether looking in a way found anything."""
    return result is not None and result.found


def main() -> None:
    """Look, unless only the page is asked for, and write the page."""
    arguments = argparse.ArgumentParser(description=__doc__)
    ways = [way.value for way in Way]
    arguments.add_argument("--by", choices=ways, action="append", help="one way only")
    arguments.add_argument("--seconds", type=float, default=60, help="for each target and way")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--only", help="names like F5,F6: the others stay as they are")
    arguments.add_argument("--page", action="store_true", help="from what was found before")
    given = arguments.parse_args()
    chosen = targets()
    if given.only is not None:
        chosen = [target for target in chosen if name_of(target) in given.only.split(",")]
    for way in () if given.page else map(Way, given.by or ways):
        hunt_all(chosen, way, given.seconds, given.seed, FOLDER)
    write_whole(FOLDER / PAGE, page(read_results(FOLDER), FOLDER).encode())


if __name__ == "__main__":
    main()

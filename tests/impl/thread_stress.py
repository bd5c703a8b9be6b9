"""Readers in threads of their own against a writer: nothing is lost, and everything is freed.

It needs no installed package, so it also runs where there is none, as on a build without the
interpreter's lock: `python3.13t -m tests.impl.thread_stress`, with `--help` for more.
"""

import argparse
import random
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any, NamedTuple

import impl
from fuzz.mutation import load_variant
from tests.impl.thread_bugs import THREAD_BUGS

READERS = 3
COMMITS = 1500
DEVICES = 16
SWITCH_INTERVAL = 1e-5
PAGE = 0x1000


class Outcome(NamedTuple):
    """What a run did, and what was wrong with it."""

    commits: int
    loads: int
    references: int
    made: int
    destroyed: int
    seconds: float
    problems: list[str]


class Stress:
    """A map in which `left` and `right` take turns, `front` and `back` move together, devices go.

    Each happens in one transaction, so every view must show it whole.
    """

    def __init__(self, package: Any, seed: int) -> None:
        kinds = package.region.RegionKind
        self.package = package
        self.chance = random.Random(seed)
        self.map = package.memory_map.MemoryMap()
        self.lifetimes = self.map.lifetimes
        self.root = self.map.create_region("system", kinds.CONTAINER, 1 << 64)
        board = self.lifetimes.create_owner("board", False)
        self.lifetimes.own(self.root, board)
        self.left, self.right, self.front, self.back = (
            self.map.create_region(name, kinds.RAM, PAGE)
            for name in ("left", "right", "front", "back")
        )
        self.lifetimes.own(self.left, board)
        self.right.set_enabled(False)
        self.root.add_subregion(self.left, 0)
        self.root.add_subregion(self.right, 0)
        self.root.add_subregion(self.front, 0x100 * PAGE)
        self.root.add_subregion(self.back, 0x101 * PAGE)
        self.devices = []
        for number in range(DEVICES):
            owner = self.lifetimes.create_owner(f"device {number}")
            region = self.map.create_region(owner.name, kinds.IO, PAGE // 2)
            self.lifetimes.own(region, owner)
            self.root.add_subregion(region, (0x10 + number) * PAGE)
            self.devices.append((owner, region))
        self.memory = self.map.create_space("memory", self.root)
        self.published = [self.memory.view]
        self.done = False
        self.problems: list[str] = []
        self.counts: Counter[str] = Counter()

    # --- The writer ---

    def write(self, commits: int) -> None:
        """Make commits, each of another kind; devices are unplugged one after the other."""
        plugged = list(self.devices[: DEVICES // 2])
        for number in range(commits):
            with self.map.transaction():
                if number % 3:
                    place = self.chance.randrange(0x100, 0x200) * PAGE
                    self.front.set_address(place)
                    self.back.set_address(place + PAGE)
                else:
                    self.left.set_enabled(not self.left.enabled)
                    self.right.set_enabled(not self.right.enabled)
            self.published.append(self.memory.view)
            if number % 10 == 0:
                self.published.append(self.map.create_space("dma", self.front).view)
            elif number % 10 == 5:
                self.map.destroy_space("dma")
            if plugged and number % (commits // DEVICES or 1) == 0:
                owner, region = plugged.pop()
                self.root.del_subregion(region)
                self.published.append(self.memory.view)
                self.lifetimes.unplug(owner)
        if "dma" in self.map.spaces:
            self.map.destroy_space("dma")

    # --- Readers ---

    def read(self, name: str, seed: int) -> None:
        """Read until the writer is done, as one reader after the other."""
        chance = random.Random(seed)
        counts: Counter[str] = Counter()
        lives = 0
        while not self.done:
            lives += 1
            self.live(self.lifetimes.create_reader(f"{name}, life {lives}"), chance, counts)
        self.counts.update(counts)

    def live(self, reader: Any, chance: random.Random, counts: Counter[str]) -> None:
        """Look at views in sections; keep some, and regions of some, beyond them."""
        views: deque[Any] = deque()
        regions: deque[Any] = deque()
        for _ in range(40):
            with reader:
                view = reader.load(self.memory)
                counts["loads"] += 1
                self.look(reader, view)
                if chance.random() < 0.3 and reader.try_reference(view):
                    views.append(view)
                if chance.random() < 0.3:
                    region = chance.choice(view.ranges).region
                    reader.reference_region(region)
                    regions.append(region)
                dma = self.map.spaces.get("dma")
                if dma is not None:
                    reader.load(dma)
                    counts["loads"] += 1
                reader.check(view)
            views.extend(view for did, view in reader.get_flatview(self.memory) if is_taken(did))
            counts["loads"] += 1
            while len(views) > 3 or (views and self.done):
                self.look(reader, views[0])
                reader.unreference(views.popleft())
                counts["references"] += 1
            while len(regions) > 3:
                self.let_go(reader, regions.popleft())
        for view in views:
            reader.unreference(view)
        for region in regions:
            self.let_go(reader, region)
        reader.close()

    def look(self, reader: Any, view: Any) -> None:
        """Go through all of a view, which must be whole, and there, all the while."""
        reader.check(view)
        shown: dict[str, int] = {}
        end = 0
        for one in view.ranges:
            if view.freed or one.region.freed:
                self.problems.append(f"view {view.serial} shows what is freed")
            if not end <= one.start < one.end:
                self.problems.append(f"view {view.serial} is not sorted")
            end = one.end
            shown[one.region.name] = one.start
        if ("left" in shown) == ("right" in shown):
            self.problems.append(f"view {view.serial} shows half of a transaction")
        if shown["front"] + PAGE != shown["back"]:
            self.problems.append(f"view {view.serial} shows half of a move")

    def let_go(self, reader: Any, region: Any) -> None:
        """Drop a reference to a region's owner, if it has one."""
        if region.owner is not None:
            reader.check_region(region)
            reader.unreference_region(region)

    # --- Both ---

    @contextmanager
    def reporting(self) -> Iterator[None]:
        """Have an exception end all threads, and be a problem."""
        try:
            yield
        except Exception as error:
            self.problems.append(repr(error))
            self.done = True

    def run_reader(self, number: int) -> None:
        with self.reporting():
            self.read(f"cpu {number}", number)

    def run(self, commits: int, readers: int) -> Outcome:
        """Run all threads to their end, and look at what is left."""
        threads = [Thread(target=self.run_reader, args=(number,)) for number in range(readers)]
        began = time.perf_counter()
        for thread in threads:
            thread.start()
        with self.reporting():
            self.write(commits)
        self.done = True
        for thread in threads:
            thread.join()
        seconds = time.perf_counter() - began
        with self.reporting():
            self.check_end()
        alive = len(self.lifetimes.views)
        made = max(view.serial for view in self.published) + 1
        counts = self.counts["loads"], self.counts["references"]
        return Outcome(commits, *counts, made, made - alive, seconds, self.problems)

    def check_end(self) -> None:
        """Compare what is left after all readers left with what must be."""
        lifetimes = self.lifetimes
        lifetimes.reclaim()
        expected = Counter({owner: int(owner.plugged) for owner in lifetimes.owners.values()})
        expected[self.root.owner] += 1  # by the address space
        for child in self.root.subregions:
            if child.owner not in (None, self.root.owner):
                expected[child.owner] += 1
        for view in lifetimes.views.values():
            for region, times in lifetimes.uses_of(view).items():
                expected[region.owner] += times
        left = {0, self.memory.view.serial}
        kept = [view for view in self.published if not view.freed and view.serial not in left]
        wrong = {
            "misuses": lifetimes.misuses,
            "still waiting": lifetimes.waiting(),
            "readers": list(lifetimes.readers),
            "views kept": kept or [one for one in lifetimes.views if one not in left],
            "address spaces kept": [one.name for one in lifetimes.spaces if one.name != "memory"],
            "owners": [
                owner.name
                for owner in lifetimes.owners.values()
                if lifetimes.references_of_owner(owner) != expected[owner]
            ],
            "regions": [
                region.name for owner, region in self.devices if region.freed == owner.plugged
            ],
        }
        self.problems += [f"{what}: {found[:3]}" for what, found in wrong.items() if found]


def is_taken(did: str) -> bool:
    """Whether a step of get_flatview took a reference."""
    return did == "references"


def stress(
    package: Any = impl, commits: int = COMMITS, readers: int = READERS, seed: int = 0
) -> Outcome:
    """Run readers against a writer, switching between threads as often as the interpreter can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL)
    try:
        return Stress(package, seed).run(commits, readers)
    finally:
        sys.setswitchinterval(interval)


def main() -> int:
    """Run once, say what was done in a line, and give the exit code."""
    bugs = {bug.name: bug for bug in THREAD_BUGS}
    parser = argparse.ArgumentParser(description="Run readers in threads against a writer.")
    parser.add_argument("--commits", type=int, default=COMMITS, help="how many (%(default)s)")
    parser.add_argument(
        "--bug", choices=bugs, metavar="NAME", help="plant a bug: one of %(choices)s"
    )
    chosen = parser.parse_args()
    package = load_variant("impl", bugs[chosen.bug]) if chosen.bug else impl
    outcome = stress(package, chosen.commits)
    locked = getattr(sys, "_is_gil_enabled", lambda: True)()
    sys.stdout.write(
        f"Python {sys.version.split()[0]}, GIL {'on' if locked else 'off'}, {READERS} readers: "
        f"{outcome.commits} commits in {outcome.seconds:.2f} s, "
        f"{outcome.loads / outcome.seconds:,.0f} loads a second, "
        f"{outcome.references} references, {outcome.destroyed} of {outcome.made} views destroyed: "
        f"{'; '.join(outcome.problems[:5]) or 'nothing lost'}\n"
    )
    return 1 if outcome.problems or not (outcome.loads and outcome.references) else 0


if __name__ == "__main__":
    sys.exit(main())

"""Readers and a writer at once: whatever the schedule, nothing is lost, and everything is freed.

Two ways, as neither sees all: real threads, many times; and one thread's call interrupted by the
whole of another's, at each of its instructions in turn.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

import impl
from fuzz.mutation import Mutation, load_variant
from tests.impl.thread_bugs import THREAD_BUGS
from tests.impl.thread_stress import stress

FREE_THREADED = os.environ.get("FLATVIEW_FREE_THREADED_PYTHON", "")
INTERRUPTED = ("lifecycle.py", "reader.py")
SEEN_UNDER_THE_LOCK = (
    "views-are-destroyed-without-waiting",
    "load-reads-what-is-published-twice",
    "view-that-two-readers-dropped-waits-twice",
)
SEEN_WITHOUT_IT = ("views-are-destroyed-without-waiting", "readers-leave-no-mark")
bugs = {bug.name: bug for bug in THREAD_BUGS}


# --- Real threads ---


def test_threads_lose_nothing_and_free_everything() -> None:
    outcome = stress()
    assert outcome.problems == []
    assert min(outcome.loads, outcome.references) > 100
    assert outcome.made > outcome.commits
    assert outcome.destroyed == outcome.made - 2  # the empty view, and the one that is published


@pytest.mark.parametrize("name", SEEN_UNDER_THE_LOCK)
def test_threads_show_a_planted_bug(name: str) -> None:
    """A stress test that no bug can fail protects nothing."""
    broken = load_variant("impl", bugs[name])
    assert any(stress(broken, commits=600, seed=seed).problems for seed in range(20))


def free_threaded(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the stress on the interpreter that is named for it, which must be without a lock."""
    if not FREE_THREADED:
        pytest.skip("FLATVIEW_FREE_THREADED_PYTHON is not set: not run without the GIL")
    command = [FREE_THREADED, "-m", "tests.impl.thread_stress", *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert "GIL off" in ran.stdout, ran.stdout + ran.stderr
    return ran


def test_threads_lose_nothing_without_the_interpreters_lock() -> None:
    ran = free_threaded()
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("name", SEEN_WITHOUT_IT)
def test_threads_without_the_lock_show_a_planted_bug(name: str) -> None:
    assert any(free_threaded("--bug", name).returncode == 1 for _ in range(10))


# --- Each instruction ---


class Board:
    """A map of one device and one space, with two readers; the writer moves the device's region."""

    def __init__(self, package: Any) -> None:
        kinds = package.region.RegionKind
        self.map = package.memory_map.MemoryMap()
        self.lifetimes = self.map.lifetimes
        self.root = self.map.create_region("system", kinds.CONTAINER, 1 << 64)
        self.region = self.map.create_region("bar", kinds.RAM, 0x1000)
        self.device = self.lifetimes.create_owner("device")
        self.lifetimes.own(self.region, self.device)
        self.root.add_subregion(self.region, 0)
        self.space = self.map.create_space("memory", self.root)
        self.cpu = self.lifetimes.create_reader("cpu")
        self.io = self.lifetimes.create_reader("io")

    def commit(self) -> None:
        """Publish another view, and destroy what can be."""
        self.region.set_address(self.region.addr + 0x1000)

    def commit_twice(self) -> None:
        """Have a second grace period begin, unless the first one waits."""
        self.commit()
        self.commit()

    def drop(self, reader: Any, views: list[Any]) -> None:
        """Have a reader drop its references to views, and to the device."""
        reader.check_region(self.region)
        for view in views:
            reader.check(view)
            reader.unreference(view)
        assert reader.unreference_region(self.region) == []

    def get(self, reader: Any) -> Any:
        """Have a reader take a reference to the view published now."""
        (view,) = (view for did, view in reader.get_flatview(self.space) if did == "references")
        return view

    def check_end(self) -> None:
        """All is destroyed but what is published, and nobody did anything wrong."""
        self.lifetimes.reclaim()
        assert self.lifetimes.misuses == []
        assert self.lifetimes.waiting() == []
        assert set(self.lifetimes.views) == {0, self.space.view.serial}
        uses = self.lifetimes.uses_of(self.space.view)[self.region]
        mapped = self.region.container is not None
        plugged = self.device.plugged
        assert self.lifetimes.references_of_owner(self.device) == uses + mapped + plugged


class Interruption:
    """Another thread's doings, at one instruction of what is run, or after the last."""

    def __init__(self, at: int, doings: Callable[[], None]) -> None:
        self.at = at
        self.instructions = 0
        self.doings = doings

    def run(self, interrupted: Callable[[], None]) -> bool:
        """Run something, and the interruption; whether that came inside it."""
        before = sys.gettrace()
        sys.settrace(self._trace)
        try:
            interrupted()
        finally:
            sys.settrace(before)
        is_inside = self.instructions > self.at
        if not is_inside:
            self.doings()
        return is_inside

    def _trace(self, frame: FrameType, event: str, _: object) -> Any:
        if not frame.f_code.co_filename.endswith(INTERRUPTED):
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            self.instructions += 1
            if self.instructions == self.at + 1:
                self.doings()  # Python does not trace this
        return self._trace


def commits_inside_a_section(package: Any, at: int) -> bool:
    board = Board(package)
    views: list[Any] = []

    def read() -> None:
        with board.cpu:
            view = board.cpu.load(board.space)
            board.cpu.check(view)
            if board.cpu.try_reference(view):
                views.append(view)
            board.cpu.check(view)
            board.cpu.reference_region(board.region)

    is_inside = Interruption(at, board.commit_twice).run(read)
    board.lifetimes.reclaim()
    board.drop(board.cpu, views)
    board.check_end()
    return is_inside


def commits_inside_an_entrance(package: Any, at: int) -> bool:
    """Whatever the mark that the reader stored in the end, what it loads then must stay."""
    board = Board(package)
    views: list[Any] = []

    def read() -> None:
        board.cpu.__enter__()
        views.append(board.cpu.load(board.space))

    is_inside = Interruption(at, board.commit_twice).run(read)
    board.commit()
    board.cpu.check(views[0])
    board.cpu.__exit__()
    board.check_end()
    return is_inside


def commits_inside_a_drop(package: Any, at: int) -> bool:
    board = Board(package)
    views = [board.get(board.cpu)]
    board.cpu.reference_region(board.region)
    board.commit()
    is_inside = Interruption(at, board.commit).run(lambda: board.drop(board.cpu, views))
    board.check_end()
    return is_inside


def a_reader_inside_a_commit(package: Any, at: int) -> bool:
    board = Board(package)
    views = [board.get(board.cpu)]

    def read() -> None:
        board.cpu.unreference(views.pop())
        views.append(board.get(board.cpu))
        board.cpu.check(views[0])

    is_inside = Interruption(at, read).run(board.commit)
    board.commit()
    for view in views:
        board.cpu.check(view)
        board.cpu.unreference(view)
    board.check_end()
    return is_inside


def two_readers_drop_a_view(package: Any, at: int) -> bool:
    board = Board(package)
    view = board.get(board.cpu)
    assert board.get(board.io) is view
    board.commit()
    interruption = Interruption(at, lambda: board.io.unreference(view))
    is_inside = interruption.run(lambda: board.cpu.unreference(view))
    board.check_end()
    return is_inside


def a_reader_takes_while_another_drops(package: Any, at: int) -> bool:
    """The one that takes has loaded the view before it was let go."""
    board = Board(package)
    view = board.get(board.cpu)
    taken = []
    with board.io:
        assert board.io.load(board.space) is view
        board.commit()
        interruption = Interruption(at, lambda: board.cpu.unreference(view))
        is_inside = interruption.run(lambda: taken.append(board.io.try_reference(view)))
    board.lifetimes.reclaim()
    if taken[0]:
        board.io.check(view)
        board.io.unreference(view)
    board.check_end()
    return is_inside


def two_readers_drop_an_owner(package: Any, at: int) -> bool:
    board = Board(package)
    for reader in (board.cpu, board.io):
        with reader:
            reader.load(board.space)
            reader.reference_region(board.region)
    board.root.del_subregion(board.region)
    freed = board.lifetimes.unplug(board.device)

    def drop(reader: Any) -> None:
        freed.extend(reader.unreference_region(board.region))

    interruption = Interruption(at, lambda: drop(board.io))
    is_inside = interruption.run(lambda: drop(board.cpu))
    assert freed == [board.region]
    board.check_end()
    return is_inside


def two_readers_of_one_name(package: Any, at: int) -> bool:
    board = Board(package)
    made = []

    def create() -> None:
        try:
            made.append(board.lifetimes.create_reader("dma"))
        except package.region.MemoryMapError:
            made.append(None)

    is_inside = Interruption(at, create).run(create)
    assert [one for one in made if one is not None] == [board.lifetimes.readers["dma"]]
    return is_inside


SCHEDULES: tuple[Callable[[Any, int], bool], ...] = (
    commits_inside_a_section,
    commits_inside_an_entrance,
    commits_inside_a_drop,
    a_reader_inside_a_commit,
    two_readers_drop_a_view,
    a_reader_takes_while_another_drops,
    two_readers_drop_an_owner,
    two_readers_of_one_name,
)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_any_instruction_may_be_interrupted(schedule: Callable[[Any, int], bool]) -> None:
    at = 0
    while schedule(impl, at):
        at += 1
    assert at > 10, "it was interrupted nowhere"


@pytest.mark.parametrize("bug", THREAD_BUGS, ids=lambda bug: bug.name)
def test_some_interruption_shows_every_planted_bug(bug: Mutation) -> None:
    broken = load_variant("impl", bug)
    for schedule in SCHEDULES:
        at = 0
        try:
            while schedule(broken, at):
                at += 1
        except Exception:
            return
    pytest.fail("no interruption shows it")

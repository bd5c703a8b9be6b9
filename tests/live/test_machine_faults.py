"""What goes wrong with an emulator is told apart, in one line, and never passes for agreement."""

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fuzz.live.machines import check_live
from fuzz.live.reading import TREES, VIEWS
from fuzz.verdict import Verdict
from tests.cli.test_commands import flatview
from tests.live.fakes import BOTH, PATIENCE, NewFake, check, live_type, only_type, texts_of
from tests.qemu.test_process import children_of, wait_until_gone


@pytest.mark.parametrize(
    ("does", "outcome", "reason"),
    [
        ("sys.exit('qemu-system-fake: no firmware')", "cannot start", r"\Ano firmware\Z"),
        ("sys.exit(0)", "fault", "ended by itself before its start"),
        ("sys.exit(1)", "fault", "ended by itself before its start"),
        ("print('no such option', file=sys.stderr); sys.exit(3)", "fault", "no such option"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "fault", "SIGSEGV before its start"),
        ("time.sleep(60)", "fault", "no answer in 4 s"),
        ("qmp.sendall(b'Welcome\\n' * 9)", "fault", "before its start"),
        ("serve(lambda asked: time.sleep(60))", "fault", "info mtree -o -D.*no answer in 4 s"),
        ("serve(lambda asked: os.abort())", "fault", "SIGABRT at `info mtree -o -D`"),
        ("serve(lambda asked: sys.exit('late'))", "fault", "ended by itself at .*: late"),
        ("serve(lambda asked: 'no trees here')", "fault", r"mtree\.txt:1: .*-o -D"),
        ("serve(lambda asked: '')", "fault", "no address space"),
        ("serve(lambda asked: chr(0xd800))", "fault", "is no text"),
        ("serve(lambda asked: {'a': 1})", "fault", r"mtree\.txt:1"),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_told_in_one_line(
    new_fake: NewFake, does: str, outcome: str, reason: str
) -> None:
    """QEMU's own refusal is told from all else, which is a fault; neither is an agreement."""
    result = check(only_type(new_fake(does)), patience=4.0)
    assert result.outcome == outcome
    (line,) = result.reasons
    assert re.search(reason, line), line
    assert "\n" not in line


def test_texts_that_are_cut_short_or_of_two_runs_are_a_fault(new_fake: NewFake) -> None:
    texts = texts_of("x86_64", "isapc")
    others = texts_of("ppc", "g3beige")
    cut = texts[TREES][: len(texts[TREES]) // 2]
    for broken in ({**texts, TREES: cut}, {**texts, VIEWS: others[VIEWS]}):
        result = check(only_type(new_fake("serve(texts.get)", broken)))
        assert result.outcome == "fault"
        assert len(result.reasons) == 1


def test_a_check_that_does_not_end_is_inconclusive() -> None:
    result = check_live(live_type("x86_64", "pc"), BOTH, PATIENCE, check_seconds=0.01)
    assert result.verdict is Verdict.INCONCLUSIVE
    assert result.reasons == ["not checked within 0.01 s"]


def test_a_search_that_spends_its_budget_is_inconclusive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fuzz.live.machines.check_machine.__defaults__", ("qemu-7.2", 0))
    result = check(live_type("x86_64", "none"))
    assert result.verdict is Verdict.INCONCLUSIVE
    assert "allow more" in result.reasons[0]


@pytest.mark.parametrize(
    "types",
    ["", "Welcome to QEMU", "Supported machines are:", "Supported machines are:\n../up  a machine"],
)
def test_an_emulator_that_lists_no_machine_types_is_a_fault(new_fake: NewFake, types: str) -> None:
    path = new_fake("", types=types)
    done = flatview("qemu", "machines", "--qemu", path)
    assert done.returncode == 4
    assert "machine type" in done.stdout
    assert done.stderr == ""


CHECK_IN_PROCESSES = """
import sys
from pathlib import Path
from fuzz.live.machines import check_live_machines, list_machine_types
from fuzz.live.machine_types import chosen_emulators
types, _ = list_machine_types(chosen_emulators((), [Path(sys.argv[1])]))
list(check_live_machines(types * 2, [], 60, 2))
"""


def test_no_process_is_left_when_we_are_killed(new_fake: NewFake, tmp_path: Path) -> None:
    """Neither the emulators nor the processes that check survive a kill -9 of our side."""
    path = new_fake("open(f'{sys.path[0]}/{os.getpid()}.started', 'w'); time.sleep(60)")
    command = [sys.executable, "-c", CHECK_IN_PROCESSES, str(path)]
    with subprocess.Popen(command) as ours:
        deadline = time.monotonic() + 30
        while len([*tmp_path.glob("*.started")]) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        group = descendants_of(ours.pid)
        ours.kill()
    emulators = {int(one.stem) for one in tmp_path.glob("*.started")}
    assert len(emulators) == 2
    assert emulators < group
    wait_until_gone(group)


def descendants_of(number: int) -> set[int]:
    """The processes that a process has started, and that those have."""
    children = children_of(number)
    return {*children}.union(*map(descendants_of, children))

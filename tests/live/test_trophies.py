"""Every finding in TROPHIES.md has its files, and is there in the QEMU that is installed."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from fuzz.replaying import replay_scenarios
from fuzz.targets.interface import TargetFactory
from fuzz.targets.model import ModelTarget
from fuzz.targets.qemu import QemuTarget, fit
from fuzz.targets.registry import find_target
from fuzz.verdict import Verdict

PROJECT = Path(__file__).resolve().parents[2]
TROPHIES = PROJECT / "corpora" / "trophies"
HELPER = TROPHIES / "standing_machine.py"
ANOTHER_QEMU = Path(__file__).with_name("another_qemu.py")
THERE, NOT_THERE, NOT_TRIED = 0, 1, 2

SCRIPTS = sorted(path for path in TROPHIES.glob("*.py") if path != HELPER)


class Finding(NamedTuple):
    """One section of TROPHIES.md: its heading, and what it says under each word."""

    heading: str
    said: dict[str, str]

    def file(self, word: str) -> Path | None:
        """The file that it names; None if it says that there is none, and why."""
        said = self.said[word]
        named = re.fullmatch(r"`(corpora/\S+)`", said)
        assert named or re.match(r"none; \w", said), f"{self.heading}: {word}: {said}"
        return PROJECT / named[1] if named else None


def read_findings() -> list[Finding]:
    """The sections of TROPHIES.md."""
    _, *sections = (PROJECT / "TROPHIES.md").read_text(encoding="utf-8").split("\n## ")
    return [
        Finding(section.partition("\n")[0], dict(re.findall(r"^- ([\w ]+): (.*)$", section, re.M)))
        for section in sections
    ]


FINDINGS = read_findings()
SCENARIOS = sorted({path for one in FINDINGS if (path := one.file("Scenario"))})


def run(
    script: Path, *arguments: str, path: str | None = None, patience: float = 60
) -> tuple[int, str]:
    """Run a script as anyone would; its exit status, and what it prints."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    if path is not None:
        environment["PATH"] = path
    done = subprocess.run(
        [sys.executable, "-I", "-c", LAUNCH, str(script), str(patience), *arguments],
        capture_output=True,
        text=True,
        timeout=200,
        env=environment,
    )
    return done.returncode, done.stdout + done.stderr


# As `python3 SCRIPT` does, but without this project's packages, and perhaps with less patience.
LAUNCH = """
import runpy, sys
sys.path = [one for one in sys.path if "site-packages" not in one]
sys.argv = sys.argv[1:]
sys.path.insert(0, sys.argv[0].rpartition("/")[0])
sys.dont_write_bytecode = True
import standing_machine
standing_machine.PATIENCE = min(standing_machine.PATIENCE, float(sys.argv.pop(1)))
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def test_every_finding_has_its_files_and_every_file_its_finding() -> None:
    named_by = {one.heading: [one.file("Script"), one.file("Scenario")] for one in FINDINGS}
    assert [heading for heading, files in named_by.items() if not any(files)] == []
    files = [path for paths in named_by.values() for path in paths if path is not None]
    assert [path for path in files if not path.is_file()] == []
    there = [path for path in TROPHIES.iterdir() if path.suffix in (".py", ".fv")]
    named = {path for path in files if path.parent == TROPHIES}
    assert named == {path for path in there if path != HELPER}


def test_every_finding_is_in_the_table_and_says_where_it_was_seen() -> None:
    text = (PROJECT / "TROPHIES.md").read_text(encoding="utf-8").partition("\n## ")[0]
    headings = re.findall(r"^\| \[(.*)\]\(#(.*)\) \|", text, re.M)
    assert [heading for heading, _ in headings] == [one.heading for one in FINDINGS]
    for heading, anchor in headings:
        assert anchor == re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-")
    assert [one.heading for one in FINDINGS if not one.said["Seen on"].startswith("7.2.22")] == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_the_finding_is_there(script: Path) -> None:
    """In the QEMU that is installed; some need another architecture than the tests do."""
    (emulator,) = re.findall(r"\"(qemu-system-\w+)\"", script.read_text(encoding="utf-8"))
    if shutil.which(emulator) is None:
        pytest.skip(f"NOT CHECKED: {emulator} is not installed; run scripts/install-qemu --all")
    status, printed = run(script)
    assert status == THERE, printed
    assert "expected" in printed or "by the view" in printed


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_qemu_without_the_finding_is_told_apart(script: Path, tmp_path: Path) -> None:
    fake = program(tmp_path, f'exec {sys.executable} {ANOTHER_QEMU} "$@"')
    status, printed = run(script, str(fake))
    assert status == NOT_THERE, printed
    assert "the finding is not there" in printed


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("exit 0", "is no QEMU"),
        ("echo QEMU emulator version 7.2.22; exit 3", "could not be tried"),
        ("echo QEMU emulator version 7.2.22; kill -ABRT $$", "could not be tried"),
    ],
    ids=["another-program", "ends-at-once", "aborts-at-once"],
)
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_what_cannot_be_tried_is_not_called_there_or_not_there(
    script: Path, tmp_path: Path, body: str, told: str
) -> None:
    status, printed = run(script, str(program(tmp_path, body)))
    assert status == NOT_TRIED, printed
    assert told in printed


def test_a_hang_is_not_called_there_or_not_there(tmp_path: Path) -> None:
    body = 'case "$*" in --version) echo QEMU emulator version 1;; *) exec sleep 30;; esac'
    status, printed = run(SCRIPTS[0], str(program(tmp_path, body)), patience=0.5)
    assert status == NOT_TRIED, printed
    assert "no answer in 0.5 s" in printed


def test_a_script_without_a_qemu_says_so() -> None:
    status, printed = run(SCRIPTS[0], path="/nonexistent")
    assert (status, "is not installed" in printed) == (NOT_TRIED, True)


def program(folder: Path, body: str) -> Path:
    """A shell script that can be run."""
    path = folder / "qemu-system-fake"
    path.write_text(f"#!{shutil.which('sh')}\n{body}\n")
    path.chmod(0o755)
    return path


def verdicts(paths: Sequence[Path], *targets: TargetFactory) -> dict[str, Verdict]:
    """What replaying scenarios comes to, fitted to 7.2 where QEMU is among the targets."""
    fitting = fit if QemuTarget in targets else (lambda settings: settings)
    results = replay_scenarios(list(paths), [ModelTarget, *targets], fitting)
    return {one.path.stem: one.verdict for one in results}


def test_every_scenario_says_what_the_specification_and_the_implementation_do() -> None:
    found = verdicts(SCENARIOS, find_target("impl"))
    assert set(found.values()) == {Verdict.AGREE}
    assert len(found) == len(SCENARIOS)


def test_every_scenario_says_what_qemu_does() -> None:
    """But for three: whether an overrun kills QEMU is chance, and the agent has no threads."""
    found = verdicts(SCENARIOS, QemuTarget)
    others = {name: verdict for name, verdict in found.items() if verdict is not Verdict.AGREE}
    assert others == {
        "constant-read-overruns-the-block": Verdict.UNSUPPORTED,
        "write-rom-overruns-the-block": Verdict.UNSUPPORTED,
        "info_mtree_leaks_shared_views": Verdict.UNSUPPORTED,
    }

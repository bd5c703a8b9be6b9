"""`flatview qemu machines`: live machines agree, and a wrong rule or a wrong print is seen."""

import json
import re
import subprocess
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path

import pytest

from fuzz.live.emulator import emulator_at
from fuzz.live.machine_types import NEEDS, chosen_emulators, need_of
from fuzz.live.machines import check_live, list_machine_types
from fuzz.live.reading import VIEWS
from fuzz.machines.broken_renderers import BROKEN_RENDERERS
from fuzz.mutation import load_variant
from fuzz.qemu.errors import QemuMissing
from fuzz.targets.model import ModelTarget
from fuzz.targets.registry import find_target
from fuzz.verdict import Verdict
from tests.cli.test_commands import flatview
from tests.live.fakes import PATIENCE, NewFake, check, live_type, only_type, texts_of

MUTANT = "mutant:alias-keeps-its-targets-address"


# --- Agreement, and that it can fail -----------------------------------------------------------


@pytest.mark.parametrize(
    ("arch", "name"),
    [
        ("x86_64", "pc"), ("x86_64", "q35"), ("x86_64", "isapc"), ("x86_64", "none"),
        ("ppc", "g3beige"), ("ppc", "40p"), ("ppc64", "pseries"),
    ],
)  # fmt: skip
def test_live_machines_agree(arch: str, name: str) -> None:
    """Of both byte orders; each printed range and section counts."""
    result = check(live_type(arch, name))
    assert result.outcome == "agree", result.reasons
    assert result.checked is not None
    targets = [space.target for space in result.checked.spaces]
    assert targets.count("model") == targets.count("impl") > 0
    assert result.checked.ranges > 0 or name == "none"


def test_a_machine_type_is_started_with_what_it_needs() -> None:
    """QEMU refuses this one without firmware, of which there is none for it."""
    result = check(live_type("ppc", "ppce500"))
    assert result.outcome == "agree", result.reasons
    assert result.given


def test_every_need_is_of_a_machine_type() -> None:
    """What is known to be needed is not misspelled: each entry fits some installed machine."""
    types, _ = list_machine_types(chosen_emulators((), ()))
    archs = {one.emulator.arch for one in types}
    found = {need_of(one.emulator.arch, one.name) for one in types}
    for need in NEEDS:
        arch = need.machines.partition("/")[0].replace("*", "arm", need.machines.startswith("*"))
        assert need in found or not any(fnmatchcase(one, arch) for one in archs), need


@pytest.mark.parametrize("name", ["ends-one-byte-early", "renders-disabled-regions"])
def test_a_broken_renderer_is_seen_on_a_live_machine(name: str) -> None:
    """With it in place of the specification, no assignment of facts explains what is printed."""
    (broken,) = (one for one in BROKEN_RENDERERS if one.mutation.name == name)
    package = load_variant("model", broken.mutation)
    factory = partial(ModelTarget, package=package, name=name)
    result = check_live(live_type("x86_64", "pc"), [factory], PATIENCE)
    assert result.verdict is Verdict.DIVERGE
    assert "no assignment explains it" in result.reasons[0]


def test_a_planted_bug_is_seen_on_a_live_machine() -> None:
    """The specification agrees, and a broken implementation beside it does not."""
    mutant = find_target(MUTANT)
    result = check_live(live_type("x86_64", "pc"), [ModelTarget, mutant], PATIENCE)
    assert result.verdict is Verdict.DIVERGE
    assert all(MUTANT in reason for reason in result.reasons)


def test_a_range_that_qemu_prints_wrong_is_seen(new_fake: NewFake) -> None:
    """The texts of a real machine agree; with one address of one view changed they do not."""
    texts = texts_of("x86_64", "pc")
    right = check(only_type(new_fake("serve(texts.get)", texts)))
    assert right.outcome == "agree", right.reasons
    line = re.search(r"^  (\w{16})-(\w{16}) \(.*: (?:hpet|ioapic) .*$", texts[VIEWS], re.MULTILINE)
    assert line is not None
    wrong = line[0].replace(line[2], f"{int(line[2], 16) + 4:016x}")
    texts[VIEWS] = texts[VIEWS].replace(line[0], wrong)
    result = check(only_type(new_fake("serve(texts.get)", texts)))
    assert result.verdict is Verdict.DIVERGE


# --- The command -------------------------------------------------------------------------------


def test_the_command_saves_what_replay_reads(tmp_path: Path) -> None:
    """The table, the JSON and the exit code say the same, and the saved texts agree again."""
    saved, report = tmp_path / "saved", tmp_path / "report.json"
    names = ("--machine", "isapc", "--machine", "none")
    arguments = ("--arch", "x86_64", *names, "--save", saved, "--json", report)
    done = flatview("qemu", "machines", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == "", "piped output must be quiet"
    assert "\x1b" not in done.stdout, "no colours in a pipe"
    assert re.search(r"^x86_64 +2 +2 ", done.stdout, re.MULTILINE)
    result = json.loads(report.read_text())
    assert result["by_emulator"]["x86_64"]["agree"] == 2
    again = flatview("replay", saved)
    assert again.returncode == 0, again.stdout
    printed = result["machines_in_all"]
    assert f"2 machines, 0 unreadable; {printed['ranges']:,} ranges" in again.stdout


def test_the_command_tells_a_divergence_and_a_fault(new_fake: NewFake) -> None:
    arguments = ("--arch", "x86_64", "--machine", "isapc", "--target", MUTANT)
    done = flatview("qemu", "machines", *arguments)
    assert done.returncode == 1
    assert f"diverge  memory, {MUTANT}: ranges differ" in done.stdout
    done = flatview("qemu", "machines", "--qemu", new_fake("sys.exit(0)"))
    assert done.returncode == 4
    assert "ended by itself" in done.stdout


def test_where_no_machine_starts_nothing_was_checked(new_fake: NewFake) -> None:
    done = flatview("qemu", "machines", "--qemu", new_fake("sys.exit('no firmware')"))
    assert done.returncode == 3
    assert "cannot start  no firmware\n  fake: fake\n" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--qemu", "/bin/true"), "is no QEMU emulator"),
        (("--qemu", "/nonexistent/qemu"), "not installed"),
        (("--arch", "pdp11"), "install-qemu"),
        (("--arch", "x86_64", "--machine", "frobnicate"), "frobnicate"),
        (("--arch", "x86_64", "--target", "frobnicate"), "unknown target"),
        (("--arch", "x86_64", "--machine", "none", "--save", "/proc/nowhere"), "cannot write"),
    ],
)
def test_bad_usage_is_one_line(arguments: tuple[str, ...], says: str) -> None:
    done = flatview("qemu", "machines", *arguments)
    assert done.returncode == 2, done.stdout
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_without_any_emulator_it_is_said_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(QemuMissing, match="install-qemu --all"):
        chosen_emulators((), ())


def test_a_link_to_an_emulator_is_not_checked_twice(
    monkeypatch: pytest.MonkeyPatch, new_fake: NewFake
) -> None:
    path = new_fake("")
    path.with_name("qemu-system-other").symlink_to(path.name)
    monkeypatch.setenv("PATH", str(path.parent))
    assert [one.arch for one in chosen_emulators((), ())] == ["fake"]


def test_two_emulators_of_one_architecture_are_told_apart(
    new_fake: NewFake, tmp_path: Path
) -> None:
    """By version; so that neither's texts are written over the other's."""
    newer = new_fake("")
    newer.write_text(newer.read_text().replace("7.2.22 (fake)", "10.0.2 (fake)"))
    older = NewFake(tmp_path / "older")
    older.folder.mkdir()
    path = older("")
    types, _ = list_machine_types(chosen_emulators((), (newer, path)))
    assert [one.title for one in types] == ["fake-10.0.2-fake", "fake-7.2.22-fake"]
    path.write_text(newer.read_text())
    emulator_at.cache_clear()
    with pytest.raises(QemuMissing, match="one by one"):
        list_machine_types(chosen_emulators((), (newer, path)))


def test_the_installer_refuses_what_it_does_not_know() -> None:
    script = Path(__file__).resolve().parents[2] / "scripts" / "install-qemu"
    done = subprocess.run([script, "--frobnicate"], capture_output=True, text=True, timeout=20)
    assert done.returncode == 2
    assert "unknown argument --frobnicate" in done.stderr
    assert "usage:" in done.stderr

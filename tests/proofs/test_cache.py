"""The cache of proofs: only what was proved of the same code is taken from it."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import z3

from fuzz.mutation import load_variant
from proofs import cache as caching
from proofs.cache import Cache, Key, checksum, default_folder, key_of
from proofs.parallel import Job, prove_all, run_jobs
from proofs.paths import Effort
from proofs.proof import Limits, Verdict
from proofs.results import ProofResult
from proofs.runner import DEFAULT, Options, bite, prove
from proofs.theorems.splitting import SPLIT

JOB = Job(SPLIT.name)


@pytest.fixture
def proved() -> ProofResult:
    return prove(SPLIT, load_variant("model"))


def only_file(folder: Path) -> Path:
    (path,) = folder.glob("*.json")
    return path


def test_what_is_kept_is_found_again(tmp_path: Path, proved: ProofResult) -> None:
    cache = Cache(tmp_path / "new" / "folder")
    assert cache.get(JOB.key) is None
    cache.put(JOB.key, proved)
    found = cache.get(JOB.key)
    assert found is not None
    assert found.from_cache
    assert found.to_json() == {**proved.to_json(), "from_cache": True}
    assert cache.corrupt == 0


def test_a_counterexample_is_found_again(tmp_path: Path) -> None:
    bitten = bite(SPLIT, SPLIT.teeth[0]).proof.plain()
    key = Job(SPLIT.name, 0).key
    Cache(tmp_path).put(key, bitten)
    found = Cache(tmp_path).get(key)
    assert found is not None
    assert found.counterexample is not None
    assert bitten.counterexample is not None
    assert found.counterexample == bitten.counterexample
    assert found.counterexample.values


@pytest.mark.parametrize("verdict", [Verdict.INCONCLUSIVE, Verdict.FAULT])
def test_what_is_neither_proved_nor_refuted_is_not_kept(tmp_path: Path, verdict: Verdict) -> None:
    Cache(tmp_path).put(JOB.key, ProofResult(verdict, "why", Effort(), 1.0))
    assert not list(tmp_path.iterdir())


def test_all_that_a_result_depends_on_is_in_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    keys: list[Key] = [
        key_of(SPLIT, None, DEFAULT),
        key_of(SPLIT, SPLIT.teeth[0], DEFAULT),
        key_of(SPLIT, SPLIT.teeth[1], DEFAULT),
        key_of(SPLIT, None, Options(seed=1)),
    ]
    with pytest.raises(LookupError):
        key_of(replace(SPLIT, limits=Limits(1, 1)), None, DEFAULT)
    for name, changed in (("code_digest", "other code"), ("prover_digest", "another prover")):
        with monkeypatch.context() as patch:
            patch.setattr(caching, name, lambda *theorem, changed=changed: changed)
            keys.append(key_of(SPLIT, None, DEFAULT))
    with monkeypatch.context() as patch:
        patch.setattr(z3, "get_full_version", lambda: "Z3 of tomorrow")
        keys.append(key_of(SPLIT, None, DEFAULT))
    assert len({json.dumps(key, sort_keys=True) for key in keys}) == len(keys)


def change(what: Callable[[dict[str, Any]], None]) -> Callable[[str], str]:
    """A damage to the data of a file, which leaves it JSON."""

    def damage(text: str) -> str:
        data = json.loads(text)
        what(data)
        return json.dumps(data)

    return damage


def forged(data: dict[str, Any]) -> None:
    """A checksum that fits a verdict that is never kept."""
    data["result"]["verdict"] = "inconclusive"
    data["checksum"] = checksum({"key": data["key"], "result": data["result"]})


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: text[: len(text) // 2],
        lambda text: "[]",
        lambda text: "\x00" * 100,
        change(lambda data: data["result"].update(verdict="refuted")),
        change(lambda data: data["key"].update(code="that of yesterday")),
        change(lambda data: data.pop("checksum")),
        change(forged),
    ],
)
def test_a_damaged_file_is_noticed_and_proved_anew(
    tmp_path: Path, proved: ProofResult, damage: Callable[[str], str]
) -> None:
    cache = Cache(tmp_path)
    cache.put(JOB.key, proved)
    path = only_file(tmp_path)
    path.write_text(damage(path.read_text()))
    assert cache.get(JOB.key) is None
    assert cache.corrupt == 1
    ((_, result),) = run_jobs([JOB], cache, processes=1)
    assert result.verdict is Verdict.PROVED
    assert not result.from_cache
    found = cache.get(JOB.key)
    assert found is not None
    assert found.from_cache


def test_a_file_of_another_key_is_not_taken(tmp_path: Path, proved: ProofResult) -> None:
    """A file that was renamed, or is of another version, proves nothing here."""
    cache = Cache(tmp_path)
    other = Job(SPLIT.name, seed=1).key
    cache.put(other, proved)
    wanted = cache.path_of(JOB.key)
    assert wanted is not None
    only_file(tmp_path).rename(wanted)
    assert cache.get(JOB.key) is None
    assert cache.corrupt == 1


def test_a_folder_that_cannot_be_made_is_no_harm(tmp_path: Path, proved: ProofResult) -> None:
    file = tmp_path / "file"
    file.write_text("")
    cache = Cache(file / "folder")
    cache.put(JOB.key, proved)
    assert cache.get(JOB.key) is None


def test_an_audit_proves_anew_and_notices_other_formulas(
    tmp_path: Path, proved: ProofResult
) -> None:
    """A cached proof whose formulas differ would mean that its key lacks something."""
    Cache(tmp_path).put(JOB.key, proved)
    ((_, same),) = run_jobs([JOB], Cache(tmp_path, is_audited=True), processes=1)
    assert same.verdict is Verdict.PROVED
    assert not same.from_cache
    Cache(tmp_path).put(JOB.key, replace(proved, formulas="others"))
    ((_, other),) = run_jobs([JOB], Cache(tmp_path, is_audited=True), processes=1)
    assert other.verdict is Verdict.FAULT
    assert "other formulas" in other.reason


def test_what_nobody_asks_for_is_forgotten(tmp_path: Path, proved: ProofResult) -> None:
    cache = Cache(tmp_path)
    cache.put(JOB.key, proved)
    cache.put(Job(SPLIT.name, seed=1).key, proved)
    old = cache.path_of(JOB.key)
    assert old is not None
    os.utime(old, (0, 0))
    assert cache.get(Job(SPLIT.name, seed=1).key) is not None
    cache.forget_old()
    assert not old.exists()
    assert len(list(tmp_path.glob("*.json"))) == 1


def test_the_folder_follows_the_users_wishes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert default_folder() == Path("/somewhere/flatview/proofs")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert default_folder() == Path.home() / ".cache" / "flatview" / "proofs"


def test_a_second_run_proves_nothing(tmp_path: Path) -> None:
    first = list(prove_all([SPLIT], Cache(tmp_path), with_teeth=True, processes=1))
    second = list(prove_all([SPLIT], Cache(tmp_path), with_teeth=True, processes=1))
    assert len(first) == len(second) == 1
    assert first[0].verdict is second[0].verdict is Verdict.PROVED
    assert not first[0].proof.from_cache
    assert second[0].proof.from_cache
    assert all(tooth.proof.from_cache and tooth.bites for tooth in second[0].teeth)
    assert len(second[0].teeth) == len(SPLIT.teeth)

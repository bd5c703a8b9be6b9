"""`flatview vectors`: what agrees, what differs, what is not checked, and what is no vector."""

import json
from pathlib import Path
from typing import Any

import pytest

from fuzz.vectors.reading import VectorError, read_vectors
from fuzz.vectors.running import run_vectors
from fuzz.verdict import exit_code
from tests.cli.test_commands import flatview

CORPUS = "corpora/vectors/guest-memory.json"

READ: dict[str, Any] = {
    "name": "read_three",
    "group": "bytes",
    "regions": [[0x1000, 0x1000]],
    "prefill": [[0x1000, "0102"]],
    "op": "read",
    "args": {"addr": 0x1000, "len": 3},
    "expect": {"ok": 3, "buf": "010200"},
    "verified_on": ["0.16", "0.17-dev", "0.18"],
    "source": "ours",
}


def write(folder: Path, *vectors: object) -> Path:
    path = folder / "some.json"
    path.write_text(json.dumps({"vectors": vectors}))
    return path


def changed(**fields: Any) -> dict[str, Any]:
    return {**READ, **fields}


@pytest.mark.parametrize("build", [[], ["--release"]])
def test_the_corpus_agrees_in_every_group(build: list[str], tmp_path: Path) -> None:
    result = tmp_path / "result.json"
    done = flatview("vectors", CORPUS, *build, "--json", result)
    assert done.returncode == 0, done.stdout
    assert done.stderr == ""
    report = json.loads(result.read_text())
    assert report["vectors"] == len({one["vector"] for one in report["results"]})
    for group, row in report["groups"].items():
        assert f"\n{group} " in done.stdout
        for counts in row.values():
            assert set(counts) == {"agree"}


def test_a_version_alone_is_run_if_it_is_named(tmp_path: Path) -> None:
    result = tmp_path / "result.json"
    path = write(tmp_path, READ, changed(name="new", verified_on=["0.18"]))
    done = flatview("vectors", path, "--contract", "0.16", "--json", result)
    assert done.returncode == 0
    results = json.loads(result.read_text())["results"]
    assert [(one["vector"], one["contract"]) for one in results] == [("read_three", "0.16")]


def test_a_difference_names_the_vector_what_was_expected_and_what_came(tmp_path: Path) -> None:
    path = write(tmp_path, changed(expect={"ok": 3, "buf": "010299"}))
    done = flatview("vectors", path)
    assert done.returncode == 1
    assert "read_three on 0.16" in done.stdout
    assert "buf: expected '010299', came '010200'" in done.stdout


def test_another_outcome_is_told_whole(tmp_path: Path) -> None:
    path = write(tmp_path, changed(expect={"err": "InvalidGuestAddress", "addr": 0x1000}))
    done = flatview("vectors", path)
    assert done.returncode == 1
    assert "expected err 'InvalidGuestAddress', came ok 3" in done.stdout
    assert "not checked" not in done.stdout


def test_true_is_not_1_and_a_panic_is_no_error(tmp_path: Path) -> None:
    in_range = changed(name="in_range", op="address_in_range", args={"addr": 0x1000})
    one = {**in_range, "expect": {"ok": 1}}
    panic = {**in_range, "name": "panic", "expect": {"panic": "overflow"}}
    done = flatview("vectors", write(tmp_path, one, panic))
    assert done.returncode == 1
    assert "expected 1, came True" in done.stdout
    assert "expected panic 'overflow', came ok True" in done.stdout


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"op": "frobnicate"}, "operation frobnicate"),
        ({"frobs": 1}, "field frobs"),
        ({"args": {"addr": 0x1000, "len": 3, "frob": 1}}, "args.frob"),
        ({"backend": "heap"}, "backend heap"),
        ({"verified_on": ["0.19"]}, "version 0.19"),
        ({"expect": {"ok": 3, "frob": 1}}, "expected frob"),
        ({"op": "get_slices", "verified_on": ["0.16"]}, "0.16 has no get_slices"),
        ({"backend": "iommu", "verified_on": ["0.17-dev"]}, "0.17-dev has no IOMMU"),
        (
            {"op": "load", "args": {"addr": 0x1000, "size": 3}},
            "values of 3 bytes",
        ),
        (
            {
                "regions": [[0, 1 << 40]],
                "args": {"addr": 0, "len": 1 << 30},
                "prefill": [],
            },
            "EffortLimit",
        ),
        ({"op": "bm_seq", "args": {"bytes": 1, "page": 1, "steps": [["frob"]]}}, "step frob"),
    ],
)
def test_what_nobody_knows_is_not_checked_and_never_agrees(
    fields: dict[str, Any], says: str, tmp_path: Path
) -> None:
    vectors = read_vectors(write(tmp_path, changed(name="agrees"), changed(**fields)))
    results = list(run_vectors(vectors))
    assert exit_code(one.verdict for one in results) == 3
    for one in results:
        if one.vector == "agrees":
            assert (one.differences, one.not_checked) == ((), ())
        else:
            assert [reason for reason in one.not_checked if says in reason]
            assert one.differences == ()


def test_what_was_not_checked_is_said_by_name(tmp_path: Path) -> None:
    done = flatview("vectors", write(tmp_path, changed(op="frobnicate")))
    assert done.returncode == 3
    assert "read_three on 0.18\n  not checked: operation frobnicate\n" in done.stdout


def test_a_difference_outweighs_what_was_not_checked(tmp_path: Path) -> None:
    unknown = changed(name="unknown", op="frobnicate")
    path = write(tmp_path, unknown, changed(expect={"ok": 2}))
    assert flatview("vectors", path).returncode == 1


def test_nothing_compared_is_not_clean(tmp_path: Path) -> None:
    assert flatview("vectors", write(tmp_path)).returncode == 3
    path = write(tmp_path, changed(verified_on=["0.18"]))
    assert flatview("vectors", path, "--contract", "0.16").returncode == 3


def test_a_release_build_is_expected_what_is_written_for_it(tmp_path: Path) -> None:
    empty = changed(
        backend="custom",
        regions=[[0x1000, 0]],
        prefill=[],
        op="last_addr",
        args={},
        expect={"panic": "attempt to subtract with overflow"},
        expect_release={"ok": 0xFFF},
    )
    path = write(tmp_path, empty)
    assert flatview("vectors", path).returncode == 0
    released = flatview("vectors", path, "--release")
    assert released.returncode == 0
    assert "2 left out" in released.stdout
    wrong = write(tmp_path, {**empty, "expect_release": {"ok": 0x1000}})
    assert flatview("vectors", wrong, "--release").returncode == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "not JSON"),
        ("\ufeff{}", "not JSON"),
        ("[]", "no list of vectors"),
        ('{"vectors": 1}', "no list of vectors"),
        ('{"vectors": [1]}', "vector 1: not an object"),
        ('{"vectors": [{}]}', "vector 1: no name"),
        ("[" * 100_000, "nested too deeply"),
        (json.dumps({"vectors": [READ, READ]}), "read_three: there is another of this name"),
    ],
)
def test_a_file_without_vectors_is_one_clear_line_and_two(
    text: str, says: str, tmp_path: Path
) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(VectorError) as raised:
        read_vectors(path)
    assert str(path) in str(raised.value)
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"regions": [[1]]}, "regions is not a list of pairs"),
        ({"regions": [[-1, 1]]}, "regions is not a number from 0 to 2^64 - 1"),
        ({"regions": [[1.5, 1]]}, "regions is not a number"),
        ({"args": []}, "args is not an object"),
        ({"args": {"addr": 0x1000}}, "read needs args.len"),
        ({"args": {"addr": "here", "len": 1}}, "args.addr is not a number"),
        ({"prefill": [[0x1000, "0g"]]}, "prefill is not bytes in hex"),
        ({"prefill": [[0, "00"]]}, "prefill at 0x0, where nothing is mapped"),
        ({"expect": {}}, "expect is not one of ok, err and panic"),
        ({"expect": {"ok": 1, "err": "X"}}, "expect is not one of ok, err and panic"),
        ({"verified_on": "0.18"}, "verified_on is not a list"),
        ({"iommu": [[1, 2, 3, "x"]]}, "iommu is not a list of mappings"),
        ({"op": "check_range", "args": {"addr": 0, "len": 1, "perm": "x"}}, "args.perm"),
        ({"op": "region_len", "args": {"region": 7}}, "there is no region 7"),
        ({"op": "write", "args": {"addr": 0x1000, "data": "0"}}, "args.data is not bytes in hex"),
    ],
)
def test_a_vector_that_cannot_be_one_is_named(
    fields: dict[str, Any], says: str, tmp_path: Path
) -> None:
    path = write(tmp_path, changed(**fields))
    with pytest.raises(VectorError) as raised:
        list(run_vectors(read_vectors(path)))
    assert f"{path}: vector read_three: {says}" in str(raised.value)


def test_a_bad_file_is_one_line_of_the_command_and_two(tmp_path: Path) -> None:
    done = flatview("vectors", CORPUS, write(tmp_path, changed(args={})))
    refused(done, "some.json: vector read_three: read needs args.addr")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "Missing argument"),
        (("nowhere.json",), "nowhere.json"),
        (("corpora",), "corpora"),
        ((CORPUS, "--contract", "0.15"), "0.15"),
    ],
)
def test_a_mistake_in_the_command_is_two(arguments: tuple[str, ...], says: str) -> None:
    refused(flatview("vectors", *arguments), says)


def refused(done: Any, *says: str) -> None:
    assert done.returncode == 2, done.stdout + done.stderr
    for text in says:
        assert text in done.stderr
    assert "Traceback" not in done.stderr + done.stdout

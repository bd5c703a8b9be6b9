"""Finding machines' texts: an archive or folder is read whole, or refused in one clear line."""

import io
import tarfile
from pathlib import Path

import pytest

from fuzz.machines import corpus
from fuzz.machines.corpus import CorpusError, MachineText, read_corpus


def write_archive(path: Path, files: dict[str, bytes], mode: str = "w:xz") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


PAIR = {"./a.mtree.txt": b"trees", "./a.flat.txt": b"views"}


def test_the_corpus_has_218_machines_of_six_architectures(
    machines: tuple[MachineText, ...],
) -> None:
    """The committed archive is whole."""
    assert len([one for one in machines if one.name != "x86_64-pc-pam"]) == 218
    assert len({machine.name.split("-")[0] for machine in machines}) == 6


@pytest.mark.parametrize(("ending", "mode"), [(".tar.xz", "w:xz"), (".tar.gz", "w:gz")])
def test_archives_and_loose_files_are_read(tmp_path: Path, ending: str, mode: str) -> None:
    """Both compressions, beside files of a folder, and whatever else lies there."""
    write_archive(tmp_path / f"x{ending}", PAIR, mode)
    (tmp_path / "b.mtree.txt").write_text("t")
    (tmp_path / "b.flat.txt").write_text("v")
    (tmp_path / "README.md").write_text("about")
    assert [machine.name for machine in read_corpus(tmp_path)] == ["a", "b"]
    assert read_corpus(tmp_path / f"x{ending}")[0].trees == "trees"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a.mtree.txt": b""}, "a.flat.txt is missing"),
        ({"a.flat.txt": b""}, "a.mtree.txt is missing"),
        ({**PAIR, "../b.mtree.txt": b""}, "not a plain file"),
        ({**PAIR, "/b.mtree.txt": b""}, "not a plain file"),
        ({**PAIR, "sub/b.mtree.txt": b""}, "not a plain file"),
        ({**PAIR, "b.txt": b""}, "ends neither"),
        ({**PAIR, "a.mtree.txt": b""}, "twice"),
        ({"a.mtree.txt": b"\xff", "a.flat.txt": b""}, "not UTF-8"),
        ({}, "no machines"),
    ],
)
def test_archives_of_anything_else_are_refused(
    tmp_path: Path, files: dict[str, bytes], message: str
) -> None:
    """Missing partners, paths that lead elsewhere, foreign files, repeated and binary ones."""
    path = write_archive(tmp_path / "x.tar.xz", files)
    with pytest.raises(CorpusError, match=message) as caught:
        read_corpus(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_links_in_an_archive_are_refused(tmp_path: Path) -> None:
    """A member that is no file has no text, wherever it points."""
    path = tmp_path / "x.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        info = tarfile.TarInfo("a.mtree.txt")
        info.type, info.linkname = tarfile.SYMTYPE, "elsewhere"
        archive.addfile(info)
    with pytest.raises(CorpusError, match="not a plain file"):
        read_corpus(path)


@pytest.mark.parametrize("ending", [".tar.xz", ".tar.gz"])
def test_a_damaged_archive_is_refused(tmp_path: Path, ending: str) -> None:
    """Cut short, overwritten, empty, or not an archive at all: never a traceback."""
    mode = "w:" + ending[-2:]
    whole = write_archive(tmp_path / f"x{ending}", {**PAIR, "a.mtree.txt": b"x" * 5000}, mode)
    data = write_archive(whole, PAIR, mode).read_bytes()
    for damaged in (data[: len(data) // 2], b"", b"not an archive", data[:20] + b"zz" + data[22:]):
        path = tmp_path / f"damaged{ending}"
        path.write_bytes(damaged)
        with pytest.raises(CorpusError, match="damaged"):
            read_corpus(path)


def test_too_much_data_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small archive can unpack to any size; sizes are judged before reading."""
    monkeypatch.setattr(corpus, "MAX_FILE_BYTES", 1000)
    big = {"a.mtree.txt": b"x" * 1001, "a.flat.txt": b""}
    with pytest.raises(CorpusError, match="too much data"):
        read_corpus(write_archive(tmp_path / "x.tar.xz", big))
    for name, data in big.items():
        (tmp_path / name).write_bytes(data)
    with pytest.raises(CorpusError, match="longer than"):
        read_corpus(tmp_path)


@pytest.mark.parametrize("name", ["gone", "gone.tar.xz", "file.txt", "empty"])
def test_a_path_without_machines_is_refused(tmp_path: Path, name: str) -> None:
    """Nothing found is an error, not a clean run over nothing."""
    (tmp_path / "file.txt").write_text("")
    (tmp_path / "empty").mkdir()
    with pytest.raises(CorpusError):
        read_corpus(tmp_path / name)

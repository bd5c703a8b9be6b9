"""Finding the texts of machines: in an archive, or in a folder of files and archives.

Each machine has two files, NAME.mtree.txt (`info mtree -o -D`) and NAME.flat.txt
(`info mtree -f -d -o`).
"""

import lzma
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

TREES_ENDING = ".mtree.txt"
VIEWS_ENDING = ".flat.txt"
ARCHIVE_ENDINGS = (".tar.xz", ".tar.gz")

MAX_FILE_BYTES = 16 << 20
MAX_CORPUS_BYTES = 512 << 20
MAX_FILES = 20_000


class CorpusError(ValueError):
    """Texts that cannot be read: where, what is wrong, and what to do about it."""

    def __init__(self, path: Path | str, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = str(path)
        self.message = message


class MachineText(NamedTuple):
    """The two texts of one machine, and where each was read."""

    name: str
    trees_path: str
    trees: str
    views_path: str
    views: str


def read_corpus(path: Path) -> tuple[MachineText, ...]:
    """All machines of an archive or a folder, by name. Raises CorpusError.

    In a folder, files of other names are none of this; in an archive they are an error.
    """
    machines: list[MachineText] = []
    if path.is_dir():
        archives = sorted(one for one in path.iterdir() if one.name.endswith(ARCHIVE_ENDINGS))
        loose = {
            one.name: one
            for one in sorted(path.iterdir())
            if one.name.endswith((TREES_ENDING, VIEWS_ENDING))
        }
        machines.extend(_machines(path, {name: _read(one) for name, one in loose.items()}))
    elif path.name.endswith(ARCHIVE_ENDINGS):
        archives = [path]
    else:
        raise CorpusError(path, "not a folder, nor an archive (.tar.xz or .tar.gz) of machines")
    for archive in archives:
        machines.extend(_machines(archive, _read_archive(archive)))
    if not machines:
        raise CorpusError(path, f"no machines: no NAME{TREES_ENDING} with NAME{VIEWS_ENDING}")
    return tuple(sorted(machines))


def _machines(path: Path, files: dict[str, bytes]) -> Iterator[MachineText]:
    """The machines that files make up, two for each."""
    texts = {name: _decode(path, name, data) for name, data in files.items()}
    names = {name.removesuffix(TREES_ENDING).removesuffix(VIEWS_ENDING) for name in texts}
    for machine in sorted(names):
        trees, views = machine + TREES_ENDING, machine + VIEWS_ENDING
        for one, other in ((trees, views), (views, trees)):
            if one not in texts:
                raise CorpusError(path, f"{one} is missing beside {other}; add it")
        yield MachineText(machine, f"{path}/{trees}", texts[trees], f"{path}/{views}", texts[views])


def _decode(path: Path, name: str, data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CorpusError(
            path, f"{name}: byte {error.start} is not UTF-8; is it what QEMU printed?"
        ) from None


def _read(path: Path) -> bytes:
    """The bytes of one file, if they are not too many."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise CorpusError(path, f"cannot be read: {error.strerror}") from error
    if len(data) > MAX_FILE_BYTES:
        raise CorpusError(path, f"longer than {MAX_FILE_BYTES >> 20} MiB; is it a machine's text?")
    return data


def _read_archive(path: Path) -> dict[str, bytes]:
    """The files of an archive by name, all of them machines' texts; nothing is unpacked to disk."""
    try:
        with tarfile.open(path) as archive:
            return dict(_members(path, archive))
    except OSError as error:
        raise CorpusError(path, f"cannot be read: {error.strerror or error}") from error
    except (tarfile.TarError, lzma.LZMAError, zlib.error, EOFError, ValueError) as error:
        if isinstance(error, CorpusError):
            raise
        what = str(error).partition("\n")[0]
        raise CorpusError(path, f"not a whole archive: {what}; copy it again") from error


def _members(path: Path, archive: tarfile.TarFile) -> Iterator[tuple[str, bytes]]:
    """The files of an open archive. Sizes are judged before anything is read."""
    names: set[str] = set()
    total = 0
    for member in archive:
        parts = PurePosixPath(member.name).parts
        if member.isdir() and not parts:
            continue
        if len(parts) != 1 or parts[0] == ".." or not member.isreg():
            raise CorpusError(path, f"{member.name!r} is not a plain file at the archive's top")
        name = parts[0]
        if not name.endswith((TREES_ENDING, VIEWS_ENDING)):
            raise CorpusError(path, f"{name!r} ends neither in {TREES_ENDING} nor {VIEWS_ENDING}")
        if name in names:
            raise CorpusError(path, f"{name!r} is there twice; drop one")
        names.add(name)
        total += member.size
        if member.size > MAX_FILE_BYTES or total > MAX_CORPUS_BYTES or len(names) > MAX_FILES:
            raise CorpusError(path, f"too much data at {name!r}; is it an archive of machines?")
        file = archive.extractfile(member)
        data = b"" if file is None else file.read()
        if len(data) != member.size:
            raise CorpusError(path, f"{name!r} is cut short; copy the archive again")
        yield name, data

"""Inputs that the parsers take, made of the corpora: where fuzzing them begins."""

import io
import json
import tarfile
from collections.abc import Callable, Iterable
from pathlib import Path

from fuzz.codec import encode
from fuzz.live.conformance import Record, RuleSeen
from fuzz.machines.corpus import read_corpus
from fuzz.parse import parse_file
from fuzz.rfc_v1_hunt import FOLDER, RESULTS

CORPORA = Path("corpora")
MOST_BYTES = 1 << 14
"""How long an input of a campaign is at most; seeds that are longer are cut at a line's end."""


def cut(data: bytes) -> bytes:
    """As much of a file as an input may have, in whole lines."""
    return data if len(data) <= MOST_BYTES else data[: data.rfind(b"\n", 0, MOST_BYTES) + 1]


def files(pattern: str) -> Callable[[Path], Iterable[bytes]]:
    """The files of the corpora that fit a pattern."""
    return lambda corpora: [cut(path.read_bytes()) for path in sorted(corpora.glob(pattern))]


def machine_texts(kind: str, end: bytes) -> Callable[[Path], Iterable[bytes]]:
    """Printed texts of machines: of small ones all, of large ones the first parts."""

    def seeds(corpora: Path) -> Iterable[bytes]:
        for machine in read_corpus(corpora / "machines"):
            text = str(getattr(machine, kind)).encode()
            yield text if len(text) <= MOST_BYTES else text[: text.rfind(end, 0, MOST_BYTES) + 2]

    return seeds


def encoded(corpora: Path) -> Iterable[bytes]:
    """Scenarios that have a byte form, in it."""
    for path in sorted((corpora / "regressions").rglob("*.fv")):
        try:
            yield encode(parse_file(path))
        except ValueError:
            continue  # no byte form: it is no input of this parser


def vector_files(corpora: Path) -> Iterable[bytes]:
    """Single vectors, each a file of its own: the whole is too long to be mutated well."""
    for path in sorted((corpora / "vectors").glob("*.json")):
        for vector in json.loads(path.read_text())["vectors"]:
            yield json.dumps({"vectors": [vector]}).encode()


def archives(corpora: Path) -> Iterable[bytes]:
    """A small archive as it is, and its first machine again without compression.

    What is compressed has check sums, which hardly any damage passes.
    """
    path = corpora / "machines" / "qemu-7.2-pam.tar.xz"
    yield path.read_bytes()
    with tarfile.open(path) as archive:
        names = archive.getnames()[:2]
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = 4
            archive.addfile(member, io.BytesIO(b"text"))
    yield packed.getvalue()


def hunts(corpora: Path) -> Iterable[bytes]:
    """The figures that are kept."""
    return [cut((corpora / FOLDER.name / RESULTS).read_bytes())]


def records(corpora: Path) -> Iterable[bytes]:
    """A record of conformance, in small."""
    seen = RuleSeen(scenarios=1, comparisons=2)
    record = Record("7.2.22", "qemu-system-x86", {"comparisons": 2}, {"R1": seen}, ("a line",))
    return [json.dumps(record.to_json()).encode()]


def logged(corpora: Path) -> Iterable[bytes]:
    """Lines as QEMU logs them."""
    return [f"{line}\n".encode() for line in TRACED]


TRACED = (
    "memory_region_ops_write cpu 0 mr 0x55d5a0 addr 0x3f8 value 0x41 size 1 name 'serial'",
    "memory_region_ops_read cpu -1 mr 0x55d5a0 addr 0xfee0 value 0x0 size 4 name 'apic-msi'",
    "Invalid read at addr 0x10, size 8, region '(null)', reason: rejected",
    "flatview_new 0x7f01 (root 0x55d5)",
    "flatview_destroy_rcu 0x7f01 (root 0x55d5)",
    "flatview_destroy 0x7f01 (root (nil))",
)

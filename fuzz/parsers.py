"""The parsers of what comes from outside, as fuzz targets: a result or a typed error, never else.

A parser's error says in one line what is wrong. Where a result can be written again, it is read
back as the same. `PARSERS` has one for each kind of input, by the name that a campaign gives it:
`one_input` raises for a bug only, so that it can be handed to atheris as it is.
"""

import tempfile
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from fuzz.codec import decode, encode
from fuzz.dictionary import written
from fuzz.format import format_scenario
from fuzz.live.accesses.trace import read_log
from fuzz.live.conformance import read_record
from fuzz.live.view_lives.view_trace import read_events
from fuzz.machines.corpus import CorpusError, read_corpus
from fuzz.machines.flat_text import parse_views
from fuzz.machines.lines import MtreeError
from fuzz.machines.page_size import likely_page_bits
from fuzz.machines.region_table import build_machine
from fuzz.machines.tree_text import parse_trees
from fuzz.parse import parse, parse_file
from fuzz.parsers_seeds import (
    TRACED,
    archives,
    encoded,
    files,
    hunts,
    logged,
    machine_texts,
    records,
    vector_files,
)
from fuzz.qemu.errors import QemuFault
from fuzz.rfc_v1_hunt import RESULTS, read_results
from fuzz.scenario import ScenarioError
from fuzz.syntax import KEYWORDS
from fuzz.vectors.reading import FIELDS, VectorError, read_vectors

MODULES = (
    "fuzz.codec", "fuzz.codec_fields", "fuzz.codec_records", "fuzz.codec_state",
    "fuzz.live.accesses.trace", "fuzz.live.conformance", "fuzz.live.view_lives.view_trace",
    "fuzz.machines.alias_targets", "fuzz.machines.corpus",
    "fuzz.machines.dispatch_text", "fuzz.machines.flat_text", "fuzz.machines.lines",
    "fuzz.machines.region_table", "fuzz.machines.tree_text", "fuzz.operands", "fuzz.parse",
    "fuzz.rfc_v1_hunt", "fuzz.syntax", "fuzz.vectors.reading",
)  # fmt: skip
"""The modules whose coverage leads to new inputs."""


class ParserBug(AssertionError):
    """A parser that took what it should not, or said what is wrong in a way that helps nobody."""


class Parser(NamedTuple):
    """One parser as a fuzz target.

    `read` takes any bytes, and may raise `errors`. `seeds` gives inputs that it takes, from the
    folder with the corpora; `words` are what its texts are made of.
    """

    name: str
    read: Callable[[bytes], object]
    errors: tuple[type[Exception], ...]
    seeds: Callable[[Path], Iterable[bytes]]
    words: tuple[str, ...]

    def one_input(self, data: bytes) -> None:
        """Read one input; any exception that this raises is a bug."""
        try:
            self.read(data)
        except self.errors as error:
            check_message(str(error))

    def dictionary(self) -> str:
        """The words in the form of libFuzzer's dictionaries."""
        return written(word.encode() for word in self.words)


def check_message(message: str) -> None:
    """Raise ParserBug unless an error says something, in one line that a terminal can show."""
    if not message or not message.isprintable():
        raise ParserBug(f"an error whose message is not one readable line: {message!r}")


# --- Reading ----------------------------------------------------------------------------------


def text_of(data: bytes) -> str:
    """An input as text; what is not UTF-8 becomes characters that no format knows."""
    return data.decode("utf-8", errors="replace")


@cache
def scratch() -> Path:
    """A folder for inputs that must be files; it goes when the process does."""
    folder = tempfile.TemporaryDirectory(prefix="flatview-parsers-")
    _KEPT.append(folder)
    return Path(folder.name)


_KEPT: list[tempfile.TemporaryDirectory[str]] = []


def as_file(data: bytes, name: str) -> Path:
    """The input as a file of that name."""
    path = scratch() / name
    path.write_bytes(data)
    return path


def read_scenario(data: bytes) -> object:
    """A scenario's file; what is read is written, and read back as the same."""
    scenario = parse_file(as_file(data, "input.fv"))
    again = parse(format_scenario(scenario))
    if again != scenario:
        raise ParserBug(f"read back as another scenario:\n{format_scenario(again)}")
    return scenario


def read_bytes(data: bytes) -> object:
    """A scenario's bytes, which are all right; what is decoded is encoded, and decoded again."""
    scenario = decode(data)
    if decode(encode(scenario)) != scenario:
        raise ParserBug("decoded as another scenario")
    return scenario


def read_trees(data: bytes) -> object:
    """A printed region tree, and the regions that its lines speak of."""
    return build_machine(parse_trees(text_of(data), "input"))


def read_views(data: bytes) -> object:
    """Printed flat views with their dispatch, and the page size that they tell."""
    views = parse_views(text_of(data), "input")
    return views, likely_page_bits(views.views)


def read_trace(data: bytes) -> object:
    """Logged lines: of accesses, or of the lives of views."""
    lines = text_of(data).splitlines()
    return [*read_log(lines)], read_events(lines)


def read_archive(data: bytes) -> object:
    """An archive of machines; one that is not compressed is read too, whatever it is called."""
    is_xz = data.startswith(b"\xfd7zXZ")
    return read_corpus(as_file(data, "input.tar.xz" if is_xz else "input.tar.gz"))


def read_hunts(data: bytes) -> object:
    """The figures of the hunts for RFC v1's defects."""
    return read_results(as_file(data, RESULTS).parent)


JSON_WORDS = ('{"', '": ', "[", "]", "}", ", ", "null", "true", "-1", "1e999", '"\\ud800"', "NaN")
PARSERS = {
    parser.name: parser
    for parser in (
        Parser(
            "parse-scenario",
            read_scenario,
            (ScenarioError,),
            files("regressions/*/*.fv"),
            (*KEYWORDS, "= ", "# ", " at ", "2^64", "0xffffffffffffffff", "flavour ", "page-bits "),
        ),
        Parser("parse-bytes", read_bytes, (), encoded, ()),
        Parser(
            "parse-mtree",
            read_trees,
            (MtreeError,),
            machine_texts("trees", b"\n\n"),
            ("address-space: ", "memory-region: ", " (prio ", "nv-", "i/o", "ram", "): alias ",
             " @", "[disabled]", " owner:{dev id=a}", " orphan", "ffffffffffffffff", "0" * 16),
        ),
        Parser(
            "parse-flat",
            read_views,
            (MtreeError,),
            machine_texts("views", b"\n\n"),
            ("FlatView #", ' AS "', ", root: ", " Root memory region: ", "  Dispatch", "skip=",
             "ptr=NIL", "[unassigned]", "(noname)", " [ROOT]", "ffffffffffffffff", "..", " KVM"),
        ),
        Parser("parse-trace", read_trace, (QemuFault,), logged, (*TRACED, "0x", "size ", "(nil)")),
        Parser(
            "parse-vectors",
            lambda data: read_vectors(as_file(data, "input.json")),
            (VectorError,),
            vector_files,
            (*sorted(FIELDS), *JSON_WORDS),
        ),
        Parser(
            "parse-archive",
            read_archive,
            (CorpusError,),
            archives,
            ("0000000", "ustar", "../", "/", ".mtree.txt", ".flat.txt"),
        ),
        Parser(
            "parse-record",
            lambda data: read_record(as_file(data, "input.json")),
            (ValueError,),
            records,
            ("version", "package", "totals", "rules", "not_agreeing", *JSON_WORDS),
        ),
        Parser(
            "parse-hunts", read_hunts, (ValueError,), hunts, ("versions", "hunts", *JSON_WORDS)
        ),
    )
}  # fmt: skip
"""The parsers by name."""

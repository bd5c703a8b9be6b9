"""Remembering which questions a solver has agreed on, by their content.

A key has the text of the question, the solver, its version and its limit. Only agreements are kept:
all else is asked again. The file may be shared and deleted at any time; what is in it is no more
to be trusted than whoever can write to it.
"""

import json
import sqlite3
import time
from collections.abc import Iterable
from contextlib import closing, suppress
from hashlib import sha256
from pathlib import Path

from proofs.cache import DAYS
from proofs.solvers import Solver

FILE = "agreements.sqlite"


def key_of(question: str, solver: Solver) -> str:
    """All that an answer depends on."""
    told = [question, solver.name, solver.version, solver.units]
    return sha256(json.dumps(told).encode()).hexdigest()


class KnownAnswers:
    """The keys of agreements, in a folder; without a folder it has none and keeps none.

    A file that cannot be read has none either, and one that cannot be written keeps none.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def among(self, keys: Iterable[str]) -> frozenset[str]:
        """Those of the keys that are known, each of which is kept for longer now."""
        found: set[str] = set()
        if self.folder is None or not (self.folder / FILE).exists():
            return frozenset()
        with suppress(sqlite3.Error), closing(self._open()) as base, base:
            for key in keys:
                if base.execute("SELECT 1 FROM agreement WHERE key = ?", (key,)).fetchone():
                    found.add(key)
                    base.execute("UPDATE agreement SET asked = ? WHERE key = ?", (time.time(), key))
        return frozenset(found)

    def add(self, keys: Iterable[str]) -> None:
        """Keep agreements, and forget those that nobody has asked for in a long time."""
        if self.folder is None:
            return
        with suppress(sqlite3.Error, OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            with closing(self._open()) as base, base:
                rows = ((key, time.time()) for key in keys)
                base.executemany("INSERT OR REPLACE INTO agreement VALUES (?, ?)", rows)
                oldest = time.time() - DAYS * 24 * 3600
                base.execute("DELETE FROM agreement WHERE asked < ?", (oldest,))

    def _open(self) -> sqlite3.Connection:
        assert self.folder is not None
        base = sqlite3.connect(self.folder / FILE)
        base.execute("CREATE TABLE IF NOT EXISTS agreement (key TEXT PRIMARY KEY, asked REAL)")
        return base

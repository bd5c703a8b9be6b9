"""Remembering how proofs came out, by all that they depend on.

A key has the theorem, the planted bug if there is one, the code that it reaches, that of the
prover, the versions of Z3 and Python, the seed and the limits: they determine every formula that Z3
is given. A result is found again only under the same key, so the cache may be shared and deleted at
any time; what is in it is no more to be trusted than whoever can write to it. Only proofs and
refutations are kept: what was inconclusive may be tried again.
"""

import hashlib
import json
import os
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import z3

import proofs.theorems
from fuzz.files import write_whole
from fuzz.mutation import Mutation
from proofs.proof import Verdict
from proofs.reach import digest_of, modules_of, reach, read_module
from proofs.results import ProofResult
from proofs.runner import Options
from proofs.theorem import Theorem

Key = dict[str, str]

PROVER = (
    "fuzz.mutation",
    "proofs.bits",
    "proofs.paths",
    "proofs.proof",
    "proofs.runner",
    "proofs.symbolic",
    "proofs.terms",
    "proofs.theorem",
)
"""The modules that every proof runs, whatever it names."""

DAYS = 30
"""How long an entry is kept that nobody asks for."""


def key_of(theorem: Theorem, mutation: Mutation | None, options: Options) -> Key:
    """All that a result depends on, in words and digests."""
    return {
        "theorem": theorem.name,
        "bug": "" if mutation is None else json.dumps(mutation[:4]),
        "code": code_digest(theorem),
        "prover": prover_digest(),
        "z3": z3.get_full_version(),
        "python": sys.version,
        "seed": str(options.seed),
        "limits": json.dumps(theorem.limits),
    }


@cache
def code_digest(theorem: Theorem) -> str:
    """A digest of all code that a theorem reaches."""
    return digest_of(f"{name} {digest}" for name, digest in reached_by(theorem).items())


def reached_by(theorem: Theorem) -> dict[str, str]:
    """The definitions that a theorem reaches, with their digests."""
    return reach(*home_of(theorem), theorem.package)


def home_of(theorem: Theorem) -> tuple[str, str]:
    """The module that defines a theorem, and the name that it has there.

    Raises LookupError for one that no module of theorems defines under a name.
    """
    for module in modules_of("proofs.theorems"):
        for name, value in vars(sys.modules.get(module, proofs.theorems)).items():
            if value is theorem and name in read_module(module).definitions:
                return module, name
    raise LookupError(f"no module defines the theorem {theorem.name} under a name")


@cache
def prover_digest() -> str:
    """A digest of the code that proves, which every result depends on."""
    return digest_of(
        f"{module}:{name} {definition.digest}"
        for module in PROVER
        for name, definition in sorted(read_module(module).definitions.items())
    )


class Cache:
    """Results in a folder, a file each; without a folder it has none and keeps none.

    `corrupt` counts the files that were found but do not say what they should. Where it is audited,
    nothing is taken from it: all is proved anew, and compared.
    """

    def __init__(self, folder: Path | None, is_audited: bool = False) -> None:
        self.folder = folder
        self.is_audited = is_audited
        self.corrupt = 0

    def get(self, key: Key) -> ProofResult | None:
        """The result under a key, if there is one and its file is sound."""
        path = self.path_of(key)
        if path is None:
            return None
        try:
            text = path.read_text(encoding="utf-8")
        except OSError:
            return None
        except ValueError:
            self.corrupt += 1
            return None
        result = result_in(text, key)
        if result is None:
            self.corrupt += 1
            return None
        with suppress(OSError):
            os.utime(path)
        return replace(result, from_cache=True)

    def put(self, key: Key, result: ProofResult) -> None:
        """Keep a proof or a refutation; not if the folder cannot be written."""
        path = self.path_of(key)
        if path is None or result.verdict not in {Verdict.PROVED, Verdict.REFUTED}:
            return
        body = {"key": key, "result": result.to_json()}
        text = json.dumps({**body, "checksum": checksum(body)})
        with suppress(OSError):
            write_whole(path, text.encode())

    def path_of(self, key: Key) -> Path | None:
        """The file of a key."""
        if self.folder is None:
            return None
        return self.folder / f"{digest_of([json.dumps(key, sort_keys=True)])}.json"

    def forget_old(self) -> None:
        """Remove what nobody has asked for in `DAYS`."""
        if self.folder is None:
            return
        oldest = time.time() - DAYS * 24 * 3600
        for path in (*self.folder.glob("*.json"), *self.folder.glob(".*.json.*")):
            with suppress(OSError):
                if path.stat().st_mtime < oldest:
                    path.unlink()


def result_in(text: str, key: Key) -> ProofResult | None:
    """The result that a file has for a key; None unless it is whole, unchanged and for that key."""
    try:
        data = json.loads(text)
        body = {"key": data["key"], "result": data["result"]}
        if data["checksum"] != checksum(body) or body["key"] != key:
            return None
        result = ProofResult.from_json(body["result"])
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    return result if result.verdict in {Verdict.PROVED, Verdict.REFUTED} else None


def checksum(body: Mapping[str, Any]) -> str:
    """A digest of what a file says."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def default_folder() -> Path:
    """Where results are kept unless another folder is named."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "flatview" / "proofs"

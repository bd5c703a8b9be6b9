"""Vectors as they are written: a JSON file, each vector checked as far as any could be run.

What is wrong with a file is one line that says where. What a vector has that nobody knows is no
fault: running it says that it was not checked.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

MOST = (1 << 64) - 1
"""The largest number of a vector."""

FIELDS = {
    "name", "group", "regions", "backend", "mmio", "iommu", "iommu_enabled", "prefill", "op",
    "args", "peek", "expect", "expect_by_version", "expect_release", "verified_on", "source",
    "want_dirty", "rules",
}  # fmt: skip
"""The fields that are known; `rules` names those of the specification that a vector speaks of."""

NEEDED = ("name", "group", "op", "args", "expect", "verified_on")


class VectorError(ValueError):
    """A file that holds no vectors, or a vector that cannot be one; the message says where."""


class Vector(NamedTuple):
    """One vector, with its fields as they stand in the file; `unknown` are those nobody knows."""

    path: Path
    name: str
    group: str
    op: str
    args: Mapping[str, Any]
    expect: Mapping[str, Any]
    verified_on: tuple[str, ...]
    expect_by_version: Mapping[str, Mapping[str, Any]]
    expect_release: Mapping[str, Any] | None
    regions: tuple[tuple[int, int], ...]
    backend: str
    mmio: tuple[int, ...]
    iommu: tuple[tuple[Any, ...], ...]
    iommu_enabled: bool
    prefill: tuple[tuple[int, bytes], ...]
    peek: tuple[tuple[int, int], ...]
    rules: tuple[str, ...]
    unknown: tuple[str, ...]

    def fault(self, message: str) -> VectorError:
        """What is wrong with this vector, as an error to raise."""
        return VectorError(f"{self.path}: vector {self.name}: {message}")


def read_vectors(path: Path) -> tuple[Vector, ...]:
    """The vectors of a file. Raises VectorError."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise VectorError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise VectorError(f"{path}: not JSON: {error}") from error
    except RecursionError as error:
        raise VectorError(f"{path}: nested too deeply") from error
    listed = content.get("vectors") if isinstance(content, dict) else None
    if not isinstance(listed, list):
        raise VectorError(f"{path}: no list of vectors: an object with `vectors` is needed")
    found = tuple(read_vector(path, number, one) for number, one in enumerate(listed, 1))
    names = set[str]()
    for vector in found:
        if vector.name in names:
            raise vector.fault("there is another of this name")
        names.add(vector.name)
    return found


def read_vector(path: Path, number: int, fields: object) -> Vector:
    """One vector of a file, the `number`th. Raises VectorError."""
    where = f"{path}: vector {number}"
    if not isinstance(fields, dict):
        raise VectorError(f"{where}: not an object")
    if isinstance(fields.get("name"), str) and fields["name"].isprintable():
        where = f"{path}: vector {fields['name']}"
    for field in NEEDED:
        if field not in fields:
            raise VectorError(f"{where}: no {field}")
    reader = Reader(where)
    by_version = reader.mapping("expect_by_version", fields.get("expect_by_version", {}))
    release = fields.get("expect_release")
    return Vector(
        path=path,
        name=reader.text("name", fields["name"]),
        group=reader.text("group", fields["group"]),
        op=reader.text("op", fields["op"]),
        args=reader.mapping("args", fields["args"]),
        expect=reader.expectation("expect", fields["expect"]),
        verified_on=reader.texts("verified_on", fields["verified_on"]),
        expect_by_version={
            version: reader.expectation(f"expect_by_version of {version}", expected)
            for version, expected in by_version.items()
        },
        expect_release=None if release is None else reader.expectation("expect_release", release),
        regions=reader.pairs("regions", fields.get("regions", [])),
        backend=reader.text("backend", fields.get("backend", "mmap")),
        mmio=tuple(
            reader.number("mmio", one) for one in reader.items("mmio", fields.get("mmio", []))
        ),
        iommu=tuple(
            reader.mapping_entry(one) for one in reader.items("iommu", fields.get("iommu", []))
        ),
        iommu_enabled=reader.flag("iommu_enabled", fields.get("iommu_enabled", True)),
        prefill=tuple(
            reader.filling(one) for one in reader.items("prefill", fields.get("prefill", []))
        ),
        peek=reader.pairs("peek", fields.get("peek", [])),
        rules=reader.texts("rules", fields.get("rules", [])),
        unknown=tuple(sorted(fields.keys() - FIELDS)),
    )


class Reader(NamedTuple):
    """Takes fields for what they must be; `where` begins the error if they are not."""

    where: str

    def refuse(self, field: str, what: str) -> VectorError:
        """The error for a field that is not what it must be."""
        return VectorError(f"{self.where}: {field} is not {what}")

    def text(self, field: str, value: object) -> str:
        """A text. Raises VectorError."""
        if not isinstance(value, str) or not value.isprintable():
            raise self.refuse(field, "a text of one line")
        return value

    def flag(self, field: str, value: object) -> bool:
        """True or false. Raises VectorError."""
        if not isinstance(value, bool):
            raise self.refuse(field, "true or false")
        return value

    def number(self, field: str, value: object) -> int:
        """A number of 64 bits. Raises VectorError."""
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST:
            raise self.refuse(field, "a number from 0 to 2^64 - 1")
        return value

    def data(self, field: str, value: object) -> bytes:
        """Bytes, from hex digits. Raises VectorError."""
        try:
            return bytes.fromhex(self.text(field, value))
        except ValueError:
            raise self.refuse(field, "bytes in hex") from None

    def items(self, field: str, value: object) -> Sequence[object]:
        """A list. Raises VectorError."""
        if not isinstance(value, list):
            raise self.refuse(field, "a list")
        return value

    def texts(self, field: str, value: object) -> tuple[str, ...]:
        """A list of texts. Raises VectorError."""
        return tuple(self.text(field, one) for one in self.items(field, value))

    def pair(self, field: str, value: object) -> tuple[int, int]:
        """Two numbers. Raises VectorError."""
        found = self.items(field, value)
        if len(found) != 2:
            raise self.refuse(field, "a list of pairs")
        return self.number(field, found[0]), self.number(field, found[1])

    def pairs(self, field: str, value: object) -> tuple[tuple[int, int], ...]:
        """A list of pairs of numbers. Raises VectorError."""
        return tuple(self.pair(field, one) for one in self.items(field, value))

    def filling(self, value: object) -> tuple[int, bytes]:
        """An address, and the bytes to write there. Raises VectorError."""
        found = self.items("prefill", value)
        if len(found) != 2:
            raise self.refuse("prefill", "a list of addresses with bytes")
        return self.number("prefill", found[0]), self.data("prefill", found[1])

    def mapping(self, field: str, value: object) -> Mapping[str, Any]:
        """An object. Raises VectorError."""
        if not isinstance(value, dict):
            raise self.refuse(field, "an object")
        return value

    def expectation(self, field: str, value: object) -> Mapping[str, Any]:
        """What is expected: one of ok, err and panic, and more. Raises VectorError."""
        found = self.mapping(field, value)
        if len({"ok", "err", "panic"} & found.keys()) != 1:
            raise self.refuse(field, "one of ok, err and panic")
        for name in ("err", "panic"):
            if name in found:
                self.text(f"{name} of {field}", found[name])
        return found

    def mapping_entry(self, value: object) -> tuple[Any, ...]:
        """A change of an IOMMU's table: a mapping, or "inv" and a range. Raises VectorError."""
        found = self.items("iommu", value)
        if len(found) == 3 and found[0] == "inv":
            return ("inv", self.number("iommu", found[1]), self.number("iommu", found[2]))
        if len(found) == 4 and found[3] in ("no", "r", "w", "rw"):
            return (*(self.number("iommu", one) for one in found[:3]), found[3])
        raise self.refuse("iommu", "a list of mappings [iova, phys, len, permission] or [inv, ...]")

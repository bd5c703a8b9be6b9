"""Running vectors: on a version of the contract, comparing everything that they expect.

What cannot be run or compared is said by name, and never counts as agreement.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from fuzz.vectors import byte_operations, map_operations, part_operations
from fuzz.vectors.machine import (
    Arguments,
    Memory,
    NotCheckedError,
    Run,
    make_iotlb,
    make_memory,
    peeked,
)
from fuzz.vectors.reading import Vector
from fuzz.vectors.seen import MOST_SHOWN, CallsShown, Seen, agrees, outcome_words, plain
from fuzz.verdict import Verdict
from model.dirty_bitmap import DirtyBitmap
from model.guest_contract import CONTRACTS, V0_18, Contract, released
from model.guest_errors import Ok, Outcome
from model.guest_iommu import IommuMemory
from model.guest_regions import Collection
from model.memtx import AccessError, AccessStopped

OPERATIONS = {
    **map_operations.OPERATIONS,
    **byte_operations.OPERATIONS,
    **part_operations.OPERATIONS,
}


class VectorResult(NamedTuple):
    """What a vector came to on a version: what differs, and what was not checked, in words.

    `compared` counts what was compared.
    """

    vector: str
    group: str
    contract: str
    compared: int
    differences: tuple[str, ...] = ()
    not_checked: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """A difference is a finding; what is not checked decides nothing."""
        if self.differences:
            return Verdict.DIVERGE
        return Verdict.INCONCLUSIVE if self.not_checked or not self.compared else Verdict.AGREE

    def to_json(self) -> dict[str, Any]:
        """The result as plain data."""
        return {
            "vector": self.vector,
            "group": self.group,
            "contract": self.contract,
            "verdict": self.verdict.value,
            "compared": self.compared,
            "differences": list(self.differences),
            "not_checked": list(self.not_checked),
        }


def run_vectors(
    vectors: Iterable[Vector], versions: Iterable[str] = (), release: bool = False
) -> Iterable[VectorResult]:
    """Run vectors on each version that they were seen on, or on those of these that are named.

    Raises VectorError.
    """
    wanted = tuple(versions)
    for vector in vectors:
        for version in vector.verified_on:
            if wanted and version not in wanted:
                continue
            if version not in CONTRACTS:
                words = (f"version {version}",)
                yield VectorResult(vector.name, vector.group, version, 0, not_checked=words)
                continue
            expected = expectation(vector, version, release)
            if expected is not None:
                contract = CONTRACTS[version]
                yield run_vector(vector, released(contract) if release else contract, expected)


def expectation(vector: Vector, version: str, release: bool) -> Mapping[str, Any] | None:
    """What a vector expects of a version; None if the file does not say.

    A release build was run of 0.18 alone. Of others it does what the debug build does, unless that
    panics: then what it would do is not known.
    """
    expected = vector.expect_by_version.get(version, vector.expect)
    if not release:
        return expected
    if version == V0_18.name:
        return expected if vector.expect_release is None else vector.expect_release
    return None if "panic" in expected else expected


def run_vector(vector: Vector, contract: Contract, expected: Mapping[str, Any]) -> VectorResult:
    """Run a vector on one version, and compare all that is expected. Raises VectorError."""
    differences, not_checked, compared = list[str](), list[str](), 0
    not_checked += [f"field {in_one_line(name)}" for name in vector.unknown]
    try:
        args = Arguments(vector)
        seen = perform(vector, contract, args)
        not_checked += [f"args.{in_one_line(name)}" for name in args.unasked()]
    except NotCheckedError as error:
        return result_of(vector, contract, 0, (), (*not_checked, str(error)))
    except (AccessStopped, AccessError) as error:
        return result_of(
            vector, contract, 0, (), (*not_checked, f"{type(error).__name__}: {error}")
        )
    words = outcome_words(seen.outcome)
    came = words.keys() & {"ok", "err", "panic"}
    for key, value in expected.items():
        if key in ("ok", "err", "panic") and key not in came:
            compared += 1
            differences.append(f"expected {key} {value!r}, came {in_words(words)}")
            continue
        try:
            found = words[key] if key in words else extra(key, vector, contract, seen)
            compared += 1
            if not agrees(key, value, found):
                differences.append(f"{key}: expected {value!r}, came {plain(found)!r}")
        except NotCheckedError as error:
            # Where the outcome differs, what would have come with the other is no news.
            if not differences:
                not_checked.append(str(error))
    return result_of(vector, contract, compared, differences, not_checked)


def result_of(
    vector: Vector,
    contract: Contract,
    compared: int,
    differences: Iterable[str],
    not_checked: Iterable[str],
) -> VectorResult:
    """The result of one vector on one version."""
    return VectorResult(
        vector.name,
        vector.group,
        contract.name,
        compared,
        tuple(differences),
        tuple(not_checked),
    )


def in_one_line(name: str) -> str:
    """A name, or its quotation where it would not stay in its line."""
    return name if name.isprintable() else repr(name)


def in_words(words: Mapping[str, object]) -> str:
    """An outcome for people."""
    return ", ".join(f"{key} {plain(value)!r}" for key, value in words.items())


def perform(vector: Vector, contract: Contract, args: Arguments) -> Seen:
    """Make a vector's memory, and do its operation; what the making fails with is the outcome.

    Raises NotCheckedError, VectorError, AccessStopped and AccessError.
    """
    if vector.op not in OPERATIONS:
        raise NotCheckedError(f"operation {vector.op}")
    memory = memory_of(vector, contract, args)
    if not isinstance(memory, Ok):
        # What the operation would have asked for is not looked at: it did not come to that.
        args.asked.update(vector.args)
        return Seen(memory)
    return OPERATIONS[vector.op](Run(vector, contract, args, memory.value))


def memory_of(vector: Vector, contract: Contract, args: Arguments) -> Outcome[Memory]:
    """The memory that an operation needs: of slices a block, of tables only the table."""
    if vector.op.startswith("vs_"):
        block = vector._replace(regions=((0, args.number("len")),), backend="custom")
        return make_memory(block, contract)
    if vector.op == "iotlb_lookup":
        if not contract.has_iommu:
            raise NotCheckedError(f"{contract.name} has no IOMMU")
        table = make_iotlb(vector, contract)
        return Ok(IommuMemory(Collection(), table.value)) if isinstance(table, Ok) else table
    return make_memory(vector, contract)


# --- What else there is to see -----------------------------------------------------------------


def extra(key: str, vector: Vector, contract: Contract, seen: Seen) -> object:
    """Something beside the outcome. Raises NotCheckedError if it cannot be seen."""
    if key in seen.extras and seen.extras[key] is not None:
        return seen.extras[key]
    memory = seen.memory
    if memory is not None:
        if key == "after" and sum(count for _, count in vector.peek) <= MOST_SHOWN:
            return peeked(vector, contract, memory)
        if key == "dirty_pages" and isinstance(memory, Collection):
            return [[start, page] for start, page in dirty_pages(memory)]
        if key == "region_calls" and isinstance(memory, Collection):
            return region_calls(memory)
        if isinstance(memory, IommuMemory) and key == "dirty_iova_pages":
            return addresses(memory.bitmap)
        if isinstance(memory, IommuMemory) and key == "dirty_phys_pages":
            return [
                start + page * DirtyBitmap(0).page_size
                for start, page in dirty_pages(memory.physical)
            ]
    raise NotCheckedError(f"expected {in_one_line(key)}")


def dirty_pages(memory: Collection) -> list[tuple[int, int]]:
    """The dirty pages of all regions, as start of the region and number of the page."""
    return [
        (region.start, page)
        for region in memory.listed
        for page in sorted(memory.heap.bitmaps[region.block].dirty)
    ]


def addresses(bitmap: DirtyBitmap) -> list[int]:
    """Where the dirty pages of a bitmap start."""
    return [page * bitmap.page_size for page in sorted(bitmap.dirty)]


def region_calls(memory: Collection) -> CallsShown:
    """What each region was asked for."""
    return CallsShown(
        tuple(
            tuple(
                (call.operation, call.offset, call.length)
                for call in memory.calls
                if call.region == region
            )
            for region in memory.listed
        )
    )

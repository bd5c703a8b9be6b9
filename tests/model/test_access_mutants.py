"""The properties of accesses can fail: each of these bugs breaks one of them."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import model
from fuzz.mutation import Mutation, load_variant
from tests.model.access_checks import Request, check_query, check_read, check_write
from tests.model.systems import addresses, layouts, lengths
from tests.model.test_access import (
    check_read_parts,
    check_step_size,
    check_write_parts,
    parts_cases,
    step_cases,
)
from tests.model.test_find import check_find, findings
from tests.model.test_load_store import check_load, loads
from tests.model.test_map import check_joined, check_map
from tests.model.test_translate import check_length, check_section

requests = st.builds(Request, layouts(), addresses, lengths)
aligned_requests = st.builds(Request, layouts(grain=8), addresses, lengths)


class Property(NamedTuple):
    """What is checked, of which cases."""

    check: Callable[[Any, Any], object]
    cases: st.SearchStrategy[Any]


class Bug(NamedTuple):
    """A text of a module, and what stands in its place in the broken copy."""

    name: str
    original: str
    replacement: str


READ = Property(check_read, requests)
WRITE = Property(check_write, requests)
LENGTH = Property(check_length, requests)
SECTION = Property(check_section, requests)
STEP_SIZE = Property(check_step_size, step_cases)
READ_PARTS = Property(check_read_parts, parts_cases)
WRITE_PARTS = Property(check_write_parts, parts_cases)
LOAD = Property(check_load, loads)
MAP = Property(check_map, requests)
JOINED = Property(check_joined, st.integers(1, 64))
FIND = Property(check_find, findings)
QUERY = Property(lambda package, case: check_query(package, case, True), aligned_requests)

BUGS = (
    # Translation
    ("translate", LENGTH, Bug("mmio is clamped", "    if is_ram:\n", "    if True:\n")),
    ("translate", LENGTH, Bug("ram is not clamped", "section.size - into)", "section.size)")),
    ("translate", READ, Bug("offset forgotten", "into + section.offset, length", "into, length")),
    ("translate", SECTION, Bug("page split one late", "address < one.end)", "address <= one.end)")),
    ("translate", WRITE, Bug("rom is written", "return not region.readonly and", "return")),
    # Steps
    ("access", STEP_SIZE, Bug("alignment ignored", "if not impl_unaligned:", "if False:")),
    ("access", STEP_SIZE, Bug("always aligned", "if not impl_unaligned:", "if True:")),
    ("access", STEP_SIZE, Bug("default of 8", "MAX_SIZE = 4", "MAX_SIZE = 8")),
    ("access", STEP_SIZE, Bug("steps of 3", "    if length >= 2:\n        return 2\n", "")),
    ("access", STEP_SIZE, Bug("all bits of the length", "length % (1 << 32)", "length")),
    # Validity
    ("access", LOAD, Bug("unaligned is valid", "if not valid.unaligned and", "if False and")),
    ("access", READ, Bug("minimum alone counts", "valid.max == 0:", "valid.max == valid.min:")),
    ("access", READ, Bug("any size is valid", "return valid.min <= size <= valid.max", "return 1")),
    # Callbacks
    ("access", READ_PARTS, Bug("orders mixed up", "size - part_size - done if", "done if")),
    ("access", READ_PARTS, Bug("wide big reads", "bits >> -part.shift\n", "bits\n")),
    ("access", READ_PARTS, Bug("last part wins", "return value | (bits", "return (bits")),
    ("access", WRITE_PARTS, Bug("wide big writes", "value << -part.shift", "value")),
    ("access", WRITE_PARTS, Bug("no minimum", "max(min(size, most), least)", "min(size, most)")),
    (
        "access",
        WRITE_PARTS,
        Bug(
            "offset is rounded", "next_address(offset, done)", "offset - offset % part_size + done"
        ),
    ),
    # Reads and writes
    (
        "read_write",
        READ,
        Bug("last result wins", "result | step.result\n        kept", "step.result\n        kept"),
    ),
    (
        "read_write",
        WRITE,
        Bug("last result wins", "result | step.result\n        if", "step.result\n        if"),
    ),
    (
        "read_write",
        READ,
        Bug(
            "an error ends a read",
            'if remaining == 0:\n            return system, result, b"".join',
            'if remaining == 0 or result:\n            return system, result, b"".join',
        ),
    ),
    # The other accesses
    ("device", LOAD, Bug("the host's order", "return big_endian_target if", "return False if")),
    ("load_store", LOAD, Bug("loads are cut", "found.length >= size", "True")),
    (
        "address_space",
        QUERY,
        Bug("one-way query", "region, is_write, attrs)", "region, False, attrs)"),
    ),
    (
        "map",
        JOINED,
        Bug("joins any pages", " or found.offset != next_address(first.offset, done)", ""),
    ),
    ("map", MAP, Bug("joins regions", "found.region != first.region or ", "")),
    ("find", FIND, Bug("finds what ends before", "window.start < range_.end and ", "")),
    ("find", FIND, Bug("cuts nothing", "intersection(window, found.addresses)", "found.addresses")),
)


def counterexample(package: Any, broken: Property) -> Any:
    """A case for which a property does not hold of a broken copy; None if there is none."""
    tried = []
    stops = (AssertionError, IndexError, package.memtx.AccessStopped)

    @settings(
        max_examples=2000,
        phases=(Phase.generate,),
        derandomize=True,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(broken.cases)
    def run(case: Any) -> None:
        tried.append(case)
        broken.check(package, case)

    try:
        run()
    except stops:
        return tried[-1]
    return None


@pytest.mark.parametrize(("module", "broken", "bug"), BUGS, ids=[one[2].name for one in BUGS])
def test_each_bug_breaks_its_property(module: str, broken: Property, bug: Bug) -> None:
    """And what breaks is the copy: the case that shows it is right of the model itself."""
    variant = load_variant("model", Mutation(bug.name, f"model.{module}", bug[1], bug[2]))
    case = counterexample(variant, broken)
    assert case is not None
    broken.check(model, case)

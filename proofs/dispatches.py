"""The words that theorems about registering sections are stated in.

A dispatch of any size is known by what it says of one address and of a few pages: its page map is
any function from pages to sections, and so are its sections and the tables of its divided pages.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple, cast

from model.address_range import ADDRESS_SPACE_SIZE
from model.dispatch import AddressSpaceDispatch, Section
from model.radix import QEMU_SHAPE, UNASSIGNED_INDEX, MapShape, PageRun
from model.subpage import Subpage
from proofs.functions import AnyFunction
from proofs.proof import Proof
from proofs.rebinding import rebound
from proofs.symbolic import SymInt, all_of, any_of, choose, implies, negation
from proofs.theorem import Package

EARLIER = "all earlier tables"
INDICES = 1 << QEMU_SHAPE.index_bits
"""How many indices a section may have; the page map cuts larger ones."""


class _Place(SymInt):
    """The place of a section, which can be a key: all have one hash, and are then compared."""

    __slots__ = ()

    def __hash__(self) -> int:  # type: ignore[override]
        return 0

    def __add__(self, other: object) -> "_Place":
        return _Place(super().__add__(other).term, self.path)

    def __mod__(self, other: object) -> "_Place":
        return _Place(super().__mod__(other).term, self.path)


def as_place(number: int) -> int:
    """The same number, fit to be a key of a dictionary of tables."""
    if not isinstance(number, SymInt):
        return number
    return cast(int, _Place(number.term, number.path))


class AnySections:
    """Any number of sections. All stand together as one item of a longer tuple."""

    def __init__(self, package: Package, proof: Proof) -> None:
        self.package = package
        self.count = proof.integer("sections", 1, INDICES - 3)
        extents = [
            tuple(proof.integer(f"section[{i}].{field}") for field in ("start", "size"))
            for i in range(14)
        ]
        self.extents = AnyFunction(extents, ((UNASSIGNED_INDEX,), (0, ADDRESS_SPACE_SIZE)))

    def __iter__(self) -> Iterator["AnySections"]:
        yield self

    def __getitem__(self, index: int) -> Section:
        section: Section = self.package.dispatch.Section(None, 0, *self.extents(index))
        return section


class Sections:
    """Any number of sections, and those that have been appended; this forks."""

    def __init__(self, sections: Any) -> None:
        self.earlier, *self.appended = sections

    def __getitem__(self, index: int) -> Section:
        for place, section in enumerate(self.appended):
            if index == self.earlier.count + place:
                return cast(Section, section)
        return cast(Section, self.earlier[index])


def number_of(sections: Any) -> int:
    """In place of `len`, for sections."""
    if isinstance(sections, AnySections):
        return as_place(sections.count)
    earlier, *appended = sections
    return as_place(number_of(earlier) + len(appended))


class AnyTables:
    """Tables of divided pages of which nothing is known, nor which sections are containers.

    At one byte, a table says what one of at most one run says.
    """

    def __init__(self, package: Package, proof: Proof, count: int, page_size: int) -> None:
        self.package, self.page_size = package, page_size
        self.count = count
        flags = [(proof.boolean(f"is container[{i}]"),) for i in range(16)]
        self.containers = AnyFunction(flags, ((UNASSIGNED_INDEX,), (False,)))
        runs = []
        for i in range(6):
            run = tuple(proof.integer(f"in table[{i}].{field}") for field in ("first", "last"))
            section = proof.integer(f"in table[{i}].section", 0)
            proof.assume(section < count)
            runs.append((*run, section))
        self.runs = AnyFunction(runs)

    def keys(self) -> tuple[str, ...]:
        """All stand together as one item of a larger dictionary."""
        return (EARLIER,)

    def is_container(self, index: int) -> bool:
        """Whether a section is a container; without forking."""
        return all_of(cast(bool, self.containers(index)[0]), index < self.count)

    def __contains__(self, index: int) -> bool:
        return bool(self.is_container(index))

    def __getitem__(self, index: Any) -> Any:
        if index is EARLIER:
            return self
        code = self.package.subpage
        return code.Subpage(self.page_size, (code.SubpageRun(*self.runs(index)),))


class Tables:
    """Tables of divided pages, and one that has been written; this forks."""

    def __init__(self, tables: dict[Any, Any]) -> None:
        self.earlier: AnyTables = tables[EARLIER]
        self.written = {key: table for key, table in tables.items() if key is not EARLIER}

    def __contains__(self, index: int) -> bool:
        return any(index == key for key in self.written) or index in self.earlier

    def __getitem__(self, index: int) -> Subpage:
        for key, table in self.written.items():
            if index == key:
                return cast(Subpage, table)
        return cast(Subpage, self.earlier[index])


class AnyLeaves(NamedTuple):
    """Any page map: a function from pages to sections, and the runs that have been set since."""

    shape: MapShape
    leaves: AnyFunction
    runs: tuple[PageRun, ...] = ()

    def leaf(self, page: int) -> int:
        """Where the map leads a page; without forking."""
        index = self.leaves(page)[0]
        for run in self.runs:
            is_set = all_of(run.first <= page, page < run.first + run.pages)
            index = choose(is_set, run.section, index)
        return as_place(index)


def find_leaf(page_map: AnyLeaves, page: int) -> int:
    """In place of `model.radix.find_leaf`."""
    return page_map.leaf(page)


class AnyFlavour(NamedTuple):
    """A version of QEMU, of which only this counts."""

    asserts_section_count: bool


def any_dispatch(package: Package, proof: Proof, page_bits: int) -> AddressSpaceDispatch:
    """An input: any dispatch, not yet known to be one that registering makes."""
    shape = package.radix.MapShape(page_bits)
    sections = AnySections(package, proof)
    leaves = AnyFunction([(proof.integer(f"leaf[{i}]", 0),) for i in range(24)])
    dispatch: AddressSpaceDispatch = package.dispatch.AddressSpaceDispatch(
        AnyLeaves(shape, leaves),
        sections,
        AnyTables(package, proof, sections.count, shape.page_size),
        AnyFlavour(proof.boolean("flavour asserts the count")),
    )
    return dispatch


def settled(dispatch: AddressSpaceDispatch) -> AddressSpaceDispatch:
    """The same dispatch, fit to be looked up in: its sections by number, its tables by section."""
    sections, tables = cast(Any, dispatch.sections), cast(Any, dispatch.subpages)
    return dispatch._replace(
        sections=cast(Any, sections if isinstance(sections, AnySections) else Sections(sections)),
        subpages=cast(Any, Tables(tables) if isinstance(tables, dict) else tables),
    )


# --- The invariant -------------------------------------------------------------------------------


def mapping(dispatch: AddressSpaceDispatch, page: int, end: int) -> dict[str, bool]:
    """What holds of any page when ranges up to `end` are registered; this forks."""
    page_map: Any = dispatch.page_map
    start, page_size = page * page_map.shape.page_size, page_map.shape.page_size
    index = page_map.leaf(page)
    is_mapped = index != UNASSIGNED_INDEX
    section = dispatch.sections[index]
    section_end = section.start + section.size
    is_divided = choose_container(dispatch, index)
    return {
        "a page leads to a section": all_of(index >= 0, index < number_of_all(dispatch)),
        "a section that is led to is whole pages": implies(
            is_mapped, all_of(section.start % page_size == 0, section.size % page_size == 0)
        ),
        "a section has the pages that lead to it": implies(
            is_mapped, all_of(section.start <= start, start + page_size <= section_end)
        ),
        "a divided page is alone in its container, and begins before the end": implies(
            is_divided, all_of(section.size == page_size, start < end)
        ),
        "an undivided page is all before the end": implies(
            all_of(is_mapped, negation(is_divided)), start + page_size <= end
        ),
    }


def choose_container(dispatch: AddressSpaceDispatch, index: int) -> bool:
    """Whether a section is the container of a divided page; without forking."""
    tables: Any = dispatch.subpages
    if isinstance(tables, AnyTables):
        return tables.is_container(index)
    if not isinstance(tables, Tables):
        return index in tables
    is_written = any_of(*(index == key for key in tables.written))
    return any_of(is_written, tables.earlier.is_container(index))


def number_of_all(dispatch: AddressSpaceDispatch) -> int:
    """How many sections there are."""
    sections: Any = dispatch.sections
    if isinstance(sections, AnySections):
        return sections.count
    if not isinstance(sections, Sections):
        return len(sections)
    return cast(int, sections.earlier.count + len(sections.appended))


def leading(dispatch: AddressSpaceDispatch, page: int, other: int) -> bool:
    """Whether the section that a page leads to is led to from another page, if it has that."""
    page_map: Any = dispatch.page_map
    page_size = page_map.shape.page_size
    index = page_map.leaf(page)
    section = dispatch.sections[index]
    start = other * page_size
    has = all_of(section.start <= start, start < section.start + section.size)
    return implies(all_of(index != UNASSIGNED_INDEX, has), page_map.leaf(other) == index)


def place_at(package: Package, dispatch: AddressSpaceDispatch, address: int) -> int:
    """The place of the section that a look-up finds, by the code of `lookup_section`."""
    code = package.dispatch
    found = rebound(code.page_find, find_leaf=find_leaf)(dispatch, address)
    return cast(int, code.resolve_subpage(dispatch, found, address))

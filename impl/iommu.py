"""IOMMUs: pages that send accesses on into other address spaces."""

from __future__ import annotations

from impl.region import TOP, MemoryMapError, check_address

ADDRESS_BITS = 64


class Page:
    """2^`bits` bytes that go to `address` in a space, which is known by its name. Rules: X2."""

    __slots__ = ("address", "bits", "number", "reads", "space", "writes")

    def __init__(self, number: int, bits: int, space: str, address: int) -> None:
        self.number = number
        self.bits = bits
        self.space = space
        self.address = address
        self.reads = True
        self.writes = True

    def follow(self, offset: int, length: int) -> tuple[int, int]:
        """Where an offset goes, and how many of `length` bytes go there with it.

        A page of all addresses has none for its first, since their number wraps. Rules: X2, X3.
        """
        low = (1 << self.bits) - 1
        return self.address & ~low | offset & low, min(length, (low - (offset & low) + 1) % TOP)


class PageTable:
    """Pages by their size; where they overlap, the one mapped first counts. Rules: X2."""

    __slots__ = ("_mapped", "_pages")

    def __init__(self) -> None:
        self._pages: dict[int, dict[int, Page]] = {}
        self._mapped = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever mapped."""
        return self._mapped == 0

    def map(self, iova: int, bits: int, space: str, address: int) -> None:
        """Let the page around `iova` be read and written. Raises MemoryMapError. Rules: X2."""
        check_address("iova", iova)
        check_address("address", address)
        if not 0 <= bits <= ADDRESS_BITS:
            raise MemoryMapError(f"no page has 2^{bits} bytes")
        pages = self._pages.setdefault(bits, {})
        pages.setdefault(iova >> bits, Page(self._mapped, bits, space, address))
        self._mapped += 1

    def page_at(self, offset: int) -> Page | None:
        """The page around an offset, or None. Rules: X2."""
        first: Page | None = None
        for bits, pages in self._pages.items():
            found = pages.get(offset >> bits)
            if found is not None and (first is None or found.number < first.number):
                first = found
        return first


class Iommu:
    """The pages of an IOMMU region: for all accesses, or for those that are not secure.

    `spaces` has the names of all spaces that any of them leads to. Rules: X2.
    """

    __slots__ = ("normal", "secure", "spaces")

    def __init__(self) -> None:
        self.normal = PageTable()
        self.secure = PageTable()
        self.spaces: set[str] = set()

    def map(self, iova: int, bits: int, space: str, address: int, secure: bool = False) -> None:
        """Map a page in one of the tables. Raises MemoryMapError. Rules: X2."""
        (self.secure if secure else self.normal).map(iova, bits, space, address)
        self.spaces.add(space)

    def page_at(self, offset: int, secure: bool) -> Page | None:
        """The page that an access finds; secure ones have a table if it has pages. Rules: X2."""
        table = self.secure if secure and not self.secure.is_empty else self.normal
        return table.page_at(offset)

"""What views keep of regions, besides where they are: dirty mask, ROM mode, and three flags."""

from __future__ import annotations

from typing import NamedTuple


class RangeFlags(NamedTuple):
    """What a region says of itself as it is rendered, with the flags of all on its path.

    Rules: R6, M9.
    """

    dirty_log_mask: int = 0
    romd_mode: bool = True
    readonly: bool = False
    nonvolatile: bool = False
    unmergeable: bool = False

    @property
    def passed_on(self) -> int:
        """The flags that go over to all that lies in a region, as bits. Rules: R6."""
        return self.readonly | self.nonvolatile << 1 | self.unmergeable << 2

    def on_path(self, bits: int) -> RangeFlags:
        """These flags, and what regions on the path have passed on. Rules: R6."""
        if not bits:
            return self
        return self._replace(
            readonly=self.readonly or bool(bits & 1),
            nonvolatile=self.nonvolatile or bool(bits & 2),
            unmergeable=self.unmergeable or bool(bits & 4),
        )

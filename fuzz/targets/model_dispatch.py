"""Look-ups in the specification's views as QEMU makes them: the last section first, then the tree.

The oracle's own look-ups are a linear search (`ModelTarget.lookup`): the two are independent of
each other, and a scenario's `lookup` compares what this one finds with what others do.
"""

from typing import Any

from fuzz.observation import SectionSeen


class ModelDispatch:
    """The dispatch of each view that was looked into, and the section found last in each.

    A view that is new has found none yet, even if it has the ranges of the one before it.
    Rules: D1-D9.
    """

    def __init__(self, package: Any, page_bits: int) -> None:
        self._package = package
        self._shape = package.radix.MapShape(page_bits=page_bits)
        self._dispatches: dict[int, Any] = {}
        self._mru: dict[int, int] = {}

    def look_up(self, view: Any, address: int) -> SectionSeen:
        """The section that answers at an address of a view."""
        dispatch = self._dispatch(view)
        last = self._mru.get(view.serial)
        section, found = self._package.dispatch.lookup_section(dispatch, address, last)
        self._mru[view.serial] = found
        return SectionSeen(*section)

    def _dispatch(self, view: Any) -> Any:
        """A view's dispatch, built when it is first looked into: only look-ups need its tree.

        It is that of the current flavour: where QEMU 7.2 asserts that there are fewer sections
        than bytes in a page, it stops at the commit and not here.
        """
        if view.serial not in self._dispatches:
            build = self._package.dispatch.build_dispatch
            self._dispatches[view.serial] = build(view.ranges, shape=self._shape)
        return self._dispatches[view.serial]

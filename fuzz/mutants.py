"""Bugs planted in `impl`, each a target `mutant:NAME`: what the fuzzer must be able to find."""

from fuzz.mutants_access import ACCESS_MUTANTS
from fuzz.mutants_devices import DEVICE_MUTANTS
from fuzz.mutants_lifecycle import LIFECYCLE_MUTANTS
from fuzz.mutants_listeners import LISTENER_MUTANTS
from fuzz.mutants_mapping import MAPPING_MUTANTS
from fuzz.mutants_reentry import REENTRY_MUTANTS
from fuzz.mutation import Mutation

MUTANTS = (
    Mutation(
        "tie-first-wins",
        "impl.region",
        "bisect_left(self.subregions, -priority, key=lambda sibling: -sibling.priority)",
        "bisect_left(self.subregions, 1 - priority, key=lambda sibling: -sibling.priority)",
        ("M3",),
    ),
    Mutation(
        "moved-region-keeps-its-place",
        "impl.region",
        "                container._remove(self)\n"
        "                container._insert(self, addr, self.priority)\n",
        "                self.addr = addr\n"
        "                self.memory_map.mark_pending(container.enabled and self.enabled)\n",
        ("M4",),
    ),
    Mutation(
        "alias-keeps-its-targets-address",
        "impl.sweep",
        "base -= target.addr + region.alias_offset",
        "base -= region.alias_offset",
        ("R3",),
    ),
    Mutation(
        "child-overhangs-its-container",
        "impl.sweep",
        "start, end = max(start, base), min(end, base + region.size)",
        "end = end if region.priority <= 0 else base + region.size\n"
        "        start, end = max(start, base), min(end, base + region.size)",
        ("R1",),
    ),
    Mutation(
        "path-flags-of-the-leaf-only",
        "impl.sweep",
        "readonly or region.readonly,",
        "region.readonly,",
        ("R6",),
    ),
    Mutation(
        "merge-across-readonly",
        "impl.sweep",
        "left[5:] == right[5:]",
        "left[7:] == right[7:]",
        ("R8",),
    ),
    Mutation(
        "merge-unmergeable",
        "impl.sweep",
        "        and not right.unmergeable\n",
        "",
        ("R8",),
    ),
    Mutation(
        "merge-across-an-offset-gap",
        "impl.sweep",
        "        and left.offset + (left.end - left.start) == right.offset\n",
        "",
        ("R8",),
    ),
    Mutation(
        "root-child-at-any-address",
        "impl.sweep",
        "len(children) == 1 and children[0].addr == 0 and",
        "len(children) == 1 and",
        ("R9",),
    ),
    Mutation(
        "root-alias-larger-than-its-window",
        "impl.sweep",
        "if region.alias_offset == 0 and region.size >= region.alias.size:",
        "if region.alias_offset == 0:",
        ("R9",),
    ),
    Mutation(
        "no-abort-of-two-whole-ranges",
        "impl.sweep",
        "if later.end - later.start == TOP:",
        "if False:",
        ("R7",),
    ),
    Mutation(
        "last-address-is-a-hole",
        "impl.view",
        "if index >= 0 and address < self.ranges[index].end:",
        "if index >= 0 and address < self.ranges[index].end - (address == TOP - 1):",
        ("P6",),
    ),
    Mutation(
        "page-divided-once-for-each-range",
        "impl.view",
        "if shares_page and start >> page_bits != divided:",
        "if shares_page:",
        ("D4",),
    ),
    Mutation(
        "tail-offset-of-the-body",
        "impl.view",
        "one.offset + (start - one.start))",
        "one.offset + (start - one.start if start < one.end - 1 else 0))",
        ("D3",),
    ),
    Mutation(
        "disabled-resize-is-not-pending",
        "impl.region",
        'self._change("size", size, always_pending=True)',
        'self._change("size", size)',
        ("M8",),
    ),
    Mutation(
        "publishes-inside-a-transaction",
        "impl.memory_map",
        "if self._depth == 0 and self._pending:",
        "if self._pending:",
        ("T1",),
    ),
    Mutation(
        "new-space-always-renders",
        "impl.memory_map",
        "self._view_of(root, self._views))",
        "self._view_of(root, {None: self._empty}))",
        ("T9",),
    ),
    *LISTENER_MUTANTS,
    *LIFECYCLE_MUTANTS,
    *ACCESS_MUTANTS,
    *DEVICE_MUTANTS,
    *REENTRY_MUTANTS,
    *MAPPING_MUTANTS,
)

"""Bugs planted in `impl`, each a target `mutant:NAME`: what the fuzzer must be able to find."""

from fuzz.mutants_access import ACCESS_MUTANTS
from fuzz.mutants_devices import DEVICE_MUTANTS
from fuzz.mutants_guest import GUEST_MUTANTS
from fuzz.mutants_incremental import INCREMENTAL_MUTANTS
from fuzz.mutants_lifecycle import LIFECYCLE_MUTANTS
from fuzz.mutants_listeners import LISTENER_MUTANTS
from fuzz.mutants_mapping import MAPPING_MUTANTS
from fuzz.mutants_recent import RECENT_MUTANTS
from fuzz.mutants_reentry import REENTRY_MUTANTS
from fuzz.mutation import Mutation

MUTANTS = (
    Mutation(
        "tie-first-wins",
        "impl.memory_map",
        "return -(priority << 64) - self._added",
        "return -(priority << 64) + self._added",
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
        "impl.windows",
        "base -= target.addr + region.alias_offset",
        "base -= region.alias_offset",
        ("R3",),
    ),
    Mutation(
        "child-overhangs-its-container",
        "impl.windows",
        "(max(one[0], start), one[1], min(one[2], end), *one[3:])",
        "(max(one[0], start), one[1], one[2] if one[3].priority > 0 else min(one[2], end), "
        "*one[3:])",
        ("R1",),
    ),
    Mutation(
        "path-flags-of-the-leaf-only",
        "impl.flags",
        "readonly=self.readonly or bool(bits & 1),",
        "readonly=self.readonly,",
        ("R6",),
    ),
    Mutation(
        "merge-across-readonly",
        "impl.sweep",
        "left.flags == right.flags",
        "left.flags == right.flags._replace(readonly=left.flags.readonly)",
        ("R8",),
    ),
    Mutation(
        "merge-unmergeable",
        "impl.sweep",
        "        and not right.flags.unmergeable\n",
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
        "impl.render",
        "len(children) == 1 and children[0].addr == 0 and",
        "len(children) == 1 and",
        ("R9",),
    ),
    Mutation(
        "root-alias-larger-than-its-window",
        "impl.render",
        "if region.alias_offset == 0 and region.size >= region.alias.size:",
        "if region.alias_offset == 0:",
        ("R9",),
    ),
    Mutation(
        "no-abort-of-two-whole-ranges",
        "impl.sweep",
        "if len(whole) > 1 and",
        "if False and",
        ("R7",),
    ),
    Mutation(
        "last-address-is-a-hole",
        "impl.view",
        "return one if one.start <= address < one.end else None",
        "return one if one.start <= address < one.end - (address == TOP - 1) else None",
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
        "self.views.view_of(root)",
        "self.views._rendered(root, None) if root.enabled else self.views.empty",
        ("T9",),
    ),
    *GUEST_MUTANTS,
    *INCREMENTAL_MUTANTS,
    *LISTENER_MUTANTS,
    *LIFECYCLE_MUTANTS,
    *ACCESS_MUTANTS,
    *DEVICE_MUTANTS,
    *REENTRY_MUTANTS,
    *MAPPING_MUTANTS,
    *RECENT_MUTANTS,
)

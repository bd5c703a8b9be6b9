"""Bugs in rendering, in what a tree means, and in the choice of a flat root."""

from fuzz.mutation import Mutation


def _in_render(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "model.render", original, replacement)


DISABLED_IS_SHOWN = _in_render(
    "disabled_region_is_shown",
    "if not region.enabled:\n        return None",
    "if False:\n        return None",
)
ADDR_FORGOTTEN = _in_render(
    "region_is_shown_where_its_container_begins", "    base += region.addr\n", ""
)
CLIP_STAYS = _in_render("region_is_not_clipped_to_its_extent", "intersection(extent, clip)", "clip")
CLIP_FORGOTTEN = _in_render(
    "region_is_clipped_to_its_extent_only",
    "return base, intersection(extent, clip)",
    "return base, intersection(extent, WHOLE_ADDRESS_SPACE)",
)
CHILDREN_AFTER_REGION = _in_render(
    "region_is_laid_before_its_children",
    "    # Earlier output always wins:",
    "    if region.kind.terminates:\n"
    "        ranges = fill(ranges, window_of(name, region, base, clip, flags))\n"
    "    # Earlier output always wins:",
)
CHILDREN_REVERSED = _in_render(
    "children_are_rendered_last_first",
    "for child in region.subregions:\n            yield",
    "for child in reversed(region.subregions):\n            yield",
)
ONE_CHILD_ONLY = _in_render(
    "only_the_first_child_is_rendered",
    "for child in region.subregions:\n            yield",
    "for child in region.subregions[:1]:\n            yield",
)
CONTAINER_FILLS = _in_render(
    "container_fills_what_is_left",
    "    if region.kind.terminates:\n        ranges = fill",
    "    if region.alias is None:\n        ranges = fill",
)
TARGET_ADDR_NOT_CANCELLED = _in_render(
    "address_of_an_alias_target_is_not_cancelled",
    "base - target.addr - region.alias_offset",
    "base - region.alias_offset",
)
ALIAS_OFFSET_ADDED = _in_render(
    "alias_offset_is_added",
    "base - target.addr - region.alias_offset",
    "base - target.addr + region.alias_offset",
)
ALIAS_SHOWS_CHILDREN = _in_render(
    "alias_shows_its_children_too",
    "    else:\n        for child in region.subregions:",
    "    if True:\n        for child in region.subregions:",
)
FLAGS_OF_REGION_LOST = _in_render(
    "nonvolatile_of_a_region_is_lost",
    "flags.nonvolatile or region.nonvolatile",
    "flags.nonvolatile",
)
FLAGS_OF_REGION_FORGOTTEN = _in_render(
    "flags_of_a_region_are_forgotten",
    "    flags = flags_through(flags, region)\n    # Earlier",
    "    flags_through(flags, region)\n    # Earlier",
)
FLAGS_OF_PATH_LOST = _in_render(
    "path_flags_do_not_reach_what_is_below",
    "below, its_base, clip, flags)",
    "below, its_base, clip, NO_FLAGS)",
)
WINDOW_OFFSET_FROM_ADDR = _in_render(
    "offset_of_a_clipped_window_is_0", "offset=clip.start - base", "offset=0"
)
ROMD_MODE_LOST = _in_render(
    "romd_mode_of_a_leaf_is_lost", "romd_mode=region.romd_mode", "romd_mode=True"
)
ROOT_DISPLACED = _in_render(
    "root_is_rendered_from_address_1",
    "root, 0, WHOLE_ADDRESS_SPACE, NO_FLAGS",
    "root, 1, WHOLE_ADDRESS_SPACE, NO_FLAGS",
)
ROOT_CLIPPED = _in_render(
    "last_byte_of_the_address_space_is_never_rendered",
    "root, 0, WHOLE_ADDRESS_SPACE, NO_FLAGS",
    "root, 0, AddressRange(0, WHOLE_ADDRESS_SPACE.size - 1), NO_FLAGS",
)
ROOT_READONLY = _in_render(
    "all_of_a_view_is_readonly",
    "root, 0, WHOLE_ADDRESS_SPACE, NO_FLAGS",
    "root, 0, WHOLE_ADDRESS_SPACE, PathFlags(readonly=True)",
)

OFFSET_ALIAS_SKIPPED = _in_render(
    "alias_of_a_part_stands_for_the_whole", "region.alias_offset != 0 or ", ""
)
NARROW_ALIAS_SKIPPED = _in_render(
    "narrow_alias_stands_for_its_target", " or region.size < target.size", ""
)
DISPLACED_CHILD_TAKEN = _in_render(
    "container_stands_for_a_displaced_child", " or child.addr != 0", ""
)
OVERHANGING_CHILD_TAKEN = _in_render(
    "container_stands_for_a_child_that_overhangs", " or region.size < child.size:", ":"
)
SECOND_CHILD_IGNORED = _in_render(
    "container_stands_for_the_first_of_its_children", "len(enabled) > 1 or ", ""
)
CHILDREN_BEHIND_IGNORED = _in_render(
    "terminating_region_stands_for_its_child",
    "        elif region.kind.terminates:\n            return root\n",
    "",
)
NOTHING_FOR_SEVERAL = _in_render(
    "several_children_are_nothing", "if not enabled:", "if len(enabled) != 1:"
)
STOPS_AT_FLAGS = _in_render(
    "walk_stops_at_a_readonly_region",
    "    while region.enabled:\n",
    "    while region.enabled:\n        if region.readonly:\n            return root\n",
)
STOPS_AT_DISPLACED = _in_render(
    "walk_stops_at_an_alias_of_a_displaced_region",
    "region.alias_offset != 0 or",
    "region.alias_offset != 0 or target.addr != 0 or",
)
STOPS_AT_DISPLACED_CONTAINER = _in_render(
    "walk_stops_at_a_displaced_container",
    "len(enabled) > 1 or child.addr != 0 or",
    "len(enabled) > 1 or child.addr != 0 or region.addr != 0 or",
)


def _in_meaning(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "model.meaning", original, replacement)


DISABLED_IS_RESOLVED = _in_meaning(
    "disabled_region_is_resolved", "if not region.enabled or not 0", "if not 0"
)
FLAGS_NOT_RESOLVED = _in_meaning(
    "flags_of_an_alias_do_not_reach_its_target",
    "offset + region.alias_offset + target.addr, flags)",
    "offset + region.alias_offset + target.addr)",
)
OVERHANG_IS_RESOLVED = _in_meaning(
    "region_answers_after_its_end", "not 0 <= offset < region.size", "not 0 <= offset"
)

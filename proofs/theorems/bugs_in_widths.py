"""Bugs in how wide numbers become."""

from fuzz.mutation import Mutation

BASE_IS_DOUBLED = Mutation(
    "base_of_what_is_below_is_doubled",
    "model.render",
    "            yield child, base\n",
    "            yield child, 2 * base\n",
)
ALIAS_OFFSET_IN_PAGES = Mutation(
    "alias_offset_is_taken_for_pages",
    "model.render",
    "base - target.addr - region.alias_offset",
    "base - target.addr - 4096 * region.alias_offset",
)
ENDS_ARE_SCALED = Mutation(
    "ends_are_computed_in_fixed_point",
    "model.address_range",
    "return self.start + self.size",
    "return ((1 << 62) * self.start + (1 << 62) * self.size) // (1 << 62)",
)
OFFSET_IS_NEGATED = Mutation(
    "offset_of_a_window_is_negated",
    "model.render",
    "offset=clip.start - base",
    "offset=base - clip.start",
)
MERGED_SIZE_IS_DOUBLED = Mutation(
    "merged_range_has_twice_the_size_of_its_second_part",
    "model.view",
    "left._replace(size=left.size + right.size)",
    "left._replace(size=left.size + 2 * right.size)",
)
ROOT_BEGINS_FAR_BELOW = Mutation(
    "root_is_rendered_from_far_below_0",
    "model.render",
    "root, 0, WHOLE_ADDRESS_SPACE, NO_FLAGS",
    "root, -(1 << 70), WHOLE_ADDRESS_SPACE, NO_FLAGS",
)
TARGET_IS_MOVED_UP = Mutation(
    "alias_target_is_moved_up_by_its_address",
    "model.render",
    "base - target.addr - region.alias_offset",
    "base + target.addr - region.alias_offset",
)

# --- From the ranges of a view -------------------------------------------------------------------

LAST_BYTE_IS_BEHIND = Mutation(
    "last_byte_of_a_section_is_one_behind",
    "model.dispatch",
    "SubpageRun(first, first + section.size - 1, index)",
    "SubpageRun(first, first + section.size, index)",
)
PAGES_ARE_COUNTED_IN_BYTES = Mutation(
    "pages_of_a_run_are_counted_in_bytes",
    "model.dispatch",
    "section.size // page_size, index)",
    "section.size, index)",
)
FOUND_FROM_THE_END = Mutation(
    "offset_of_what_is_found_counts_down",
    "model.find",
    "found.offset + (shared.start - found.start)",
    "found.offset - (shared.start - found.start)",
)
WINDOW_IS_NOT_CUT = Mutation(
    "what_is_found_is_not_cut",
    "model.find",
    "shared = intersection(window, found.addresses)",
    "shared = window",
)
SHOWN_BY_A_PRODUCT = Mutation(
    "shown_addresses_are_scaled_twice",
    "model.coalesced",
    "range_.start + section.start - section.offset",
    "range_.start + (1 << 64) * section.start - (1 << 64) * section.offset",
)
HEAD_HAS_ALL = Mutation(
    "head_has_all_of_its_range",
    "model.dispatch",
    "min(range_.size, -range_.start % page_size)",
    "range_.size",
)
ENDLESS_LENGTH = Mutation(
    "length_is_all_that_is_left_of_the_section",
    "model.translate",
    "length = min(length, section.size - into)",
    "length = section.size - into",
)

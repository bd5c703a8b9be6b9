"""Bugs in the functions that theorems speak of: each must make the theorems that name it fail."""

from fuzz.mutation import Mutation


def _in_view(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "model.view", original, replacement)


GAP_TOO_LONG = _in_view(
    "gap_reaches_into_the_earlier_range",
    "min(window.size, earlier.start - window.start)",
    "window.size",
)
GAP_DROPPED = _in_view("gap_is_dropped", "return gap, window", "return None, window")
EMPTY_GAP = _in_view(
    "empty_window_leaves_a_gap", "if window.size == 0 or earlier.end", "if earlier.end"
)
OVERLAP_SKIPPED = _in_view(
    "overlapping_range_is_skipped", "earlier.end <= window.start", "earlier.start <= window.start"
)
NOTHING_HIDDEN = _in_view(
    "what_is_hidden_is_laid_all_the_same", "hidden, window = split", "hidden, _ = split"
)
HIDDEN_TOO_LONG = _in_view(
    "one_byte_too_many_is_hidden",
    "min(window.end, earlier.end) - window.start",
    "min(window.end, earlier.end + 1) - window.start",
)
NEVER_ABORTS = _in_view(
    "hiding_everything_does_not_abort",
    "if hidden.size >= ADDRESS_SPACE_SIZE",
    "if hidden.size > ADDRESS_SPACE_SIZE",
)
ABORTS_EARLY = _in_view(
    "hiding_half_the_address_space_aborts",
    "if hidden.size >= ADDRESS_SPACE_SIZE",
    "if hidden.size * 2 >= ADDRESS_SPACE_SIZE",
)
TAIL_DROPPED = _in_view(
    "tail_is_dropped", "if window.size > 0:", "if window.size > ADDRESS_SPACE_SIZE:"
)
EMPTY_TAIL = _in_view("empty_tail_is_appended", "if window.size > 0:", "if window.size >= 0:")
EARLIER_DROPPED = _in_view(
    "range_after_a_gap_is_dropped",
    "            filled.append(gap)\n        filled.append(earlier)",
    "            filled.append(gap)\n        else:\n            filled.append(earlier)",
)
GAP_AFTER_EARLIER = _in_view(
    "gap_is_appended_after_the_range",
    "            filled.append(gap)\n        filled.append(earlier)",
    "            filled.extend((earlier, gap))\n        else:\n            filled.append(earlier)",
)
WINDOW_FORGOTTEN = _in_view(
    "each_range_is_laid_over_the_whole_window",
    "gap, window = fill_step(window, earlier)",
    "gap, _ = fill_step(window, earlier)",
)

OFFSET_STAYS = _in_view(
    "rest_keeps_the_offset", "offset=window.offset + length", "offset=window.offset"
)
START_STAYS = _in_view("rest_keeps_the_start", "start=window.start + length", "start=window.start")
SIZE_STAYS = _in_view("rest_keeps_the_size", "size=window.size - length", "size=window.size")
READONLY_LOST = _in_view(
    "first_part_loses_readonly",
    "window._replace(size=length)",
    "window._replace(size=length, readonly=False)",
)
DIRTY_MASK_LOST = _in_view(
    "rest_loses_the_dirty_mask",
    "size=window.size - length\n",
    "size=window.size - length, dirty_log_mask=0\n",
)

MERGES_ACROSS_A_HOLE = _in_view(
    "merges_across_a_hole", "left.end == right.start", "left.end <= right.start"
)
MERGES_REGIONS = _in_view("merges_two_regions", "        and left.region == right.region\n", "")
MERGES_OFFSETS = _in_view(
    "merges_offsets_that_jump", "        and left.offset + left.size == right.offset\n", ""
)
MERGES_DIRTY_MASKS = _in_view(
    "merges_two_dirty_masks", "        and left.dirty_log_mask == right.dirty_log_mask\n", ""
)
MERGES_ROMD_MODES = _in_view(
    "merges_two_romd_modes", "        and left.romd_mode == right.romd_mode\n", ""
)
MERGES_READONLY = _in_view(
    "merges_across_a_readonly_change", "        and left.readonly == right.readonly\n", ""
)
MERGES_NONVOLATILE = _in_view(
    "merges_across_a_nonvolatile_change", "        and left.nonvolatile == right.nonvolatile\n", ""
)
MERGES_UNMERGEABLE = _in_view(
    "merges_into_an_unmergeable_range", "        and not left.unmergeable\n", ""
)
MERGES_UNMERGEABLE_ON = _in_view(
    "merges_an_unmergeable_range", "        and not right.unmergeable\n", ""
)
MERGES_READONLY_NEVER = _in_view(
    "never_merges_readonly_ranges",
    "and left.readonly == right.readonly",
    "and not left.readonly and not right.readonly",
)
MERGED_TOO_SHORT = _in_view(
    "merged_range_is_a_byte_short",
    "left._replace(size=left.size + right.size)",
    "left._replace(size=left.size + right.size - 1)",
)
LEFT_DROPPED = _in_view("left_neighbour_is_dropped", "return (left, right)", "return (right,)")
NEVER_MERGES = _in_view("never_merges", "if can_merge(left, right):", "if False:")
LAST_NOT_REPLACED = _in_view(
    "merge_is_appended_to_its_left_part",
    "merged[-1:] = merge_step(merged[-1], range_)",
    "merged[len(merged):] = merge_step(merged[-1], range_)",
)
MERGES_WITH_THE_FIRST = _in_view(
    "merges_with_the_first_range", "merge_step(merged[-1], range_)", "merge_step(merged[0], range_)"
)


def _in_dispatch(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "model.dispatch", original, replacement)


HEAD_BY_ITS_OFFSET = _in_dispatch(
    "head_ends_where_the_offset_is_aligned",
    "-range_.start % page_size",
    "-range_.offset % page_size",
)
HEAD_ALWAYS = _in_dispatch(
    "aligned_range_gets_a_head",
    "-range_.start % page_size",
    "page_size - range_.start % page_size",
)
HEAD_TOO_LONG = _in_dispatch(
    "head_is_longer_than_a_short_range",
    "min(range_.size, -range_.start % page_size)",
    "-range_.start % page_size",
)
BODY_WITH_THE_TAIL = _in_dispatch(
    "body_takes_the_tail", "rest.size - rest.size % page_size", "rest.size"
)
BODY_A_PAGE_SHORT = _in_dispatch(
    "tail_takes_the_last_page",
    "rest.size - rest.size % page_size",
    "max(0, rest.size - rest.size % page_size - page_size)",
)


def _in_address_range(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "model.address_range", original, replacement)


STARTS_DO_NOT_COUNT = _in_address_range(
    "a_range_does_not_contain_its_start",
    "range_.start <= address < range_.end",
    "range_.start < address < range_.end",
)
MUST_CONTAIN_EACH_OTHER = _in_address_range(
    "ranges_must_contain_each_other",
    "contains(left, right.start) or contains(right, left.start)",
    "contains(left, right.start) and contains(right, left.start)",
)
CLIP_DOES_NOT_END = _in_address_range(
    "extent_is_not_cut_at_the_clips_end", "min(left.end, right.end)", "left.end"
)
CLIP_DOES_NOT_BEGIN = _in_address_range(
    "extent_is_not_cut_at_the_clips_start", "max(left.start, right.start)", "left.start"
)

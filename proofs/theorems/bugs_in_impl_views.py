"""Bugs in how impl renders views, and finds and divides what is in them."""

from fuzz.mutation import Mutation


def _in_sweep(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "impl.sweep", original, replacement)


HIDDEN_NEVER_COMES_BACK = _in_sweep(
    "hidden_window_never_comes_back",
    "        elif end > front_end:\n",
    "        elif end > front_end and rank < front_rank:\n",
)
WHAT_ENDED_COMES_BACK = _in_sweep(
    "window_that_ended_shows_once_more",
    "            if cursor < front_end:\n",
    "            if True:\n",
)
COVERED_COMES_BACK_NEVER = _in_sweep(
    "window_that_is_covered_in_the_middle_ends_there",
    "            if front_end > end:\n",
    "            if front_end > end and cursor == start:\n",
)
LATER_IS_IN_FRONT = _in_sweep(
    "later_window_is_in_front", "        elif rank < front_rank:\n", "        elif True:\n"
)
OFFSET_BY_THE_ADDRESS = _in_sweep(
    "range_that_ends_forgets_its_base",
    "made = (cursor, front_end, front[3], cursor - front[4], front[5])",
    "made = (cursor, front_end, front[3], cursor, front[5])",
)
COVERED_IS_LOST = _in_sweep(
    "what_shows_before_a_window_in_front_is_lost",
    "            if cursor < start:\n",
    "            if cursor < start and front_end > end:\n",
)
WAITS_UNTIL_THE_NEXT_ENDS = _in_sweep(
    "what_waits_takes_the_end_of_what_covers_it",
    "heappush(waiting, (front_rank, front_end, front))",
    "heappush(waiting, (front_rank, end, front))",
)
CURSOR_STAYS = _in_sweep(
    "window_in_front_shows_from_the_front_before",
    "                cursor = front_end\n",
    "                cursor = cursor\n",
)
MERGES_ACROSS_READONLY = _in_sweep(
    "ranges_merge_though_one_is_readonly",
    "left.flags == right.flags",
    "left.flags == right.flags._replace(readonly=left.flags.readonly)",
)
MERGES_UNMERGEABLE = _in_sweep(
    "unmergeable_ranges_merge", "        and not right.flags.unmergeable\n", ""
)
MERGES_ACROSS_AN_OFFSET_GAP = _in_sweep(
    "ranges_merge_across_an_offset_gap",
    "        and left.offset + (left.end - left.start) == right.offset\n",
    "",
)
MERGES_ACROSS_A_HOLE = _in_sweep(
    "ranges_merge_across_a_hole",
    "        left.end == right.start\n        and left",
    "        left",
)
MERGED_ENDS_WITH_ITS_FIRST = _in_sweep(
    "merged_range_ends_with_its_first",
    "joined[-1] = joined[-1]._replace(end=one.end)",
    "joined[-1] = joined[-1]",
)
NO_NEIGHBOURS_ARE_ONE_REGIONS = _in_sweep(
    "neighbours_are_not_compared", "if not any(map(is_, regions, regions[1:])):", "if True:"
)
MERGES_REGIONS = _in_sweep(
    "regions_merge_with_each_other", "        and left.region is right.region\n", ""
)
NEVER_ABORTS = _in_sweep("sweep_never_aborts", "if len(whole) > 1 and", "if False and")
ABORTS_FOR_THREE = _in_sweep(
    "sweep_aborts_for_three_whole_windows_only", "if len(whole) > 1 and", "if len(whole) > 2 and"
)
ABORTS_BEHIND_ANYTHING = _in_sweep(
    "sweep_aborts_wherever_whole_windows_lie",
    "if len(whole) > 1 and whole[0][1] == min(window[1] for window in windows):",
    "if len(whole) > 1:",
)


def _in_view(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "impl.view", original, replacement)


ANSWERS_IN_HOLES = _in_view(
    "holes_are_answered_by_the_range_before",
    "return one if one.start <= address < one.end else None",
    "return one if one.start <= address else None",
)
ANSWERS_BEFORE_THE_FIRST = _in_view(
    "addresses_before_all_are_answered_by_the_last_range",
    "return one if one.start <= address < one.end else None",
    "return one if address < one.end else None",
)
LAST_ADDRESS_IS_A_HOLE = _in_view(
    "last_address_is_a_hole",
    "return one if one.start <= address < one.end else None",
    "return one if one.start <= address < min(one.end, TOP - 1) else None",
)
NEXT_CHUNK_IS_SEARCHED = _in_view(
    "chunk_after_the_right_one_is_searched",
    "self._searched[bisect_right(self._firsts, address) - 1]",
    "self._searched[bisect_right(self._firsts, address) - 2]",
)
RANGE_BEFORE_IS_FOUND = _in_view(
    "range_before_the_right_one_is_found",
    "chunk.ranges[bisect_right(chunk.starts, address) - 1]",
    "chunk.ranges[bisect_right(chunk.starts, address) - 2]",
)
EMPTY_VIEW_HAS_A_RANGE = _in_view(
    "empty_view_has_a_range",
    "FlatRange(TOP, 0, NOBODY, 0, RangeFlags())",
    "FlatRange(0, TOP, NOBODY, 0, RangeFlags())",
)

TAIL_BY_THE_BODYS_OFFSET = _in_view(
    "tail_begins_at_its_ranges_offset",
    "one.offset + (start - one.start))",
    "one.offset + (start - one.start if start < one.end - 1 else 0))",
)
HEAD_A_PAGE_TOO_LONG = _in_view(
    "head_has_the_next_page_too",
    "(one.start + mask) & ~mask)",
    "(one.start + mask + 1) & ~mask)",
)
HEAD_OUTLIVES_ITS_RANGE = _in_view(
    "head_ends_with_its_page_only",
    "head_end = min(one.end, (one.start + mask) & ~mask)",
    "head_end = (one.start + mask) & ~mask",
)
TAIL_IN_THE_BODY = _in_view(
    "tail_is_part_of_the_body",
    "max(head_end, one.end & ~mask)",
    "max(head_end, one.end)",
)
ALIGNED_IF_IT_BEGINS_SO = _in_view(
    "range_that_begins_with_a_page_is_one_section",
    "if not (start | end) & (1 << page_bits) - 1:",
    "if not start & (1 << page_bits) - 1:",
)
HEAD_IS_PART_OF_THE_BODY = _in_view(
    "last_byte_of_a_head_is_in_the_body",
    "    if address < head_end:\n",
    "    if address < head_end - 1:\n",
)
CONTAINER_FOR_EACH_PIECE = _in_view(
    "page_is_divided_once_for_each_piece",
    "if shares_page and start >> page_bits != divided:",
    "if shares_page:",
)
CONTAINER_FOR_WHOLE_PAGES = _in_view(
    "whole_pages_are_divided",
    "if shares_page and start >> page_bits != divided:",
    "if start >> page_bits != divided:",
)
CONTAINER_AT_ITS_SECTION = _in_view(
    "divided_page_begins_with_its_section",
    "yield Section(divided << page_bits, 1",
    "yield Section(start, 1",
)

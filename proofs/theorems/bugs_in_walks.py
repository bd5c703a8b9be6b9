"""Bugs in the walk over two views, in what listeners hear of it, and in looking sections up."""

from fuzz.mutation import Mutation


def _in_listeners(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "model.listeners", original, replacement)


EQUALS_GO = _in_listeners(
    "range_that_stays_goes_and_comes", "or old.start < new.start", "or old.start <= new.start"
)
COMES_FIRST = _in_listeners(
    "range_comes_before_another_goes_from_its_start", "else (old, None)", "else (None, new)"
)
LATER_GOES_FIRST = _in_listeners(
    "range_goes_before_an_earlier_one_comes",
    "        return None, new\n    return (old",
    "        return old, None\n    return (old",
)
STARTS_TELL_ALL = _in_listeners(
    "range_stays_if_its_start_stays", "(old, new) if is_same_range(old, new)", "(old, new) if True"
)
RESIZED_STAYS = _in_listeners("resized_range_stays", "        and old.size == new.size\n", "")
READONLY_CHANGE_STAYS = _in_listeners(
    "range_that_becomes_readonly_stays", "        and old.readonly == new.readonly\n", ""
)
OFFSET_CHANGE_STAYS = _in_listeners(
    "range_that_shows_another_part_stays", "        and old.offset == new.offset\n", ""
)
MASKS_TELL_APART = _in_listeners(
    "range_whose_dirty_mask_changes_goes_and_comes",
    "        old.region == new.region\n",
    "        old.region == new.region and old.dirty_log_mask == new.dirty_log_mask\n",
)
ALL_GO = _in_listeners(
    "ranges_that_stay_are_deleted_too",
    "if section is not None and stays is None:",
    "if section is not None:",
)
WALKED_BACKWARDS = _in_listeners(
    "views_are_walked_backwards",
    "olds, news = list(reversed(old)), list(reversed(new))",
    "olds, news = list(old), list(new)",
)
STAYING_IS_ADDED = _in_listeners(
    "ranges_that_stay_are_added_again",
    "        if before is not None and section is not None:\n",
    "        if before is not None and section is not None and before.size == 1:\n",
)
LOG_START_FOR_LOST_BITS = _in_listeners(
    "lost_bits_start_logging", "if after & ~before:", "if after ^ before:"
)
LOG_STOP_FOR_ALL = _in_listeners("log_stop_for_bits_that_stay", "if before & ~after:", "if before:")
MASKS_SWAPPED = _in_listeners(
    "log_stop_swaps_the_masks",
    "Callback.LOG_STOP, view, new, before, after",
    "Callback.LOG_STOP, view, new, after, before",
)


def _in_dispatch(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "model.dispatch", original, replacement)


CONTAINERS_ARE_FOUND = _in_dispatch(
    "containers_of_pages_are_found", "not section.is_subpage and section.start", "section.start"
)
LAST_BYTE_IS_NOT_FOUND = _in_dispatch(
    "last_byte_of_a_section_is_not_found",
    "section.is_subpage and section.start <= address < section.end",
    "section.is_subpage and section.start <= address < section.end - 1",
)
SECTIONS_KEEP_THE_OFFSET = _in_dispatch(
    "all_sections_of_a_range_begin_at_its_offset",
    "registered.append(Section(piece.region, piece.offset, piece",
    "registered.append(Section(piece.region, range_.offset, piece",
)
TAILS_ARE_NOT_REGISTERED = _in_dispatch(
    "tails_are_not_registered",
    "            if piece.size == 0:\n",
    "            if piece.size == 0 or piece is tail:\n",
)
CONTAINER_BEGINS_WITH_ITS_SECTION = _in_dispatch(
    "container_begins_where_its_first_section_does",
    "Section(None, 0, page, page_size, is_subpage=True))\n            registered",
    "Section(None, 0, piece.start, page_size, is_subpage=True))\n            registered",
)


def _in_radix(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "model.radix", original, replacement)


LEAF_NEED_NOT_BE_ALIGNED = _in_radix(
    "leaf_need_not_be_aligned", "first % spanned == 0 and pages >= spanned", "pages >= spanned"
)
LEAF_MAY_OVERHANG = _in_radix(
    "leaf_may_overhang_the_run", "first % spanned == 0 and pages >= spanned", "first % spanned == 0"
)
WHOLE_LEAF_DOES_NOT_FIT = _in_radix(
    "run_of_one_entry_does_not_fit", "pages >= spanned", "pages > spanned"
)
REST_IS_NOT_SHORTER = _in_radix(
    "rest_of_a_run_is_as_long", "run.pages - spanned, run.section)", "run.pages, run.section)"
)


def _in_subpage(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "model.subpage", original, replacement)


EARLIER_RUN_WINS = _in_subpage(
    "earlier_run_of_a_page_wins", "runs=(run, *subpage.runs)", "runs=(*subpage.runs, run)"
)
LAST_BYTE_IS_NOT_IN_THE_RUN = _in_subpage(
    "last_byte_is_not_in_the_run", "run.first <= byte <= run.last", "run.first <= byte < run.last"
)
FIRST_BYTE_IS_NOT_IN_THE_RUN = _in_subpage(
    "first_byte_is_not_in_the_run", "run.first <= byte <= run.last", "run.first < byte <= run.last"
)
EARLIER_RUNS_FORGOTTEN = _in_subpage(
    "earlier_runs_of_a_page_are_forgotten", "runs=(run, *subpage.runs)", "runs=(run,)"
)

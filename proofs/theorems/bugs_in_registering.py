"""Bugs in registering the sections of a view in its dispatch."""

from fuzz.mutation import Mutation


def _in_dispatch(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "model.dispatch", original, replacement)


# --- One section ---------------------------------------------------------------------------------

PAGE_IS_DIVIDED_ANEW = _in_dispatch(
    "divided_page_is_divided_anew",
    "if container == UNASSIGNED_INDEX:",
    "if container == UNASSIGNED_INDEX or container in dispatch.subpages:",
)
RUN_IS_A_PAGE_LONGER = _in_dispatch(
    "run_of_pages_begins_one_page_early",
    "PageRun(section.start // page_size, section",
    "PageRun(max(0, section.start // page_size - 1), section",
)
INDEX_OF_THE_ONE_BEFORE = _in_dispatch(
    "section_has_the_index_of_the_one_before",
    "return count % (1 << shape.index_bits)",
    "return (count - 1) % (1 << shape.index_bits)",
)
INDEX_IS_CUT_SHORT = _in_dispatch(
    "index_is_cut_to_eight_bits",
    "return count % (1 << shape.index_bits)",
    "return count % 256",
)
COUNT_MAY_REACH_THE_PAGE = _in_dispatch(
    "as_many_sections_as_a_page_has_bytes_are_let_through",
    "asserts_section_count and count >= shape.page_size",
    "asserts_section_count and count > shape.page_size",
)
TABLE_IS_WRITTEN_TO_ITS_END = _in_dispatch(
    "section_has_all_bytes_to_the_end_of_its_page",
    "SubpageRun(first, first + section.size - 1, index)",
    "SubpageRun(first, page_size - 1, index)",
)
TABLE_IS_THE_SECTIONS = _in_dispatch(
    "table_of_a_page_is_kept_for_the_section",
    "subpages={**dispatch.subpages, container: subpage}",
    "subpages={**dispatch.subpages, index: subpage}",
)
CONTAINER_IS_NOT_REGISTERED = _in_dispatch(
    "container_of_a_page_is_not_registered",
    "        dispatch = register_multipage(dispatch, Section(None, 0, page, page_size, "
    "is_subpage=True))\n        subpage",
    "        register_multipage(dispatch, Section(None, 0, page, page_size, "
    "is_subpage=True))\n        subpage",
)
CONTAINER_BEGINS_LATE = _in_dispatch(
    "container_of_a_page_begins_with_its_section",
    "Section(None, 0, page, page_size, is_subpage=True))\n        subpage",
    "Section(None, 0, section.start, page_size, is_subpage=True))\n        subpage",
)

# --- One range -----------------------------------------------------------------------------------

HEAD_OF_ONE_BYTE_IS_LOST = _in_dispatch(
    "head_of_one_byte_is_not_registered", "    if head.size > 0:\n", "    if head.size > 1:\n"
)
TAIL_NEEDS_A_BODY = _in_dispatch(
    "tail_is_registered_only_after_whole_pages",
    "    if tail.size > 0:\n",
    "    if tail.size > 0 and body.size > 0:\n",
)
TAIL_GOES_WITH_THE_BODY = _in_dispatch(
    "tail_is_registered_with_the_whole_pages",
    "register_multipage(dispatch, section_of(body))",
    "register_multipage(dispatch, section_of(body._replace(size=body.size + tail.size)))",
)
SECTION_BEGINS_AT_OFFSET_0 = _in_dispatch(
    "section_begins_at_offset_0_of_its_region",
    "return Section(piece.region, piece.offset, piece.start, piece.size)",
    "return Section(piece.region, 0, piece.start, piece.size)",
)
TAIL_IS_THE_BODYS = _in_dispatch(
    "body_is_registered_for_the_tail",
    "register_subpage(dispatch, section_of(tail))",
    "register_subpage(dispatch, section_of(body))",
)

# --- All ranges ----------------------------------------------------------------------------------

FIRST_RANGE_IS_LOST = _in_dispatch(
    "first_range_is_not_registered",
    "    for range_ in ranges:\n        dispatch = add",
    "    for range_ in ranges[1:]:\n        dispatch = add",
)
REGISTERED_BACKWARDS = _in_dispatch(
    "ranges_are_registered_backwards",
    "    for range_ in ranges:\n        dispatch = add",
    "    for range_ in reversed(ranges):\n        dispatch = add",
)
NOT_COMPACTED = _in_dispatch(
    "compacted_map_is_not_kept",
    "page_map=compact(dispatch.page_map)",
    "page_map=compact(dispatch.page_map) and dispatch.page_map",
)
CHECKED_FOR_32_BITS = _in_dispatch(
    "ranges_are_checked_for_32_bits",
    "check_ranges(ranges, 1 << shape.address_bits)",
    "check_ranges(ranges, 1 << 32)",
)

CONTAINERS_COUNT_EVERYWHERE = _in_dispatch(
    "container_counts_outside_of_its_page",
    "return index if covers(dispatch.sections[index], address) else UNASSIGNED_INDEX",
    "return index if covers(dispatch.sections[index], address) or index in dispatch.subpages "
    "else UNASSIGNED_INDEX",
)

# --- The sections of a view ----------------------------------------------------------------------

SECTIONS_OF_THE_LAST_ONLY = _in_dispatch(
    "sections_are_those_of_the_last_range",
    "    for range_ in ranges:\n        head, body",
    "    for range_ in ranges[-1:]:\n        head, body",
)
SECTION_0_IS_SEARCHED = _in_dispatch(
    "search_begins_with_the_unassigned_section",
    "for section in registered[1:]:",
    "for section in registered:",
)
SEARCH_BEGINS_LATE = _in_dispatch(
    "search_passes_over_the_first_section",
    "for section in registered[1:]:",
    "for section in registered[2:]:",
)

"""Bugs in looking up the section of an address, and in translating through it."""

from fuzz.mutation import Mutation


def _in_dispatch(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "model.dispatch", original, replacement)


UNASSIGNED_IS_REUSED = _in_dispatch(
    "unassigned_section_is_reused", "mru != UNASSIGNED_INDEX and covers", "covers"
)
REUSED_ANYWHERE = _in_dispatch(
    "section_is_reused_where_it_does_not_answer",
    " and covers(dispatch.sections[mru], address)",
    "",
)
REUSED_ONE_BYTE_AFTER = _in_dispatch(
    "section_covers_the_byte_after_it",
    "return section.start <= address < section.end",
    "return section.start <= address <= section.end",
)
REUSED_CONTAINER_IS_NOT_LOOKED_THROUGH = _in_dispatch(
    "reused_container_is_not_looked_through",
    "        mru = page_find(dispatch, address)\n",
    "        mru = page_find(dispatch, address)\n"
    "    else:\n        return Found(dispatch.sections[mru], mru)\n",
)
RESOLVED_SECTION_IS_REMEMBERED = _in_dispatch(
    "section_inside_a_page_is_remembered",
    "Found(dispatch.sections[found], mru)",
    "Found(dispatch.sections[found], found)",
)
HOLES_ARE_NOT_REMEMBERED = _in_dispatch(
    "section_answers_on_in_the_hole_after_it",
    "        mru = page_find(dispatch, address)\n",
    "        mru = page_find(dispatch, address) or mru or UNASSIGNED_INDEX\n",
)
LEAF_COUNTS_EVERYWHERE = _in_dispatch(
    "leaf_counts_where_its_section_does_not_answer",
    "return index if covers(dispatch.sections[index], address) else UNASSIGNED_INDEX",
    "return index",
)
FIRST_BYTE_IS_NOT_COVERED = _in_dispatch(
    "first_byte_of_a_section_is_not_covered",
    "return section.start <= address < section.end",
    "return section.start < address < section.end",
)
LEAF_OF_THE_NEXT_PAGE = _in_dispatch(
    "leaf_of_the_next_page_is_taken",
    "dispatch.page_map, address // shape.page_size)",
    "dispatch.page_map, address // shape.page_size + 1)",
)
CONTAINERS_ARE_NOT_LOOKED_THROUGH = _in_dispatch(
    "containers_are_not_looked_through",
    "resolve_subpage(dispatch, mru, address) if resolve else mru",
    "mru if resolve else resolve_subpage(dispatch, mru, address)",
)
TABLE_IS_ASKED_FOR_THE_ADDRESS = _in_dispatch(
    "table_of_a_page_is_asked_for_the_address",
    "byte = address % dispatch.page_map.shape.page_size",
    "byte = address",
)


def _in_translate(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "model.translate", original, replacement)


PIECE_BEFORE_THE_ADDRESS = _in_translate(
    "piece_that_ends_at_the_address_answers", "if address < one.end)", "if address <= one.end)"
)
PIECE_KEEPS_THE_RANGES_OFFSET = _in_translate(
    "each_piece_begins_at_the_offset_of_its_range",
    "Section(piece.region, piece.offset,",
    "Section(piece.region, found.offset,",
)
RANGE_IS_NOT_CUT = _in_translate(
    "ranges_are_not_cut_at_pages",
    "return Section(piece.region, piece.offset, piece.start, piece.size)",
    "return Section(found.region, found.offset, found.start, found.size)",
)
PAGES_ARE_HALF_AS_LARGE = _in_translate(
    "pages_are_half_as_large",
    "split_at_pages(found, page_size)",
    "split_at_pages(found, page_size // 2)",
)
DEVICES_ARE_CUT = _in_translate("devices_are_cut_like_ram", "    if is_ram:\n", "    if True:\n")
RAM_IS_NOT_CUT = _in_translate("ram_is_not_cut", "    if is_ram:\n", "    if False:\n")
RAM_IS_CUT_AT_THE_SECTIONS_SIZE = _in_translate(
    "ram_is_cut_as_if_accessed_from_its_start", "section.size - into)", "section.size)"
)
OFFSET_OF_THE_SECTION_FORGOTTEN = _in_translate(
    "offset_of_the_section_is_forgotten",
    "return into + section.offset, length",
    "return into, length",
)
RAM_IS_NOT_ASKED_FOR = _in_translate(
    "a_region_is_ram_if_there_is_one",
    "section.region is not None and system.topology.regions[section.region].kind.is_ram",
    "section.region is not None",
)


FAULT_OF_THE_FIRST_SECTION = _in_translate(
    "refusing_iommu_answers_itself",
    "return found._replace(section=IOMMU_FAULT)",
    "return found",
)
FAULT_FORGETS_THE_OFFSET = _in_translate(
    "fault_is_at_the_address_asked_for",
    "return found._replace(section=IOMMU_FAULT)",
    "return found._replace(section=IOMMU_FAULT, offset=address)",
)
ONE_IOMMU_ONLY = _in_translate(
    "only_the_first_iommu_is_followed",
    "        found = behind\n    raise",
    "        return behind\n    raise",
)
IOMMUS_ARE_READ_THROUGH = _in_translate(
    "iommus_are_asked_to_read_only",
    "through_iommu(system, iommu, found, is_write, attrs)",
    "through_iommu(system, iommu, found, False, attrs)",
)
READING_NEEDS_PERMISSION_TO_WRITE = _in_translate(
    "reading_needs_permission_to_write",
    "Permission.WRITE if is_write else Permission.READ\n",
    "Permission.WRITE\n",
)
ANY_PERMISSION_WILL_DO = _in_translate(
    "any_permission_will_do",
    "if entry is None or not entry.permission & needed:",
    "if entry is None or not entry.permission:",
)
SPACE_IS_KEPT = _in_translate(
    "iommu_leads_back_into_its_own_space",
    "translate_in_space(system, entry.space, address, length)",
    "translate_in_space(system, found.space, address, length)",
)
OFFSET_IS_NOT_TRANSLATED = _in_translate(
    "offset_is_not_translated",
    "translate_in_space(system, entry.space, address, length)",
    "translate_in_space(system, entry.space, found.offset, length)",
)


def _in_iommu(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "model.iommu", original, replacement)


SECURE_TABLE_IS_NOT_USED = _in_iommu(
    "table_for_secure_transactions_is_not_used", "-1 if secure else 0", "0"
)
ENTRY_COUNTS_FROM_ITS_IOVA = _in_iommu(
    "entry_has_a_page_from_its_iova_on",
    "if offset // entry.page_size == entry.iova // entry.page_size:",
    "if 0 <= offset - entry.iova < entry.page_size:",
)
LEFT_DOES_NOT_WRAP = _in_iommu(
    "all_of_a_page_of_all_bytes_is_left",
    "(page_size - within) % ADDRESS_SPACE_SIZE",
    "page_size - within",
)
LENGTH_IS_NOT_CUT_AT_THE_PAGE = _in_iommu(
    "length_is_not_cut_at_the_page", "min(length, left)", "length"
)
WHOLE_PAGE_IS_LEFT = _in_iommu(
    "whole_page_is_left", "(page_size - within) % ADDRESS", "page_size % ADDRESS"
)
LAST_BYTE_OF_THE_PAGE_IS_LOST = _in_iommu(
    "last_byte_of_a_page_is_lost",
    "(page_size - within) % ADDRESS",
    "(page_size - 1 - within) % ADDRESS",
)
LOW_BITS_OF_THE_TRANSLATED_ADDRESS_ADDED = _in_iommu(
    "low_bits_of_the_translated_address_are_added",
    "translated - translated % page_size + within",
    "translated + within",
)
PAGE_OF_THE_OFFSET_FORGOTTEN = _in_iommu(
    "high_bits_of_the_offset_are_kept", "within = offset % page_size", "within = offset"
)

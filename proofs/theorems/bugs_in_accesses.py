"""Bugs in how accesses are cut into steps, and in the loops that take the steps."""

from fuzz.mutation import Mutation


def _in_access(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "model.access", original, replacement)


ALIGNMENT_DOES_NOT_COUNT = _in_access(
    "step_of_a_device_need_not_be_aligned", "if not impl_unaligned:", "if False:"
)
ALIGNMENT_ALWAYS_COUNTS = _in_access(
    "step_is_aligned_for_devices_that_take_unaligned_ones", "if not impl_unaligned:", "if True:"
)
MAXIMUM_DOES_NOT_COUNT = _in_access(
    "step_is_of_8_bytes_whatever_the_maximum",
    "most = DEFAULT_MAX_SIZE if valid_max == 0 else valid_max",
    "most = MAX_ACCESS_SIZE",
)
LENGTH_IS_KEPT_WHOLE = _in_access(
    "all_64_bits_of_the_length_count", "min(length % (1 << 32), most)", "min(length, most)"
)
THREE_BYTES_ARE_FOUR = _in_access("step_is_rounded_up", "if length >= 4:\n", "if length >= 3:\n")
HALF_ALIGNED = _in_access(
    "step_of_8_bytes_may_be_aligned_to_4",
    "if offset % 8 != 0:\n        return 4",
    "if offset % 4 != 0:\n        return 4",
)
STEP_OF_NOTHING_GOES_ON = _in_access(
    "step_of_nothing_goes_on", "if length == 0:\n        raise", "if length < 0:\n        raise"
)
STEP_OF_A_BYTE_STOPS = _in_access(
    "step_of_one_byte_stops", "if length == 0:\n        raise", "if length <= 1:\n        raise"
)
REMAINING_IS_A_BYTE_SHORT = _in_access(
    "a_byte_too_many_is_taken_off", "remaining - length", "remaining - length - 1"
)
ADDRESS_STAYS = _in_access(
    "address_stays_where_it_is", "return next_address(address, length), ", "return address, "
)


def _in_translate(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "model.translate", original, replacement)


ADDRESS_DOES_NOT_WRAP = _in_translate(
    "address_does_not_wrap", "(address + length) % ADDRESS_SPACE_SIZE", "address + length"
)
RAM_IS_NOT_CUT = _in_translate("ram_is_not_cut_at_its_section", "if is_ram:", "if False:")
DEVICES_ARE_CUT = _in_translate("devices_are_cut_at_their_sections", "if is_ram:", "if True:")
CUT_BY_THE_SECTIONS_SIZE = _in_translate(
    "ram_is_cut_by_the_size_of_its_section",
    "min(length, section.size - into)",
    "min(length, section.size)",
)


def _in_memory(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "model.memory", original, replacement)


BLOCK_DOES_NOT_CUT = _in_memory(
    "step_is_not_cut_at_the_end_of_its_block", "min(length, max_length - offset)", "length"
)
BLOCK_DECIDES = _in_memory(
    "step_takes_all_of_its_block", "min(length, max_length - offset)", "max_length - offset"
)
END_IS_INSIDE = _in_memory(
    "end_of_a_block_lies_inside",
    "0 <= offset < block.max_length",
    "0 <= offset <= block.max_length",
)


def _in_step(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "model.step", original, replacement)


OFFSET_IS_NOT_CHECKED = _in_step(
    "offset_of_a_step_of_memory_is_not_checked", "    check_offset(block, found.offset)\n", ""
)
STEP_OF_NOTHING_IS_CUT = _in_step(
    "step_of_nothing_is_cut_at_the_block_too", "if found.length == 0:", "if found.length < 0:"
)
ALIGNED_TO_THE_SECTION = _in_step(
    "step_of_a_device_is_aligned_to_its_section",
    "access_size(found.length, found.offset,",
    "access_size(found.length, found.offset - found.section.offset,",
)


def _in_pages(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "model.iommu", original, replacement)


PAGE_DOES_NOT_CUT = _in_pages(
    "request_is_not_cut_at_the_end_of_its_page", "min(length, left)", "length"
)
PAGE_CUTS_BY_ITS_SIZE = _in_pages(
    "request_is_cut_by_the_size_of_its_page", "min(length, left)", "min(length, page_size)"
)


def _in_read_write(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "model.read_write", original, replacement)


READ_IS_TAKEN_FOR_ALL = _in_read_write(
    "step_of_a_read_is_taken_for_all_that_was_translated",
    "return Step(system, result, size, data)",
    "return Step(system, result, found.length, data)",
)
WRITE_IS_TAKEN_FOR_ALL = _in_read_write(
    "step_of_a_write_is_taken_for_all_that_was_translated",
    "return Step(system, result, size)\n",
    "return Step(system, result, found.length)\n",
)
MEMORY_READ_IS_NOT_CUT = _in_read_write(
    "more_is_read_of_memory_than_the_step_takes",
    "found.offset, length) if length > 0",
    "found.offset, found.length) if length > 0",
)
DEVICE_GETS_THE_FIRST_BYTES = _in_read_write(
    "each_step_writes_the_first_bytes_to_the_device", "data[done : done + size]", "data[:size]"
)
MEMORY_GETS_ALL_THE_REST = _in_read_write(
    "step_writes_all_that_is_left_to_memory", "data[done : done + length]", "data[done:]"
)

READ_FORGETS_RESULTS = _in_read_write(
    "read_ends_as_its_last_step_did",
    "result | step.result\n        kept",
    "step.result\n        kept",
)
WRITE_FORGETS_RESULTS = _in_read_write(
    "write_ends_as_its_last_step_did",
    "check_effort(steps, 0)\n        system, result = step.system, result | step.result",
    "check_effort(steps, 0)\n        system, result = step.system, step.result",
)
READ_KEEPS_THE_WRONG_BYTES = _in_read_write(
    "read_counts_only_its_last_step_as_moved", "moved += step.length", "moved = step.length"
)
READ_ASKS_FOR_ALL_AGAIN = _in_read_write(
    "read_translates_the_whole_length_each_time",
    "translate(system, space, address, remaining, False, attrs)",
    "translate(system, space, address, length, False, attrs)",
)
READ_ENDS_AFTER_A_STEP = _in_read_write(
    "read_ends_after_one_step",
    "        if remaining == 0:\n            return system, result, b",
    "        if remaining >= 0:\n            return system, result, b",
)
WRITE_BEGINS_ANEW = _in_read_write(
    "each_step_of_a_write_takes_the_data_from_its_start", "len(data) - remaining, attrs", "0, attrs"
)
WRITE_TRANSLATES_ONCE = _in_read_write(
    "write_does_not_translate_afresh",
    "        found = translate(system, space, address, remaining, True, attrs)\n",
    "",
)

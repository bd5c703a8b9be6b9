"""Bugs in which bytes requests move, in loads and stores, and in what is asked ahead."""

from fuzz.mutation import Mutation


def _in_read_write(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "model.read_write", original, replacement)


DEVICE_IS_ASKED_AT_ITS_SECTION = _in_read_write(
    "device_is_read_from_the_beginning_of_its_section",
    "dispatch_read(system, name, found.offset, size)\n    return Step",
    "dispatch_read(system, name, found.section.offset, size)\n    return Step",
)
MEMORY_IS_READ_FROM_ITS_SECTION = _in_read_write(
    "memory_is_read_from_the_beginning_of_its_section",
    "load_bytes(block_of(system, name), found.offset, length)",
    "load_bytes(block_of(system, name), found.section.offset, length)",
)
HOLE_IS_NO_ERROR = _in_read_write(
    "reading_a_hole_is_no_error",
    "return system, MemTxResult.DECODE_ERROR, bytes(size)",
    "return system, MemTxResult.OK, bytes(size)",
)
FAILED_CALLBACK_GIVES_NOTHING = _in_read_write(
    "callback_that_fails_gives_nothing",
    "value = read_behaviour(device, offset, size, is_big)",
    "value = 0 if result else read_behaviour(device, offset, size, is_big)",
)
GUARD_REFUSES = _in_read_write(
    "read_that_the_guard_keeps_out_is_a_decode_error",
    "return system, MemTxResult.ACCESS_ERROR, bytes(size)",
    "return system, MemTxResult.DECODE_ERROR, bytes(size)",
)
REFUSED_WRITE_IS_NO_ERROR = _in_read_write(
    "refused_write_is_no_error",
    "return system, MemTxResult.DECODE_ERROR\n    ops",
    "return system, MemTxResult.OK\n    ops",
)


def _in_load_store(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "model.load_store", original, replacement)


PIECES_ARE_NOT_ASKED_FOR = _in_load_store(
    "load_copies_behind_the_end_of_its_section", "found.length >= size", "True"
)
A_BYTE_IS_ASKED_FOR = _in_load_store(
    "load_needs_a_section_of_more_bytes", "found.length >= size", "found.length > size"
)
LOAD_GOES_BY_WRITING = _in_load_store(
    "load_copies_only_what_may_be_written",
    "is_direct(system, name, False, attrs)",
    "is_direct(system, name, True, attrs)",
)
STORE_GOES_BY_READING = _in_load_store(
    "store_copies_to_what_may_only_be_read",
    "is_direct(system, name, True, attrs)",
    "is_direct(system, name, False, attrs)",
)
LOAD_STARTS_AT_THE_SECTION = _in_load_store(
    "load_calls_the_device_at_its_section",
    "dispatch_read(system, name, found.offset, size)",
    "dispatch_read(system, name, found.section.offset, size)",
)
STORE_STARTS_AT_THE_SECTION = _in_load_store(
    "store_copies_to_the_beginning_of_the_section",
    "store_dirty(system, name, found.offset, data)",
    "store_dirty(system, name, found.section.offset, data)",
)


def _in_address_space(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "model.address_space", original, replacement)


QUERY_IS_CUT_BY_THE_OFFSET = _in_address_space(
    "query_is_cut_by_the_offset_as_accesses_are",
    "access_size(found.length, address,",
    "access_size(found.length, found.offset,",
)
QUERY_ASKS_ABOUT_THE_ADDRESS = _in_address_space(
    "query_asks_about_the_address",
    "may_dispatch(system, found.region, found.offset, step, is_write)",
    "may_dispatch(system, found.region, address, step, is_write)",
)
QUERY_ASKS_ABOUT_ALL = _in_address_space(
    "query_asks_about_all_that_was_translated",
    "may_dispatch(system, found.region, found.offset, step, is_write)",
    "may_dispatch(system, found.region, found.offset, found.length, is_write)",
)
QUERY_ASKS_ABOUT_READS = _in_address_space(
    "query_asks_about_reads",
    "may_dispatch(system, found.region, found.offset, step, is_write)",
    "may_dispatch(system, found.region, found.offset, step, False)",
)
QUERY_TAKES_ROM_FOR_WRITABLE = _in_address_space(
    "query_takes_rom_for_writable",
    "if not is_direct(system, found.region, is_write, attrs):",
    "if not is_direct(system, found.region, False, attrs):",
)
QUERY_SAYS_YES_TO_ALL = _in_address_space(
    "query_goes_on_where_it_is_refused", "                return False\n", "                pass\n"
)
QUERY_ENDS_AFTER_A_STEP = _in_address_space(
    "query_ends_after_one_step",
    "check_effort(steps, 0)\n    return True",
    "check_effort(steps, 0)\n        return True\n    return True",
)


def _in_access(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "model.access", original, replacement)


ALIGNMENT_IS_NEVER_ASKED = _in_access(
    "unaligned_accesses_are_let_in",
    "if not valid.unaligned and not is_aligned",
    "if 0 and is_aligned",
)
ALIGNMENT_IS_ALWAYS_ASKED = _in_access(
    "accesses_must_be_aligned_always",
    "if not valid.unaligned and not is_aligned",
    "if not is_aligned",
)
MINIMUM_COUNTS_WITHOUT_MAXIMUM = _in_access(
    "minimum_counts_without_a_maximum",
    "    if valid.max == 0:\n        return True\n    return valid.min <= size <= valid.max",
    "    return valid.min <= size <= (valid.max or MAX_ACCESS_SIZE)",
)
MINIMUM_DOES_NOT_COUNT = _in_access(
    "minimum_of_accesses_does_not_count",
    "return valid.min <= size <= valid.max",
    "return size <= valid.max",
)

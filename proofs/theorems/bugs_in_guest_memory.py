"""Bugs in reading and writing guest memory through a flat view."""

from fuzz.mutation import Mutation


def _in_bytes(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "model.guest_flat_bytes", original, replacement)


# --- Steps ---------------------------------------------------------------------------------------

FAILED_READ_COUNTS = _in_bytes(
    "bytes_of_a_step_that_failed_count",
    "then(failure(step.result), lambda _: Ok(data))",
    "Ok(data)",
)
FAILED_WRITE_COUNTS = _in_bytes(
    "bytes_of_a_written_step_that_failed_count",
    "then(\n        failure(step.result), lambda _: Ok(step.length)\n    )",
    "Ok(step.length)",
)
READ_LEAVES_NOTHING_BEHIND = _in_bytes(
    "what_a_device_does_when_read_is_forgotten",
    "return memory._replace(system=step.system), then(failure(step.result), lambda _: Ok(data))",
    "return memory, then(failure(step.result), lambda _: Ok(data))",
)
WRITE_COUNTS_WHAT_IT_MAY_TAKE = _in_bytes(
    "written_step_counts_all_that_was_translated", "Ok(step.length)", "Ok(reached.found.length)"
)
STEP_OF_NOTHING_SUCCEEDS = _in_bytes(
    "step_of_nothing_succeeds",
    "    if size == 0:\n        return Err",
    "    if size < 0:\n        return Err",
)
END_OF_MEMORY_IS_INSIDE = _in_bytes(
    "end_of_the_hosts_memory_lies_inside", "if room > 0 else", "if room >= 0 else"
)
WRITES_ARE_CHECKED_AS_READS = _in_bytes(
    "writes_are_checked_as_reads_are",
    "is_direct(system, name, is_write, ",
    "is_direct(system, name, False, ",
)
RAM_DEVICE_IS_OVERRUN = _in_bytes(
    "only_the_first_byte_of_a_ram_device_is_checked",
    "end = reached.found.offset + size",
    "end = reached.found.offset + 1",
)
DENIED_PASSES_FOR_FAILED = _in_bytes(
    "what_is_refused_passes_for_a_failure", "IoErrorKind.PERMISSION_DENIED", "IoErrorKind.OTHER"
)
HOLE_IS_NAMED_BY_ITS_OFFSET = Mutation(
    "hole_is_named_by_an_offset",
    "model.guest_flatview",
    "Err(InvalidGuestAddress(address)) if name",
    "Err(InvalidGuestAddress(reached.found.offset)) if name",
)

# --- Requests ------------------------------------------------------------------------------------

READ_LOSES_ITS_COUNT = _in_bytes(
    "a_later_failure_of_a_read_is_an_error_without_a_count",
    "Ok(len(moved)) if moved else outcome, moved",
    "outcome, moved",
)
READ_OF_NOTHING_SUCCEEDS = _in_bytes(
    "a_read_that_fails_at_once_is_ok_of_no_bytes",
    "Ok(len(moved)) if moved else outcome, moved",
    "Ok(len(moved)), moved",
)
READ_DROPS_ITS_BYTES = _in_bytes(
    "what_was_read_before_a_failure_is_dropped",
    "Ok(len(moved)) if moved else outcome, moved",
    'Ok(len(moved)) if moved else outcome, b""',
)
READ_REACHES_FOR_ALL_AGAIN = _in_bytes(
    "each_step_of_a_read_is_translated_for_the_whole_length",
    "length - len(moved), Permission.READ",
    "length, Permission.READ",
)
READ_STAYS_AT_ITS_ADDRESS = _in_bytes(
    "each_step_of_a_read_begins_at_its_address",
    "at = (address + len(moved)) % ADDRESS_SPACE_SIZE",
    "at = address",
)
READ_DOES_NOT_WRAP = _in_bytes(
    "a_read_does_not_go_on_at_0",
    "at = (address + len(moved)) % ADDRESS_SPACE_SIZE",
    "at = address + len(moved)",
)
READ_TELLS_EACH_STEP = _in_bytes(
    "the_hook_is_told_of_each_step", "        if not moved:\n", "        if True:\n"
)
READ_TELLS_WHAT_ANSWERED_LAST = _in_bytes(
    "the_hook_is_told_after_the_first_step", "        if not moved:\n", "        if moved:\n"
)
READ_ENDS_AFTER_ONE = _in_bytes(
    "a_read_ends_after_one_step", "while len(moved) < length:", "while not moved:"
)
READ_NEEDS_PERMISSION_TO_WRITE = _in_bytes(
    "a_read_needs_permission_to_write",
    "length - len(moved), Permission.READ",
    "length - len(moved), Permission.WRITE",
)
WRITE_LOSES_ITS_COUNT = _in_bytes(
    "a_later_failure_of_a_write_is_an_error_without_a_count",
    "Ok(done) if done else outcome",
    "outcome",
)
WRITE_OF_NOTHING_SUCCEEDS = _in_bytes(
    "a_write_that_fails_at_once_is_ok_of_no_bytes", "Ok(done) if done else outcome", "Ok(done)"
)
WRITE_TAKES_THE_DATA_ANEW = _in_bytes(
    "each_step_of_a_write_begins_with_the_data", "reached, at, data[done:])", "reached, at, data)"
)
WRITE_COUNTS_ITS_LAST_STEP = _in_bytes(
    "a_write_counts_only_its_last_step", "done += outcome.value", "done = outcome.value"
)
WRITE_DOES_NOT_WRAP = _in_bytes(
    "a_write_does_not_go_on_at_0",
    "at = (address + done) % ADDRESS_SPACE_SIZE",
    "at = address + done",
)
WRITE_FORGETS_ITS_STEPS = _in_bytes(
    "a_write_forgets_what_its_steps_did", "memory, outcome = write_one(", "_, outcome = write_one("
)
WRITE_COUNTS_WHAT_FAILED = _in_bytes(
    "a_write_counts_all_when_a_step_fails", "Ok(done) if done else outcome", "Ok(len(data))"
)

# --- Reaching ------------------------------------------------------------------------------------


def _in_reach(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "model.guest_flatview", original, replacement)


ROOM_IS_THE_RANGES_SIZE = _in_reach(
    "room_is_the_size_of_the_range",
    "min(length, within.end - address)\n            return memory, Reached",
    "min(length, within.size)\n            return memory, Reached",
)
ROOM_IS_WHAT_IS_ASKED_FOR = _in_reach(
    "room_is_all_that_is_asked_for",
    "room = length if within is None else min(length, within.end - address)",
    "room = length",
)
ROOM_IS_OF_THE_FIRST_VIEW = _in_reach(
    "room_is_that_of_the_first_view",
    "within = lookup(ranges, address)\n            room",
    "within = lookup(memory.regions(), address)\n            room",
)
NOTHING_IS_CUT = _in_reach(
    "guest_memory_does_not_cut_ram_at_its_section",
    "within_section(section, address, length, is_ram)",
    "within_section(section, address, length, False)",
)
EVERYTHING_IS_CUT = _in_reach(
    "guest_memory_cuts_devices_too",
    "within_section(section, address, length, is_ram)",
    "within_section(section, address, length, True)",
)
KEPT_VIEW_IS_NOT_USED = _in_reach(
    "the_view_that_a_guard_keeps_is_not_used",
    "memory.system, memory.space, memory.regions()",
    "memory.system, memory.space, published_view(memory.system, memory.space).ranges",
)
GUEST_PAGES_ARE_TWICE_AS_LARGE = _in_reach(
    "guest_memory_has_pages_twice_as_large",
    "section_at(ranges, address, 1 << system.page_bits)",
    "section_at(ranges, address, 2 << system.page_bits)",
)
GUEST_NEEDS_NO_PERMISSION = _in_reach(
    "guest_memory_takes_any_permission",
    "if entry is None or not entry.permission & needed:",
    "if entry is None or not entry.permission:",
)
GUEST_FAULTS_ANSWER = _in_reach(
    "an_iommu_that_refuses_guest_memory_answers_itself",
    "Reached(found._replace(section=IOMMU_FAULT), length)",
    "Reached(found, length)",
)
GUEST_IS_LED_TO_ITS_OWN_VIEW = _in_reach(
    "an_iommu_leads_guest_memory_back_into_its_own_view",
    "space, ranges = entry.space, published_view(system, entry.space).ranges",
    "space, ranges = entry.space, memory.regions()",
)
GUEST_KEEPS_THE_LAST_SPACE_ONLY = _in_reach(
    "only_the_space_that_was_led_to_last_is_told",
    "led_to=(*memory.led_to, space)",
    "led_to=(space,)",
)
GUEST_GIVES_UP_EARLY = _in_reach(
    "guest_memory_gives_up_one_iommu_early",
    "for _ in range(MAX_IOMMUS + 1):",
    "for _ in range(MAX_IOMMUS):",
)

# --- Integers ------------------------------------------------------------------------------------

PIECE_NEED_NOT_BE_ALIGNED = _in_bytes(
    "an_integer_need_not_be_aligned", "and offset % size == 0", "and offset % 1 == 0"
)
PIECE_IS_OF_ONE_SECTION = _in_bytes(
    "an_integer_must_lie_in_one_section", "reached.room >= size", "reached.found.length >= size"
)
PIECE_MAY_LEAVE_ITS_RANGE = _in_bytes(
    "an_integer_may_leave_its_range", "fits and reached.room >= size", "fits and reached.room >= 1"
)
PIECE_MAY_LEAVE_ITS_BLOCK = _in_bytes(
    "an_integer_may_leave_its_block", "fits = offset + size <=", "fits = offset <"
)
LOAD_TELLS_NOBODY = _in_bytes(
    "a_load_does_not_tell_the_hook",
    "return tell(memory, address, size, name.value), Ok",
    "return memory, Ok",
)
LOAD_HAS_ITS_OWN_ORDER = _in_bytes(
    "a_load_of_a_device_is_always_little_endian",
    "    value = value_of(data, is_big)\n",
    "    value = value_of(data, False)\n",
)
FAILED_LOAD_COUNTS = _in_bytes(
    "a_load_that_a_device_fails_has_a_value",
    "then(failure(result), lambda _: Ok(value))",
    "Ok(value)",
)
STORE_MARKS_NOTHING = _in_bytes(
    "a_store_to_memory_is_forgotten",
    "return memory._replace(system=system), Ok(None)",
    "return memory, Ok(None)",
)
STORE_GOES_BY_READING = _in_bytes(
    "a_store_goes_where_a_load_would",
    "is_direct(memory.system, name.value, True, UNSPECIFIED)",
    "is_direct(memory.system, name.value, False, UNSPECIFIED)",
)
FAILED_STORE_SUCCEEDS = _in_bytes(
    "a_store_that_a_device_fails_succeeds",
    "    return memory._replace(system=system), failure(result)",
    "    return memory._replace(system=system), Ok(None)",
)
STORE_IS_BIG = _in_bytes(
    "a_store_is_always_big_endian",
    "    data = bytes_of(value, size, is_big)\n    name",
    "    data = bytes_of(value, size, True)\n    name",
)

"""Bugs in how impl cuts accesses into steps and callbacks, and in what it translates."""

from fuzz.mutation import Mutation


def _in_steps(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "impl.steps", original, replacement)


STEP_OF_ANY_NUMBER = _in_steps(
    "step_is_no_power_of_two", "return 1 << size.bit_length() - 1 if size else 0", "return size"
)
LENGTH_IS_NOT_CUT = _in_steps("length_has_all_its_bits", "    length &= 0xFFFFFFFF\n", "")
OFFSET_MODULO_4 = _in_steps(
    "offset_counts_modulo_4", "return steps[offset % WIDEST]", "return steps[offset % 4]"
)
ALIGNED_ALWAYS = _in_steps(
    "unaligned_steps_are_aligned",
    "if not unaligned and 0 < lowest < most:",
    "if 0 < lowest < most:",
)
DEFAULT_OF_EIGHT = _in_steps(
    "steps_have_eight_bytes_by_default", "    most = most or 4\n", "    most = most or 8\n"
)
NEVER_WIDER = _in_steps(
    "callbacks_are_never_wider_than_the_access",
    "max(min(size, most or 4), least or 1) for size",
    "min(max(least, most or 4), size) for size",
)
MAXIMUM_PREVAILS = _in_steps(
    "largest_callback_prevails_over_the_smallest",
    "max(min(size, most or 4), least or 1) for size",
    "min(max(size, least or 1), most or 4) for size",
)
CALLBACKS_OF_EIGHT = _in_steps(
    "callbacks_have_eight_bytes_by_default",
    "max(min(size, most or 4), least or 1) for size",
    "max(min(size, most or 8), least or 1) for size",
)


def _in_device(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "impl.device", original, replacement)


STEPS_OF_CALLBACKS = _in_device(
    "steps_are_those_of_callbacks",
    "steps_of(valid.most, impl.unaligned)",
    "steps_of(impl.most, impl.unaligned)",
)
UNALIGNED_IF_VALID = _in_device(
    "steps_are_unaligned_if_that_is_valid",
    "steps_of(valid.most, impl.unaligned)",
    "steps_of(valid.most, valid.unaligned)",
)
MINIMUM_WITHOUT_MAXIMUM = _in_device(
    "impl_counts_a_minimum_without_a_maximum",
    "return self.valid.most == 0 or self.valid.least <= size <= self.valid.most",
    "return self.valid.least <= size <= (self.valid.most or 8)",
)
ODD_OFFSETS_ONLY = _in_device(
    "odd_offsets_are_unaligned_only",
    "if not self.valid.unaligned and offset & (size - 1) & 0xFFFFFFFF:",
    "if not self.valid.unaligned and offset & (size - 1) & 1:",
)
NO_BYTES_ARE_ALIGNED_EVERYWHERE = _in_device(
    "no_bytes_are_aligned_by_all_64_bits",
    "offset & (size - 1) & 0xFFFFFFFF:",
    "offset & (size - 1):",
)
BIG_READ_KEEPS_LOW_BYTES = _in_device(
    "big_wide_read_keeps_the_low_bytes",
    "return failed, data[:size]",
    'return failed, data[-size:] if self.order == "big" else data[:size]',
)
BIG_WRITE_IS_EXTENDED_IN_FRONT = _in_device(
    "write_is_filled_up_in_front",
    'yield done, data[done : done + width].ljust(width, b"\\0")',
    'yield done, data[done : done + width].rjust(width, b"\\0")',
)
CALLBACK_IS_ROUNDED = _in_device(
    "write_callback_is_rounded_to_8_bytes",
    "        for done, piece in pieces(data, width):\n            at = (offset + done) % TOP\n",
    "        for done, piece in pieces(data, width):\n"
    "            at = (offset + done) % TOP >> 3 << 3\n",
)
CALLBACK_DOES_NOT_WRAP = _in_device(
    "read_callback_does_not_wrap",
    "            at = (offset + done) % TOP\n            fails = self._begin(caller)\n"
    "            value",
    "            at = offset + done\n            fails = self._begin(caller)\n            value",
)
VALUE_IS_NOT_MASKED = _in_device(
    "read_callback_gives_one_byte_only",
    "(value & (1 << 8 * width) - 1)",
    "(value & 0xFF)",
)


def _in_translate(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "impl.translate", original, replacement)


ALL_ARE_CUT = _in_translate(
    "all_regions_are_cut_at_their_section",
    "    if region.kind in RAM_KINDS:\n        left",
    "    if True:\n        left",
)
CUT_AT_THE_RANGE = _in_translate(
    "ram_is_cut_at_its_range",
    "left = section_edges(found, address, memory_map.page_bits)[1] - address",
    "left = found.end - address",
)
HOLES_BEGIN_AT_0 = _in_translate(
    "offset_in_a_hole_is_0", "return Place(None, address, length)", "return Place(None, 0, length)"
)
OFFSET_BY_THE_ADDRESS = _in_translate(
    "offset_is_the_address_in_the_range",
    "found.offset + (address - found.start), length)",
    "address - found.start, length)",
)
CUT_ONE_BYTE_LATE = _in_translate(
    "ram_has_one_byte_more",
    "length = left if left < length else length",
    "length = left + 1 if left < length else length",
)


def _in_iommu(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "impl.iommu", original, replacement)


PAGE_HAS_NO_END = _in_iommu(
    "page_of_an_iommu_has_no_end", "min(length, (low - (offset & low) + 1) % TOP)", "length"
)
PAGE_NEVER_WRAPS = _in_iommu(
    "page_of_all_addresses_does_not_wrap",
    "(low - (offset & low) + 1) % TOP",
    "low - (offset & low) + 1",
)
PAGE_KEEPS_LOW_BITS = _in_iommu(
    "page_keeps_its_addresses_low_bits",
    "return self.address & ~low | offset & low,",
    "return self.address + (offset & low),",
)


def _in_recent(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "impl.recent", original, replacement)


RECENT_HAS_THE_BLOCK = _in_recent(
    "recent_section_has_the_whole_block", "    if end > base + block.size:\n", "    if True:\n"
)
RECENT_OVERRUNS_THE_BLOCK = _in_recent(
    "recent_section_overruns_its_block", "    if end > base + block.size:\n", "    if False:\n"
)
RECENT_HAS_THE_RANGE = _in_recent(
    "recent_section_has_the_whole_range",
    "start, end = section_edges(found, address, space.memory_map.page_bits)",
    "start, end = found.start, found.end",
)
RECENT_BY_THE_ADDRESS = _in_recent(
    "recent_section_forgets_its_offset", "base = found.start - found.offset", "base = found.start"
)


def _in_space(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "impl.address_space", original, replacement)


READ_RUNS_PAST = _in_space(
    "read_runs_past_the_recent_section",
    "            if start <= address < after <= end:\n",
    "            if start <= address < end:\n",
)
ROM_IS_WRITTEN = _in_space(
    "recent_rom_is_written",
    "if start <= address < after <= end and not region.readonly:",
    "if start <= address < after <= end:",
)
MARKS_BY_THE_SECTION = _in_space(
    "recent_write_marks_by_its_section",
    "                        accesses.mark(region, address - base, after - address)\n",
    "                        accesses.mark(region, address - start, after - address)\n",
)


def _in_access(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "impl.access", original, replacement)


WRITE_OVERRUNS_ITS_BLOCK = _in_access(
    "write_is_not_cut_at_its_block",
    "size = min(place.length, block.left(place.offset))\n                self._store",
    "size = place.length\n                self._store",
)
READ_OVERRUNS_ITS_BLOCK = _in_access(
    "read_is_not_cut_at_its_block",
    "size = min(place.length, block.left(place.offset))\n                found.append",
    "size = place.length\n                found.append",
)
STORE_HAS_MORE_THAN_ITS_STEP = _in_access(
    "device_is_given_all_that_is_left",
    "self._call_write(place, data[done : done + size])",
    "self._call_write(place, data[done : done + place.length])",
)
ADDRESS_DOES_NOT_WRAP = _in_access(
    "address_goes_on_behind_the_last",
    "at, left = (address + done) % TOP, length - done",
    "at, left = address + done, length - done",
)
LENGTH_STAYS = _in_access(
    "all_is_asked_for_again",
    "at, left = (address + done) % TOP, length - done",
    "at, left = (address + done) % TOP, length",
)
STEPS_OF_NOTHING_GO_ON = _in_access(
    "steps_of_nothing_go_on", "    if size == 0:\n        raise", "    if size < 0:\n        raise"
)

"""Bugs in cutting an access of a device into callbacks, and in what these move."""

from fuzz.mutation import Mutation


def _in_access(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "model.access", original, replacement)


MAXIMUM_PREVAILS = _in_access(
    "maximum_prevails_over_the_minimum",
    "max(min(size, most), least)",
    "min(max(size, least), most)",
)
NO_MINIMUM = _in_access(
    "minimum_of_callbacks_is_forgotten", "max(min(size, most), least)", "min(size, most)"
)
NO_DEFAULT_MAXIMUM = _in_access(
    "callbacks_have_8_bytes_where_no_maximum_is_given",
    "most = DEFAULT_MAX_SIZE if impl.max == 0",
    "most = 2 * DEFAULT_MAX_SIZE if impl.max == 0",
)
ALWAYS_LITTLE = _in_access(
    "big_endian_value_is_cut_from_its_low_end",
    "size - part_size - done if is_big else done",
    "done",
)
PLACE_BY_BYTES = _in_access(
    "place_in_a_big_endian_value_is_that_of_one_byte",
    "size - part_size - done if is_big",
    "size - 1 - done if is_big",
)
ROUNDED = _in_access(
    "callbacks_begin_at_a_multiple_of_8", "next_address(offset, done)", "(offset >> 3 << 3) + done"
)
DOES_NOT_WRAP = _in_access(
    "offset_does_not_wrap_at_2_to_the_64", "Part(next_address(offset, done)", "Part(offset + done"
)
DESCENDING = _in_access(
    "last_callback_comes_first",
    "for done in range(0, size, part_size)",
    "for done in reversed(range(0, size, part_size))",
)
ONE_TOO_MANY = _in_access(
    "callback_follows_the_access", "range(0, size, part_size)", "range(0, size + 1, part_size)"
)
OVERHANG_DROPPED = _in_access(
    "callback_that_reaches_beyond_the_access_is_not_made",
    "range(0, size, part_size)",
    "range(0, size - part_size + 1, part_size)",
)
STEPS_BY_BYTES = _in_access(
    "callbacks_begin_at_each_byte", "range(0, size, part_size)", "range(size)"
)

READ_IS_NOT_CUT = _in_access(
    "what_a_callback_gave_is_not_cut_to_its_size", "read & mask_of(part.size)", "read"
)
READ_OVERWRITES = _in_access(
    "last_callback_replaces_what_the_others_gave", "return value | (bits", "return (bits"
)
READ_IS_NOT_SHIFTED_DOWN = _in_access(
    "wide_big_endian_read_gives_its_low_bytes", "else bits >> -part.shift", "else bits"
)
WRITE_IS_NOT_CUT = _in_access(
    "callback_is_given_more_than_its_size", "return bits & mask_of(part.size)", "return bits"
)
WRITE_IS_NOT_SHIFTED_UP = _in_access(
    "wide_big_endian_write_sends_zeros_first", "else value << -part.shift", "else value"
)
WRITE_REPEATS = _in_access(
    "wide_write_sends_the_value_twice",
    "return bits & mask_of(part.size)",
    "return (bits | value << 8 * (part.size // 2)) & mask_of(part.size)",
)
VALUE_IS_LITTLE = _in_access(
    "buffer_is_taken_for_little_endian",
    'int.from_bytes(data, "big" if is_big else "little")',
    'int.from_bytes(data, "little")',
)
BUFFER_IS_LITTLE = _in_access(
    "buffer_is_filled_in_little_endian_order",
    '.to_bytes(size, "big" if is_big else "little")',
    '.to_bytes(size, "little")',
)


def _in_device(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "model.device", original, replacement)


NATIVE_IS_LITTLE = _in_device(
    "native_order_is_little_endian",
    "big_endian_target if self is ByteOrder.NATIVE",
    "False if self is ByteOrder.NATIVE",
)
STORED_BACKWARDS = _in_device(
    "bytes_are_stored_backwards",
    'value.to_bytes(size, "big" if is_big else "little")',
    'value.to_bytes(size, "little" if is_big else "big")',
)
LOADED_AS_LITTLE = _in_device(
    "bytes_are_loaded_in_little_endian_order",
    'int.from_bytes(bytes(stored), "big" if is_big else "little")',
    'int.from_bytes(bytes(stored), "little")',
)
STORE_DOES_NOT_WRAP = _in_device(
    "bytes_are_stored_beyond_2_to_the_64",
    "{(offset + i) % ADDRESS_SPACE_SIZE: byte",
    "{offset + i: byte",
)
STORE_FORGETS = _in_device(
    "store_forgets_what_it_held", "ByteStore({**behaviour.contents, **stored})", "ByteStore(stored)"
)

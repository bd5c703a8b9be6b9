"""Bugs in how a listener is told, call by call, of what the walk over two views has found."""

from fuzz.mutation import Mutation


def _in_listeners(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "model.listeners", original, replacement)


BYTES_ARE_NOT_ADDED = _in_listeners(
    "range_of_one_byte_is_not_added",
    "        elif section is not None:\n",
    "        elif section is not None and section.size > 1:\n",
)
DELETED_BACKWARDS = _in_listeners(
    "ranges_are_deleted_from_the_last_on",
    "for section, stays in taken:",
    "for section, stays in reversed(taken):",
)
GOING_IS_ADDED = _in_listeners(
    "range_that_goes_is_told_as_one_that_comes",
    "Callback.REGION_DEL, old.serial, section",
    "Callback.REGION_ADD, old.serial, section",
)

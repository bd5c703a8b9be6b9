"""Bugs in how impl compares views, in what listeners hear of that, and in counting references."""

from fuzz.mutation import Mutation


def _in_difference(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "impl.difference", original, replacement)


RESIZED_STAYS = _in_difference(
    "resized_ranges_stay",
    "one[:4] == other[:4]",
    "one._replace(end=other.end)[:4] == other[:4]",
)
MASK_MAKES_ANOTHER = _in_difference(
    "dirty_mask_makes_another_range",
    "with_mask(one.flags, other.flags.dirty_log_mask) == other.flags",
    "one.flags == other.flags",
)
MOVED_WINDOW_STAYS = _in_difference(
    "moved_window_stays", "one[:4] == other[:4]", "one[:3] == other[:3]"
)
FLAGS_DO_NOT_COUNT = _in_difference(
    "changed_flags_stay",
    "with_mask(one.flags, other.flags.dirty_log_mask) == other.flags",
    "one.flags.romd_mode == other.flags.romd_mode",
)
SHARED_CHUNKS_GO = _in_difference(
    "shared_chunks_go_and_come_half",
    "gone = [one for chunk in old.chunks if chunk not in after for one in chunk.ranges]",
    "gone = [one for chunk in old.chunks for one in chunk.ranges]",
)
ALL_NEW_RANGES_ARE_KEPT = _in_difference(
    "what_comes_is_what_goes",
    "        [one for one in come if id(one) not in kept],\n",
    "        [one for one in come if id(one) in kept],\n",
)


def _in_listeners(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "impl.listeners", original, replacement)


SHARED_IS_NOT_TOLD = _in_listeners(
    "what_stays_in_a_shared_chunk_is_not_told",
    "for section in new if hearing else come:",
    "for section in come:",
)
DELETED_FORWARDS = _in_listeners(
    "listeners_delete_forwards",
    "backwards = self.of_space(space)[::-1]",
    "backwards = self.of_space(space)",
)
STOPS_WHENEVER_A_MASK_CHANGES = _in_listeners(
    "log_stop_whenever_a_mask_changes", "if (old | mask) != mask:", "if old != mask:"
)
STARTS_WHENEVER_A_MASK_IS_THERE = _in_listeners(
    "log_start_wherever_a_mask_is", "if (old | mask) != old:", "if mask:"
)
STOPS_FORWARDS = _in_listeners(
    "log_stop_is_told_forwards",
    "            for listener in reversed(forwards):\n",
    "            for listener in forwards:\n",
)
STARTS_FOR_WHAT_COMES = _in_listeners(
    "log_start_for_what_comes",
    "                listener.region_add(section)\n            self._tell_coalesced",
    "                listener.region_add(section)\n"
    "                if section.flags.dirty_log_mask:\n"
    "                    listener.log_start(section, 0, section.flags.dirty_log_mask)\n"
    "            self._tell_coalesced",
)
ALL_THAT_DIFFERS_GOES = _in_listeners(
    "what_stays_is_deleted_first",
    "            if is_same(section, following.get(section.start)):\n",
    "            if False:\n",
)


def _in_reader(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "impl.reader", original, replacement)


DEAD_VIEWS_COME_BACK = _in_reader(
    "views_without_references_come_back",
    "        if not self.lifetimes.is_referenced(view):\n            return False\n",
    "",
)
READERS_DO_NOT_COUNT = _in_reader(
    "references_of_readers_do_not_count",
    "return view.references > 0 or self.references_of(view) > 0",
    "return view.references > 0",
)
LAST_IS_NOT_NOTICED = _in_reader(
    "drop_of_a_last_but_one_reference_hands_over",
    "return view.references > 0 or self.references_of(view) > 0",
    "return view.references > 0 or self.references_of(view) > 1",
)
TAKEN_TWICE = _in_reader(
    "reference_is_taken_twice",
    "        self.held[view] += 1\n",
    "        self.held[view] += 2\n",
)
WRITERS_DROP_HANDS_OVER = Mutation(
    "drop_by_the_writer_hands_over",
    "impl.lifecycle",
    "        view.references -= 1\n        self.hand_over_unreferenced(view)\n",
    "        view.references -= 1\n        self.hand_over(view)\n",
)
NEW_VIEW_IS_NOT_COUNTED = Mutation(
    "published_view_is_not_counted",
    "impl.lifecycle",
    "            view.references += 1\n            space.view = view\n",
    "            space.view = view\n",
)

"""Bugs planted in what `impl` tells listeners, and in its coalesced ranges and ioeventfds."""

from fuzz.mutation import Mutation

LISTENER_MUTANTS = (
    Mutation(
        "equal-listeners-last-first",
        "impl.listeners",
        "insort(self.of_space(space), listener, key=lambda other: other.priority)",
        "self.of_space(space).insert(0, listener)\n"
        "        self.of_space(space).sort(key=lambda other: other.priority)",
        ("T5",),
    ),
    Mutation(
        "begin-for-each-space",
        "impl.listeners",
        "        for listener in self._all:\n"
        "            listener.begin()\n"
        "        for space, view in views:\n",
        "        for space, view in views:\n"
        "            for listener in self.of_space(space):\n"
        "                listener.begin()\n",
        ("T2",),
    ),
    Mutation(
        "publishes-between-the-passes",
        "impl.listeners",
        "previous = {one.start: one for one in gone}\n",
        "previous = {one.start: one for one in gone}\n        space.view = new\n",
        ("T3",),
    ),
    Mutation(
        "deletes-forwards",
        "impl.listeners",
        "backwards = self.of_space(space)[::-1]",
        "backwards = self.of_space(space)",
        ("T5",),
    ),
    Mutation(
        "a-resized-range-stays",
        "impl.difference",
        "one[:4] == other[:4]",
        "one._replace(end=other.end)[:4] == other[:4]",
        ("T4", "T8"),
    ),
    Mutation(
        "a-dirty-mask-makes-another-range",
        "impl.difference",
        "with_mask(one.flags, other.flags.dirty_log_mask) == other.flags",
        "one.flags == other.flags",
        ("T4",),
    ),
    Mutation(
        "a-moved-window-stays",
        "impl.difference",
        "one[:4] == other[:4]",
        "one[:3] == other[:3]",
        ("T4",),
    ),
    Mutation(
        "log-start-for-what-comes",
        "impl.listeners",
        "                listener.region_add(section)\n            self._tell_coalesced",
        "                listener.region_add(section)\n"
        "                if section.flags.dirty_log_mask:\n"
        "                    listener.log_start(section, 0, section.flags.dirty_log_mask)\n"
        "            self._tell_coalesced",
        ("T6",),
    ),
    Mutation(
        "log-stop-whenever-a-mask-changes",
        "impl.listeners",
        "if (old | mask) != mask:",
        "if old != mask:",
        ("T4",),
    ),
    Mutation(
        "log-stop-forwards",
        "impl.listeners",
        "            for listener in reversed(forwards):\n",
        "            for listener in forwards:\n",
        ("T5",),
    ),
    Mutation(
        "coalesced-ranges-stay-behind",
        "impl.listeners",
        "            self._tell_coalesced(space, section, self.coalesced.parts(section), "
        "is_added=False)\n",
        "",
        ("T4",),
    ),
    Mutation(
        "coalesced-range-beyond-its-section",
        "impl.coalesced",
        "    return (start, end) if start < end else None\n",
        "    return (start, start + span[1] - span[0]) if start < end else None\n",
        ("T7",),
    ),
    Mutation(
        "registration-tells-of-all-coalesced-ranges",
        "impl.coalesced",
        "                return\n",
        "                continue\n",
        ("T7",),
    ),
    Mutation(
        "registration-without-dirty-masks",
        "impl.listeners",
        "            if section.flags.dirty_log_mask:\n                listener.log_start",
        "            if False:\n                listener.log_start",
        ("T7",),
    ),
    Mutation(
        "destroys-a-space-that-is-listened-to",
        "impl.listeners",
        "        if self.of_space(space):\n            raise",
        "        if False:\n            raise",
        ("L6",),
    ),
    Mutation(
        "ioeventfds-wait-for-a-view",
        "impl.memory_map",
        "            self.listeners.commit_ioeventfds()\n",
        "            pass\n",
        ("T1",),
    ),
    Mutation(
        "a-hidden-regions-ioeventfds-are-pending",
        "impl.listeners",
        "            self.ioeventfds.add(region, added)\n"
        "            self._ioeventfds_pending = self._ioeventfds_pending or region.enabled\n",
        "            self.ioeventfds.add(region, added)\n"
        "            self._ioeventfds_pending = True\n",
        ("T10",),
    ),
    Mutation(
        "ioeventfds-added-forwards",
        "impl.listeners",
        "for listener in reversed(asking):",
        "for listener in asking:",
        ("T5",),
    ),
    Mutation(
        "ioeventfds-kept-for-no-one",
        "impl.listeners",
        "if not asking and not self.flavour.updates_unheard_ioeventfds:",
        "if False:",
        ("T10",),
    ),
    Mutation(
        "ioeventfds-in-order-of-size",
        "impl.ioeventfds",
        "return (one.start, one.size, one.data is not None, one.data or 0, one.notifier)",
        "return (one.size, one.start, one.data is not None, one.data or 0, one.notifier)",
        ("T10",),
    ),
    Mutation(
        "ioeventfd-at-its-offset",
        "impl.ioeventfds",
        "start = one.start - section.offset + section.start",
        "start = one.start + section.start",
        ("T10",),
    ),
    Mutation(
        "size-0-is-no-size",
        "impl.ioeventfds",
        "if one.size == 0 or (one.size == size and",
        "if (one.size == size and",
        ("T10",),
    ),
    Mutation(
        "ioeventfd-below-address-0-is-told",
        "impl.ioeventfds",
        "        if one.start < 0:\n",
        "        if False:\n",
        ("T10",),
    ),
    Mutation(
        "unsorted-ioeventfds-are-sorted-first",
        "impl.ioeventfds",
        "if is_sorted(old) and is_sorted(new):",
        "if True:",
        ("T10",),
    ),
    Mutation(
        "global-log-for-each-reason",
        "impl.listeners",
        "        if is_first:\n",
        "        if True:\n",
        ("T7",),
    ),
    Mutation(
        "global-log-marks-what-does-not-migrate",
        "impl.listeners",
        "            if one.region.kind in LOGGED_GLOBALLY\n",
        "            if one.region.terminates\n",
        ("T7",),
    ),
    Mutation(
        "global-log-stops-before-the-rebuild",
        "impl.listeners",
        "            self._render()\n            for listener in reversed(self._all):\n"
        "                listener.log_global_stop()\n",
        "            for listener in reversed(self._all):\n"
        "                listener.log_global_stop()\n            self._render()\n",
        ("T7",),
    ),
)

"""Bugs planted in how `impl` makes guest memory of a flat view."""

from fuzz.mutation import Mutation

GUEST_MUTANTS = (
    Mutation(
        "guest-access-loses-its-count",
        "impl.guest_steps",
        "    if done == 0:\n        raise error\n    return done\n",
        "    raise error\n",
        ("F5", "F6"),
    ),
    Mutation(
        "guest-error-names-the-request",
        "impl.guest_memory",
        "self.steps.reach(view, at, length - done, is_write), at, done)",
        "self.steps.reach(view, at, length - done, is_write), address ^ 1, done)",
        ("F7",),
    ),
    Mutation(
        "guest-device-error-is-no-device",
        "impl.guest_steps",
        "        raise io_error(IoKind.OTHER)\n",
        "        raise invalid_backend()\n",
        ("F8",),
    ),
    Mutation(
        "guest-step-stops-at-the-top",
        "impl.guest_memory",
        "            at = (address + done) % TOP\n",
        "            at = address + done\n",
        ("F10",),
    ),
    Mutation(
        "guest-integer-at-any-alignment",
        "impl.guest_steps",
        "reached.room < size or reached.offset % size or",
        "reached.room < size or",
        ("F29",),
    ),
    Mutation(
        "guest-integer-over-the-end-of-a-range",
        "impl.guest_steps",
        "reached.room < size or reached.offset % size or",
        "reached.offset % size or",
        ("F20",),
    ),
    Mutation(
        "guest-integer-over-no-page",
        "impl.guest_steps",
        "        room = min(length, found.end - address)\n",
        "        room = min(\n"
        "            length, section_edges(found, address, self.page_bits)[1] - address\n"
        "        )\n",
        ("F21",),
    ),
    Mutation(
        "guest-hole-is-in-range",
        "impl.guest_lookup",
        "            if found is None:\n                return False\n",
        "            if found is None:\n                return True\n",
        ("F12",),
    ),
    Mutation(
        "guest-empty-range-needs-an-address",
        "impl.guest_lookup",
        "return not self.contract.empty_needs_address or self.address_in_range(base)",
        "return self.address_in_range(base)",
        ("F12", "V5"),
    ),
    Mutation(
        "guest-callback-may-claim-anything",
        "impl.guest_lookup",
        "            if total > count:\n",
        "            if total > TOP:\n",
        ("F11",),
    ),
    Mutation(
        "guest-slice-over-the-end-of-its-range",
        "impl.guest_region",
        "offset + length > one.size or",
        "",
        ("F15", "F16"),
    ),
    Mutation(
        "guest-hook-for-each-step",
        "impl.guest_memory",
        "            if done == 0:\n                self.accesses.tell(",
        "            if True:\n                self.accesses.tell(",
        ("F2",),
    ),
    Mutation(
        "guest-hook-for-devices",
        "impl.guest_steps",
        "        self._check_device_memory(reached, size)\n        result, data",
        "        self.accesses.tell(address, size, region)\n"
        "        self._check_device_memory(reached, size)\n        result, data",
        ("F4",),
    ),
    Mutation(
        "guest-stream-reads-on-in-0.18",
        "impl.guest_streams",
        "if contract.reads_once_a_region or rest == 0:",
        "if rest == 0:",
        ("F19", "V8"),
    ),
    Mutation(
        "guest-stream-never-retries",
        "impl.guest_streams",
        "            if not contract.retries_interrupted:\n",
        "            if True:\n",
        ("F19", "V8"),
    ),
    Mutation(
        "guard-forgets-what-it-was-led-to",
        "impl.guest_guard",
        "return view if view in self._reader.held else self._take(space)",
        "return view",
        ("F23",),
    ),
    Mutation(
        "guard-clone-of-the-published-view",
        "impl.guest_guard",
        "        view = self.flat_view()\n        other",
        "        view = self.space.view\n        other",
        ("G6",),
    ),
    Mutation(
        "guard-reads-what-is-published",
        "impl.guest_guard",
        "        self._check_held()\n        return self.view\n",
        "        self._check_held()\n        return self.space.view\n",
        ("G6", "F24"),
    ),
)

"""Bugs planted in how the devices of `impl` access memory from callbacks, and are guarded."""

from fuzz.mutation import Mutation

REENTRY_MUTANTS = (
    Mutation(
        "refused-read-releases-the-guard",
        "impl.device_calls",
        "        if guard.engaged:\n            return Result.ACCESS_ERROR, bytes(size)\n",
        "        if guard.engaged:\n"
        "            guard.engaged = False\n"
        "            return Result.ACCESS_ERROR, bytes(size)\n",
        ("A9",),
    ),
    Mutation(
        "refused-write-releases-the-guard",
        "impl.device_calls",
        "        if guard.engaged:\n            return Result.ACCESS_ERROR\n",
        "        if guard.engaged:\n"
        "            guard.engaged = False\n"
        "            return Result.ACCESS_ERROR\n",
        ("A9",),
    ),
    Mutation(
        "guard-is-never-released",
        "impl.reentry",
        "    def __exit__(self, *_: object) -> None:\n        self.engaged = False\n",
        "    def __exit__(self, *_: object) -> None:\n        pass\n",
        ("A9",),
    ),
    Mutation(
        "guard-of-each-region",
        "impl.device_calls",
        "return region.owner.guard\n",
        'return vars(self).setdefault("guards", {}).setdefault(region.name, Guard())\n',
        ("A9",),
    ),
    Mutation(
        "guard-keeps-out-of-rom-devices",
        "impl.device_calls",
        "device.guarded and region.kind is RegionKind.IO and",
        "device.guarded and",
        ("A9",),
    ),
    Mutation(
        "guard-keeps-out-of-read-only-regions",
        "impl.device_calls",
        "region.kind is RegionKind.IO and not region.readonly:",
        "region.kind is RegionKind.IO:",
        ("A9", "M9"),
    ),
    Mutation(
        "guard-of-any-owner",
        "impl.device_calls",
        "region.owner is None or not region.owner.is_device:",
        "region.owner is None:",
        ("A9",),
    ),
    Mutation(
        "guard-cannot-be-switched-off",
        "impl.device_calls",
        "if device.guarded and region.kind",
        "if region.kind",
        ("A9",),
    ),
    Mutation(
        "exempt-access-releases-no-guard-in-7.2",
        "impl.device_calls",
        "        if self.flavour.exempt_access_releases_guard:",
        "        if False:",
        ("A9",),
    ),
    Mutation(
        "exempt-access-releases-the-guard",
        "impl.device_calls",
        "        if self.flavour.exempt_access_releases_guard:",
        "        if True:",
        ("A9",),
    ),
    Mutation(
        "guard-before-validity",
        "impl.device_calls",
        "        if device is None or not device.accepts(place.offset, size, is_write=False):\n",
        "        if device is not None and self._guard(place.region, device).engaged:\n"
        "            return Result.ACCESS_ERROR, bytes(size)\n"
        "        if device is None or not device.accepts(place.offset, size, is_write=False):\n",
        ("A9", "A6"),
    ),
    Mutation(
        "guard-before-ioeventfds",
        "impl.device_calls",
        "        value = int.from_bytes(data, device.order)\n",
        "        if self._guard(region, device).engaged:\n"
        "            return Result.ACCESS_ERROR\n"
        "        value = int.from_bytes(data, device.order)\n",
        ("A9", "A10"),
    ),
    Mutation(
        "effect-before-a-devices-own-access",
        "impl.device",
        "            fails = self._begin(caller)\n"
        "            if not fails:\n"
        "                self.behaviour.write(at, piece)\n",
        "            if self.called not in self.failing:\n"
        "                self.behaviour.write(at, piece)\n"
        "            fails = self._begin(caller)\n",
        ("A9",),
    ),
    Mutation(
        "own-access-in-every-callback",
        "impl.device",
        "if dma.on_call is None or dma.on_call == number:",
        "if dma.on_call is None or dma.on_call <= number:",
        ("A9",),
    ),
    Mutation(
        "callbacks-numbered-as-they-end",
        "impl.device",
        "return number in self.failing",
        "return self.called - 1 in self.failing",
        ("A4", "A9"),
    ),
    Mutation(
        "refuses-at-once",
        "impl.device",
        "and self.called >= one.after_calls",
        "and (self.called or True)",
        ("A6",),
    ),
    Mutation(
        "refuses-one-callback-late",
        "impl.device",
        "and self.called >= one.after_calls",
        "and self.called >= one.after_calls + bool(one.after_calls)",
        ("A6",),
    ),
)

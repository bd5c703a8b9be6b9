"""Bugs planted in how `impl` translates and accesses memory."""

from fuzz.mutation import Mutation

ACCESS_MUTANTS = (
    Mutation(
        "device-access-ends-with-its-section",
        "impl.translate",
        "    if region.kind in RAM_KINDS:\n        left",
        "    if True:\n        left",
        ("X1", "A5"),
    ),
    Mutation(
        "ram-runs-past-its-section",
        "impl.translate",
        "left = section_edges(found, address, memory_map.page_bits)[1] - address",
        "left = region.size - found.offset - (address - found.start)",
        ("X1",),
    ),
    Mutation(
        "holes-are-decoded-from-0",
        "impl.translate",
        "return Place(None, address, length)",
        "return Place(None, 0, length)",
        ("X4",),
    ),
    Mutation(
        "rom-is-written",
        "impl.translate",
        "return region.kind in RAM_KINDS and not region.readonly",
        "return region.kind in RAM_KINDS",
        ("X5", "A4"),
    ),
    Mutation(
        "rom-device-is-always-memory",
        "impl.translate",
        "return region.romd_mode",
        "return True",
        ("X5", "M9"),
    ),
    Mutation(
        "rom-device-is-written-as-memory",
        "impl.translate",
        "return region.kind in RAM_KINDS and not region.readonly",
        "return reads_memory(region) and not region.readonly",
        ("X5",),
    ),
    Mutation(
        "ram-device-is-ram-in-7.2",
        "impl.access",
        "            return None\n        return region.block\n",
        "            return region.block\n        return region.block\n",
        ("X5",),
    ),
    Mutation(
        "block-is-not-rounded-up",
        "impl.memory",
        "self.size = -(-size // HOST_PAGE) * HOST_PAGE",
        "self.size = size",
        ("A2", "A13"),
    ),
    Mutation(
        "copy-is-not-clamped-to-the-block",
        "impl.access",
        "                size = min(place.length, block.left(place.offset))\n"
        "                found.append(",
        "                size = place.length\n                found.append(",
        ("A2", "A13"),
    ),
    Mutation(
        "write-to-ram-marks-nothing",
        "impl.access",
        "        self.mark(place.region, place.offset, len(data))\n",
        "",
        ("A2",),
    ),
    Mutation(
        "an-error-ends-the-read",
        "impl.access",
        "            if done == length:\n",
        "            if done == length or result:\n",
        ("A3",),
    ),
    Mutation(
        "last-result-prevails",
        "impl.access",
        "result |= self._call_write(",
        "result = self._call_write(",
        ("A3",),
    ),
    Mutation(
        "no-wrap-after-the-last-address",
        "impl.access",
        "at, left = (address + done) % TOP, length - done",
        "at, left = min(address + done, TOP - 1), length - done",
        ("A3", "P16"),
    ),
    Mutation(
        "load-in-the-devices-order",
        "impl.access",
        "        result, data = self._call_read(place, size)\n"
        "        return result, int.from_bytes(data, order)",
        "        result, data = self._call_read(place, size)\n"
        '        return result, int.from_bytes(data, "little")',
        ("A8",),
    ),
    Mutation(
        "ioeventfd-before-validity",
        "impl.device_calls",
        "device is None or not device.accepts(offset, len(data), True):",
        "device is None:",
        ("A10", "A6"),
    ),
    Mutation(
        "ioeventfd-compared-in-the-buffers-order",
        "impl.device_calls",
        "value = int.from_bytes(data, device.order)",
        'value = int.from_bytes(data, "little")',
        ("A10",),
    ),
    Mutation(
        "load-is-put-together",
        "impl.access",
        "        if block is not None and (place.length == size or size == 1):\n",
        "        if block is not None and place.length < size:\n"
        "            result, data = self.read(space, address, size)\n"
        "            return result, int.from_bytes(data, order)\n"
        "        if block is not None:\n",
        ("A11",),
    ),
    Mutation(
        "load-of-a-device-is-cut",
        "impl.access",
        "        result, data = self._call_read(place, size)\n"
        "        return result, int.from_bytes(data, order)",
        "        result, data = self.read(space, address, size)\n"
        "        return result, int.from_bytes(data, order)",
        ("A11",),
    ),
    Mutation(
        "load-is-clamped-to-the-block",
        "impl.access",
        "int.from_bytes(block.read(place.offset, size), order)",
        "int.from_bytes(\n"
        "                block.read(place.offset, min(size, block.left(place.offset))), order\n"
        "            )",
        ("A13",),
    ),
    Mutation(
        "write-rom-skips-rom",
        "impl.access",
        "region.block is not None and reads_memory(region):",
        "region.block is not None and writes_memory(region):",
        ("A13",),
    ),
    Mutation(
        "write-rom-is-clamped-to-the-block",
        "impl.access",
        "                size = place.length\n                self._store(place, region.block,",
        "                size = min(place.length, region.block.left(place.offset))\n"
        "                self._store(place, region.block,",
        ("A13",),
    ),
    Mutation(
        "rom-device-sizes-are-checked",
        "impl.device_calls",
        "region.kind is RegionKind.ROM_DEVICE or not self.flavour.asserts_callback_alignment",
        "not self.flavour.asserts_callback_alignment",
        ("M6",),
    ),
    Mutation(
        "iommu-does-not-ask-for-writes",
        "impl.translate",
        "not (page.writes if is_write else page.reads)",
        "not page.reads",
        ("X2",),
    ),
    Mutation(
        "one-iommu-is-enough",
        "impl.translate",
        "for _ in range(MOST_IOMMUS + 1):\n",
        "for hop in range(MOST_IOMMUS + 1):\n"
        "        if hop == 2:\n"
        "            return None, address, length\n",
        ("X2",),
    ),
    Mutation(
        "query-goes-by-the-offset",
        "impl.access",
        "size = self._step(place._replace(offset=(address + done) % TOP))",
        "size = self._step(place)",
        ("A12",),
    ),
)

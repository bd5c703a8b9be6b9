"""Which region of the specification a logged callback is of."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from fuzz.access_seen import DeviceCallSeen
from fuzz.live.accesses.trace import Callback
from fuzz.operands import ADDRESS_SPACE_SIZE

_NUMBER = re.compile(r":\d+\Z")


def printed_name(region: str) -> str:
    """The name of a region as QEMU prints it: in scenarios those of one name are numbered."""
    return _NUMBER.sub("", region)


class Known(NamedTuple):
    """A region, and the address that its containers give its first byte."""

    region: str
    base: int


class Identities:
    """The regions of devices by the names and pointers that logs have.

    Where several regions have one name, a read of each shows its pointer: the address of a callback
    is not enough, since an access may leave its region (A5).
    """

    def __init__(self) -> None:
        self._by_name: dict[str, list[Known]] = {}
        self._pointers: dict[str, str] = {}

    def follow(self, topology: Any, devices: Iterable[str]) -> None:
        """Take note of the topology as it is now."""
        self._by_name = {}
        for name in devices:
            if name in topology.regions:
                if topology.regions[name].container is None:
                    self.forget(name)
                known = Known(name, base_of(topology.regions, name))
                self._by_name.setdefault(printed_name(name), []).append(known)

    def is_unknown(self, callback: Callback) -> bool:
        """Whether a callback is of none of the regions that have its name, as far as is known.

        So it is if one was unplugged and plugged in again: it is another region in QEMU.
        """
        known = self._by_name.get(callback.region, [])
        pointers = [self._pointers.get(one.region) for one in known]
        return len(known) > 1 and callback.pointer not in pointers

    def forget_all(self, name: str) -> list[str]:
        """Forget which regions of a name are which; the regions."""
        regions = [one.region for one in self._by_name[name]]
        for region in regions:
            self.forget(region)
        return regions

    def unidentified(self) -> list[str]:
        """The regions that share a name, and of which no pointer is known."""
        shared = (known for known in self._by_name.values() if len(known) > 1)
        return [one.region for known in shared for one in known if one.region not in self._pointers]

    def forget(self, region: str) -> None:
        """A region of this name is made anew: what is known of the old one is no longer true."""
        self._pointers.pop(region, None)

    def identify(self, region: str, read: Callback) -> None:
        """Note the callback of a read that only this region can answer."""
        self._pointers[region] = read.pointer

    def call(self, callback: Callback) -> DeviceCallSeen:
        """A callback in the words in which the specification says it.

        One of a region that is not known is shown with its address.
        """
        known = self._by_name.get(callback.region, [])
        if len(known) > 1:
            known = [one for one in known if self._pointers.get(one.region) == callback.pointer]
        region, base = known[0] if known else (f"unknown:{callback.region}", 0)
        offset = (callback.address - base) % ADDRESS_SPACE_SIZE
        return DeviceCallSeen(region, offset, callback.size, callback.value, callback.is_write, 0)


def base_of(regions: Mapping[str, Any], name: str) -> int:
    """The address of a region's first byte in its outermost container. Rules: A17."""
    region = regions[name]
    base = region.addr
    while region.container is not None:
        region = regions[region.container]
        base += region.addr
    return int(base % ADDRESS_SPACE_SIZE)

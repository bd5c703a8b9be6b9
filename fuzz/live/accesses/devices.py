"""What is known of devices of real machines, as data: which accesses they take, and which are safe.

A machine that stands still can be read nearly everywhere. What is left alone is what would reach
beyond the region: DMA, another memory map, a reset, an interrupt to a processor that is not there.
QEMU's trace contradicts a wrong fact at once.
"""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import cache
from typing import NamedTuple

from fuzz.operations_devices import ByteOrder, Refused, RefusedSize

LITTLE, BIG, NATIVE = ByteOrder.LITTLE, ByteOrder.BIG, ByteOrder.NATIVE


class Sizes(NamedTuple):
    """Bytes of accesses or callbacks, as QEMU's operations have them; 0 is a default.

    Rules: A1, A6, A7.
    """

    least: int = 0
    most: int = 0
    unaligned: bool = False


class Span(NamedTuple):
    """Offsets of a region from `start` up to `end`, which is outside."""

    start: int
    end: int


NOWHERE: tuple[Span, ...] = ()
EVERYWHERE = (Span(0, 1 << 64),)
ONE, TWO, FOUR, EIGHT = Sizes(1, 1), Sizes(2, 2), Sizes(4, 4), Sizes(8, 8)
TO_TWO, TO_FOUR = Sizes(1, 2), Sizes(1, 4)
PORT_LIST = Sizes(unaligned=True)
"""Of regions that QEMU makes of lists of i/o ports, which cut accesses themselves."""


class Device(NamedTuple):
    """The facts of one kind of region; `size` says which, where several kinds have one name.

    `writes` are the offsets that may be written, by callbacks that stay in them. `refuses` says
    what the accepts hook says no to.
    """

    valid: Sizes = Sizes()
    impl: Sizes = Sizes()
    order: ByteOrder = LITTLE
    writes: tuple[Span, ...] = NOWHERE
    refuses: tuple[tuple[Refused, RefusedSize], ...] = ()
    size: int = 0


REGISTERS = Device()
"""Any size is let in, by callbacks of up to 4 bytes: what QEMU does where nothing is said."""

UNASSIGNED_PORTS = Device(order=NATIVE, writes=EVERYWHERE)
"""Answers all ones, and ignores writes. Rules: A4."""

BY_BYTES = Device(impl=ONE)
WORDS = Device(FOUR, FOUR)
UP_TO_EIGHT = Device(Sizes(4, 8), FOUR)
PORTS = Device(PORT_LIST, PORT_LIST)

EVERY_MACHINE = {
    "io": UNASSIGNED_PORTS,
    "*-isa-mmio": UNASSIGNED_PORTS,
}

PC = {
    "ioport80": Device(impl=ONE, writes=EVERYWHERE),
    "ioportF0": Device(impl=ONE, writes=EVERYWHERE),
    "dma-chan": Device(impl=ONE, writes=EVERYWHERE),
    "dma-cont": BY_BYTES,
    "dma-page": PORTS._replace(writes=EVERYWHERE),
    "pic": Device(impl=ONE, writes=EVERYWHERE),
    "elcr": Device(impl=ONE, writes=EVERYWHERE),
    "pit": Device(ONE, Sizes(), writes=EVERYWHERE),
    "i8042-data": BY_BYTES,
    "i8042-cmd": BY_BYTES,
    "pcspk": BY_BYTES,
    "rtc-index": Device(impl=ONE, writes=EVERYWHERE),
    "rtc": Device(impl=ONE, writes=EVERYWHERE),
    "port92": BY_BYTES,
    "serial": Device(impl=ONE, writes=EVERYWHERE),
    "parallel": PORTS._replace(writes=EVERYWHERE),
    "fdc": PORTS,
    "ide": PORTS,
    "vga": PORTS,
    "vbe": PORTS,
    "sb16": PORTS,
    "ib700": PORTS,
    "fwcfg": Device(
        impl=TO_TWO,
        refuses=(
            (Refused.READS, RefusedSize.TWO),
            (Refused.BOTH, RefusedSize.FOUR),
            (Refused.BOTH, RefusedSize.EIGHT),
        ),
        writes=EVERYWHERE,
    ),
    "fwcfg.dma": Device(Sizes(1, 8), Sizes(0, 8), BIG),
    "pci-conf-idx": Device(order=LITTLE, writes=EVERYWHERE),
    "pci-conf-data": REGISTERS,
    "acpi-gpe0": Device(ONE),
    "acpi-pci-hotplug": WORDS,
    "acpi-cpu-hotplug": Device(ONE),
    "pm-smbus": Device(ONE),
    "ioapic": Device(writes=(Span(0x100, 0x1000),)),
    "hpet": Device(FOUR, writes=(Span(0x108, 0x110), Span(0x128, 0x130), Span(0x200, 0x400))),
    "apic-msi": REGISTERS,
    "vga-lowmem": Device(impl=ONE),
    "system.flash?": Device(order=NATIVE),
}

PCI = {
    "edu-mmio": Device(
        Sizes(4, 8),
        Sizes(4, 8),
        writes=(Span(0x0, 0x8), Span(0x24, 0x60), Span(0x80, 0x98), Span(0xA0, 0x100000)),
    ),
    "pci-testdev-mmio": Device(impl=ONE, writes=(Span(0x20, 0x1000),)),
    "pci-testdev-portio": Device(impl=ONE, writes=(Span(0x20, 0x100),)),
    "pcnet-mmio": Device(writes=(Span(0, 0x10),)),
    "pcnet-io": Device(writes=(Span(0, 0x10),)),
    "ohci": REGISTERS,
    "uhci": Device(TO_FOUR, TWO),
    "nvme": Device(impl=Sizes(2, 8)),
    "e1000-mmio": Device(impl=FOUR, writes=(Span(0x5200, 0x5480), Span(0x5600, 0x5800))),
    "e1000-io": Device(writes=EVERYWHERE),
    "rtl8139": Device(TO_FOUR, TO_FOUR, writes=(Span(0x8, 0x10),)),
    "virtio-pci-common-*": Device(TO_FOUR, TO_FOUR, writes=(Span(0x0, 0x4), Span(0x8, 0xC))),
    "virtio-pci-isr-*": Device(TO_FOUR, TO_FOUR),
    "virtio-pci-device-*": Device(TO_FOUR, TO_FOUR),
    "virtio-pci-notify-*": Device(TO_FOUR, TO_FOUR),
    "virtio-pci": Device(TO_FOUR, TO_FOUR),
    "msix-table": Device(Sizes(4, 8), Sizes(4, 4)),
    "msix-pba": Device(Sizes(4, 8), Sizes(4, 4)),
    "ahci": REGISTERS,
    "ahci-idp": REGISTERS,
    "bmdma": REGISTERS,
    "piix-bmdma": REGISTERS,
    "lsi-mmio": Device(impl=ONE, writes=(Span(0x5C, 0x60),)),
    "lsi-io": Device(impl=ONE, writes=(Span(0x5C, 0x60),)),
    "lsi-ram": Device(writes=EVERYWHERE),
    "esp-io": REGISTERS,
    "intel-hda": REGISTERS,
    "es1370": Device(TO_FOUR, FOUR),
    "ac97-nam": REGISTERS,
    "ac97-nabm": REGISTERS,
    "sdhci": Device(TO_FOUR, Sizes()),
    "pvpanic": Device(impl=ONE),
    "edid": Device(TO_FOUR, ONE),
    "vga.mmio": REGISTERS,
    "vga-ioports-remapped": Device(TO_FOUR, TO_TWO),
    "bochs-dispi-interface": Device(TO_FOUR, TWO),
    "qemu-extended-regs": WORDS,
    "i6300esb": REGISTERS,
    "tulip-mem": Device(impl=FOUR),
    "tulip-io": Device(impl=FOUR),
    "sungem.*": Device(impl=FOUR),
    "capabilities": Device(TO_FOUR, ONE, size=0x10),
    "operational": Device(FOUR, FOUR, size=0x44),
    "ports": Device(FOUR, FOUR, size=0x18),
}

MACINTOSH = {
    "heathrow-pic": REGISTERS._replace(writes=EVERYWHERE),
    "dbdma": WORDS,
    "escc": Device(ONE, ONE),
    "cuda": Device(ONE, ONE, BIG),
    "pmac-ide": REGISTERS,
    "macio-nvram": Device(TO_FOUR, ONE, writes=EVERYWHERE),
    "fwcfg.data": Device(ONE, order=NATIVE),
    "fwcfg.ctl": Device(
        order=BIG,
        refuses=(
            (Refused.READS, RefusedSize.ANY),
            (Refused.WRITES, RefusedSize.ONE),
            (Refused.WRITES, RefusedSize.FOUR),
            (Refused.WRITES, RefusedSize.EIGHT),
        ),
        writes=EVERYWHERE,
    ),
    "pci-data-idx": REGISTERS,
    "unin": Device(order=BIG),
}

SPARCSTATION = {
    "timer-*": Device(Sizes(4, 8), FOUR, NATIVE),
    "slave-interrupt-controller-*": Device(FOUR, FOUR, NATIVE),
    "iommu": Device(FOUR, FOUR, NATIVE, size=0x4000),
    "espdma-mmio": Device(FOUR, FOUR, NATIVE),
    "ledma-mmio": Device(FOUR, FOUR, NATIVE),
    "leds": Device(TWO, TWO, NATIVE),
    "fdc": Device(ONE, ONE, size=8),
    "esp-regs": Device(
        impl=ONE,
        order=NATIVE,
        refuses=((Refused.BOTH, RefusedSize.TWO), (Refused.READS, RefusedSize.FOUR)),
    ),
    "m48t59.nvram": Device(impl=ONE, order=NATIVE, writes=(Span(0x100, 0x1F00),)),
    "empty-slot": Device(order=NATIVE),
}

LEFT_ALONE = {
    "vmport": "asks the processor that makes the access, and none does: QEMU ends",
    "kvmvapic": "writes change a processor's registers, or patch its code",
    "apm-io": "writes to the port raise a system management interrupt",
    "*-reset-control": "writes reset the machine",
    "vmxnet3-*": "reads carry out commands of the driver",
}
"""Regions that are not accessed at all, beside those that nothing is known of, and why."""

MESSAGES = ("pci_nvme_ub_", "lsi_scsi: ", "tulip_", "Read from unknown ", "Write to unknown ")
"""How lines of the log begin in which these devices complain of an access in their own words."""

TABLES = (EVERY_MACHINE, SPARCSTATION, MACINTOSH, PC, PCI)


@cache
def device_of(name: str, size: int) -> Device | None:
    """What is known of a region by its name in scenarios; None for what is to be left alone."""
    if any(fnmatchcase(name, pattern) for pattern in LEFT_ALONE):
        return None
    fitting = (
        device
        for table in TABLES
        for pattern, device in table.items()
        if fnmatchcase(name, pattern) and device.size in (0, size)
    )
    return next(fitting, None)


def is_within(spans: Iterable[Span], start: int, end: int) -> bool:
    """Whether one span holds all offsets from `start` up to `end`."""
    return any(one.start <= start and end <= one.end for one in spans)

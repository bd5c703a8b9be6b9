"""An image that is loaded over the end of a flash device overruns QEMU's own memory.

The copy is as long as the image: not cut at the end of the flash, nor of the memory behind it.
"""

import signal
import sys
import tempfile

from standing_machine import Ended, Machine, run, tell

FLASH_END = 0x8000000
IMAGE_BYTES = 1 << 16


def look(qemu: str) -> bool:
    """Whether QEMU dies of loading an image that begins shortly before the end of flash."""
    tell("expected: QEMU starts, or says that the image does not fit")
    with tempfile.NamedTemporaryFile() as image:
        image.write(b"A" * IMAGE_BYTES)
        image.flush()
        start(qemu, image.name, FLASH_END - IMAGE_BYTES)
        tell("an image that ends where flash does: QEMU starts")
        try:
            start(qemu, image.name, FLASH_END - 0x10)
        except Ended as ended:
            tell(f"an image of which 16 bytes fit: QEMU ends, {ended}")
            return ended.signal in (signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT)
    tell("an image of which 16 bytes fit: QEMU starts")
    return False


def start(qemu: str, image: str, address: int) -> None:
    """Start a machine with an image at an address. Raises Ended."""
    with Machine(qemu, "virt", "-device", f"loader,file={image},addr={address:#x},force-raw=on"):
        pass


if __name__ == "__main__":
    sys.exit(run(look, __doc__, "qemu-system-aarch64"))

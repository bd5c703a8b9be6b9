"""QEMU for the tests that need it: without it they skip, or fail where it must be there."""

import os

import pytest

from fuzz.qemu.errors import QemuMissing
from fuzz.qemu.process import QemuProcess


@pytest.fixture(scope="session", autouse=True)
def qemu_is_there() -> None:
    """Start QEMU once, to see that it can be. FLATVIEW_NEEDS_QEMU=1 makes its absence a failure."""
    try:
        for big_endian in (False, True):
            QemuProcess(big_endian).close()
    except QemuMissing as error:
        if os.environ.get("FLATVIEW_NEEDS_QEMU"):
            pytest.fail(f"QEMU is needed here, but {error}")
        pytest.skip(f"NOT CHECKED AGAINST QEMU: {error}")

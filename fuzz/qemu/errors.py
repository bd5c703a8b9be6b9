"""What can go wrong with a QEMU process: each its own, so that none passes for an answer."""


class QemuMissing(Exception):
    """QEMU cannot be used here: what is missing, and what to do about it."""


class QemuDied(Exception):
    """QEMU has ended: the signal that ended it (0 if it ended by itself), and its last words."""

    def __init__(self, number: int, words: str) -> None:
        super().__init__(words)
        self.signal = number


class QemuFault(Exception):
    """QEMU, its agent, or the process around them does not behave as expected."""


class QemuHung(QemuFault):
    """No answer came in time; the process was ended for it."""

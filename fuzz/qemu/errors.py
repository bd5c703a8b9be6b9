"""What can go wrong with a QEMU process: each its own, so that none passes for an answer."""


class QemuMissing(Exception):
    """QEMU cannot be used here: what is missing, and what to do about it."""


class QemuDied(Exception):
    """QEMU has ended: the signal that ended it (0 if it ended by itself), and its last words.

    `refuses` says that it ended as it does where it cannot do what its command line says: by
    itself, with status 1, and with words of its own.
    """

    def __init__(self, number: int, words: str, refuses: bool = False) -> None:
        super().__init__(words)
        self.signal = number
        self.refuses = refuses


class QemuFault(Exception):
    """QEMU, its agent, or the process around them does not behave as expected."""


class QemuHung(QemuFault):
    """No answer came in time; the process was ended for it."""

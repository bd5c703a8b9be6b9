"""Ask an unchanged QEMU what it was asked when it and a specification of its memory map differed.

Needs Python 3.9 and QEMU, nothing else:  python3 THIS_FILE [PATH OF QEMU]
"""

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
from typing import Any

DIFFERENCE: dict[str, Any] = {}
"""What differed, how each side showed it, how QEMU was started, and all that it was asked."""

FLAGS = "-accel tcg -S -display none -nodefaults -monitor none -serial none -parallel none"
LOGGED = "guest_errors,trace:memory_region_ops_read,trace:memory_region_ops_write"
ENDS_WITH_PARENT = 1  # Linux's PR_SET_PDEATHSIG
LAST = 16
"""Of so many commands, the last ones, the answers are shown."""


class Qemu:
    """A QEMU process, with qtest and QMP as pairs of sockets, and its log as a pipe."""

    def __init__(self, emulator: str) -> None:
        qmp, their_qmp = socket.socketpair()
        qtest, their_qtest = socket.socketpair()
        self.log, their_log = os.pipe()
        os.set_blocking(self.log, False)
        theirs = [their_qmp.fileno(), their_qtest.fileno(), their_log]
        command = [emulator, *FLAGS.split(), *DIFFERENCE["arguments"]]
        command += ["-chardev", f"socket,id=q,fd={theirs[0]}", "-mon", "chardev=q,mode=control"]
        command += ["-chardev", f"socket,id=t,fd={theirs[1]}"]
        command += ["-object", "qtest,id=qtest,chardev=t,log=none"]
        command += ["-d", LOGGED, "-D", f"/dev/fd/{theirs[2]}"]
        self.process = subprocess.Popen(
            command, pass_fds=theirs, stdin=subprocess.DEVNULL, preexec_fn=end_with_parent
        )
        for one in theirs:
            os.close(one)
        their_qmp.detach()
        their_qtest.detach()
        self.qmp, self.qtest = qmp.makefile("rw"), qtest.makefile("rw")
        self.qmp.readline()
        self.ask("qmp", '{"execute": "qmp_capabilities"}')

    def ask(self, channel: str, text: str) -> str:
        """What QEMU answers to a command of qtest or QMP; other messages are passed over."""
        file = self.qmp if channel == "qmp" else self.qtest
        file.write(text + "\n")
        file.flush()
        while True:
            line = file.readline()
            if not line:
                raise EOFError("no answer")
            if not line.startswith("IRQ ") and not (
                channel == "qmp" and "event" in json.loads(line)
            ):
                return line.strip()

    def logged(self) -> list[str]:
        """The lines that QEMU has logged since the last look."""
        try:
            return os.read(self.log, 1 << 20).decode(errors="replace").splitlines()
        except BlockingIOError:
            return []


def end_with_parent() -> None:
    """Have Linux end QEMU when this program ends, however it does."""
    ctypes.CDLL(None).prctl(ENDS_WITH_PARENT, signal.SIGKILL)


def main() -> int:
    """Ask QEMU everything again, and show what it says."""
    emulator = sys.argv[1] if len(sys.argv) > 1 else DIFFERENCE["emulator"]
    try:
        qemu = Qemu(emulator)
    except (OSError, EOFError) as error:
        print(f"{emulator} cannot be used: {error}", file=sys.stderr)
        return 2
    lines: list[str] = []
    try:
        commands = DIFFERENCE["commands"]
        for number, (channel, text) in enumerate(commands):
            qemu.logged()
            answer = qemu.ask(channel, text)
            if number >= len(commands) - LAST:
                lines += [f"{channel}: {text}", *(f"  {one}" for one in (answer, *qemu.logged()))]
        views = {"command-line": "info mtree -f"}
        request = {"execute": "human-monitor-command", "arguments": views}
        lines += json.loads(qemu.ask("qmp", json.dumps(request)))["return"].splitlines()
        qemu.process.kill()
    except (OSError, EOFError):
        lines.append(f"QEMU has ended, with {qemu.process.wait()}")
    print(*lines, f"\nWhat differed: {DIFFERENCE['what']}", sep="\n")
    print("the specification:", *DIFFERENCE["specification"], sep="\n  ")
    print("QEMU, when it was noted:", *DIFFERENCE["qemu"], sep="\n  ")
    return 0


if __name__ == "__main__":
    sys.exit(main())

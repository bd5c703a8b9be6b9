"""A machine in a QEMU process of its own, which stands still: starting, asking and ending it.

There are three ways to it, all of them socket pairs or pipes that no other process can reach: qtest
for accesses, QMP and with it the human monitor for all else, and a pipe for what QEMU logs.
"""

import asyncio
import fcntl
import logging
import os
import select
import socket
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from qemu.qmp import ExecuteError, QMPClient, QMPError

from fuzz.live.emulator import Emulator, accelerator, tells_of_refusals_apart
from fuzz.qemu.errors import QemuDied, QemuFault, QemuHung
from fuzz.qemu.process import last_words

PATIENCE = 20.0
"""Seconds until an answer that does not come is taken for a hang."""

PIPE_BYTES = 1 << 20
MOST_PIPELINED = 256
"""How many commands are sent before their answers are awaited."""

TRACES = (
    "memory_region_ops_read",
    "memory_region_ops_write",
    "flatview_new",
    "flatview_destroy",
    "flatview_destroy_rcu",
)
"""The trace events that are logged unless a machine is started with others."""

STANDING_STILL = "-S -display none -nodefaults -monitor none -serial none -parallel none"

# The kernel ends QEMU with us, however we end; the shell sees to the case that we end before that.
DIES_WITH_US = ("setpriv", "--pdeathsig", "KILL", "sh", "-c", '[ "$PPID" = "$0" ] && exec "$@"')

logging.getLogger("qemu.qmp").setLevel(logging.CRITICAL + 1)  # what it logs, it also raises

Result = TypeVar("Result")


class LiveMachine:
    """A machine that runs. All that asks it raises QemuDied, and QemuHung or another QemuFault.

    It must be used from the thread that made it, and it ends when that thread does.
    """

    def __init__(
        self,
        emulator: Emulator,
        machine: str,
        arguments: Sequence[str] = (),
        traces: Sequence[str] = TRACES,
        patience: float = PATIENCE,
    ) -> None:
        self.emulator = emulator
        self.machine = machine
        self.arguments = tuple(arguments)
        self.traces = tuple(traces)
        self.patience = patience
        self._received = b""
        self._logged = b""
        self._start()

    def restart(self) -> None:
        """End the process and start another, which is as the first one was."""
        self.close()
        self._start()

    def close(self) -> None:
        """End the process, if it has not ended; once is enough."""
        if self._loop.is_closed():
            return
        self._process.kill()
        self._process.wait()
        with suppress(QMPError, OSError, EOFError, asyncio.CancelledError, TimeoutError):
            self._loop.run_until_complete(asyncio.wait_for(self._qmp.disconnect(), 1))
        self._loop.close()
        for one in (self._qtest, self._errors):
            one.close()
        with suppress(OSError):
            os.close(self._log)

    def __enter__(self) -> "LiveMachine":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def process_id(self) -> int:
        """The operating system's number of the process."""
        return self._process.pid

    # --- Asking -----------------------------------------------------------------------------

    def qtest(self, *commands: str) -> list[str]:
        """Have qtest commands carried out, one after the other; what each answers after `OK`."""
        answers: list[str] = []
        for first in range(0, len(commands), MOST_PIPELINED):
            batch = commands[first : first + MOST_PIPELINED]
            self._send("".join(f"{command}\n" for command in batch).encode())
            for command in batch:
                word, _, answer = self._line().partition(" ")
                if word != "OK":
                    raise QemuFault(f"qtest refuses {command!r}: {word} {answer}")
                answers.append(answer)
        return answers

    def qmp(self, command: str, **arguments: object) -> Any:
        """What a QMP command returns; `_` in a name of an argument stands for `-`.

        Raises QemuFault, too, if QEMU refuses.
        """
        return self._wait(self._execute(command, arguments))

    def monitor(self, *lines: str) -> list[str]:
        """What each command line of the human monitor prints. They are sent together."""
        return self.awaited(self.monitor_later(*lines))

    def monitor_later(self, *lines: str) -> "asyncio.Future[list[str]]":
        """The same, but without waiting: `awaited` gives what is printed."""
        asking = self._loop.create_task(self._monitor(lines))
        self._wait(asyncio.sleep(0))
        return asking

    def awaited(self, asking: "asyncio.Future[list[str]]") -> list[str]:
        """What was asked for with `monitor_later`."""
        return self._wait(asking)

    def logged(self) -> list[str]:
        """The lines that QEMU has logged since this was last asked.

        Those of what qtest has answered are all among them.
        """
        self._read_log()
        lines = self._logged.split(b"\n")
        self._logged = lines.pop()
        return [line.decode(errors="replace") for line in lines]

    # --- The process ------------------------------------------------------------------------

    def _start(self) -> None:
        self._received = self._logged = b""
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  (closed by `close`)
        self._qtest, their_qtest = socket.socketpair()
        our_qmp, their_qmp = socket.socketpair()
        self._log, their_log = os.pipe()
        os.set_blocking(self._log, False)
        fcntl.fcntl(self._log, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        theirs = (their_qtest.fileno(), their_qmp.fileno(), their_log)
        try:
            self._process = subprocess.Popen(
                [*DIES_WITH_US, str(os.getpid()), *self._command(*theirs)],
                pass_fds=theirs,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._errors,
            )
        finally:
            their_qtest.close()
            their_qmp.close()
            os.close(their_log)
        self._loop = asyncio.new_event_loop()
        self._qmp = QMPClient(self.machine)
        our_qmp.setblocking(False)
        try:
            self._wait(self._qmp.connect(our_qmp))
        except (QemuDied, QemuFault):
            self.close()
            raise

    def _command(self, qtest: int, qmp: int, log: int) -> list[str]:
        """The command line of QEMU, to which we are connected by these file descriptors."""
        command = [str(self.emulator.path), "-accel", accelerator(self.emulator.path)]
        command += ["-machine", self.machine, *STANDING_STILL.split()]
        command += ["-chardev", f"socket,id=flatview-qmp,fd={qmp}"]
        command += ["-mon", "chardev=flatview-qmp,mode=control"]
        command += ["-chardev", f"socket,id=flatview-qtest,fd={qtest}"]
        command += ["-object", "qtest,id=flatview,chardev=flatview-qtest,log=none"]
        if self.traces:
            kinds = ["guest_errors", *(f"trace:{one}" for one in self.traces)]
            if tells_of_refusals_apart(self.emulator.path):
                kinds.append("invalid_mem")
            command += ["-d", ",".join(kinds), "-D", f"/dev/fd/{log}"]
        return [*command, *self.arguments]

    async def _execute(self, command: str, arguments: dict[str, object]) -> object:
        try:
            return await self._qmp.execute(command, named(arguments))
        except ExecuteError as error:
            raise QemuFault(f"QEMU refuses {command}: {error}") from error

    async def _monitor(self, lines: Sequence[str]) -> list[str]:
        asking = (self._execute("human-monitor-command", {"command-line": line}) for line in lines)
        return [str(answer) for answer in await asyncio.gather(*asking)]

    def _wait(self, asking: Awaitable[Result]) -> Result:
        """Wait for QMP, and see to it meanwhile that QEMU can go on logging."""
        self._loop.add_reader(self._log, self._read_log)
        try:
            return self._loop.run_until_complete(asyncio.wait_for(asking, self.patience))
        except TimeoutError:
            raise self._hung() from None
        except (QMPError, OSError, EOFError) as error:
            raise self._ended(str(error)) from error
        finally:
            self._loop.remove_reader(self._log)

    def _send(self, data: bytes) -> None:
        """Send to qtest, reading what comes so that neither side waits for the other."""
        self._qtest.setblocking(False)
        while data:
            self._select([self._qtest])
            try:
                data = data[self._qtest.send(data) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise self._ended(str(error)) from error

    def _line(self) -> str:
        """The next line that qtest answers."""
        while True:
            line, found, rest = self._received.partition(b"\n")
            if found:
                self._received = rest
                if line.startswith(b"IRQ "):  # told of an interrupt, not answered
                    continue
                return line.decode(errors="replace")
            self._select([])

    def _select(self, writing: Sequence[socket.socket]) -> None:
        """Wait until there is something to read, or to write to; read what there is."""
        deadline = time.monotonic() + self.patience
        while True:
            left = deadline - time.monotonic()
            waiting: list[socket.socket | int] = [self._qtest, self._log]
            readable, writable, _ = select.select(waiting, writing, [], max(left, 0))
            if self._log in readable:
                self._read_log()
            if self._qtest in readable:
                self._receive()
            if self._qtest in readable or writable:
                return
            if left <= 0:
                raise self._hung()

    def _receive(self) -> None:
        try:
            more = self._qtest.recv(1 << 16)
        except OSError as error:
            raise self._ended(str(error)) from error
        if not more:
            raise self._ended("qtest is closed")
        self._received += more

    def _read_log(self) -> None:
        """Take what has been logged so far out of the pipe."""
        while True:
            try:
                more = os.read(self._log, PIPE_BYTES)
            except BlockingIOError:
                return
            if not more:
                return
            self._logged += more

    # --- Its end ----------------------------------------------------------------------------

    def _hung(self) -> QemuHung:
        """End the process, of which no answer has come."""
        self._process.kill()
        return QemuHung(f"no answer in {self.patience:g} s")

    def _ended(self, reason: str) -> QemuDied | QemuFault:
        """What to raise where a connection has ended: how the process did, if it has."""
        try:
            status = self._process.wait(min(self.patience, 5))
        except subprocess.TimeoutExpired:
            self._process.kill()
            return QemuFault(f"QEMU runs on without a connection: {reason}")
        self._read_log()
        words = last_words(self._errors)
        return QemuDied(max(-status, 0), words or reason, status == 1 and bool(words))


def named(arguments: Mapping[str, object]) -> dict[str, object]:
    """Arguments of a QMP command by QEMU's names, in which `-` is what `_` stands for."""
    return {name.replace("_", "-"): value for name, value in arguments.items()}

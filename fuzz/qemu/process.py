"""A QEMU process with the agent in it: building, starting, asking and ending it."""

import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO

from fuzz.qemu.errors import QemuDied, QemuFault, QemuHung, QemuMissing

HERE = Path(__file__).resolve().parent
EMULATORS = {False: "qemu-system-x86_64", True: "qemu-system-ppc"}
"""By whether the target is big endian; both have pages of 4 KiB."""

VERSIONS = ("7.2.",)
"""What the layouts in `abi.h` are right for."""

ARGUMENTS = (
    "-accel tcg -machine none -display none -nodefaults -monitor none -serial none -parallel none"
)
PATIENCE = 20.0
"""Seconds until an answer that does not come is taken for a hang."""

MOST_OBJECTS = 4096
"""How many regions, spaces and listeners one scenario can make, as in `agent.h`."""


@cache
def emulator(big_endian: bool) -> str:
    """The path of a QEMU of that byte order that the agent fits. Raises QemuMissing."""
    path = shutil.which(EMULATORS[big_endian])
    if path is None:
        raise QemuMissing(f"{EMULATORS[big_endian]} is not installed; run scripts/install-qemu")
    answer = subprocess.run([path, "--version"], capture_output=True, text=True).stdout
    version = answer.partition("version ")[2].split(" ")[0]
    if not version.startswith(VERSIONS):
        raise QemuMissing(f"{path} is QEMU {version}; the agent is made for {VERSIONS[0]}x")
    return path


@cache
def agent() -> Path:
    """The agent, compiled once for this process and deleted with it. Raises QemuMissing."""
    compiler = shutil.which("cc")
    if compiler is None:
        raise QemuMissing("there is no C compiler; run scripts/install-qemu")
    folder = tempfile.TemporaryDirectory(prefix="flatview-agent-")
    _FOLDERS.append(folder)
    library = Path(folder.name) / "agent.so"
    sources = sorted(str(path) for path in HERE.glob("*.c"))
    command = [compiler, "-shared", "-fPIC", "-O1", "-w", "-o", str(library), *sources]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise QemuMissing(f"the agent does not compile: {done.stderr.strip().splitlines()[0]}")
    return library


_FOLDERS: list[tempfile.TemporaryDirectory[str]] = []


class QemuProcess:
    """One QEMU, in which one scenario after the other is carried out.

    It ends when this process does, however that ends.
    """

    def __init__(self, big_endian: bool = False) -> None:
        path, library = emulator(big_endian), agent()
        ours, theirs = socket.socketpair()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  (closed by `close`)
        environment = {
            **os.environ,
            "LD_PRELOAD": str(library),
            "FLATVIEW_AGENT": str(theirs.fileno()),
        }
        self._process = subprocess.Popen(
            [path, *ARGUMENTS.split()],
            env=environment,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
        )
        theirs.close()
        self._socket = ours
        self._received = b""
        self._in_scenario = False
        if self._answer() != ["ready"]:
            raise QemuFault("the agent does not start")

    def begin(self) -> None:
        """Begin a scenario, with nothing made. Ends the one before."""
        self.end()
        self._send("scenario")
        self._in_scenario = True

    def end(self) -> None:
        """End the scenario, if there is one."""
        if self._in_scenario:
            self._in_scenario = False
            self._send("end")
            self._answer()

    def ask(self, command: str, patience: float = PATIENCE) -> list[str]:
        """What a command shows. Raises QemuDied, by which the scenario is over, and QemuFault."""
        self._send(command)
        lines = self._answer(patience)
        if lines and lines[-1].startswith("ended "):
            self._in_scenario = False
            status, number = map(int, lines[-1].split()[1:])
            if number == 0:
                raise QemuFault(f"the scenario's process ended with {status}")
            raise QemuDied(number, last_words(self._errors))
        if lines and lines[-1].startswith("fault "):
            self.close()
            raise QemuFault(lines[-1].removeprefix("fault "))
        return lines

    def close(self) -> None:
        """End the process."""
        self._in_scenario = False
        self._process.kill()
        self._process.wait()
        self._socket.close()
        self._errors.close()

    @property
    def process_id(self) -> int:
        """The operating system's number of the process."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether scenarios can be begun."""
        return self._process.poll() is None

    def _send(self, command: str) -> None:
        with suppress(BrokenPipeError):
            self._socket.sendall(command.encode() + b"\n")

    def _answer(self, patience: float = PATIENCE) -> list[str]:
        lines: list[str] = []
        for line in self._lines(patience):
            if line == ".":
                return lines
            lines.append(line)
        words = last_words(self._errors) or "no message"
        self.close()
        raise QemuFault(f"QEMU is gone: {words}")

    def _lines(self, patience: float) -> Iterator[str]:
        while True:
            line, found, rest = self._received.partition(b"\n")
            if found:
                self._received = rest
                yield line.decode()
                continue
            if not select.select([self._socket], [], [], patience)[0]:
                self.close()
                raise QemuHung(f"no answer in {patience:g} s")
            try:
                more = self._socket.recv(1 << 16)
            except ConnectionResetError:
                return
            if not more:
                return
            self._received += more


def last_words(errors: IO[bytes]) -> str:
    """The last line that a process has written to the file of its standard error."""
    errors.seek(0)
    lines = errors.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""


def signal_name(number: int) -> str:
    """The name of a signal."""
    return signal.Signals(number).name

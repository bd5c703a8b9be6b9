"""A machine of an unchanged QEMU that stands still, for the scripts beside this file.

It needs Python's standard library and a QEMU, and nothing else of this project. The processor does
not run: what happens, we make happen, over qtest and QMP.
"""

import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress

THERE, NOT_THERE, NOT_TRIED = 0, 1, 2
PATIENCE = 20.0
"""Seconds until an answer that does not come is taken for a hang."""

ENDS_WITH_PARENT = 1  # Linux's PR_SET_PDEATHSIG


class CannotTry(Exception):
    """Nothing can be said of the finding: why."""


class Ended(Exception):
    """QEMU has ended: the signal that ended it, 0 if it was none, and its last words."""

    def __init__(self, number: int, words: str) -> None:
        how = f"signal {signal.Signals(number).name}" if number else "no signal"
        super().__init__(f"{how}: {words}")
        self.signal = number


class Machine:
    """A machine that was started; use it with `with`. `slowness` multiplies the patience."""

    def __init__(
        self, qemu: str, machine: str, *arguments: str, traces: str = "", slowness: int = 1
    ) -> None:
        self._patience: float = PATIENCE * slowness
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  (closed by `__exit__`)
        self._log = tempfile.NamedTemporaryFile()  # noqa: SIM115
        self._qtest, their_qtest = socket.socketpair()
        self._qmp, their_qmp = socket.socketpair()
        fds = (their_qtest.fileno(), their_qmp.fileno())
        command = [qemu, "-accel", "tcg", "-S", "-machine", machine, "-display", "none"]
        command += ["-nodefaults", "-monitor", "none", "-serial", "none", "-parallel", "none"]
        command += ["-chardev", f"socket,id=qtest,fd={fds[0]}"]
        command += ["-object", "qtest,id=script,chardev=qtest,log=none"]
        command += ["-chardev", f"socket,id=qmp,fd={fds[1]}", "-mon", "chardev=qmp,mode=control"]
        if traces:
            command += ["-d", ",".join(f"trace:{one}" for one in traces.split())]
            command += ["-D", self._log.name]
        try:
            self._process = subprocess.Popen(
                [*command, *arguments],
                pass_fds=fds,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._errors,
                preexec_fn=die_with_parent,
            )
        except OSError as error:
            raise CannotTry(f"{qemu} cannot be run: {error.strerror}") from error
        finally:
            their_qtest.close()
            their_qmp.close()
        self._lines = [one.makefile("rb") for one in (self._qtest, self._qmp)]
        self.be_patient_for(self._patience)
        self._logged = 0

    def __enter__(self) -> "Machine":
        """Wait until the machine is there; Ended if it does not come to that."""
        try:
            greeting = self._line(1)
            if "QMP" not in json.loads(greeting):
                raise ValueError(f"greeted with {greeting!r}")
            self.qmp("qmp_capabilities")
        except BaseException as error:
            self.__exit__()
            if isinstance(error, (ValueError, TypeError)):
                raise CannotTry(f"this does not speak QMP: {error}") from error
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self._process.kill()
        self._process.wait()
        for one in (*self._lines, self._qtest, self._qmp, self._errors, self._log):
            one.close()

    def be_patient_for(self, seconds: float) -> None:
        """Take an answer that does not come in so many seconds for a hang from now on."""
        self._patience = seconds
        for one in (self._qtest, self._qmp):
            one.settimeout(seconds)

    def qtest(self, command: str) -> str:
        """Have a qtest command carried out; what it answers after `OK`."""
        word, _, answer = self.answer(command).partition(" ")
        if word != "OK":
            raise CannotTry(f"qtest refuses {command!r}: {word} {answer}")
        return answer

    def answer(self, command: str, most: int = -1) -> str:
        """The answer to a qtest command as it stands, or `most` bytes of its beginning."""
        self._send(self._qtest, command)
        while (line := self._line(0, most)).startswith("IRQ "):
            pass
        return line

    def number(self, command: str) -> int:
        """The number that a qtest command answers."""
        answer = self.qtest(command)
        try:
            return int(answer, 16)
        except ValueError:
            raise CannotTry(f"qtest answers {command!r} with {answer!r}") from None

    def qmp(self, command: str, **arguments: object) -> object:
        """What a QMP command returns."""
        self._send(self._qmp, json.dumps({"execute": command, "arguments": arguments}))
        while True:
            try:
                told = json.loads(self._line(1))
            except ValueError as error:
                raise CannotTry(f"this does not speak QMP: {error}") from error
            if "error" in told:
                raise CannotTry(f"QMP refuses {command}: {told['error'].get('desc')}")
            if "return" in told:
                return told["return"]

    def monitor(self, line: str) -> str:
        """What a command line of the human monitor prints."""
        return str(self.qmp("human-monitor-command", **{"command-line": line}))

    def logged(self) -> list[str]:
        """The lines that QEMU has traced since this was last asked."""
        with open(self._log.name, "rb") as log:
            log.seek(self._logged)
            whole = log.read().rpartition(b"\n")[0:2]
        self._logged += sum(map(len, whole))
        return whole[0].decode(errors="replace").splitlines()

    def _send(self, connection: socket.socket, line: str) -> None:
        with suppress(OSError):  # that it has ended is said when the answer is read
            connection.sendall(f"{line}\n".encode())

    def _line(self, number: int, most: int = -1) -> str:
        try:
            line = self._lines[number].readline(most)
        except TimeoutError:
            raise CannotTry(f"no answer in {self._patience:g} s") from None
        except OSError:
            line = b""
        if not line:
            raise self._end()
        return line.decode(errors="replace").rstrip("\r\n")

    def _end(self) -> Exception:
        try:
            status = self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            return CannotTry("QEMU closes the connection and runs on")
        self._errors.seek(0)
        words = self._errors.read().decode(errors="replace").strip().splitlines()
        return Ended(max(-status, 0), words[-1] if words else f"exit status {status}")


def die_with_parent() -> None:
    """Have Linux end this process when the one that started it ends, however it does."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(ENDS_WITH_PARENT, signal.SIGKILL)


def configure(machine: Machine, device: int, register: int, size: str, value: int) -> None:
    """Write a PCI device's configuration (`b`, `w` or `l`); its number is slot * 8 + function."""
    machine.qtest(f"outl 0xcf8 {0x80000000 | device << 8 | register & 0xFC:#x}")
    machine.qtest(f"out{size} {0xCFC | register & 3:#x} {value:#x}")


def configured(machine: Machine, device: int, register: int, size: str) -> int:
    """Read a PCI device's configuration."""
    machine.qtest(f"outl 0xcf8 {0x80000000 | device << 8 | register & 0xFC:#x}")
    return machine.number(f"in{size} {0xCFC | register & 3:#x}")


def tell(text: str) -> None:
    """Print a line, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def run(look: Callable[[str], bool], title: str | None, default: str) -> int:
    """Look for a finding in the QEMU that is named on the command line, or in PATH's.

    What comes of it is said, and returned as the exit status.
    """
    if len(sys.argv) > 2 or sys.argv[1:2] in (["-h"], ["--help"]):
        tell(f"{title or ''}\nusage: {os.path.basename(sys.argv[0])} [{default}]")
        tell("exit status: 0 the finding is there, 1 it is not, 2 it could not be tried")
        return NOT_TRIED
    name = sys.argv[1] if len(sys.argv) > 1 else default
    try:
        qemu = shutil.which(name)
        if qemu is None:
            raise CannotTry(f"{name} is not installed, or no program")
        tell((title or "").splitlines()[0])
        tell(f"QEMU: {version_of(qemu)}")
        found = look(qemu)
    except (CannotTry, Ended) as error:
        tell(f"could not be tried: {error}")
        return NOT_TRIED
    except Exception as error:  # an exit status of 1 would say that the finding is not there
        tell(f"could not be tried: {type(error).__name__}: {error}")
        return NOT_TRIED
    tell("the finding is there" if found else "the finding is not there")
    return THERE if found else NOT_THERE


def version_of(qemu: str) -> str:
    """What an emulator says of itself."""
    try:
        done = subprocess.run(
            [qemu, "--version"], capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotTry(f"{qemu} does not tell its version: {error}") from error
    first = done.stdout.partition("\n")[0]
    if "QEMU" not in first:
        raise CannotTry(f"{qemu} is no QEMU: asked for its version, it says {first!r}")
    return first

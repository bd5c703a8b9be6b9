"""Emulators that are none: programs that say they are QEMU, and then do what a test wants."""

import sys
from pathlib import Path

from fuzz.live.emulator import emulator_at, emulator_for
from fuzz.live.machine_types import MachineType
from fuzz.live.machines import CheckedMachine, check_live, list_machine_types
from fuzz.live.process import LiveMachine
from fuzz.live.reading import TREES, VIEWS
from fuzz.targets.impl import ImplTarget
from fuzz.targets.interface import TargetFactory
from fuzz.targets.model import ModelTarget

PATIENCE = 20.0
BOTH: tuple[TargetFactory, ...] = (ModelTarget, ImplTarget)

FAKE = """#!{python}
import json, os, signal, socket, sys, time
arguments = sys.argv[1:]
known = {{
    "--version": "QEMU emulator version 7.2.22 (fake)",
    "-accel help": "tcg",
    "-machine help": {types!r},
}}
if " ".join(arguments) in known:
    sys.exit(print(known[" ".join(arguments)]))
chardev = next(one for one in arguments if "id=flatview-qmp" in one)
qmp = socket.socket(fileno=int(chardev.rpartition("=")[2]))

def say(message):
    qmp.sendall(json.dumps(message).encode() + b"\\r\\n")

def serve(answer):
    version = {{"qemu": {{"major": 7, "minor": 2, "micro": 22}}, "package": ""}}
    say({{"QMP": {{"version": version, "capabilities": []}}}})
    while waiting := qmp.recv(1 << 16).decode():
        while waiting:  # requests follow each other without anything between them
            request, end = json.JSONDecoder().raw_decode(waiting)
            waiting = waiting[end:].lstrip()
            asked = request.get("arguments", {{}}).get("command-line")
            named = {{key: request[key] for key in request if key == "id"}}
            say({{"return": answer(asked) if asked else {{}}, **named}})

texts = {texts!r}
{does}
"""
TYPES = "Supported machines are:\nfake                 a machine (default)"


class NewFake:
    """Writes a program that answers as QEMU does what it is, and does something else when started.

    `does` is Python that may call `serve` with what to answer the monitor's command lines.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, does: str, texts: dict[str, str] | None = None, types: str = TYPES) -> Path:
        path = self.folder / "qemu-system-fake"
        path.write_text(
            FAKE.format(python=sys.executable, types=types, texts=texts or {}, does=does)
        )
        path.chmod(0o755)
        emulator_at.cache_clear()
        return path


def only_type(path: Path) -> MachineType:
    """The one machine type of a fake."""
    (machine,), faults = list_machine_types([emulator_at(path)])
    assert not faults
    return machine


def live_type(arch: str, name: str) -> MachineType:
    return MachineType(emulator_for(arch), arch, name)


def check(machine: MachineType, patience: float = PATIENCE) -> CheckedMachine:
    return check_live(machine, BOTH, patience)


def texts_of(arch: str, machine: str) -> dict[str, str]:
    """What a live machine prints."""
    with LiveMachine(emulator_for(arch), machine, (), ()) as live:
        trees, views = live.monitor(TREES, VIEWS)
    return {TREES: trees, VIEWS: views}

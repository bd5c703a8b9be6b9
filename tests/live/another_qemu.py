"""A program that passes for a QEMU without any of the findings, as far as the scripts look.

It speaks QMP and qtest over the sockets that it is given, and has a little of machine `pc`: RAM,
shadow RAM that no device can write while it is read-only, and PCI configuration.
"""

import json
import os
import select
import socket
import struct
import sys
from pathlib import Path

CPU_VIEW = "  00000000000c0000-00000000000c3fff (prio 0, {}): pc.ram @00000000000c0000\n"
TREES = """
    00000000000c0000-00000000000c3fff (prio 1, ram): alias pam-ram @pc.ram
    0000000000000000-no bytes (prio 1, i/o): alias pci_bridge_mem @pci_bridge_pci
      #0 @0000000000000000..ffffffffffffffff (noname) [unassigned]
      #1 @0000000000000000..00000000000bffff pc.ram
"""
SHADOW = 0x8000005A
PORTS = 0xCF8


class AnotherQemu:
    """The state of the machine, and what it answers."""

    def __init__(self, log: Path | None) -> None:
        self.memory: dict[int, int] = {}
        self.configuration: dict[int, int] = {}
        self.selected = 0
        self.log = log
        self.views = 0x10

    def trace(self, line: str) -> None:
        if self.log is not None:
            with self.log.open("a") as log:
                log.write(f"{line}\n")

    def qtest(self, line: str) -> str:
        command, *words = line.split() or [""]
        try:
            numbers = [int(word, 0) for word in words]
        except ValueError:
            return "ERR what is that?"
        match command, numbers:
            case "read" | "b64read", [address, size]:
                size = min(size, 16)
                return f"OK 0x{bytes(self.memory.get(address + i, 0) for i in range(size)).hex()}"
            case "readb", [address]:
                return f"OK {self.memory.get(address, 0):#x}"
            case "write", [address, size, value]:
                self.write(address, value.to_bytes(size, "big"))
            case "memset", [_, _, _]:
                pass
            case (("outb" | "outw" | "outl"), [port, value]):
                self.out(port, value, {"b": 1, "w": 2, "l": 4}[command[-1]])
            case (("inb" | "inw" | "inl"), [port]):
                identity = 0x12378086 if self.selected == 0x80000000 else 0
                return f"OK {self.configuration.get(self.selected + (port & 3), identity):#x}"
            case _:
                return "ERR what is that?"
        return "OK"

    def write(self, address: int, data: bytes) -> None:
        self.memory.update(enumerate(data, address))

    def out(self, port: int, value: int, size: int) -> None:
        if port == 0x518:
            self.dma(int.from_bytes(value.to_bytes(4, "little"), "big"))
        elif PORTS <= port < PORTS + 4:
            for number in range(size):
                self.trace(
                    f"memory_region_ops_write addr {port + number:#x} size 1 name '{number}'"
                )
            if size == 4:
                self.selected = value
        elif port & ~3 == PORTS + 4:
            self.configuration[self.selected + (port & 3)] = value
            if self.selected == SHADOW & ~3:
                self.trace(f"flatview_new {self.views + 1:#x} (root 0xa)")
                self.trace(f"flatview_destroy {self.views:#x} (root 0xa)")
                self.views += 1

    @property
    def is_shadow_writable(self) -> bool:
        return self.configuration.get(SHADOW, 0) & 2 != 0

    def dma(self, descriptor: int) -> None:
        raw = bytes(self.memory.get(descriptor + i, 0) for i in range(16))
        _, _, address = struct.unpack(">IIQ", raw)
        if self.is_shadow_writable:
            self.write(address, b"QEMU")

    def qmp(self, line: str) -> str:
        asked = json.loads(line)
        answer: object = {}
        if asked["execute"] == "system_reset":
            self.configuration.clear()
        elif asked["execute"] == "human-monitor-command":
            answer = CPU_VIEW.format("ram" if self.is_shadow_writable else "rom")
            if asked["arguments"]["command-line"] != "info mtree -f":
                answer += TREES
        return json.dumps({"return": answer})


def main(arguments: list[str]) -> int:
    """Serve until the other side goes."""
    if "--version" in arguments:
        sys.stdout.write("QEMU emulator version 99.0.0 (without findings)\n")
        return 0
    if any(one.startswith("loader,") and "7fffff0" in one for one in arguments):
        sys.stderr.write("the image does not fit\n")
        return 1
    log = Path(arguments[arguments.index("-D") + 1]) if "-D" in arguments else None
    fds = [int(one.rpartition("fd=")[2]) for one in arguments if ",fd=" in one]
    qtest, qmp = (socket.socket(fileno=os.dup(fd)) for fd in fds)
    qemu = AnotherQemu(log)
    qemu.trace(f"flatview_new {qemu.views:#x} (root 0xa)")
    qmp.sendall(b'{"QMP": {}}\n')
    waiting = {qtest: b"", qmp: b""}
    while True:
        for one in select.select([qtest, qmp], [], [])[0]:
            received = one.recv(1 << 16)
            if not received:
                return 0
            *lines, waiting[one] = (waiting[one] + received).split(b"\n")
            for line in lines:
                answer = qemu.qtest if one is qtest else qemu.qmp
                one.sendall(f"{answer(line.decode())}\n".encode())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

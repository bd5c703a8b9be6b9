"""One access as a command of qtest."""

from typing import Literal, NamedTuple

from fuzz.operations_access import Read, ReadConstant, Write

ByteOrder = Literal["little", "big"]

INTEGERS = {1: "b", 2: "w", 4: "l", 8: "q"}
"""How the verbs end that move integers of so many bytes."""


class Access(NamedTuple):
    """One command of qtest; `data` are the bytes to write, in the order of their addresses.

    `read` and `write` move bytes. Others move an integer of 1, 2, 4 or 8 bytes in the target's
    order: step by step, too, unlike loads and stores. But QEMU's compiler knows how many bytes such
    a read has, so that nothing keeps it within the memory of a ROM device. Rules: A3, A11, A13.
    """

    verb: str
    address: int
    length: int
    data: bytes = b""

    @property
    def is_write(self) -> bool:
        """Whether it is a write."""
        return bool(self.data)

    @property
    def is_port(self) -> bool:
        """Whether it goes to the i/o ports."""
        return self.verb.startswith(("in", "out"))

    @property
    def is_constant(self) -> bool:
        """Whether it is a read of a number of bytes that QEMU's compiler knows. Rules: A13."""
        return not self.is_write and self.verb != "read"

    def operation(self, space: str) -> Read | ReadConstant | Write:
        """The same as an operation of a scenario."""
        if self.is_write:
            return Write(space, self.address, self.data)
        read = ReadConstant if self.is_constant else Read
        return read(space, self.address, self.length)

    def command(self, order: ByteOrder) -> str:
        """The command for a target of a byte order."""
        if self.verb in ("read", "write"):
            data = f" 0x{self.data.hex()}" * self.is_write
            return f"{self.verb} {self.address:#x} {self.length:#x}{data}"
        value = f" {int.from_bytes(self.data, order):#x}" * self.is_write
        return f"{self.verb} {self.address:#x}{value}"

    def bytes_of(self, answer: str, order: ByteOrder) -> bytes:
        """The bytes that a command's answer tells."""
        if self.is_write:
            return b""
        if self.verb == "read":
            return bytes.fromhex(answer.removeprefix("0x"))
        return int(answer, 16).to_bytes(self.length, order)

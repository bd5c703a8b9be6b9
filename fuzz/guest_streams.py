"""Sources and sinks as a scenario describes them, for targets that are written in Python."""

from fuzz.operations_guest import Failure


class Failing:
    """Counts calls, of which the first may be interrupted and one may fail."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        self.calls = 0

    def call(self) -> None:
        """One call more. Raises OSError."""
        self.calls += 1
        if self.calls <= self.failure.interrupts:
            raise InterruptedError("a signal came")
        if self.calls == self.failure.fail_at_call:
            raise OSError("it fails as it was told")


class Source(Failing):
    """Gives data, at most so many bytes a call."""

    def __init__(self, data: bytes, chunk: int, failure: Failure) -> None:
        super().__init__(failure)
        self.data = data
        self.chunk = chunk

    def readinto(self, buffer: memoryview, /) -> int:
        """The next bytes."""
        self.call()
        given = self.data[: min(self.chunk, len(buffer))]
        buffer[: len(given)] = given
        self.data = self.data[len(given) :]
        return len(given)


class Sink(Failing):
    """Takes data, at most so many bytes a call, and in all."""

    def __init__(self, chunk: int, room: int, failure: Failure) -> None:
        super().__init__(failure)
        self.chunk = chunk
        self.room = room
        self.taken = b""

    def write(self, data: memoryview, /) -> int:
        """Take the first of the bytes."""
        self.call()
        taken = bytes(data[: min(self.chunk, self.room - len(self.taken))])
        self.taken += taken
        return len(taken)

"""Functions of which a proof knows nothing but that they are functions."""

from collections.abc import Iterable

from proofs.symbolic import all_of, choose

Answer = tuple[int, ...]


class AnyFunction:
    """A function of which nothing is known but that it gives the same question the same answer."""

    def __init__(self, answers: Iterable[Answer], *known: tuple[Answer, Answer]) -> None:
        self.answers = iter(answers)
        self.known = list(known)

    def __call__(self, *question: int) -> Answer:
        """The answer to a question."""
        answer = next(self.answers)
        for earlier, answered in self.known:
            is_same = all_of(*(a == b for a, b in zip(earlier, question, strict=True)))
            answer = tuple(choose(is_same, a, b) for a, b in zip(answered, answer, strict=True))
        self.known.append((question, answer))
        return answer

from pathlib import Path

import pytest

from fuzz.machines.corpus import MachineText, read_corpus

CORPUS = Path(__file__).parents[2] / "corpora" / "machines"


@pytest.fixture(scope="session")
def machines() -> tuple[MachineText, ...]:
    return read_corpus(CORPUS)


@pytest.fixture(scope="session")
def pc(machines: tuple[MachineText, ...]) -> MachineText:
    return next(machine for machine in machines if machine.name == "x86_64-pc")

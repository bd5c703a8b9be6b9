"""Folders of seeds for tests: what stands in them, and what they are run on."""

import copy
from functools import cache
from pathlib import Path

from fuzz.coverage import Coverage
from fuzz.harnesses.registry import find_harness
from fuzz.seeds import file_name
from fuzz.targets.registry import find_target

TOPOLOGY = find_harness("topology")
OVERLAP = """flavour current
page-bits 12
container r0 2^64
ram r1 0x1000
io r2 0x1000
space s0 r0
add r0 r1 at 0x0
add r0 r2 at 0x800
"""
TIE = "tie-first-wins"
REJECTED = OVERLAP + "add r0 r2 at 0x0\n= rejected\n"


@cache
def loaded() -> Coverage:
    """The instrumented copies, which take seconds to load; Hypothesis takes no fixtures."""
    return Coverage()


def with_bug(coverage: Coverage, bug: str) -> Coverage:
    """The same with a planted bug in the implementation, whose edges then do not count."""
    broken = copy.copy(coverage)
    broken.factories = (coverage.factories[0], find_target(f"mutant:{bug}"))
    return broken


def put(folder: Path, *texts: str) -> list[Path]:
    """Files of seeds with these texts, called as they should be."""
    paths = [folder / file_name(text) for text in texts]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text)
    return paths

"""Counterexamples of each theorem become scenarios that show the bug."""

from pathlib import Path

import pytest

from proofs.cache import Cache, default_folder
from proofs.parallel import Job, run_jobs
from proofs.theorem import Theorem
from proofs.theorems import THEOREMS
from proofs.witnesses import How, Refuted, tell_all

TRIED = 3
"""How many planted bugs of a theorem are tried, at most, until one is shown."""


@pytest.mark.parametrize("theorem", THEOREMS, ids=lambda one: one.name)
def test_a_counterexample_becomes_a_scenario_that_shows_the_bug(
    theorem: Theorem, tmp_path: Path
) -> None:
    """A scenario is only made if broken and sound code differ on it; here, that one is made."""
    shown = False
    for index in range(TRIED):
        ((job, proof),) = run_jobs([Job(theorem.name, index)], Cache(default_folder()), 1)
        assert proof.counterexample is not None
        ((_, told),) = tell_all([Refuted(job, proof.counterexample)], tmp_path, 1)
        if told.how is not How.NONE:
            assert told.path is not None
            assert told.path.read_text()
            assert told.steps > 0
            shown = True
            break
        assert told.remark
    assert shown

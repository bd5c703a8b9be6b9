"""What all tests share: how hard Hypothesis tries, and a cache of proofs that begins empty."""

import os

import pytest

from tests.profiles import load_profile

load_profile()


@pytest.fixture(autouse=True, scope="session")
def proofs_made_by_these_tests(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Nothing that was proved before the tests began counts; workers share what they prove."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    os.environ["XDG_CACHE_HOME"] = str(shared / "cache")

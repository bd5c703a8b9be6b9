"""Rules of the tree that a machine can check; the import contracts are in pyproject.toml."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(path for room in ("model", "impl") for path in (ROOT / room).glob("*.py"))
PYTHON = sorted(
    path
    for room in ("model", "impl", "fuzz", "proofs", "cli", "tests")
    for path in (ROOT / room).rglob("*.py")
)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_model_and_impl_import_only_themselves_and_the_standard_library(path: Path) -> None:
    """The contracts name known packages; this also keeps out those that nobody thought of."""
    allowed = {*sys.stdlib_module_names, path.parent.name}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        else:
            continue
        assert {name.split(".")[0] for name in names} <= allowed


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_stay_short_enough_to_read(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 320


def test_no_committed_file_names_a_machine_path_or_a_registry() -> None:
    """Lock files, scripts and texts must work anywhere: no index hosts, no local folders."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode != 0:
        pytest.skip("not a git checkout: cannot tell which files are committed")
    forbidden = re.compile(r"file://|--(extra-)?index-url|--find-links|/root/|/home/\w")
    files = [ROOT / name for name in listed.stdout.splitlines()]
    assert files
    for path in files:
        if path.suffix in {".xz", ".gz"} or path == Path(__file__) or not path.exists():
            continue
        found = forbidden.search(path.read_text(encoding="utf-8"))
        assert found is None, f"{path}: {found.group()!r}" if found else ""

"""`flatview fuzz parse-...`: a parser instead of a target: any input gives a result or an error."""

from pathlib import Path
from typing import Any

from cli.output import coloured, console, corpora_folder, progress, write_json
from fuzz.parsers_harness import ParserResult, run_parser
from fuzz.verdict import exit_code


def fuzz_parser(
    name: str, seconds: float, findings: Path, seed: int, json_file: Path | None
) -> int:
    """Fuzz one parser, and say how it ended."""
    with progress(f"fuzzing {name} for {seconds:.0f} s"):
        result = run_parser(name, seconds, findings.resolve(), seed, corpora_folder().resolve())
    write_json(json_file, as_json(result))
    out = console()
    out.print(f"{coloured(result.verdict)}  {name}: {result.executions:,} executions")
    if result.reason:
        out.print(f"  {result.reason}", markup=False)
    if result.saved is not None:
        out.print(f"  see {result.saved}; the input is beside it", markup=False)
    return exit_code([result.verdict])


def as_json(result: ParserResult) -> dict[str, Any]:
    """The result as plain data."""
    return {
        **result._asdict(),
        "verdict": result.verdict.value,
        "saved": None if result.saved is None else str(result.saved),
    }

"""Writing scenarios in their text form, which `fuzz.parse` reads."""

from fuzz.operands import Size
from fuzz.operations import Operation
from fuzz.scenario import Scenario
from fuzz.syntax import write_operation
from fuzz.targets.interface import CONTRACTS, Settings


def format_scenario(scenario: Scenario) -> str:
    """The scenario as text that `parse` reads back as the same scenario."""
    lines = [f"# {line}".rstrip() for line in scenario.heading]
    if lines:
        lines.append("")
    lines.extend(settings_lines(scenario.settings))
    for step in scenario.steps:
        lines.extend(f"# {line}".rstrip() for line in step.comments)
        lines.append(format_operation(step.operation))
        lines.extend(f"= {line}" for line in step.expected or ())
    return "\n".join(lines) + "\n"


def settings_lines(settings: Settings) -> list[str]:
    """The lines that say the settings: always the first two, others where they are not usual."""
    lines = [f"flavour {settings.flavour}", f"page-bits {settings.page_bits}"]
    if settings.big_endian:
        lines.append("byte-order big")
    if settings.fuzzing:
        lines.append("build fuzzing")
    if settings.contract != CONTRACTS[0]:
        lines.append(f"contract {settings.contract}")
    return lines


def format_operation(operation: Operation) -> str:
    """One operation as its line of text."""
    return write_operation(operation)


def format_size(size: int) -> str:
    """A size in bytes; the largest as a power."""
    return Size().write(size, {})

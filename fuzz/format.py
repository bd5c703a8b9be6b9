"""Writing scenarios in their text form, which `fuzz.parse` reads."""

from fuzz.operations import (
    ADDRESS_SPACE_SIZE,
    AddSubregion,
    Begin,
    Commit,
    CreateRegion,
    CreateSpace,
    DelSubregion,
    DestroySpace,
    ObserveLookup,
    ObserveSections,
    ObserveView,
    Operation,
    Property,
    RegionKind,
    SetProperty,
)
from fuzz.scenario import Scenario


def format_scenario(scenario: Scenario) -> str:
    """The scenario as text that `parse` reads back as the same scenario."""
    lines = [f"# {line}".rstrip() for line in scenario.heading]
    if lines:
        lines.append("")
    lines.append(f"flavour {scenario.settings.flavour}")
    lines.append(f"page-bits {scenario.settings.page_bits}")
    for step in scenario.steps:
        lines.extend(f"# {line}".rstrip() for line in step.comments)
        lines.append(format_operation(step.operation))
        lines.extend(f"= {line}" for line in step.expected or ())
    return "\n".join(lines) + "\n"


def format_operation(operation: Operation) -> str:
    """One operation as its line of text."""
    match operation:
        case CreateRegion(name, RegionKind.ALIAS, size, target, offset):
            return f"alias {name} {format_size(size)} of {target} at {offset:#x}"
        case CreateRegion(name, kind, size):
            return f"{kind.value} {name} {format_size(size)}"
        case AddSubregion(container, child, addr, priority):
            ending = f" priority {priority}" if priority else ""
            return f"add {container} {child} at {addr:#x}{ending}"
        case DelSubregion(container, child):
            return f"del {container} {child}"
        case SetProperty(region, changed, value):
            return f"set {region} {changed.value} {format_value(changed, value)}"
        case CreateSpace(name, root):
            return f"space {name} {root}"
        case DestroySpace(name):
            return f"destroy {name}"
        case Begin():
            return "begin"
        case Commit():
            return "commit"
        case ObserveView(space):
            return f"view {space}"
        case ObserveSections(space):
            return f"sections {space}"
        case ObserveLookup(space, address):
            return f"lookup {space} {address:#x}"


def format_size(size: int) -> str:
    """A size in bytes; the largest as a power."""
    return "2^64" if size == ADDRESS_SPACE_SIZE else f"{size:#x}"


def format_value(changed: Property, value: int) -> str:
    """The value of a property as `set` takes it."""
    if changed.is_switch:
        return "on" if value else "off"
    return format_size(value) if changed is Property.SIZE else f"{value:#x}"

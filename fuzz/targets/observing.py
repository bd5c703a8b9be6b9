"""The operations that only look: the same for every target that has views and sections."""

from fuzz.observation import format_section, format_sections, format_view
from fuzz.operations import ObserveLookup, ObserveSections, ObserveView
from fuzz.operations_listeners import ObserveSignal
from fuzz.targets.interface import Lines, Rejected, Target


def observe(target: Target, operation: ObserveView | ObserveSections | ObserveLookup) -> Lines:
    """What a look at a target shows. Raises Rejected for an unknown space."""
    match operation:
        case ObserveView(space):
            return format_view(target.view(space))
        case ObserveSections(space):
            return format_sections(target.sections(space))
        case ObserveLookup(space, address):
            return (format_section(target.lookup(space, address)),)


def check_write(operation: ObserveSignal) -> None:
    """Raise Rejected for a write of more bytes than it has."""
    if not operation.is_possible:
        raise Rejected(f"data {operation.data:#x} does not fit {operation.size.bytes} bytes")

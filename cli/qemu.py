"""`flatview qemu`: what is done with live machines of an unchanged QEMU."""

import click

from cli.qemu_conformance import conformance
from cli.qemu_fuzz import fuzz
from cli.qemu_machines import machines


@click.group()
def qemu() -> None:
    """Start machines of QEMU itself, and compare them with the specification."""


for command in (machines, fuzz, conformance):
    qemu.add_command(command)

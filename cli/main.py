"""The `flatview` command: its group, and what ends a run."""

import sys

import click

from cli.bench import bench
from cli.check import check
from cli.corpus import corpus
from cli.enumerate import enumerate_all
from cli.fuzz import fuzz
from cli.grammar import grammar
from cli.output import UsageFault
from cli.prove import prove
from cli.qemu import qemu
from cli.replay import replay
from cli.rules import rules
from cli.show import show
from cli.vectors import vectors
from fuzz.verdict import EXIT_FAULT, EXIT_USAGE

EXIT_CODES = """
Exit codes: 0 clean, 1 diverged or refuted, 2 usage, 3 inconclusive, 4 fault of the harness.
"""


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=EXIT_CODES,
)
@click.version_option(package_name="flatview")
def commands() -> None:
    """Prove, replay and fuzz QEMU's FlatView: the flattened memory map of a virtual machine.

    Start with `flatview check`, the main job; the other commands are its parts.
    """


COMMANDS = (
    check, prove, replay, fuzz, corpus, enumerate_all, qemu, vectors, show, grammar, rules, bench,
)  # fmt: skip

for command in COMMANDS:
    commands.add_command(command)


def main() -> None:
    """Run the command line; whatever goes wrong ends in one line and an exit code of its own."""
    try:
        code = commands.main(standalone_mode=False)
    except click.exceptions.Abort:
        fail("interrupted", EXIT_FAULT)
    except click.ClickException as error:
        error.show()
        sys.exit(EXIT_USAGE)
    except UsageFault as error:
        fail(str(error), EXIT_USAGE)
    except BrokenPipeError:
        sys.exit(EXIT_FAULT)
    except OSError as error:
        fail(f"{error.filename or 'file'}: {error.strerror}", EXIT_FAULT)
    except Exception as error:
        fail(f"internal fault: {type(error).__name__}: {error}; please report it", EXIT_FAULT)
    sys.exit(code)


def fail(message: str, code: int) -> None:
    """Say in one line why the run ends, and end it."""
    click.echo(f"flatview: {message}", err=True)
    sys.exit(code)

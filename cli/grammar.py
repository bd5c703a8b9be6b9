"""`flatview grammar`: how scenarios are written."""

from pathlib import Path

import click

from cli.output import UsageFault, corpora_folder
from fuzz.grammar import examples, page, section
from fuzz.syntax import KEYWORDS
from fuzz.verdict import EXIT_CLEAN

EXAMPLES = """\b
Examples:
  flatview grammar
  flatview grammar add iommu-map
"""


@click.command(epilog=EXAMPLES)
@click.argument("operations", nargs=-1, metavar="[OPERATION]...")
def grammar(operations: tuple[str, ...]) -> int:
    """Say how scenarios are written: of each OPERATION its syntax, meaning, and an example.

    An OPERATION is the first word of its line. Without any, the whole grammar is shown, which is
    also in fuzz/SCENARIOS.md.
    """
    shown = examples(Path(corpora_folder()) / "regressions")
    for name in operations:
        if name not in KEYWORDS:
            raise UsageFault(f"there is no operation {name}; `flatview grammar` has all of them")
    text = "\n".join(section(KEYWORDS[one], shown[KEYWORDS[one].operation]) for one in operations)
    click.echo(text or page(shown), nl=False)
    return EXIT_CLEAN

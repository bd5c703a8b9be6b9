"""`flatview grammar`: how scenarios are written."""

import click

from cli.output import UsageFault
from fuzz.grammar import PAGE, part
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
    page = PAGE.read_text(encoding="utf-8")
    for name in operations:
        if name not in KEYWORDS:
            raise UsageFault(f"there is no operation {name}; `flatview grammar` has all of them")
    click.echo("\n".join(part(page, KEYWORDS[one]) for one in operations) or page, nl=False)
    return EXIT_CLEAN

"""What an access says of itself."""

from typing import NamedTuple


class Attributes(NamedTuple):
    """What an access says of itself: only RAM may answer; it is a debugger's; it is secure.

    Rules: A2, X2, X5.
    """

    memory: bool = False
    debug: bool = False
    secure: bool = False


UNSPECIFIED = Attributes()
"""Of an access that says nothing."""

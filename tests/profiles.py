"""How hard Hypothesis tries: profiles that an environment variable chooses among.

`ci`, which is the default, makes the same examples in every run, so that a change which breaks
nothing fails nothing. `nightly` makes many more, others every time; what fails is kept in
Hypothesis's database and tried first from then on.
"""

import os

from hypothesis import settings

VARIABLE = "FLATVIEW_HYPOTHESIS"
DEFAULT = "ci"

PROFILES = {
    "ci": settings(max_examples=100, deadline=None, derandomize=True, stateful_step_count=30),
    "nightly": settings(max_examples=2000, deadline=None, print_blob=True),
}


class UnknownProfile(ValueError):
    """No profile has the name that the variable says."""


def load_profile() -> str:
    """Have Hypothesis try as hard as the environment says: by which profile."""
    name = os.environ.get(VARIABLE, DEFAULT)
    if name not in PROFILES:
        raise UnknownProfile(f"{VARIABLE}={name}: no such profile; there are {', '.join(PROFILES)}")
    for one, chosen in PROFILES.items():
        settings.register_profile(one, chosen)
    settings.load_profile(name)
    return name

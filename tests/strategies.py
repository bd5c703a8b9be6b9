"""Hypothesis strategies for scenarios, shared by all tests."""

from hypothesis import strategies as st

from fuzz.codec import HEADER, MOST_CHOICES, RECORD, TABLE, decode
from fuzz.scenario import Scenario

NUMBER = st.integers(0, (1 << 64) - 1)

records = st.builds(
    RECORD.pack,
    st.integers(0, len(TABLE) - 1),
    st.binary(min_size=MOST_CHOICES, max_size=MOST_CHOICES),
    st.integers(0, 127),
    NUMBER,
    NUMBER,
)
headers = st.builds(HEADER.pack, st.integers(0, 1), st.integers(0, 31))


def scenarios(most_steps: int = 40) -> st.SearchStrategy[Scenario]:
    """Scenarios of every operation, with numbers read in all the ways that the codec knows."""
    bodies = st.lists(records, min_size=1, max_size=most_steps).map(b"".join)
    return st.builds(lambda header, body: decode(header + body), headers, bodies)

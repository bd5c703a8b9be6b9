"""Changes of a view: a listener hears one transaction replace the old ranges by the new ones."""

from collections.abc import Iterator
from itertools import product

from model.view import FlatRange
from proofs.witnesses.layout import marks_of, regions_of, windows_of
from proofs.witnesses.script import Candidate, Embedding, Values, machine, on

OLD_MASK, NEW_MASK = 0b011, 0b110
"""The dirty masks that the theorem about what a listener hears gives all ranges."""


def change(old: list[FlatRange], new: list[FlatRange]) -> tuple[str, ...]:
    """The old ranges lie in one container and the new ones in another; one of both is enabled."""
    lines = regions_of([*old, *new], properties=False)
    for one in {one.region: one for one in reversed(old)}.values():
        lines += marks_of(one)
    for name, layout in (("old", old), ("new", new)):
        lines += [f"container {name} 2^64", *windows_of(layout, name, f"{name}-window")]
        lines += [f"add system {name} at 0x0", f"set {name} enabled {on(name == 'old')}"]
    lines += ["space memory system", "listener vhost of memory"]
    lines += ["listener kvm of memory priority 1", "begin"]
    lines += ["set old enabled off", "set new enabled on"]
    for one in {one.region: one for one in reversed(new)}.values():
        lines.append(f"set {one.region} dirty-log-mask {one.dirty_log_mask:#x}")
        lines.append(f"set {one.region} romd-mode {on(one.romd_mode)}")
    return machine(*lines, "commit")


def replacing(values: Values) -> Iterator[Candidate]:
    """The ranges that the walk has come to, without those that are over."""
    old, new = (
        [] if values.flag(f"{side}.is_over") else values.ranges(side) for side in ("old", "new")
    )
    yield Candidate(change(old, new))
    if values.has_range("range"):
        one = values.range("range")
        for was, is_ in product((False, True), repeat=2):
            yield Candidate(change([*old, one] if was else old, [*new, one] if is_ else new))


def hearing(values: Values) -> Iterator[Candidate]:
    """The same with the masks that the theorem gives them."""
    old = [one._replace(dirty_log_mask=OLD_MASK) for one in values.ranges("old")]
    new = [one._replace(dirty_log_mask=NEW_MASK) for one in values.ranges("new")]
    yield Candidate(change(old, new))


def masks(values: Values) -> Iterator[Candidate]:
    """One range, whose mask changes; one without a byte is given one."""
    one = values.range("range")
    note = ""
    if one.size == 0:
        one, note = one._replace(size=1), "the range has a byte"
    before, after = (
        one._replace(dirty_log_mask=values.number(name)) for name in ("before", "after")
    )
    yield Candidate(change([before], [after]), note)


EMBEDDINGS: dict[str, Embedding] = {
    "a_range_stays_exactly_if_both_views_have_it_and_else_goes_or_comes_just_once": replacing,
    "what_stays_and_what_comes_never_overlap_and_make_up_the_new_view": replacing,
    "a_listener_never_knows_two_sections_that_overlap_for_views_of_up_to_2_ranges": hearing,
    "a_listener_is_told_of_each_client_that_starts_or_stops_logging_a_range_that_stays": masks,
}

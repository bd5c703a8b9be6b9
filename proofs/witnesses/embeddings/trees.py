"""Trees: the regions of a counterexample become regions, and what is known of a subtree a leaf."""

from collections.abc import Iterator

from proofs.witnesses.script import Candidate, Embedding, Values, machine, on, size_text

FLAGS = ("readonly", "nonvolatile", "unmergeable")


def region(values: Values, name: str, of: str, kind: str, suffix: str = "") -> list[str]:
    """A region with the properties that the values have for `name`, called `of`."""
    lines = [f"{kind} {of} {size_text(values.number(f'{name}.size'))}{suffix}"]
    lines += [f"set {of} {flag} on" for flag in FLAGS if values.flag(f"{name}.{flag}")]
    if f"{name}.romd_mode" in values and not values.flag(f"{name}.romd_mode"):
        lines.append(f"set {of} romd-mode off")
    mask = values.number(f"{name}.dirty_log_mask")
    if mask:
        lines.append(f"set {of} dirty-log-mask {mask:#x}")
    return lines


def switch(values: Values, name: str, of: str) -> list[str]:
    """Disable a region whose values say so."""
    enabled = values.flag(f"{name}.enabled") or f"{name}.enabled" not in values
    return [] if enabled else [f"set {of} enabled {on(False)}"]


def leaf_at(values: Values, subtree: int, address: int, container: str) -> list[str]:
    """A region that answers with one byte where a subtree does, or an empty container.

    It goes behind those of subtrees with smaller numbers.
    """
    name, place = f"leaf{subtree}", f"priority {10 - subtree}"
    if not values.flag(f"subtree {subtree}[0].is_answered") or address < 0:
        return [f"container {name} 0x1", f"add {container} {name} at 0x0 {place}"]
    return [f"io {name} 0x1", f"add {container} {name} at {address:#x} {place}"]


def rendering(values: Values) -> Iterator[Candidate]:
    """One region, in a container that is seen through an alias: the clip, with the path's flags."""
    address, base = values.number("address"), values.number("base")
    clip_start, clip_size = values.number("clip.start"), values.number("clip.size", 1 << 64)
    if "base" not in values:
        clip_start, clip_size, base = 0, 1 << 64, 0
    lines = ["container path 2^64"]
    local = address - base - values.number("region.addr")
    if values.obligation == "an alias":
        # Of the target only the address is looked at; what it answers is that of a subtree.
        lines += ["container target 2^64", "container holder 2^64"]
        lines += [f"add holder target at {values.number('target.addr'):#x}"]
        offset = values.number("region.alias_offset")
        lines += leaf_at(values, 1, local + offset, "target")
        lines += region(values, "region", "region", "alias", f" of target at {offset:#x}")
        lines += leaf_at(values, 2, local, "region")
    else:
        kind = "io" if values.flag("region.terminates") else "container"
        lines += region(values, "region", "region", kind)
        for subtree in (1, 2) if values.obligation == "a region with one more child" else ():
            lines += leaf_at(values, subtree, local, "region")
    lines += [f"add path region at {values.number('region.addr'):#x}"]
    lines += switch(values, "region", "region")
    if values.obligation == "the flags of a path":
        size = max(values.number("region.size"), 1)
        lines += [f"set region size {size_text(size)}", "set region enabled on", "io leaf 0x1"]
        lines += ["add region leaf at 0x0"]
    if base <= clip_start:
        lines += [f"alias clip {size_text(clip_size)} of path at {clip_start - base:#x}"]
        lines += [f"add system clip at {clip_start:#x}"]
        seen = "clip"
    else:
        lines += [f"add system path at {base:#x}"]
        seen = "path"
    lines += [f"set {seen} {flag} on" for flag in FLAGS if values.flag(f"path.{flag}")]
    if values.flag("said before.is_answered"):
        lines += ["io before 0x1", f"add system before at {address:#x} priority 9"]
    yield Candidate(machine(*lines, "space memory system"))


def flattening(values: Values) -> Iterator[Candidate]:
    """The root is a container in which one byte answers."""
    address = values.number("address")
    answers = values.flag("subtree 0[0].is_answered")
    leaf = ["io leaf 0x1", f"add system leaf at {address:#x}"] if answers else []
    yield Candidate(machine(*leaf, "space memory system"))
    whole = ["io root 2^64", "io above 0x1", f"add root above at {address:#x}"]
    yield Candidate(machine(*whole, "space memory root"))


def skipping(values: Values) -> Iterator[Candidate]:
    """A root, and what it may be skipped for: its target, or the enabled one of its children."""
    root_addr = values.number("root.addr")
    lines: list[str] = []
    if "next.size" in values:
        offset = values.number("root.alias_offset")
        lines += region(values, "next", "next", "io")
        lines += ["container holder 2^64"]
        lines += [f"add holder next at {values.number('next.addr'):#x}"]
        lines += switch(values, "next", "next")
        lines += region(values, "root", "root", "alias", f" of next at {offset:#x}")
    else:
        name = "root" if "root.size" in values else "region"
        lines += region(
            values, name, "root", "io" if values.flag(f"{name}.terminates") else "container"
        )
        for child in (1, 2, 3):
            if f"child {child}.size" in values:
                lines += region(values, f"child {child}", f"child{child}", "io")
                place = f"at {values.number(f'child {child}.addr'):#x} priority {10 - child}"
                lines += [f"add root child{child} {place}"]
                lines += switch(values, f"child {child}", f"child{child}")
            elif f"subtree {child}[0].is_answered" in values:
                at = values.number("address") - values.number(f"{name}.addr")
                lines += leaf_at(values, child, at, "root")
    lines += [f"set root address {root_addr:#x}", *switch(values, "root", "root")]
    yield Candidate(machine(*lines, "space memory root"))


def shapes(values: Values) -> Iterator[Candidate]:
    """One of the three shapes of trees."""
    lines: list[str] = []
    if values.obligation == "an alias in front of its target":
        offset = values.number("first.alias_offset")
        lines += region(values, "target", "target", "ram")
        lines += region(values, "first", "first", "alias", f" of target at {offset:#x}")
        lines += [f"add system target at {values.number('target.addr'):#x}"]
        lines += [f"add system first at {values.number('first.addr'):#x} priority 1"]
    else:
        inner = values.obligation == "a region inside another"
        lines += region(values, "first", "first", "io")
        lines += region(values, "second", "second", "ram")
        container = "first" if inner else "system"
        lines += ["set second dirty-log-mask 0x1"] if inner else []
        lines += ["set first nonvolatile on"] if inner else []
        lines += [f"add system first at {values.number('first.addr'):#x} priority 1"]
        lines += [f"add {container} second at {values.number('second.addr'):#x}"]
    yield Candidate(machine(*lines, "space memory system"))


EMBEDDINGS: dict[str, Embedding] = {
    "rendering_any_tree_adds_what_it_resolves_to_wherever_nothing_was_rendered_before": rendering,
    "a_flat_view_says_of_every_address_what_its_root_resolves_to": flattening,
    "skipping_a_region_changes_nothing_if_what_follows_has_its_address_and_its_flags": skipping,
    "skipping_a_region_changes_its_first_byte_if_what_follows_lacks_its_address_or_a_flag": (
        skipping
    ),
    "the_view_of_a_tree_says_what_it_resolves_to_for_three_shapes_of_up_to_3_regions": shapes,
}

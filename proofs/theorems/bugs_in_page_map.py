"""Bugs in the page map: in setting pages, in compacting, and in walking down."""

from fuzz.mutation import Mutation


def _in_radix(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "model.radix", original, replacement)


# --- Setting pages -------------------------------------------------------------------------------

PLACE_KEEPS_UPPER_BITS = _in_radix(
    "place_in_a_node_keeps_the_upper_bits",
    "page // self.pages_per_entry(level) % self.node_size",
    "page // self.pages_per_entry(level)",
)
ENTRIES_STAND_FOR_TOO_FEW = _in_radix(
    "entries_stand_for_half_their_pages",
    "1 << (level * self.level_bits)",
    "1 << max(0, level * self.level_bits - 1)",
)
ONE_LEVEL_TOO_FEW = _in_radix(
    "map_has_one_level_too_few",
    "(self.address_bits - self.page_bits - 1) // self.level_bits + 1",
    "(self.address_bits - self.page_bits) // self.level_bits",
)
ONE_LEVEL_TOO_MANY = _in_radix(
    "map_has_one_level_too_many",
    "(self.address_bits - self.page_bits - 1) // self.level_bits + 1",
    "(self.address_bits - self.page_bits) // self.level_bits + 1",
)
RUN_BEGINS_AT_THE_NODE = _in_radix(
    "run_begins_with_the_first_entry_of_a_node",
    "place = shape.place(run.first, level)\n    while",
    "place = shape.place(0, level)\n    while",
)
LAST_PAGE_IS_NOT_SET = _in_radix(
    "last_page_of_a_run_is_not_set",
    "while run.pages > 0 and place",
    "while run.pages > 1 and place",
)
EVERY_OTHER_ENTRY = _in_radix(
    "every_other_entry_is_set", "        place += 1\n", "        place += 2\n"
)
NEW_NODE_IS_NOT_LINKED = _in_radix(
    "entry_does_not_lead_to_its_new_node", "entry._replace(ptr=own), run", "entry, run"
)
NODES_BELOW_ARE_LOST = _in_radix(
    "nodes_made_below_an_entry_are_lost",
    "        nodes, node[place], run = set_entry(",
    "        _, node[place], run = set_entry(",
)
NEW_NODES_HAVE_LEAVES = _in_radix(
    "new_nodes_have_leaves_at_every_level",
    "return PageEntry(0, UNASSIGNED_INDEX) if level == 0 else PageEntry(1, NIL)",
    "return PageEntry(0, UNASSIGNED_INDEX)",
)
NEW_NODE_IS_ANOTHERS = _in_radix(
    "new_node_is_taken_for_the_one_before_it", "), len(nodes)\n", "), len(nodes) - 1\n"
)
LEAF_OF_NO_SECTION = _in_radix(
    "leaf_is_of_the_unassigned_section",
    "return PageEntry(0, run.section), rest",
    "return PageEntry(0, UNASSIGNED_INDEX), rest",
)
LEVEL_IS_SKIPPED = _in_radix(
    "level_below_an_entry_is_skipped",
    "return set_level(shape, nodes, entry, run, level - 1)",
    "return set_level(shape, nodes, entry, run, level - 2)",
)
ROOT_IS_ONE_LEVEL_UP = _in_radix(
    "root_is_set_one_level_further_up", "run, shape.levels - 1)", "run, shape.levels)"
)
ROOT_IS_NOT_KEPT = _in_radix(
    "root_of_the_map_is_not_kept",
    "return page_map._replace(root=root, nodes=nodes)\n\n\ndef set_level",
    "return page_map._replace(nodes=nodes)\n\n\ndef set_level",
)
RUNS_MAY_LEAVE_THE_MAP = _in_radix(
    "run_may_leave_the_map", "run.first <= all_pages - run.pages", "run.first < all_pages"
)
NODE_IS_INSERTED = _in_radix(
    "node_is_put_before_the_one_it_replaces", "*nodes[own + 1 :]", "*nodes[own:]"
)

# --- Compacting ----------------------------------------------------------------------------------

SKIPS_ARE_NOT_ADDED = _in_radix(
    "bypass_skips_the_levels_of_the_child_only", "else entry.skip + child.skip", "else child.skip"
)
LEAF_KEEPS_ITS_SKIP = _in_radix(
    "bypass_to_a_leaf_is_no_leaf", "0 if child.skip == 0 else entry.skip", "entry.skip"
)
TWO_WAYS_ARE_ONE = _in_radix(
    "node_with_two_ways_down_is_bypassed",
    "if len(children) == 1 else entry",
    "if 1 <= len(children) <= 2 else entry",
)
LEAVES_ARE_NO_WAYS = _in_radix(
    "leaves_do_not_count_as_ways_down",
    "[child for child in node if child.ptr != NIL]",
    "[child for child in node if child.ptr != NIL and child.skip > 0]",
)
COMPACTED_NODES_ARE_LOST = _in_radix(
    "compacted_nodes_are_lost",
    "nodes, node[place] = compact_entry(nodes, child)",
    "_, node[place] = compact_entry(nodes, child)",
)
CHILDREN_ARE_NOT_KEPT = _in_radix(
    "compacted_children_are_not_kept",
    "    nodes = replace_node(nodes, entry.ptr, node)\n",
    "    replace_node(nodes, entry.ptr, node)\n",
)
NOTHING_IS_BYPASSED = _in_radix(
    "no_node_is_bypassed", "bypass(entry, children[0]) if len(children) == 1 else entry", "entry"
)
ONLY_DEEP_MAPS_ARE_COMPACTED = _in_radix(
    "map_whose_root_skips_one_level_is_not_compacted",
    "if page_map.root.skip == 0:",
    "if page_map.root.skip <= 1:",
)

# --- Walking down --------------------------------------------------------------------------------

ONE_LEVEL_A_STEP = _in_radix("each_step_goes_down_one_level", "level -= entry.skip", "level -= 1")
NIL_IS_A_SECTION = _in_radix(
    "nil_is_taken_for_a_section",
    "return PageEntry(0, UNASSIGNED_INDEX), level",
    "return PageEntry(0, NIL), level",
)
WAY_BEGINS_TOO_LOW = _in_radix(
    "way_begins_a_level_too_low",
    "entry, level = page_map.root, page_map.shape.levels\n",
    "entry, level = page_map.root, page_map.shape.levels - 1\n",
)
WAY_ENDS_AFTER_A_STEP = _in_radix(
    "way_ends_after_a_step", "    while entry.skip > 0:\n", "    if entry.skip > 0:\n"
)
PLACE_OF_THE_LEVEL_ABOVE = _in_radix(
    "place_is_that_of_the_level_above",
    "page_map.shape.place(page, level)], level",
    "page_map.shape.place(page, level + entry.skip)], level",
)
UNMAPPED_IS_NOT_SEEN = _in_radix(
    "way_goes_on_below_nil",
    "    if entry.ptr == NIL:\n        return PageEntry(0, UNASSIGNED_INDEX), level\n",
    "",
)

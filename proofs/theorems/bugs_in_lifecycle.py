"""Bugs in how views, address spaces and readers live: each breaks what keeps memory in use."""

from fuzz.mutation import Mutation


def _in_rcu(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "model.rcu", original, replacement)


def _in_references(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "model.references", original, replacement)


def _in_lifecycle(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "model.lifecycle", original, replacement)


def _in_steps(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "model.lifecycle_steps", original, replacement)


def _in_programs(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "model.lifecycle_programs", original, replacement)


DEAD_VIEW_REVIVED = _in_references(
    "reference_from_0_revives_a_view", "if references.ref == 0:", "if references.ref < 0:"
)
DROPPED_BUT_COUNTED = _in_references(
    "dropped_reference_is_still_counted",
    "return References(references.ref - 1, holders)",
    "return References(references.ref, holders)",
)
TAKEN_BUT_NOT_COUNTED = _in_references(
    "reference_taken_is_not_counted",
    "return References(references.ref + 1, ",
    "return References(references.ref, ",
)
DROPPED_BY_ANYONE = _in_references(
    "holder_drops_what_it_does_not_have",
    "if holder not in references.holders:",
    "if references.ref == 0:",
)

FREED_WITHOUT_GRACE_PERIOD = _in_lifecycle(
    "view_is_freed_without_a_grace_period",
    "return state._replace(rcu=queue(state.rcu, view=serial))",
    "return put_view(state, serial, state.views[serial]._replace(freed=True))",
)
NEVER_QUEUED = _in_lifecycle(
    "view_without_references_does_not_wait_to_be_destroyed",
    "return state._replace(rcu=queue(state.rcu, view=serial))",
    "return state",
)
QUEUED_WITH_ONE_REFERENCE = _in_lifecycle(
    "view_is_destroyed_when_one_reference_is_left",
    "    if references.ref > 0:\n        return state\n    if view.root",
    "    if references.ref > 1:\n        return state\n    if view.root",
)
TABLE_PROTECTS_EVERYONE = _in_lifecycle(
    "table_protects_threads_without_the_big_lock", "state.bql == thread and any(", "any("
)
ANY_REFERENCE_PROTECTS = _in_lifecycle(
    "any_reference_protects_every_thread",
    "Holder(HolderKind.THREAD, thread) in holders or (",
    "get_view(state, serial).references.ref > 0 or (",
)
FREED_IS_NOT_LOOKED_AT = _in_lifecycle(
    "use_of_a_view_that_nothing_protects_is_no_fault",
    "return None if protects(state, thread, serial) else FaultKind.VIEW_UNPROTECTED",
    "return None",
)

NESTED_ENTERS_ANEW = _in_rcu(
    "nested_section_counts_as_a_new_one",
    "entered = reader.entered if reader.nesting > 0 else rcu.epoch",
    "entered = rcu.epoch",
)
LOADED_SURVIVES_THE_SECTION = _in_rcu(
    "what_was_loaded_in_one_section_is_used_in_the_next",
    "return put_reader(rcu, thread, Reader())",
    "return put_reader(rcu, thread, reader._replace(nesting=0))",
)
LOADED_OUTSIDE = _in_rcu(
    "load_outside_a_section_gives_a_right",
    "if reader.nesting == 0 or view in reader.loaded:",
    "if view in reader.loaded:",
)
QUEUED_IN_THE_PAST = _in_rcu(
    "destruction_counts_as_queued_a_period_ago",
    "Callback(rcu.epoch, view, space)",
    "Callback(rcu.ended, view, space)",
)
WAITS_FOR_NOBODY = _in_rcu(
    "grace_period_waits_for_no_reader", "return entered < epoch", "return False"
)
WAITS_FOR_LATER_READERS = _in_rcu(
    "grace_period_waits_for_readers_that_came_later",
    "return entered < epoch",
    "return entered <= epoch",
)
RUNS_A_PERIOD_EARLY = _in_rcu(
    "callback_runs_after_a_period_that_began_before_it",
    "return queued < ended",
    "return queued <= ended",
)
CALLBACK_RUNS_AGAIN = _in_rcu(
    "callback_that_has_run_stays_queued",
    "return rcu.callbacks[0], rcu._replace(callbacks=rcu.callbacks[1:])",
    "return rcu.callbacks[0], rcu",
)
PERIOD_BEGINS_AND_ENDS = _in_rcu(
    "grace_period_ends_when_it_begins",
    "return rcu._replace(epoch=rcu.epoch + 1)",
    "return rcu._replace(epoch=rcu.epoch + 1, ended=rcu.epoch + 1)",
)
PERIOD_BEGINS_IN_ANOTHER = _in_rcu(
    "grace_period_begins_in_another",
    "    if rcu.epoch > rcu.ended:\n        raise",
    "    if rcu.epoch > rcu.ended + 1:\n        raise",
)
PERIOD_NEVER_ENDS = _in_rcu(
    "grace_period_that_ends_is_forgotten",
    "return rcu._replace(ended=rcu.epoch)",
    "return rcu._replace(epoch=rcu.ended)",
)
LATER_READERS_KEEP_THEIR_EPOCH = _in_rcu(
    "section_begins_in_the_last_period_that_ended",
    "entered = reader.entered if reader.nesting > 0 else rcu.epoch",
    "entered = reader.entered if reader.nesting > 0 else rcu.ended",
)
LEAVES_NEVER = _in_rcu(
    "inner_section_is_never_left", "reader._replace(nesting=reader.nesting - 1)", "reader"
)
LOADED_NEVER = _in_rcu(
    "load_gives_no_right", "reader._replace(loaded=(*reader.loaded, view))", "reader"
)

ANYONE_MAY_WRITE = _in_steps(
    "big_lock_is_not_asked_for",
    '    if state.bql != thread:\n        raise LifecycleError(f"thread {thread} does',
    '    if state.bql is False:\n        raise LifecycleError(f"thread {thread} does',
)
DESTROYED_SPACE_PUBLISHES = _in_steps(
    "destroyed_space_may_be_changed",
    "if not get_space(state, space).linked:",
    "if get_space(state, space).freed:",
)
SPACE_FREED_AT_ONCE = _in_steps(
    "space_is_freed_without_a_grace_period",
    "return state._replace(rcu=rcu.queue(state.rcu, space=space))",
    "return finish_space(state, space)",
)
SPACE_STAYS_LINKED = _in_steps(
    "destroyed_space_stays_linked",
    "state = put_space(state, space, found._replace(linked=False))",
    "state = put_space(state, space, found)",
)
MADE_WITHOUT_REFERENCE = _in_steps(
    "new_view_has_no_reference",
    "View(first_reference(TABLE), regions)",
    "View(first_reference(TABLE)._replace(ref=0), regions)",
)
UNREF_OF_THE_TABLES = _in_steps(
    "space_drops_the_tables_reference",
    "return drop_view(state, thread, serial, Holder(HolderKind.SPACE, space))",
    "return drop_view(state, thread, serial, TABLE)",
)
FREED_SPACE_NOT_MARKED = _in_steps(
    "space_that_is_freed_is_not_marked",
    "return put_space(state, name, space._replace(freed=True))",
    "return state",
)
DESTROYED_VIEW_NOT_MARKED = _in_steps(
    "view_that_is_destroyed_is_not_marked",
    "return put_view(state, serial, view._replace(freed=True))",
    "return state",
)
SPACE_DESTROYS_ITS_VIEW = _in_steps(
    "space_that_ends_frees_its_view",
    "state = drop_view(state, RCU_THREAD, space.current, holder)",
    "state = destroy_view(state, space.current)",
)

ROOTS_OWNER_ONLY = _in_steps(
    "view_takes_each_reference_to_the_owner_of_its_root",
    "state = take_owner(state, region, Holder(HolderKind.VIEW, serial))",
    "state = take_owner(state, regions[0], Holder(HolderKind.VIEW, serial))",
)
ROOTS_OWNER_DROPPED = _in_steps(
    "view_drops_each_reference_to_the_owner_of_its_root",
    "state = drop_owner(state, RCU_THREAD, region, Holder(HolderKind.VIEW, serial))",
    "state = drop_owner(state, RCU_THREAD, view.regions[0], Holder(HolderKind.VIEW, serial))",
)
SPACE_TAKES_NO_OWNER = _in_steps(
    "space_does_not_refer_to_the_owner_of_its_root",
    "state = take_owner(state, root, Holder(HolderKind.SPACE, space))",
    "pass",
)
REGION_OF_THE_DEAD = _in_steps(
    "region_is_made_of_an_owner_that_has_ended", " or state.owners[owner].ref == 0", ""
)
OWNER_ENDS_EARLY = _in_lifecycle(
    "owner_ends_when_one_reference_is_left",
    "    if references.ref > 0:\n        return state\n    owned",
    "    if references.ref > 1:\n        return state\n    owned",
)
REGIONS_OF_ALL_END = _in_lifecycle(
    "every_region_ends_with_any_owner", "if its_owner == owner}", "if its_owner}"
)
REGIONS_STAY = _in_lifecycle(
    "regions_stay_when_their_owner_ends",
    "return state._replace(freed_regions=state.freed_regions | owned)",
    "return state",
)

NO_SECTION = _in_programs(
    "view_is_loaded_outside_any_section",
    "return enter_rcu(state, thread), call._replace(phase=Phase.LOAD)",
    "return state, call._replace(phase=Phase.LOAD)",
)
NO_RETRY = _in_programs(
    "get_flatview_does_not_try_again", "Phase.LEAVE if succeeded else Phase.LOAD", "Phase.LEAVE"
)
DEAD_VIEW_TRIED_AGAIN = _in_programs(
    "get_flatview_tries_the_same_view_again",
    "Phase.LEAVE if succeeded else Phase.LOAD",
    "Phase.LEAVE if succeeded else Phase.REF",
)
SECTION_LEFT_OPEN = _in_programs(
    "get_flatview_stays_in_its_section",
    "return leave_rcu(state, thread), call._replace(phase=Phase.DONE)",
    "return state, call._replace(phase=Phase.DONE)",
)
RETRIES_FOREVER = _in_programs(
    "get_flatview_tries_again_though_it_succeeded",
    "succeeded = references_of(tried, thread, view) > references_of(state, thread, view)",
    "succeeded = references_of(tried, thread, view) > references_of(state, thread, view) + 1",
)
PERIODS_BEFORE_CALLBACKS = _in_programs(
    "nothing_begins_a_grace_period",
    "return action(begin_grace_period) if state.rcu.callbacks else None",
    "return None",
)
READY_CALLBACKS_WAIT = _in_programs(
    "callbacks_that_may_run_wait_for_another_period",
    "if has_ready_callback(state.rcu):",
    "if state.rcu.epoch == state.rcu.ended and has_ready_callback(state.rcu):",
)

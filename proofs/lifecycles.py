"""The words that theorems about the lifecycle of views are stated in.

A machine has any number of threads, views and address spaces. A step acts on one of each at most,
and each clause of the invariant speaks of one of each at most. So here are those that a step acts
on and others, any that a clause may speak of; nobody asks for all.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from model.lifecycle import Lifecycle, Space, View
from model.rcu import Callback, Rcu, Reader
from model.references import Holder
from proofs.crowds import ELSEWHERE, AnyCallbacks, AnyViews, Held, length
from proofs.proof import Proof
from proofs.questions import answer, answer_about_inputs
from proofs.rebinding import rebound
from proofs.symbolic import all_of, tellable
from proofs.theorem import Package

ACTOR, OTHER = THREADS = (0, 1)
"""The thread that acts, and one that does not."""

EMPTY, VIEW, OTHER_VIEW = SERIALS = (0, 1, 2)
"""The empty view, another that a step may act on, and one that it does not act on."""
NEW_VIEW = 3

SPACE, OTHER_SPACE = SPACES = ("space", "other space")
NEW_SPACE = "new space"

NOBODY, NOTHING, SOMETHING_ELSE = -1, -1, -2
"""No thread, no view, and a view that is not spoken of."""

ROOT = "root"
"""A region that no owner counts: of owners, another theorem speaks."""


class Everyone(dict[Any, Any]):
    """Those of a collection that are spoken of; code that asks for all of it is refused.

    A copy with one of them replaced, as the model makes it, is one of the whole collection.
    """

    def __iter__(self) -> Any:
        raise AssertionError("the code asks for all of a collection")

    items = values = __len__ = __iter__


class Machine:
    """Inputs: any state that satisfies the invariant, as far as it is spoken of.

    `first` is whose destruction has waited longest, None to leave open if any is waited for.
    """

    def __init__(self, package: Package, proof: Proof, first: int | str | None = None) -> None:
        self.package, self.proof = package, proof
        self._answers: dict[tuple[Any, ...], tuple[Lifecycle, bool]] = {}
        self.epoch, self.ended = proof.integer("epoch"), proof.integer("ended")
        self.readers = {thread: self._any_reader(f"thread {thread}") for thread in THREADS}
        self.views = {serial: self._any_view(serial) for serial in SERIALS}
        self.spaces = {name: self._any_space(name) for name in SPACES}
        self.others = self._any_callbacks(first)
        self.first: Callback | None = None
        callbacks: tuple[Any, ...] = (self.others,)
        if first is not None:
            self.first = _callback(package, proof.integer("first.queued"), first)
            callbacks = (self.first, self.others)
        self.bql = tellable(proof.integer("bql", NOBODY, OTHER))
        rcu = package.rcu.Rcu(Everyone(self.readers), self.epoch, self.ended, callbacks)
        self.state: Lifecycle = package.lifecycle.Lifecycle(
            rcu,
            Everyone(self.views),
            Everyone(self.spaces),
            owners=Everyone(),
            regions=Everyone({ROOT: None}),
            bql=self.bql,
        )

    def holder(self, kind: str, name: int | str = "") -> Holder:
        """A holder in the types of the package."""
        references = self.package.references
        one: Holder = references.Holder(references.HolderKind[kind], name)
        return one

    def _any_reader(self, name: str) -> Reader:
        loaded = {serial: self.proof.boolean(f"{name} loaded {serial}") for serial in SERIALS}
        reader: Reader = self.package.rcu.Reader(
            self.proof.integer(f"{name}.nesting"),
            self.proof.integer(f"{name}.entered"),
            (AnyViews({**loaded, NEW_VIEW: False}),),
        )
        return reader

    def _any_view(self, serial: int) -> View:
        threads = (*THREADS, ELSEWHERE)
        holders = (
            self.holder("FOREVER"),
            self.holder("TABLE"),
            *(self.holder("THREAD", thread) for thread in threads),
            *(self.holder("SPACE", space) for space in (*SPACES, ELSEWHERE)),
        )
        name = f"view {serial}"
        counts = {
            one: self.proof.integer(f"{name}.held by {one.kind.value} {one.name}", 0)
            for one in holders
        }
        references = self.package.references.References(
            self.proof.integer(f"{name}.ref"), Held({**counts, self.holder("SPACE", NEW_SPACE): 0})
        )
        regions = () if serial == EMPTY else (ROOT,)
        view: View = self.package.lifecycle.View(
            references, regions, self.proof.boolean(f"{name}.freed")
        )
        return view

    def _any_space(self, name: str) -> Space:
        lowest = NOTHING if name == SPACE else SOMETHING_ELSE
        space: Space = self.package.lifecycle.Space(
            ROOT,
            self.proof.integer(f"{name}.current", lowest, SERIALS[-1]),
            self.proof.integer(f"{name}.listeners", 0),
            self.proof.boolean(f"{name}.linked"),
            self.proof.boolean(f"{name}.freed"),
        )
        return space

    def _any_callbacks(self, first: int | str | None) -> AnyCallbacks:
        subjects = (*SERIALS, *SPACES)
        waits = {one: self.proof.boolean(f"{one} waits") for one in subjects}
        queued = {one: self.proof.integer(f"{one} was queued") for one in subjects}
        if first is not None:
            self.proof.assume(waits[first] == False)  # noqa: E712 - `not` would fork
        return AnyCallbacks({**waits, NEW_VIEW: False, NEW_SPACE: False}, queued)

    def assume(self) -> None:
        """Take the invariant for granted."""
        for condition in self.clauses(self.state).values():
            self.proof.assume(condition)

    def clauses(self, state: Lifecycle) -> dict[str, bool]:
        """The invariant of all that is spoken of; does not fork."""
        invariant = self.package.lifecycle_invariant
        counts = rebound(invariant.broken_counts, len=length)
        destructions = invariant.broken_destructions
        views, spaces = _all_of(state.views), _all_of(state.spaces)
        threads = _all_of(state.rcu.readers)

        def holds(clauses: Callable[..., Iterable[str]], **part: Any) -> bool:
            return self._hold(clauses, state, part)

        def rcu_clauses(cut: Lifecycle) -> Iterable[str]:
            return cast(Iterable[str], self.package.rcu.broken_clauses(cut.rcu))

        return {
            "counts say how many holders there are": all_of(
                *(holds(counts, view=serial) for serial in views)
            ),
            "what is published has a reference for it": all_of(
                *(holds(invariant.broken_publications, space=name) for name in spaces)
            ),
            "views and spaces wait to be destroyed once": all_of(
                *(holds(destructions, view=serial, waiting=serial) for serial in views),
                *(holds(destructions, space=name, waiting=name) for name in spaces),
            ),
            "who can still use a view came before its destruction was queued": all_of(
                *(
                    holds(invariant.broken_reach, thread=thread, view=serial, waiting=serial)
                    for thread in threads
                    for serial in views
                )
            ),
            "grace periods wait for readers, and callbacks for grace periods": all_of(
                *(
                    holds(rcu_clauses, thread=thread, view=serial)
                    for thread in threads
                    for serial in views
                ),
                *(holds(rcu_clauses, waiting=subject) for subject in (*views, *spaces)),
            ),
        }

    def _hold(
        self, clauses: Callable[..., Iterable[str]], state: Lifecycle, part: dict[str, Any]
    ) -> bool:
        """Whether clauses hold of a part; what a step has left alone is not asked again."""

        def question() -> bool:
            return is_empty(clauses(self.cut(state, **part)))

        name = (clauses.__name__, *part.items())
        if state is self.state:
            self._answers[name] = (state, answer_about_inputs(self.proof, name, question))
        before, known = self._answers.get(name, (None, False))
        if before is not None and self._is_left_alone(before, state, part):
            return known
        return answer(self.proof, question)

    def _is_left_alone(self, before: Lifecycle, after: Lifecycle, part: dict[str, Any]) -> bool:
        """Whether all that a cut takes from two states is the same in both."""
        thread, view, space = part.get("thread"), part.get("view"), part.get("space")
        views = SERIALS if space is not None else () if view is None else (view,)
        looks_at_rcu = thread is not None or "waiting" in part
        return (
            (not looks_at_rcu or _same_periods(before.rcu, after.rcu))
            and all(before.views[one] is after.views[one] for one in views)
            and (thread is None or before.rcu.readers[thread] is after.rcu.readers[thread])
            and (space is None or before.spaces[space] is after.spaces[space])
        )

    def is_protected(self, state: Lifecycle, thread: int, serial: int) -> bool:
        """Whether something protects a view for a thread; does not fork."""

        def protects() -> bool:
            cut = self.cut(state, thread=thread, view=serial)
            found: bool = self.package.lifecycle.protects(cut, cast(Any, thread), serial)
            return found

        part = {"thread": thread, "view": serial}
        is_left_alone = self._is_left_alone(self.state, state, part)
        if is_left_alone and self.state.bql is state.bql:
            return answer_about_inputs(self.proof, ("protects", thread, serial), protects)
        return answer(self.proof, protects)

    def cut(
        self,
        state: Lifecycle,
        thread: int | None = None,
        view: int | None = None,
        space: str | None = None,
        waiting: int | str | None = None,
    ) -> Lifecycle:
        """The part of a state that a clause may speak of; this forks.

        It has the thread, the view, the space with what it publishes, and from the crowd of
        callbacks that one which waits to destroy `waiting`; RCU only where one of these is asked.
        """
        views = {} if view is None else {view: state.views[view]}
        readers, spaces = {}, {}
        if thread is not None:
            reader = state.rcu.readers[cast(Any, thread)]
            loaded = tuple(serial for serial in views if serial in reader.loaded)
            readers = {thread: reader._replace(loaded=loaded)}
        if space is not None:
            found = with_plain_view(state.spaces[space])
            if found.current != SOMETHING_ELSE:
                spaces = {space: found}
                if waiting is None and found.current is not None:
                    views[found.current] = state.views[found.current]
        if thread is None and waiting is None:
            return state._replace(rcu=cast(Any, None), views=views, spaces=spaces)
        rcu = state.rcu._replace(
            readers=cast(Any, readers), callbacks=self._callbacks_of(state, waiting)
        )
        return state._replace(rcu=rcu, views=views, spaces=spaces)

    def _callbacks_of(self, state: Lifecycle, subject: int | str | None) -> tuple[Callback, ...]:
        """All callbacks that are known one by one, and from the crowd that of the subject."""
        callbacks: list[Callback] = []
        for one in cast(tuple[Any, ...], state.rcu.callbacks):
            if not isinstance(one, AnyCallbacks):
                callbacks.append(one)
            elif subject is not None and one.waits[subject]:
                callbacks.append(_callback(self.package, one.queued[subject], subject))
        return tuple(callbacks)


def _callback(package: Package, queued: int, subject: int | str) -> Callback:
    is_view = isinstance(subject, int)
    callback: Callback = package.rcu.Callback(
        queued, subject if is_view else None, None if is_view else subject
    )
    return callback


def _same_periods(before: Rcu, after: Rcu) -> bool:
    """Whether a step has left grace periods and callbacks alone."""
    return (
        before.epoch is after.epoch
        and before.ended is after.ended
        and before.callbacks is after.callbacks
    )


def _all_of(elements: Mapping[Any, Any]) -> tuple[Any, ...]:
    """The names of all that are spoken of."""
    return tuple(elements.keys())


def with_plain_view(space: Space) -> Space:
    """The address space with a plain serial for the view it publishes; this forks."""
    for serial in (SOMETHING_ELSE, *SERIALS):
        if space.current is None or space.current == serial:
            return space if space.current is None else space._replace(current=serial)
    return space._replace(current=None)


def is_empty(clauses: Iterable[str]) -> bool:
    """Whether no clause is broken; the first that is settles it."""
    return next(iter(clauses), None) is None

"""Owning: views, address spaces and threads keep the owners of the regions that they use.

Each step on owners and regions is taken in any state that satisfies the invariant's clauses about
them. What making and destroying a view does for each of its regions is an induction over these.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, cast

from model.lifecycle import Lifecycle
from model.references import Holder
from proofs.estates import (
    LOOSE,
    NEW_SPACE,
    OWNER,
    REGION,
    SIBLING,
    SPACE,
    THREAD,
    VIEW,
    Estate,
)
from proofs.proof import Limits, Proof, claim_all
from proofs.rebinding import rebound
from proofs.symbolic import all_of, any_of, implies, negation
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs_in_lifecycle as bugs
from proofs.theorems.holding import USES


class Step(NamedTuple):
    """A step on a region, an owner or a space, and where it can be taken; said without its code."""

    name: str
    arguments: tuple[Any, ...]
    is_possible: Callable[[Estate], bool]


def _holds(kind: str, name: int | str, estate: Estate) -> bool:
    is_held: bool = estate.owners[OWNER].holders.count(estate.holder(kind, name)) > 0
    return is_held


STEPS = (
    Step("ref_region", (THREAD, REGION), lambda estate: True),
    Step("ref_region", (THREAD, LOOSE), lambda estate: True),
    Step(
        "unref_region",
        (THREAD, REGION),
        lambda estate: any_of(estate.is_freed[REGION], _holds("THREAD", THREAD, estate)),
    ),
    Step("unplug_owner", (OWNER,), partial(_holds, "PARENT", "")),
    Step("create_owner", ("new owner",), lambda estate: True),
    Step("create_region", ("new region", OWNER), lambda estate: estate.owners[OWNER].ref > 0),
    Step("create_space", (THREAD, NEW_SPACE, REGION), lambda estate: True),
    Step(
        "finish_space",
        (SPACE,),
        lambda estate: any_of(estate.is_freed[REGION], _holds("SPACE", SPACE, estate)),
    ),
)


def taking(package: Package, proof: Proof, step: Step) -> None:
    """A step is taken in any state that satisfies the invariant."""
    estate = Estate(package, proof)
    estate.assume()
    is_possible = step.is_possible(estate)
    try:
        after = getattr(package.lifecycle_steps, step.name)(estate.state, *step.arguments)
    except package.rcu.LifecycleError:
        proof.claim("only what cannot be done is refused", negation(is_possible))
        return
    proof.claim("what cannot be done is refused", is_possible)
    before = estate.state
    proof.claim(
        "but for a space that begins or ends, views, spaces and RCU are left alone",
        SPACE in step.arguments
        or NEW_SPACE in step.arguments
        or (after.views, after.spaces, after.rcu) == (before.views, before.spaces, before.rcu),
    )
    claim_all(proof, estate.clauses(after))
    claim_all(proof, nothing_is_revived(estate, after))


def using(package: Package, proof: Proof, region: str, is_held: bool) -> None:
    """A thread uses a region of a view that it may use, or one whose owner it holds."""
    estate = Estate(package, proof, ahead=() if is_held else (region,))
    estate.assume()
    state = estate.state
    reader = package.rcu.Reader()
    if is_held:
        proof.assume(_holds("THREAD", THREAD, estate))
    else:
        proof.assume(negation(state.views[VIEW].freed))
        reader = package.rcu.Reader(nesting=1, loaded=(VIEW,))
    state = state._replace(rcu=package.rcu.Rcu({THREAD: reader}))
    after = package.lifecycle_steps.use_region(state, THREAD, region)
    proof.claim("the region is not freed", negation(estate.is_freed[region]))
    proof.claim("using it is no fault", after.faults == ())


def going_over_regions(package: Package, proof: Proof) -> None:
    """Making and destroying a view goes over each of its regions, once, for the view."""
    estate = Estate(package, proof)
    many = (REGION, SIBLING, REGION, LOOSE)
    seen: list[tuple[str, Holder]] = []

    def take(state: Lifecycle, region: str, holder: Holder) -> Lifecycle:
        seen.append((region, holder))
        return state

    def drop(state: Lifecycle, thread: str, region: str, holder: Holder) -> Lifecycle:
        return take(state, region, holder)

    steps = package.lifecycle_steps
    state = estate.state._replace(freed_regions=frozenset(), views={})
    made = rebound(steps.make_view, take_owner=take)(state, THREAD, VIEW, many)
    expected = [(region, estate.holder("VIEW", VIEW)) for region in many]
    proof.claim("it takes a reference for each", seen == expected)
    proof.claim("they are those that it says it has", made.views[VIEW].regions == many)
    seen.clear()
    gone = rebound(steps.destroy_view, drop_owner=drop)(made, VIEW)
    proof.claim("it drops a reference for each", seen == expected)
    proof.claim("then it is freed", gone.views[VIEW].freed is True)


def nothing_is_revived(estate: Estate, after: Lifecycle) -> dict[str, bool]:
    """What has ended stays so, and a region ends only with its owner's last reference."""
    return {
        "from 0 references no owner comes back": all_of(
            *(
                implies(one.ref == 0, after.owners[owner].ref == 0)
                for owner, one in estate.owners.items()
            )
        ),
        "what is freed stays so": all_of(
            *(
                implies(flag, cast(Any, after.freed_regions).flags[region])
                for region, flag in estate.is_freed.items()
            )
        ),
    }


def taking_for_a_view(package: Package, proof: Proof, region: str) -> None:
    """A view is made: it has references for some of its regions, and takes that for one more."""
    estate = Estate(package, proof)
    estate.assume()
    proof.assume(negation(estate.state.views[VIEW].freed))
    proof.assume(negation(estate.is_freed[region]))
    holder = estate.holder("VIEW", VIEW)
    after = package.lifecycle.take_owner(estate.state, region, holder)
    view = after.views[VIEW]
    more = view._replace(regions=(*view.regions, region))
    claim_all(proof, estate.clauses(after._replace(views={VIEW: more})))
    claim_all(proof, nothing_is_revived(estate, after))


def dropping_for_a_view(package: Package, proof: Proof, region: str) -> None:
    """A view is destroyed: it has references for some of its regions, and drops that for one."""
    estate = Estate(package, proof, ahead=(region,))
    estate.assume()
    proof.assume(negation(estate.state.views[VIEW].freed))
    holder = estate.holder("VIEW", VIEW)
    after = package.lifecycle.drop_owner(estate.state, THREAD, region, holder)
    view = after.views[VIEW]
    less = view._replace(regions=view.regions[1:])
    proof.claim("no region that it drops has been freed", after.faults == ())
    claim_all(proof, estate.clauses(after._replace(views={VIEW: less})))
    claim_all(proof, nothing_is_revived(estate, after))


OWNED = Theorem(
    name="no_region_of_a_view_is_freed_before_the_view_unless_by_other_means",
    statement=(
        "With any number of views, spaces, threads and owners, a view has a reference to the owner "
        "of each of its regions and a space to that of its root; a region ends exactly with its "
        "owner's last reference, which never comes back; so no region of a view that a thread may "
        "use, and none whose owner it holds, is freed, and destroying a view meets none that is."
    ),
    rules=("P14", "L4", "L5"),
    assumptions=(
        "No region's storage is freed by other means: `free_region`, which is such a bug, is not "
        "taken (H22).",
        "Each clause speaks of one owner, with one region, one view or one space, and a step reads "
        "and replaces at most one of each by name; so of any number these suffice: an owner and "
        "another, two regions of the first, one of the second and one without, a view and a space "
        "of them. release_owner looks at each region by itself.",
        "A loop over the regions of a view takes or drops one reference for each in turn, as is "
        "seen of four: an induction over their number, of which any are before or left.",
        f"A view that a thread may use is not freed, as the theorem {USES.name} says.",
    ),
    limits=Limits(resource_units=420_000, paths=80),
    obligations=(
        *(Obligation(f"{step.name}{step.arguments}", partial(taking, step=step)) for step in STEPS),
        *(
            Obligation(f"{title} {region}", partial(body, region=region))
            for title, body in (
                ("making a view of one more:", taking_for_a_view),
                ("destroying a view of one more:", dropping_for_a_view),
            )
            for region in (REGION, LOOSE)
        ),
        Obligation("making and destroying a whole view", going_over_regions),
        *(
            Obligation(
                f"using the {region} of a view", partial(using, region=region, is_held=False)
            )
            for region in (REGION, LOOSE)
        ),
        Obligation(
            "using a region of an owner that it holds", partial(using, region=REGION, is_held=True)
        ),
    ),
    teeth=(
        bugs.ROOTS_OWNER_ONLY,
        bugs.ROOTS_OWNER_DROPPED,
        bugs.SPACE_TAKES_NO_OWNER,
        bugs.REGION_OF_THE_DEAD,
        bugs.REGIONS_STAY,
        bugs.OWNER_ENDS_EARLY,
        bugs.REGIONS_OF_ALL_END,
        bugs.DEAD_VIEW_REVIVED,
        bugs.DROPPED_BUT_COUNTED,
    ),
)

THEOREMS = (OWNED,)

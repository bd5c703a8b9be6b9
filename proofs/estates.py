"""The words that theorems about the owners of regions are stated in.

Of owners and regions of any number, those are here that a step acts on and others that a clause of
the invariant may speak of; a view has any number of regions.
"""

from typing import Any, cast

from model.lifecycle import Lifecycle
from model.references import Holder
from proofs.crowds import ELSEWHERE, FreedRegions, Held, SomeRegions, count_owners, length
from proofs.proof import Proof, assume_all
from proofs.questions import answer, answer_about_inputs
from proofs.rebinding import rebound
from proofs.symbolic import all_of
from proofs.theorem import Package

THREAD, VIEW, SPACE, NEW_SPACE = 0, 1, "space", "new space"
OWNER, OTHER_OWNER = OWNERS = ("owner", "other owner")
REGION, SIBLING, OTHER_REGION, LOOSE = REGIONS = ("region", "sibling", "other region", "loose")
OWNER_OF = {REGION: OWNER, SIBLING: OWNER, OTHER_REGION: OTHER_OWNER, LOOSE: None}
"""Two regions of the owner that a step acts on, one of another owner, and one of none."""


class Estate:
    """Inputs: any owners and regions that satisfy the invariant, with a view and a space of them.

    `ahead` are the regions that the view has besides any number of others.
    """

    def __init__(self, package: Package, proof: Proof, ahead: tuple[str, ...] = ()) -> None:
        self.package, self.proof = package, proof
        names: tuple[tuple[str, int | str], ...] = (
            ("PARENT", ""),
            ("THREAD", THREAD),
            ("VIEW", VIEW),
            ("SPACE", SPACE),
            ("VIEW", ELSEWHERE),
            ("SPACE", ELSEWHERE),
        )
        holders = [self.holder(*name) for name in names]
        nobody = {self.holder("SPACE", NEW_SPACE): 0}
        self.owners = {
            owner: package.references.References(
                proof.integer(f"{owner}.ref"),
                Held(
                    nobody
                    | {
                        one: proof.integer(f"{owner} held by {one.kind.value} {one.name}", 0)
                        for one in holders
                    }
                ),
            )
            for owner in OWNERS
        }
        self.rest = SomeRegions({one: proof.integer(f"regions of {one}", 0) for one in OWNERS})
        freed = FreedRegions({region: proof.boolean(f"{region} is freed") for region in REGIONS})
        self.is_freed = freed.flags
        lifecycle = package.lifecycle
        empty = package.references.References(1, ())
        self.state: Lifecycle = lifecycle.Lifecycle(
            package.rcu.Rcu({THREAD: package.rcu.Reader()}),
            {VIEW: lifecycle.View(empty, (*ahead, cast(Any, self.rest)), proof.boolean("freed"))},
            {SPACE: lifecycle.Space(REGION, freed=proof.boolean("space.freed"))},
            dict(self.owners),
            {**OWNER_OF, cast(Any, self.rest): cast(Any, self.rest)},
            cast(Any, freed),
            bql=cast(Any, THREAD),
        )

    def holder(self, kind: str, name: int | str = "") -> Holder:
        """A holder in the types of the package."""
        references = self.package.references
        one: Holder = references.Holder(references.HolderKind[kind], name)
        return one

    def assume(self) -> None:
        """Take the invariant for granted."""
        assume_all(self.proof, self.clauses(self.state))

    def clauses(self, state: Lifecycle) -> dict[str, bool]:
        """What the model's invariant says of all that is spoken of; does not fork."""
        broken = rebound(
            self.package.lifecycle_invariant.broken_owners, len=length, Counter=count_owners
        )
        pairs = [(region, owner) for region, owner in OWNER_OF.items() if owner is not None]

        def holds(**part: Any) -> bool:
            def question() -> bool:
                return next(iter(broken(cut_of(state, self.rest, **part))), None) is None

            if state is self.state:
                return answer_about_inputs(self.proof, tuple(part.items()), question)
            return answer(self.proof, question)

        return {
            "counts say how many holders there are": all_of(
                *(holds(owner=owner) for owner in OWNERS)
            ),
            "a region ends with its owner": all_of(
                *(holds(owner=owner, region=region) for region, owner in pairs)
            ),
            "a view has a reference for each of its regions": all_of(
                *(holds(owner=owner, view=VIEW) for owner in OWNERS)
            ),
            "a space has a reference to the owner of its root": all_of(
                *(holds(owner=OWNER, region=REGION, space=space) for space in state.spaces)
            ),
            "a region ends only with its owner": all_of(
                *(self.is_freed_in_order(state, region) for region in REGIONS)
            ),
        }

    def is_freed_in_order(self, state: Lifecycle, region: str) -> bool:
        """Whether a region is there, or ended with its owner: `free_region` alone breaks this."""
        owner = OWNER_OF[region]

        def question() -> bool:
            if region not in state.freed_regions:
                return True
            return owner is not None and bool(state.owners[owner].ref == 0)

        return answer(self.proof, question)


class Named(dict[Any, Any]):
    """Regions by name; others, that are only counted, are not gone over."""

    def items(self) -> Any:
        """Those with a name."""
        return [(one, self[one]) for one in self if not isinstance(one, SomeRegions)]


def cut_of(
    state: Lifecycle,
    rest: SomeRegions,
    owner: str,
    region: str | None = None,
    view: int | None = None,
    space: str | None = None,
) -> Lifecycle:
    """The part of a state that a clause may speak of; this forks."""
    regions = {} if region is None else {region: OWNER_OF[region]}
    if view is not None:
        ahead = [one for one in state.views[view].regions if one is not cast(Any, rest)]
        regions = {one: OWNER_OF[one] for one in ahead if OWNER_OF[one] == owner}
        regions[cast(Any, rest)] = cast(Any, rest)
    views = (
        {}
        if view is None
        else {
            view: state.views[view]._replace(
                regions=tuple(one for one in state.views[view].regions if one in regions)
            )
        }
    )
    return state._replace(
        owners={owner: state.owners[owner]},
        regions=Named(regions),
        views=views,
        spaces={} if space is None else {space: state.spaces[space]},
        freed_regions=frozenset(
            one for one in REGIONS if one in regions and one in state.freed_regions
        ),
    )

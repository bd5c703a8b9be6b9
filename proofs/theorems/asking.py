"""Asking whether an access is valid, beside the access: how long both go on in step.

The loop of the query keeps an address and a length, and nothing else. So one turn of it from any of
them, beside one step of an access from the same, is the step of an induction over a whole request.
How many bytes a device lets both take is the matter of `measuring`.
"""

from functools import partial
from typing import Any

from proofs.proof import Limits, Proof
from proofs.ranges import any_address
from proofs.rebinding import rebound
from proofs.requests import SPACE, StepsAreOver, variables_of
from proofs.symbolic import all_of, choose, implies, negation, tellable
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs_in_accesses
from proofs.theorems import bugs_in_bytes as bugs
from proofs.theorems.guest_stepping import ANYTHING, Place, What
from proofs.theorems.moving import AnyData
from proofs.theorems.stepping import (
    MESSAGES,
    REQUESTS,
    any_length,
)


class Asked:
    """A request of which the next bytes come to some place, and both ways to deal with them.

    The methods stand in for what the query calls. The hook of the device answers alike when it is
    asked alike.
    """

    def __init__(self, package: Package, proof: Proof, what: What, is_write: bool) -> None:
        self.package, self.proof, self.is_write = package, proof, is_write
        self.address = tellable(any_address(proof))
        self.length = tellable(any_length(proof, "request"))
        self.place = Place(package, proof, what, flags=())
        self.found = self.place.found
        self.size = proof.integer("asked", 1, 8)
        self.refuses_what_is_asked = proof.boolean("refuses what is asked")
        proof.assume(all_of(self.found.length >= 1, self.found.length <= self.length))
        for size in (self.size, self.place.size):
            proof.assume(all_of(size >= 1, size <= self.found.length))
        proof.show("asked", self.size)
        self.translated = 0

    def translate(self, system: Any, space: str, address: int, length: int, *how: object) -> Any:
        """In place of `model.translate.translate`."""
        if self.translated:
            raise StepsAreOver
        self.translated += 1
        is_all = all_of(address == self.address, length == self.length)
        self.proof.claim("all that is left is translated, where it begins", is_all)
        attrs = self.package.memtx.UNSPECIFIED
        is_right = (space, how) == (SPACE, (self.is_write, attrs))
        self.proof.claim("as a read or a write, as it is asked about", is_right)
        return self.found

    def query_step(self, system: Any, found: Any, address: int) -> int:
        """In place of `model.address_space.query_step`."""
        self.proof.claim("it goes by the address", address == self.address)
        return self.size

    def may_dispatch(
        self, system: Any, name: str | None, offset: int, size: int, is_write: bool
    ) -> bool:
        """In place of `model.step.may_dispatch`."""
        self.proof.claim("the region is asked about the offset in it", offset == self.found.offset)
        self.proof.claim("and about the size of the step", size == self.size)
        is_right = name == self.found.region and is_write == self.is_write
        self.proof.claim("and about a read or a write, as it is", is_right)
        if name is None or not self.place.has_operations():
            return False
        is_the_same = size == self.place.size
        refuses = choose(is_the_same, self.place.is_refused, self.refuses_what_is_asked)
        return negation(refuses)

    def ask(self) -> tuple[bool, Any]:
        """Whether the query goes on or says yes, and what is left of the request then.

        Of nothing, there is no address.
        """
        access_valid = rebound(
            self.package.address_space.access_valid,
            check_request=lambda *_: None,
            check_effort=lambda *_: None,
            translate=self.translate,
            query_step=self.query_step,
            may_dispatch=self.may_dispatch,
        )
        request = (self.address, self.length, self.is_write)
        try:
            said = access_valid(self.place.system, SPACE, *request)
        except StepsAreOver as over:
            kept = variables_of(access_valid, over.__traceback__)
            others = kept.keys() - {"address", "length", "found", "step", "steps"}
            given = {"system", "space", "is_write", "attrs"}
            self.proof.claim("it keeps nothing else", others == given)
            return True, (kept["address"], kept["length"])
        return bool(said), (None, 0)

    def step(self) -> Any:
        """The step of the access; None if it stops."""
        access, place = self.package.read_write, self.place
        size, attrs = {"device_step_size": place.device_step_size}, self.package.memtx.UNSPECIFIED
        if self.is_write:
            moves = {"store_dirty": place.store_dirty}
            write_step = rebound(
                access.write_step, **size, **moves, dispatch_write=place.dispatch_write
            )
            step = partial(write_step, place.system, self.found, AnyData(), 0, attrs)
        else:
            reads = {"load_bytes": place.load_bytes}
            read_step = rebound(
                access.read_step, **size, **reads, dispatch_read=place.dispatch_read
            )
            step = partial(read_step, place.system, self.found, attrs)
        return place.run(step)[0]


def asking(package: Package, proof: Proof, what: What, is_write: bool) -> None:
    """One turn of the query, and one step of the access, from the same place."""
    asked = Asked(package, proof, what, is_write)
    found, place, claim = asked.found, asked.place, proof.claim
    goes_on, left = asked.ask()
    proof.show("left", left)
    step = asked.step()
    proof.show("step", step)
    attrs = package.memtx.UNSPECIFIED
    is_direct = package.translate.is_direct(place.system, found.region, is_write, attrs)
    if is_direct:
        is_in_step = found.offset + found.length <= place.block.max_length
        claim("memory is always said to be valid", goes_on)
    else:
        is_in_step = asked.size == place.size
        if what.kind == "RAM_DEVICE" and step is None:
            overruns = found.offset + place.size > place.block.max_length
            claim("a RAM device that is called stops only where its block ends", overruns)
            return
    if step is None:
        claim("where the access stops, they are not in step", negation(is_in_step))
        is_outside = found.offset >= place.block.max_length
        claim("memory stops it only outside of the block", is_outside)
        return
    is_ok = step.result == package.memtx.MemTxResult.OK
    is_right = implies(is_in_step, goes_on == is_ok)
    claim("in step, the query goes on exactly if the step succeeds", is_right)
    if not goes_on:
        return
    address, rest = package.access.advance(asked.address, asked.length, tellable(step.length))
    is_same = rest == left[1]
    claim("both have the same left exactly if they are in step", is_same == is_in_step)
    if left[0] is not None:
        claim("and go on at the same address", implies(is_in_step, address == left[0]))


PURE = (
    "The accepts hook answers alike when it is asked alike; no callback fails, no guard keeps the "
    "access out, no access changes what the next one finds, and only RAM-only attributes deny one, "
    "which are not given. The query looks at none of these."
)

IN_STEP = Theorem(
    name="a_query_says_yes_exactly_if_the_access_succeeds_as_long_as_both_take_the_same_steps",
    statement=(
        "From one address, the query goes on exactly if the access's step succeeds, and both have "
        "the same left, if they are in step: if memory's block has all bytes that were translated, "
        "or the step of the device has as many bytes for both. Else they part: both have something "
        "else left, or the access stops. So if they are in step to the end, the query says yes "
        "exactly if the access ends with OK."
    ),
    rules=("P17", "A2", "A3", "A6", "A12", "A13"),
    assumptions=(
        REQUESTS,
        PURE,
        "The translation has a byte or more (no X3). A step of a device has from 1 to 8 bytes, and "
        "no more than were translated, as it has of all but multiples of 2^32 (A1); here the sizes "
        "of both may be any.",
        "Regions have the operations of their kind. A RAM device that is called does not overrun "
        "its block.",
        MESSAGES,
    ),
    limits=Limits(resource_units=340_000, paths=270),
    obligations=tuple(
        Obligation(f"{verb} {what.text}", partial(asking, what=what, is_write=is_write))
        for what in ANYTHING
        for verb, is_write in (("reading", False), ("writing", True))
    ),
    teeth=(
        bugs.QUERY_ASKS_ABOUT_THE_ADDRESS,
        bugs.QUERY_ASKS_ABOUT_ALL,
        bugs.QUERY_ASKS_ABOUT_READS,
        bugs.QUERY_TAKES_ROM_FOR_WRITABLE,
        bugs.QUERY_SAYS_YES_TO_ALL,
        bugs.QUERY_ENDS_AFTER_A_STEP,
        bugs_in_accesses.BLOCK_DOES_NOT_CUT,
        bugs_in_accesses.REMAINING_IS_A_BYTE_SHORT,
    ),
)

THEOREMS = (IN_STEP,)

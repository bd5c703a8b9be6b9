"""Following: a translation along a chain of IOMMUs, one after the other."""

from typing import Any

from model.translate import Translation
from proofs.proof import Limits, Proof
from proofs.ranges import LAST_ADDRESS
from proofs.rebinding import rebound
from proofs.symbolic import all_of
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs_in_translation as bugs
from proofs.theorems.redirecting import FOUND
from proofs.theorems.translating import any_length


class Chain:
    """What a translation comes to: first one thing, then one more behind each IOMMU.

    Nothing is known of these, but that an IOMMU sends on no more bytes than had come to it.
    `request` is what is asked: the address, the length, whether to write, and the attributes. The
    first and the last are only handed on, so that these stand for any.
    """

    def __init__(self, package: Package, proof: Proof, limit: int) -> None:
        self.package, self.proof = package, proof
        self.request = (0xADD2E55, any_length(proof), proof.boolean("is_write"), "attrs")
        self.steps: list[Translation] = [
            package.translate.Translation(
                package.dispatch.Section(index, 0, 0, 0),
                proof.integer(f"offset[{index}]", 0, LAST_ADDRESS),
                proof.integer(f"length[{index}]", 0, LAST_ADDRESS),
                f"space {index}",
            )
            for index in range(limit + 1)
        ]
        self.is_iommu = [proof.boolean(f"is_iommu[{index}]") for index in range(limit)]
        self.is_refused = [proof.boolean(f"is_refused[{index}]") for index in range(limit)]
        length = self.request[1]
        for step in self.steps:
            proof.assume(step.length <= length)
            length = step.length

    def end(self) -> Translation | None:
        """Where the chain ends, None if with an IOMMU that sends on at the limit; this forks."""
        for step, is_iommu, is_refused in zip(
            self.steps, self.is_iommu, self.is_refused, strict=False
        ):
            if not is_iommu:
                return step
            if is_refused:
                return step._replace(section=self.package.translate.IOMMU_FAULT)
        return None

    def translate_in_space(
        self, system: object, space: str, address: int, length: int
    ) -> Translation:
        """In place of `translate_in_space`."""
        is_asked = (space == FOUND, address == self.request[0], length == self.request[1])
        self.proof.claim("the space is asked for what was asked", all_of(*is_asked))
        return self.steps[0]

    def iommu_of(self, system: object, found: Translation) -> int | None:
        """In place of `iommu_of`: the place of an IOMMU in the chain stands for it."""
        index: Any = found.region
        return index if self.is_iommu[index] else None

    def through_iommu(
        self, system: object, iommu: int, found: Translation, is_write: bool, attrs: object
    ) -> Translation | None:
        """In place of `through_iommu`."""
        self.proof.claim(
            "the IOMMU is asked for what had come to it, to read or write as it was asked",
            all_of(
                found is self.steps[iommu], is_write == self.request[2], attrs is self.request[3]
            ),
        )
        return None if self.is_refused[iommu] else self.steps[iommu + 1]


def following(package: Package, proof: Proof) -> None:
    """A chain of IOMMUs, as many as a translation may pass through, or one more."""
    chain = Chain(package, proof, package.translate.MAX_IOMMUS + 1)
    translate = rebound(
        package.translate.translate,
        check_request=lambda *request: None,
        translate_in_space=chain.translate_in_space,
        iommu_of=chain.iommu_of,
        through_iommu=chain.through_iommu,
    )
    try:
        found: Translation | None = translate(None, FOUND, *chain.request)
    except package.memtx.TranslationLimit:
        found = None
    proof.show("found", found)
    expected = chain.end()
    if found is None or expected is None:
        proof.claim(
            "it gives up exactly where more IOMMUs than the limit send it on",
            found is expected,
        )
        return
    proof.claim(
        "the first that is no IOMMU answers, or nothing does at the offset where one refuses",
        all_of(*(a == b for a, b in zip(found, expected, strict=True))),
    )
    proof.claim("for no more bytes than were asked for", found.length <= chain.request[1])


CHAINS = Theorem(
    name="a_translation_follows_iommus_until_one_refuses_or_something_else_answers",
    statement=(
        "A translation is answered by the first that is no IOMMU in the chain it is sent along, "
        "for no more bytes than were asked for; where an IOMMU refuses, nothing answers, at the "
        "offset and for the length that had come to that IOMMU."
    ),
    rules=("P8", "X2", "X4"),
    assumptions=(
        "The limit of 64 IOMMUs, beyond which a translation is given up, is the model's own; every "
        "length of chain up to it is run, and one more. QEMU has no limit.",
        "Each step may lead anywhere, with no more bytes than had come, as is proved of one step.",
    ),
    limits=Limits(resource_units=1_700_000, paths=400),
    obligations=(Obligation("up to the limit, and beyond it", following),),
    teeth=(
        bugs.FAULT_OF_THE_FIRST_SECTION,
        bugs.ONE_IOMMU_ONLY,
        bugs.FAULT_FORGETS_THE_OFFSET,
        bugs.IOMMUS_ARE_READ_THROUGH,
    ),
)

THEOREMS = (CHAINS,)

"""The defects of RFC v1 as data: what each does, and which of them no scenario can show.

RFC v1 is the first public patch series that implements rust-vmm's `GuestMemory` for QEMU's
FlatView. `fuzz.targets.rfc_v1` behaves as it does; each of its defects is a switch there.
"""

from collections.abc import Iterable
from enum import Enum


class Defect(Enum):
    """A known way in which RFC v1 deviates, F1 to F29, and two that its design implies.

    G2 and G4 are no defects in the sense of the list: they are stricter, or as careless as C.
    `what` is what it does; `out_of_reach` is why no scenario can show it, empty if one can; `note`
    is what must be known of how it shows.
    """

    what: str
    out_of_reach: str
    note: str

    def __new__(cls, number: str, what: str, out_of_reach: str = "", note: str = "") -> "Defect":
        """A member whose value is its number."""
        made = object.__new__(cls)
        made._value_ = number
        made.what, made.out_of_reach, made.note = what, out_of_reach, note
        return made

    F1 = "F1", "The hook of a load is told the address of a function as the length."
    F2 = (
        "F2",
        "The hook of a read is called at each step, each time with the request's first address.",
    )
    F3 = (
        "F3",
        "The hook's address is the guest's plus the section's offset; a sum beyond 2^64 panics, "
        "even in builds without a hook.",
    )
    F4 = "F4", "The hook is called for loads of devices and holes, too."
    F5 = "F5", "The first bad step makes a read or write an error, also after bytes were moved."
    F6 = (
        "F6",
        "An error does not say how many bytes were moved before it.",
        "",
        "By itself it shows where all must be moved; in RFC v1 those methods panic (F19), and F5 "
        "brings the error to the others.",
    )
    F7 = (
        "F7",
        "An error names the address of the request, not of the byte that failed.",
        "Shown only together with F5 and F6, and without F8. By itself an error comes only of the "
        "first byte, whose address is the request's; with F8, no error has an address. "
        "What is left in RFC v1 are denials, for which its attributes never ask (G6).",
    )
    F8 = "F8", "Holes, failing devices and refused accesses are all InvalidBackendAddress."
    F9 = (
        "F9",
        "A translation that fails panics in one place, and is an error in others.",
        "Latent: C's translation answers for every address (X4), so none fails.",
    )
    F10 = (
        "F10",
        "A step of a device that passes 2^64 is GuestAddressOverflow, after the device was called.",
    )
    F11 = "F11", "A callback is offered all of a request where a device, or nothing, answers."
    F12 = "F12", "A range over holes passes as accessible."
    F13 = "F13", "A hole has a region, of length 0, and every address is in one."
    F14 = (
        "F14",
        "Looking up gives the IOMMU's own section, while `try_access` walks through the IOMMU.",
        "",
        "The look-up is as specified, which decides so too: what shows is that a callback is given "
        "another region than the look-up finds.",
    )
    F15 = (
        "F15",
        "A region accepts the offset one past its end.",
        "Scenarios ask maps, and no method of a map hands such an offset to a region: they come "
        "from addresses that the region has. Only who holds a region can ask it.",
    )
    F16 = (
        "F16",
        "Asking for the host address of a device aborts.",
        "",
        "In RFC v1 a map's method panics before (F19); a region's own aborts.",
    )
    F17 = "F17", "Regions are counted as flat ranges, but found as sections of pages."
    F18 = "F18", "Listing the regions panics, and so does asking for the last address."
    F19 = "F19", "Objects, slices, streams and offsets in regions are not implemented, and panic."
    F20 = (
        "F20",
        "A store over the end of RAM is an error, for another reason than its comment says.",
        "The specification decides for the same error: an integer is stored in one piece or not at "
        "all. Only the comment is wrong.",
    )
    F21 = "F21", "A load or store over a page's edge inside one range of RAM is an error."
    F22 = "F22", "A step that takes nothing ends an access with success, having moved less."
    F23 = (
        "F23",
        "A guard does not keep the views that IOMMUs lead its accesses to.",
        "",
        "What shows is that such a view is not referred to, and destroyed while the guard lives. "
        "The use after that needs a section that is kept between two operations: none does.",
    )
    F24 = (
        "F24",
        "Accesses through a guard need an RCU section, but are safe functions.",
        "The type system's: that a function is safe to call wrongly is not seen in what it gives. "
        "In a scenario nothing can come between an access and its own section.",
    )
    F25 = (
        "F25",
        "Taking a reference panics if a commit drops the last one at that moment.",
        "Taking a guard is one operation: nothing can stand between its loading the view and its "
        "reference. Threads of a scenario can be put so (L3), but they are C's, not guards.",
    )
    F26 = (
        "F26",
        "Cloning a guard documents a panic that cannot happen; a guard cannot change threads.",
        "The panic cannot happen, and which threads a guard may go to is the type system's.",
    )
    F27 = (
        "F27",
        "On a big-endian target an integer is swapped twice if the documentation is followed.",
        "",
        "The target under test follows it, on a host that is little-endian.",
    )
    F28 = (
        "F28",
        "A shared reference is made to what C changes.",
        "The memory model's: it is undefined behaviour, whatever the outcome looks like.",
    )
    F29 = (
        "F29",
        "Atomic accesses ignore alignment and order.",
        "",
        "What shows is the alignment. Order and tearing are the memory model's, out of reach.",
    )
    G2 = (
        "G2",
        "A callback must not take more than it is offered, even within the request; and no bytes "
        "are always a success.",
    )
    G4 = (
        "G4",
        "An integer needs what translation gives: a load may run past a ROM device's range, into "
        "hidden bytes, but none from a device past an IOMMU's page.",
    )


NUMBERED = tuple(one for one in Defect if one.value.startswith("F"))
"""The list of known defects, F1 to F29."""

PREFIX = "rfc-v1"


class UnknownDefect(ValueError):
    """No such defect can be a target; the message says why."""


def defects_of(name: str) -> frozenset[Defect]:
    """The defects that a target `rfc-v1`, `rfc-v1:F5` or `rfc-v1:F5+F7` has: all, or these.

    Raises UnknownDefect for others, and where no scenario can show any of them.
    """
    if name == PREFIX:
        return frozenset(Defect)
    chosen = frozenset(map(defect_of, name.removeprefix(f"{PREFIX}:").split("+")))
    if all(one.out_of_reach for one in chosen):
        reasons = " ".join(one.out_of_reach for one in in_order(chosen))
        raise UnknownDefect(f"{name!r} cannot be told from the specification: {reasons}")
    return chosen


def defect_of(word: str) -> Defect:
    """A defect by its number. Raises UnknownDefect."""
    for one in Defect:
        if one.value == word:
            return one
    known = ", ".join(one.value for one in Defect if not one.out_of_reach)
    raise UnknownDefect(f"there is no defect {word!r} of RFC v1; there are {known}")


def in_order(defects: Iterable[Defect]) -> list[Defect]:
    """Defects in the order of the list."""
    return [one for one in Defect if one in set(defects)]

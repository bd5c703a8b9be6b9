"""Bugs that need two threads to show, to be planted in `impl.reader` and `impl.lifecycle`."""

from fuzz.mutation import Mutation

PLAIN_COUNTER = """
def racy_reference(self, view):
    self.check(view)
    if view.references == 0:
        return False
    view.references += 1
    self.held[view] += 1
    return True

def racy_unreference(self, view):
    subtract(self.held, view)
    view.references -= 1
    if view.references == 0:
        self.lifetimes.hand_over(view)

Reader.try_reference = racy_reference
Reader.unreference = racy_unreference
GracePeriods.references_of = lambda self, view: view.references


def subtract("""

THREAD_BUGS = (
    Mutation(
        "views-are-destroyed-without-waiting",
        "impl.reader",
        "return [one for one in list(self.readers.values()) if OUTSIDE < one.epoch < self.epoch]",
        "return []",
    ),
    Mutation(
        "readers-leave-no-mark",
        "impl.reader",
        "            self.epoch = self.lifetimes.epoch\n",
        "            pass\n",
    ),
    Mutation(
        "older-marks-are-ignored",
        "impl.reader",
        "if OUTSIDE < one.epoch < self.epoch",
        "if OUTSIDE < one.epoch == self.epoch - 1",
    ),
    Mutation(
        "references-are-one-counter-for-all",
        "impl.reader",
        "\ndef subtract(",
        PLAIN_COUNTER,
    ),
    Mutation(
        "view-referred-to-again-is-destroyed",
        "impl.reader",
        "if isinstance(one, FlatView) and self.is_referenced(one):",
        "if False:",
    ),
    Mutation(
        "load-reads-what-is-published-twice",
        "impl.reader",
        "            self.seen.add(view)\n        return view\n",
        "            self.seen.add(view)\n        return space.view\n",
    ),
    Mutation(
        "view-is-handed-over-before-the-count-is-lowered",
        "impl.reader",
        "        subtract(self.held, view)\n        self.lifetimes.hand_over_unreferenced(view)\n",
        "        last = self.lifetimes.references_of(view) == 1\n"
        "        subtract(self.held, view)\n"
        "        if last:\n"
        "            self.lifetimes.hand_over(view)\n",
    ),
    Mutation(
        "view-that-two-readers-dropped-waits-twice",
        "impl.reader",
        "if one not in self._queued and not one.freed:",
        "if True:",
    ),
    Mutation(
        "regions-are-freed-by-each-who-dropped-last",
        "impl.lifecycle",
        "                while True:\n"
        "                    region = owner.regions.pop(0)\n"
        "                    if not region.freed:\n",
        "                for region in owner.regions:\n                    if True:\n",
    ),
    Mutation(
        "two-readers-of-one-name",
        "impl.lifecycle",
        "self.readers.setdefault(name, reader) is not reader:",
        "name in self.readers or self.readers.__setitem__(name, reader):",
    ),
)
"""No scenario shows these: there, each operation of a thread is whole before the next begins."""

"""Callbacks are compared after every operation, shown by `events`, and have a byte form."""

from collections.abc import Callable

import pytest

from fuzz.callbacks import Backlog, CallbackSeen, EventfdSeen, format_callback
from fuzz.codec import decode, encode
from fuzz.observation import RangeSeen
from fuzz.oracle import run
from fuzz.parse import parse
from fuzz.targets.impl import ImplTarget
from fuzz.targets.interface import Lines, Settings
from fuzz.targets.model import ModelTarget
from fuzz.verdict import Verdict

LISTENED = """
container system 2^64
ram ram 0x1000
add system ram at 0x0
space memory system
listener vhost of memory eventfds on
set ram size 0x800
"""

CHANGES: dict[str, Callable[[Lines], Lines]] = {
    "one is left out": lambda lines: lines[1:],
    "one is called twice": lambda lines: lines[:1] + lines,
    "two change places": lambda lines: lines[::-1],
    "a name is wrong": lambda lines: tuple(line.replace("del", "nop") for line in lines),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_any_other_callbacks_are_a_difference_though_no_one_looks(
    change: Callable[[Lines], Lines],
) -> None:
    class Bent(ImplTarget):
        def callbacks(self) -> Lines:
            return change(super().callbacks())

    outcome = run(parse(LISTENED), [ModelTarget, Bent])
    assert outcome.verdict is Verdict.DIVERGE
    assert outcome.difference is not None
    assert outcome.difference.what == "callbacks"


def test_a_crash_of_the_target_in_a_callback_is_a_difference() -> None:
    class Crashing(ImplTarget):
        def callbacks(self) -> Lines:
            raise IndexError("boom")

    outcome = run(parse(LISTENED), [ModelTarget, Crashing])
    assert outcome.difference is not None
    assert outcome.difference.right == ("crashes: IndexError: boom",)


def test_without_listeners_nothing_is_counted_as_compared() -> None:
    """What never happened on either side has not been checked."""
    text = "ram ram 0x1000\nspace memory ram"
    compared = run(parse(text), [ModelTarget, ImplTarget]).compared
    listened = run(parse(f"{text}\nlistener vhost of memory"), [ModelTarget, ImplTarget]).compared
    plain = run(parse(f"{text}\nset ram size 0x1000"), [ModelTarget, ImplTarget]).compared
    assert listened == plain + 1
    assert plain > compared


@pytest.mark.parametrize("factory", [ModelTarget, ImplTarget])
def test_what_the_oracle_takes_is_still_there_for_the_scenario(
    factory: type[ModelTarget] | type[ImplTarget],
) -> None:
    target = factory(Settings())
    for step in parse(LISTENED).steps:
        target.apply(step.operation)
        target.callbacks()
    (look,) = (step.operation for step in parse("events").steps)
    assert len(target.apply(look)) == 3 + 4
    assert target.apply(look) == ("no callbacks",)


def test_a_backlog_is_taken_and_looked_at_independently() -> None:
    backlog = Backlog()
    backlog.add([CallbackSeen("vhost", "begin")])
    assert backlog.take() == ("vhost begin",)
    backlog.add([CallbackSeen("vhost", "commit")])
    assert backlog.look() == ("vhost begin", "vhost commit")
    assert backlog.take() == ("vhost commit",)
    assert (backlog.take(), backlog.look()) == ((), ("no callbacks",))


def test_every_part_of_a_callback_can_be_told_apart() -> None:
    """What two lines do not show, no comparison sees; a section has no dirty mask and ROMD mode."""
    section = RangeSeen("ram", 0, 0, 0x1000, 0, True, False, False, False)
    eventfd = EventfdSeen(0, 0, 1, None)
    calls = [
        CallbackSeen("vhost", "begin"),
        CallbackSeen("kvm", "begin"),
        CallbackSeen("vhost", "region_add", 1, section),
        CallbackSeen("vhost", "region_add", 2, section),
        CallbackSeen("vhost", "region_add", 1, section._replace(offset=1)),
        CallbackSeen("vhost", "region_add", 1, section._replace(size=1)),
        CallbackSeen("vhost", "region_add", 1, section._replace(readonly=True)),
        CallbackSeen("vhost", "region_add", 1, section._replace(unmergeable=True)),
        CallbackSeen("vhost", "log_start", 1, section, masks=(0, 1)),
        CallbackSeen("vhost", "log_start", 1, section, masks=(1, 0)),
        CallbackSeen("vhost", "coalesced_io_add", 1, section, addresses=(0, 1)),
        CallbackSeen("vhost", "coalesced_io_add", 1, section, addresses=(1, 0)),
        *(
            CallbackSeen("vhost", "eventfd_add", 1, eventfd=one)
            for one in (
                eventfd,
                eventfd._replace(start=1),
                eventfd._replace(size=1),
                eventfd._replace(notifier=2),
                eventfd._replace(data=0),
                eventfd._replace(data=1),
            )
        ),
    ]
    assert len({format_callback(call) for call in calls}) == len(calls)
    unseen = section._replace(dirty_log_mask=1, romd_mode=False)
    assert format_callback(calls[2]) == format_callback(calls[2]._replace(section=unseen))


def test_a_number_that_is_left_out_has_a_byte_form_of_its_own() -> None:
    text = (
        "io r0 0x10\n"
        "add-eventfd r0 at 0x4 size 4 notifier 1\n"
        "add-eventfd r0 at 0x4 size 4 notifier 1 data 0x0\n"
        "del-eventfd r0 at 0x4 size 0 notifier 4 data 0xffffffffffffffff\n"
    )
    scenario = parse(text)
    operations = [step.operation for step in decode(encode(scenario)).steps]
    assert operations == [step.operation for step in scenario.steps]

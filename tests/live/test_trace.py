"""The log of accesses: what it says is read, and what cannot be the whole truth is a fault."""

import pytest

from fuzz.live.accesses.actions import between_marks
from fuzz.live.accesses.places import Mark
from fuzz.live.accesses.trace import Callback, Refusal, TraceFault, read_log

READ = "memory_region_ops_read cpu -1 mr 0x55d0 addr 0xfed00000 value 0x9896808086a201 size 4"
MARK = Mark("ioport80", 0x80)
MARK_LINE = "memory_region_ops_read cpu -1 mr 0x55e0 addr 0x80 value 0xffff size 1 name 'ioport80'"


def test_a_callback_is_read_with_its_value_cut_to_its_size() -> None:
    (callback,) = read_log([f"{READ} name 'hpet'"])
    assert callback == Callback(False, "hpet", 0xFED00000, 4, 0x8086A201, "0x55d0")
    write = READ.replace("ops_read", "ops_write").replace("size 4", "size 8")
    (callback,) = read_log([f"{write} name 'usb3 port #1'"])
    assert callback == Callback(True, "usb3-port-1", 0xFED00000, 8, 0x9896808086A201, "0x55d0")


def test_a_refusal_is_read_whatever_the_reason() -> None:
    lines = [
        "Invalid read at addr 0x3FFF1, size 1, region 'pc.bios', reason: rejected",
        "Invalid write at addr 0x2, size 2, region 'hpet', reason: invalid size (min:4 max:4)",
        "Invalid read at addr 0x110000004, size 4, region '(null)', reason: rejected",
    ]
    assert list(read_log(lines)) == [
        Refusal(False, "pc.bios", 0x3FFF1, 1),
        Refusal(True, "hpet", 2, 2),
        Refusal(False, None, 0x110000004, 4),
    ]


@pytest.mark.parametrize(
    "line",
    [
        READ,
        f"{READ} name 'hpet",
        "memory_region_ops_read cpu",
        "Invalid read at addr 0x3, size",
        "a device complains",
        "",
    ],
)
def test_a_line_that_is_broken_or_not_known_is_a_fault(line: str) -> None:
    with pytest.raises(TraceFault, match="not known"):
        list(read_log([line]))


def test_lines_of_other_origin_are_passed_over_only_by_name() -> None:
    lines = ["flatview_new 0x55d0 (root 0x55e0)", "nvme complains of 3"]
    assert list(read_log(lines, ("nvme complains ",))) == []
    with pytest.raises(TraceFault):
        list(read_log(lines))


def test_what_is_logged_between_marks_belongs_to_one_access() -> None:
    lines = [f"{READ} name 'hpet'", MARK_LINE, MARK_LINE, f"{READ} name 'hpet'", MARK_LINE]
    assert [len(one) for one in between_marks(read_log(lines), MARK, 3)] == [1, 0, 1]


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        ([], 1),
        ([f"{READ} name 'hpet'"], 1),
        ([MARK_LINE], 2),
        ([MARK_LINE, MARK_LINE], 1),
        ([MARK_LINE, f"{READ} name 'hpet'"], 1),
    ],
)
def test_a_log_without_all_marks_in_place_is_a_fault(lines: list[str], count: int) -> None:
    with pytest.raises(TraceFault, match="marks"):
        between_marks(read_log(lines), MARK, count)

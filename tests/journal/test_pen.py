"""Lines that were put together in C are those that Python puts together; of what C does not know, Python does."""

from __future__ import annotations

import os
import time
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from georedirect.door import jotting
from georedirect.journal.sheet import PlainSheet, new_sheet
from tests.door.feeding import Fed
from tests.noted import Noted
from tests.policies import GOOD
from tests.wire import request

if TYPE_CHECKING:
    from collections.abc import Callable

    from georedirect.journal.pen import Pen, Sheet
    from georedirect.journal.sheet import Sheet as Sheets

needs_pen = pytest.mark.skipif(
    find_spec("georedirect.journal.pen") is None and "CI" not in os.environ, reason="pen.c was not compiled"
)

LOG = '[log]\naccess = "stdout"\nformat = "{}"\n'
LINES = (
    *("User-Agent: one", "User-Agent: Two \t", "user-agent: three", "USER-AGENT: four", 'User-Agent: "five\\"'),
    *("User-Agent: \xff\x80", "User-Agent:", "User-Agent: " + "x" * 700, "X-User-Agent: six", "Accept: */*"),
    *("Referer: https://one.example/", "referer: \xe9", "Connection: keep-alive", "X-Forwarded-For: 85.214.132.117"),
)
TARGETS = ("/", "/a?b=%20c", "/" + "x" * 2000)


def noted(form: str, asked: list[bytes]) -> list[str]:
    """The lines that come of it."""
    noted = Noted(GOOD + LOG.format(form))
    fed = Fed(noted.service)
    for octets in asked:
        fed.feed(octets)
    return [line for line in noted.lines() if line]


def without_time(form: str, line: str) -> str:
    if form == "json":
        return line.partition('"worker"')[2]
    before, _, rest = line.partition("[")
    return before + rest.partition("]")[2]


def asking() -> st.SearchStrategy[bytes]:
    lines = st.lists(st.sampled_from(LINES), max_size=3)
    return st.builds(lambda target, more: request(target, *more), st.sampled_from(TARGETS), lines)


@needs_pen
@pytest.mark.parametrize("form", ["json", "combined"])
@given(asked=st.lists(asking(), min_size=1, max_size=12))
def test_with_a_pen_and_without_lines_are_the_same(form: str, asked: list[bytes]) -> None:
    with_pen = noted(form, asked * 2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jotting, "Pen", None)
        without = noted(form, asked * 2)
    assert len(with_pen) == len(asked) * 2
    assert [without_time(form, line) for line in with_pen] == [without_time(form, line) for line in without]


class Written(NamedTuple):
    """What a pen writes on, and what it leaves to others."""

    pen: Pen
    sheet: Sheet
    left: list[tuple[object, ...]]


def written(second: int | None = None, room: int = 1000, milliseconds: int = -1) -> Written:
    """A pen that knows a host, and the time for this second."""
    from georedirect.journal.pen import Pen, Sheet  # noqa: PLC0415  which need not be there

    sheet, left = Sheet(2, room), list[tuple[object, ...]]()
    names = {b"host": b"[host]"}, b"referer", b"agent"

    def leave(*line: object) -> tuple[bytes, int]:
        left.append(line)
        return b"[now 000]", int(time.time()) if second is None else second

    pen = Pen(sheet, *names, len("-"), milliseconds, 4, False, leave)
    pen.jot(*LINE, {})
    left.clear()
    return Written(pen, sheet, left)


LINE = (b"[who]", b"host", b"/target", b"[told]-", b"head")
KNOWN = {b"agent": b"[agent]"}


@needs_pen
def test_a_line_is_the_parts_in_their_order_and_its_target_is_cut() -> None:
    pen, sheet, left = written()
    pen.jot(*LINE, KNOWN)
    pen.jot(*LINE, KNOWN | {b"referer": b"[from]"})
    lines = b"[now 000][who][host]/tar[told]-[agent]", b"[now 000][who][host]/tar[told][from][agent]"
    assert sheet.take() == (b"".join(lines), 2)
    assert not left


@needs_pen
def test_milliseconds_are_those_of_the_moment() -> None:
    lines = 0
    for _ in range(100):
        before = time.time_ns() // 1_000_000
        pen, sheet, _ = written(milliseconds=5)
        pen.jot(*LINE, KNOWN)
        after = time.time_ns() // 1_000_000
        line = sheet.take()[0]
        if line and before // 1000 == after // 1000:
            assert before % 1000 <= int(line[5:8]) <= after % 1000
            lines += 1
    assert lines


@needs_pen
@pytest.mark.parametrize(
    ("host", "fields", "second"),
    [
        (b"other", KNOWN, None),
        (b"host", KNOWN, 0),
        (b"host", {}, None),
        (b"host", {b"agent": b""}, None),
        (b"host", KNOWN | {b"referer": b""}, None),
    ],
)
def test_what_it_does_not_know_it_leaves(host: bytes, fields: dict[bytes, bytes], second: int | None) -> None:
    pen, sheet, left = written(second)
    line = (b"[who]", host, b"/", b"[told]-", b"head", fields)
    pen.jot(*line)
    assert left == [line]
    assert sheet.take() == (b"", 0)


@needs_pen
def test_what_there_is_no_room_for_it_leaves() -> None:
    pen, sheet, left = written()
    for _ in range(3):
        pen.jot(*LINE, KNOWN)
    assert (len(left), sheet.take()[1]) == (1, 2)
    pen, sheet, left = written(room=30)
    pen.jot(*LINE, KNOWN)
    assert (len(left), sheet.take()[1]) == (1, 0)


@needs_pen
def test_an_error_of_whoever_does_otherwise_is_ours() -> None:
    from georedirect.journal.pen import Pen, Sheet  # noqa: PLC0415  which need not be there

    def fail(*_: object) -> tuple[bytes, int]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Pen(Sheet(1, 1), {}, b"", b"", 0, -1, 4, True, fail).jot(*LINE, KNOWN)


@needs_pen
@pytest.mark.parametrize(
    ("told", "error"),
    [(None, TypeError), (("text", 1), TypeError), ((b"[now 000]", "1"), TypeError), ((b"1", 1), ValueError)],
)
def test_what_is_no_time_is_an_error(told: Any, error: type[Exception]) -> None:  # noqa: ANN401  whatever it is
    from georedirect.journal.pen import Pen, Sheet  # noqa: PLC0415  which need not be there

    with pytest.raises(error):
        Pen(Sheet(1, 1), {}, b"", b"", 0, 5, 4, True, lambda *_: told).jot(*LINE, KNOWN)


@needs_pen
def test_what_is_no_part_of_a_line_is_an_error() -> None:
    pen: Any = written(milliseconds=5).pen
    given: list[tuple[object, ...]] = [
        LINE,
        (b"", b"host", "/", b"", b"", {}),
        (*LINE, []),
        (*LINE, {b"agent": "text"}),
    ]
    for parts in given:
        with pytest.raises(TypeError):
            pen.jot(*parts)


# Sheets


def sheets() -> list[Callable[[int, int], Sheets]]:
    """Both kinds, as far as they are there."""
    return list({PlainSheet, new_sheet})


@given(
    st.integers(1, 5),
    st.integers(1, 20),
    st.lists(st.one_of(st.none(), st.binary(max_size=8).map(lambda octets: octets + b"\n")), max_size=20),
)
def test_a_sheet_holds_lines_in_their_order_as_far_as_there_is_room(
    most: int, room: int, steps: list[bytes | None]
) -> None:
    for make in sheets():
        sheet, held = make(most, room), list[bytes]()
        for line in steps:
            if line is None:
                assert sheet.take() == (b"".join(held), len(held))
                held.clear()
            else:
                has_room = len(held) < most and sum(map(len, held)) + len(line) <= room
                assert sheet.add(line) is has_room
                held += [line] if has_room else []
        assert sheet.take() == (b"".join(held), len(held))


@needs_pen
def test_a_sheet_has_room_for_lines_of_octets() -> None:
    sheet: Any = new_sheet(1, 1)
    with pytest.raises(TypeError, match="bytes, not str"):
        sheet.add("text")
    for most, room in ((0, 1), (1, 0)):
        with pytest.raises(ValueError, match="room"):
            sheet.__class__(most, room)

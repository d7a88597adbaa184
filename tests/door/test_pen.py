"""Lines that were put together in C are those that Python puts together; of what C does not know, Python does."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from georedirect.door import jotting
from tests.door.feeding import Fed
from tests.noted import Noted
from tests.policies import GOOD
from tests.wire import request

needs_pen = pytest.mark.skipif(
    find_spec("georedirect.door.pen") is None and "CI" not in os.environ, reason="pen.c was not compiled"
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


def pen(lines: list[bytes], **more: Any) -> Any:  # noqa: ANN401  which need not be there
    from georedirect.door.pen import Pen  # noqa: PLC0415

    made = Pen(lines, {b"host": b"[host]"}, {b"agent": b"[agent]"}, b"\nUser-Agent: ", 4, False)
    made.moment, made.until = b"[now]", more.get("until", 4e9)
    return made


HEAD = b"GET / HTTP/1.1\r\nUser-Agent: agent\r\n\r\n"


@needs_pen
def test_a_line_is_the_parts_in_their_order_and_its_target_is_cut() -> None:
    lines: list[bytes] = []
    assert pen(lines).jot(b"[who]", b"host", b"/target", b"[told]", HEAD) == 1
    assert pen(lines).jot(b"[who]", b"host", b"/", b"[told]", HEAD) == 2
    assert lines == [b"[now][who][host]/tar[told][agent]", b"[now][who][host]/[told][agent]"]


@needs_pen
@pytest.mark.parametrize(
    ("host", "head", "until"),
    [
        (b"other", HEAD, 4e9),
        (b"host", HEAD, 0.0),
        (b"host", HEAD.replace(b"agent", b"other"), 4e9),
        (b"host", b"GET / HTTP/1.1\r\n\r\n", 4e9),
        (b"host", HEAD.replace(b"\r\n\r\n", b"\r\nUser-Agent: agent\r\n\r\n"), 4e9),
        (b"host", b"\nUser-Agent: agent", 4e9),
    ],
)
def test_what_it_does_not_know_it_leaves(host: bytes, head: bytes, until: float) -> None:
    lines: list[bytes] = []
    assert pen(lines, until=until).jot(b"", host, b"/", b"", head) == 0
    assert lines == []


@needs_pen
def test_what_is_no_part_of_a_line_is_an_error() -> None:
    for parts in ((b"", b"host", b"/", b""), (b"", b"host", "/", b"", HEAD)):
        with pytest.raises(TypeError):
            pen([]).jot(*parts)
    for name in ("header", "moment"):
        with pytest.raises(TypeError):
            setattr(pen([]), name, "text")
        with pytest.raises(TypeError):
            delattr(pen([]), name)

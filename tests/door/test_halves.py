"""Answers are cut so that their halves put together are the answers, and so that equal halves are kept once."""

from __future__ import annotations

import re

from georedirect.decision import Action
from georedirect.door.answer import Answer
from georedirect.door.halves import Halves
from georedirect.door.response import octets

_DATE = re.compile(rb"Date: [^\r]*")


def redirect(number: int, path: str = "/x") -> Answer:
    headers = (("Location", f"https://{number}.example{path}"), ("Vary", "Cookie"))
    return Answer(307, headers, b"", Action.REDIRECT, "country", "why")


def test_the_halves_and_the_target_are_the_answer() -> None:
    halves = Halves()
    for target in (b"", b"/x"):
        first, second = halves.cut(redirect(1), target)
        for whole, closes in ((halves.open, False), (halves.closing, True)):
            together = first + target + whole[second]
            assert _DATE.sub(b"", together) == _DATE.sub(b"", octets(redirect(1), closes=closes))


def test_equal_halves_are_kept_once_and_different_ones_not_for_ever() -> None:
    halves = Halves()
    first, second = halves.cut(redirect(1, "/a"), b"/a")
    again, same = halves.cut(redirect(1, "/b"), b"/b")
    assert first is again
    assert second == same
    for number in range(2000):
        assert halves.cut(redirect(number), b"/x")[1] == 0
    anew, _ = halves.cut(redirect(1), b"/x")
    assert anew == first
    assert anew is not first

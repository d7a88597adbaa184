"""Instead of a header's value, the compiled reader finds what stands for it, if that is known; never what does not."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from georedirect.door.scanning import Wanted, new_glossary, scanner
from tests.door.test_scanning import LIMITS, PLAIN, needs_native

if TYPE_CHECKING:
    from georedirect.door.native import Glossary


def told(head: bytes, glossary: Glossary) -> bytes | None:
    """What is found for the user agent of a plain request with these lines."""
    scanned = scanner((Wanted(b"user-agent", glossary=glossary),), LIMITS)(PLAIN[:-2] + head + b"\r\n\r\n")
    return None if scanned is None else scanned[1].get(b"user-agent")


@needs_native
@pytest.mark.parametrize("value", [b"", b"a", b"Mozilla/5.0 (X; Y)", b"x" * 16, b"x" * 17, b"x" * 500, b"\xff\x80"])
def test_a_glossary_says_what_stands_for_a_value_octet_for_octet(value: bytes) -> None:
    glossary = new_glossary()
    assert glossary is not None
    assert told(b"User-Agent: " + value, glossary) == b""
    glossary.learn(value, b"[" + value + b"]")
    for spelled in (b"User-Agent: ", b"user-agent:", b"USER-AGENT: \t "):
        assert told(spelled + value, glossary) == b"[" + value + b"]"
    for other in (value + b"b", b"b" + value, b"b" + value.swapcase()):
        assert told(b"User-Agent: " + other, glossary) == b""


@needs_native
def test_of_a_header_that_is_there_twice_nothing_is_said_and_of_one_that_is_not_neither() -> None:
    glossary = new_glossary()
    assert glossary is not None
    glossary.learn(b"a", b"[a]")
    for first, second in itertools.product((b"a", b"b"), repeat=2):
        assert told(b"User-Agent: " + first + b"\r\nuser-agent: " + second, glossary) is None
    assert told(b"N: a", glossary) is None


@needs_native
def test_a_header_may_be_wanted_for_its_value_and_for_what_stands_for_it() -> None:
    glossary = new_glossary()
    assert glossary is not None
    glossary.learn(b"A", b"[A]")
    wanted = (Wanted(b"user-agent"), Wanted(b"user-agent", glossary=glossary, key=b"told"))
    scanned = scanner(wanted, LIMITS)(PLAIN[:-2] + b"User-Agent: A\r\n\r\n")
    assert scanned is not None
    assert scanned[1] == {b"user-agent": b"a", b"told": b"[A]"}


@needs_native
def test_what_does_not_hold_a_value_never_stands_for_it() -> None:
    glossary = new_glossary()
    assert glossary is not None
    glossary.learn(b'a"b', b'[a\\"b]')
    assert told(b'User-Agent: a"b', glossary) == b""


@needs_native
def test_of_many_values_each_has_its_own_or_is_forgotten() -> None:
    glossary = new_glossary()
    assert glossary is not None
    values = [b"%d Mozilla/5.0 (X11; Linux x86_64) %d" % (number, number) for number in range(6000)]
    for value in values:
        glossary.learn(value, b"[%b]" % value)
    found = [told(b"User-Agent: " + value, glossary) for value in values]
    assert all(each in {b"", b"[%b]" % value} for each, value in zip(found, values, strict=True))
    assert found.count(b"") > 6000 - 4096
    assert len(values) - found.count(b"") > 2500

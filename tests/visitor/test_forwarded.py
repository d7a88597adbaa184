from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from georedirect.visitor.forwarded import MOST_CHARACTERS, MOST_MEMBERS, last_elements, last_members

HOSTILE_TEXT = st.text() | st.text(alphabet='for=1.:[]"\\;, \tx')


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], []),
        ([""], []),
        ([" ", ",,", "\t, "], []),
        (["a"], ["a"]),
        (["a,b", "c"], ["c", "b", "a"]),
        (["a,,b,", ",c"], ["c", "b", "a"]),
    ],
)
def test_members_of_all_lines_come_from_the_right_without_empty_ones(lines: list[str], expected: list[str]) -> None:
    assert last_members(lines) == expected


def test_blanks_alone_make_a_member_empty_but_other_octets_do_not() -> None:
    assert last_members(["a, \t ,\xa0,\x0b"]) == ["\x0b", "\xa0", "a"]


def test_what_stands_beyond_the_most_members_is_one_unreadable_member() -> None:
    members = [str(number) for number in range(MOST_MEMBERS)]
    assert last_members([",".join(members)]) == members[::-1]
    assert last_members(["x,y,,", *members]) == [*members[::-1], "?"]


def test_a_member_cut_by_the_most_characters_is_spoilt() -> None:
    rest = "x" * (MOST_CHARACTERS - 2)
    assert last_members([f"a,{rest}"]) == [rest, "a"]
    assert last_members([f"aa,{rest}"]) == [rest, "?aa"]
    assert last_members([f"aaa,{rest}"]) == [rest, "?aa"]


def test_a_cut_that_falls_on_a_comma_spoils_only_what_is_further_left() -> None:
    rest = "x" * MOST_CHARACTERS
    assert last_members([f"a,{rest}"]) == [rest, "?"]


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        ("for=192.0.2.1", "192.0.2.1"),
        ("For=192.0.2.1;Proto=http;By=203.0.113.43", "192.0.2.1"),
        ("proto=http;FOR=192.0.2.1", "192.0.2.1"),
        ('for="[2001:db8::1]:4711"', "[2001:db8::1]:4711"),
        ("for=[2001:db8::1]:4711", "[2001:db8::1]:4711"),
        ("for=192.0.2.1:4711", "192.0.2.1:4711"),
        ('for="_gazonk"', "_gazonk"),
        ("for=unknown", "unknown"),
        ("for=192.0.2.1;", "192.0.2.1"),
        (";;for=192.0.2.1", "192.0.2.1"),
        (" for=192.0.2.1 ; host=example.com ", "192.0.2.1"),
        ('host="a;for=9.9.9.9";for=192.0.2.1', "192.0.2.1"),
        ('host="say \\"hi\\"";for=192.0.2.1', "192.0.2.1"),
        ('for="192\\.0.2.1"', "192.0.2.1"),
        ('for="192.0.2.1";secret="";x=a=b', "192.0.2.1"),
        ('for=""', ""),
    ],
)
def test_the_for_of_an_element_is_read(element: str, expected: str) -> None:
    assert list(last_elements([element])) == [expected]


@pytest.mark.parametrize(
    "element",
    [
        *("proto=https", "for", "for=", "=192.0.2.1", "192.0.2.1", "for 192.0.2.1", "for= 192.0.2.1", "for =192.0.2.1"),
        *("for=192.0.2.1;for=192.0.2.2", "for=192.0.2.1;FOR=192.0.2.1", "for=192.0.2.1 proto=http", ";", "f\xf6r=1"),
        *('for="192.0.2.1', 'for=192.0.2.1"', '"for=192.0.2.1"', 'for="192.0.2.1"x', 'for=1;host="a', 'for="1\\"'),
        *("for=192.0.2.1;host=\xe4", "for=192.0.2.1;host=a b", "?for=192.0.2.1", "x-for=192.0.2.1", "for=\x00"),
    ],
)
def test_an_element_with_no_or_two_or_broken_for_is_unreadable(element: str) -> None:
    assert list(last_elements([element])) == [None]


def test_elements_come_from_the_right_over_all_lines() -> None:
    lines = ['for=192.0.2.1, for="[2001:db8::1]"', "proto=http", "for=192.0.2.3"]
    assert list(last_elements(lines)) == ["192.0.2.3", None, "[2001:db8::1]", "192.0.2.1"]


@pytest.mark.parametrize("client_part", ['for="', 'for=1.1.1.1;host="x', '"', 'for="a\\', "for=1.1.1.1;;;", "\\"])
def test_what_a_client_writes_cannot_swallow_what_a_proxy_added(client_part: str) -> None:
    assert next(last_elements([f"{client_part}, for=192.0.2.1;proto=https"])) == "192.0.2.1"
    assert next(last_elements([client_part, "for=192.0.2.1"])) == "192.0.2.1"


@pytest.mark.parametrize(
    "host", ["a, for=9.9.9.9", "a, for=9.9.9.9, b", "a,", ",for=9.9.9.9;x=", 'a\\", for=9.9.9.9;x=\\"']
)
def test_a_comma_in_a_proxys_quoted_string_makes_it_unreadable_never_believed(host: str) -> None:
    assert next(last_elements([f'for=192.0.2.1;host="{host}"'])) is None
    assert next(last_elements([f'host="{host}";for=192.0.2.1'])) is None


@given(st.lists(HOSTILE_TEXT, max_size=4))
def test_no_header_is_too_strange(lines: list[str]) -> None:
    assert len(list(last_elements(lines))) == len(last_members(lines)) <= MOST_MEMBERS + 1


@given(HOSTILE_TEXT)
def test_what_a_proxy_adds_is_always_the_first_that_is_read(client_part: str) -> None:
    assert next(last_elements([client_part, "for=192.0.2.1"])) == "192.0.2.1"


@pytest.mark.parametrize(
    "unit", [" ", "\t;", ";", "a=b;", 'a="b";', "\\", '"', 'a="', 'a="\\', 'a="\\\\', ",", "for=1", "=", "a", "a= "]
)
def test_time_is_linear_in_the_size_of_the_header(unit: str) -> None:
    text = unit * (MOST_CHARACTERS // len(unit))
    started = time.process_time()
    for _ in range(5):
        list(last_elements([text]))
        list(last_elements([f'for="{text}']))
    assert time.process_time() - started < 0.5

"""A line of the access log: the documented keys, within its limits, and nothing that anybody could forge one with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from georedirect.policy.log_model import ShownClient
from georedirect.record.combined_lines import CombinedLines
from georedirect.record.entry import MOST_FIELD_OCTETS, MOST_LINE_OCTETS, MOST_TARGET_OCTETS, Entry, Told, Who
from georedirect.record.json_lines import KEYS, JsonLines
from georedirect.visitor.address import parse_address
from tests.noted import COMBINED

if TYPE_CHECKING:
    from georedirect.record.shape import Shape

GERMAN = parse_address("85.214.132.117")
MOMENT = 1_796_144_129_086  # in milliseconds
TOLD = Told(307, 0, "www.example.com", "redirect", "country", "germany", tags=("a", "b"))
ENTRY = Entry(
    Who(GERMAN, "DE"), "www.example.com", b"GET", b"/a?b=c", "1.1", TOLD, b"https://x.example/", b"Mozilla/5.0"
)


def line(shape: Shape, entry: Entry = ENTRY, moment: int = MOMENT) -> str:
    text = shape.line(shape.moment(moment), entry).decode("ascii")
    assert text.endswith("\n")
    assert text[:-1].isprintable()
    assert len(text) <= MOST_LINE_OCTETS
    return text[:-1]


def as_json(entry: Entry = ENTRY, shown: ShownClient = ShownClient.TRUNCATED) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(line(JsonLines(shown, 3), entry))
    assert tuple(told) == KEYS
    return told


def test_a_line_of_json_says_all_that_is_documented() -> None:
    assert as_json() == {
        "time": "2026-12-01T16:55:29.086Z",
        "worker": 3,
        "client": "85.214.132.0",
        "country": "DE",
        "host": "www.example.com",
        "method": "GET",
        "target": "/a?b=c",
        "version": "1.1",
        "status": 307,
        "bytes": 0,
        "site": "www.example.com",
        "action": "redirect",
        "reason": "country",
        "region": "germany",
        "mirror": None,
        "rule": None,
        "variant": None,
        "tags": ["a", "b"],
        "referer": "https://x.example/",
        "user_agent": "Mozilla/5.0",
    }


def test_what_there_is_none_of_is_null() -> None:
    told = as_json(Entry(Who(None, None), None, None, None, None, Told(503, 19, None, "refuse", "x"), None, None))
    assert {key for key, value in told.items() if value is None} == {
        *("client", "country", "host", "method", "version", "site", "region", "mirror", "rule", "variant"),
        *("referer", "user_agent"),
    }
    assert told["target"] == ""


def test_a_line_of_combined_is_what_web_servers_write() -> None:
    assert line(CombinedLines(ShownClient.WHOLE)) == (
        '85.214.132.117 - - [01/Dec/2026:16:55:29 +0000] "GET /a?b=c HTTP/1.1" 307 0 "https://x.example/" "Mozilla/5.0"'
    )
    nothing = Entry(Who(None, None), None, None, b"\x16\x03\x01", None, Told(400, 9, None, "refuse", "x"), None, None)
    assert line(CombinedLines(ShownClient.WHOLE), nothing) == (
        r'- - - [01/Dec/2026:16:55:29 +0000] "\x16\x03\x01" 400 9 "-" "-"'
    )


@pytest.mark.parametrize("shape", [JsonLines(ShownClient.WHOLE, 1), CombinedLines(ShownClient.WHOLE)])
def test_the_time_goes_on_and_may_be_set_back(shape: Shape) -> None:
    moments = [MOMENT, MOMENT + 1, MOMENT + 1000, MOMENT - 3_600_000, MOMENT]
    told = [shape.moment(moment) for moment in moments]
    assert told[0] == told[4] != told[2] != told[3] != told[0]


@pytest.mark.parametrize(
    ("address", "truncated"),
    [
        ("85.214.132.117", "85.214.132.0"),
        ("::ffff:85.214.132.117", "85.214.132.0"),
        ("2a01:4f8:123:4567::89", "2a01:4f8:123::"),
        ("2001:db8::1", "2001:db8::"),
        ("2002:55d6:8475:1::1", "2002:55d6:8400::"),  # 6to4: 85.214.132.117
        ("64:ff9b::85.214.132.117", "64:ff9b::55d6:8400"),  # NAT64
        ("::1", "::"),
    ],
)
def test_of_an_address_no_more_is_shown_than_the_policy_wants(address: str, truncated: str) -> None:
    entry = ENTRY._replace(who=Who(parse_address(address), "DE"))
    assert as_json(entry)["client"] == truncated
    assert as_json(entry, ShownClient.ABSENT)["client"] is None
    whole = as_json(entry, ShownClient.WHOLE)["client"]
    assert parse_address(whole) == parse_address(address)
    assert line(CombinedLines(ShownClient.TRUNCATED), entry).startswith(f"{truncated} - - [")
    assert line(CombinedLines(ShownClient.ABSENT), entry).startswith("- - - [")


# Whatever anybody sends, or writes into a policy

OCTETS = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([b'"', b"\\", b"\r\n", b'","status":200,"x":"', b'" 200 0 "-" "', b"\x1b[2J", b"\xe2\x80\xa8"]),
    st.binary(max_size=3).map(lambda octets: octets * 2000),
)
NAMES = st.one_of(st.none(), st.text(max_size=12), st.text(min_size=1, max_size=2).map(lambda text: text * 300))
TOLDS = st.builds(
    Told,
    st.sampled_from([200, 307, 400]),
    st.integers(0, 99_999),
    NAMES,
    st.just("redirect"),
    st.just("country"),
    NAMES,
    NAMES,
    NAMES,
    NAMES,
    st.lists(st.text(max_size=100), max_size=9).map(tuple),
)
ENTRIES = st.builds(
    Entry,
    st.just(Who(parse_address("2a01:4f8:123:4567:89ab:cdef:1234:5678"), "DE")),
    st.sampled_from([None, "a" * 253]),
    st.one_of(st.none(), OCTETS),
    st.one_of(st.none(), OCTETS),
    st.sampled_from([None, "1.0", "1.1"]),
    TOLDS,
    st.one_of(st.none(), OCTETS),
    st.one_of(st.none(), OCTETS),
)


def is_beginning(told: str | None, sent: bytes | None) -> bool:
    if told is None or sent is None:
        return told is None and sent is None
    return sent.decode("latin-1").startswith(told)


@given(entry=ENTRIES)
def test_a_line_of_json_is_one_object_and_says_what_was_sent_or_begins_so(entry: Entry) -> None:
    told = as_json(entry, ShownClient.WHOLE)
    assert told["status"] == entry.told.status
    assert is_beginning(told["target"], entry.target or b"")
    for key, sent in (("method", entry.method), ("referer", entry.referer), ("user_agent", entry.agent)):
        assert is_beginning(told[key], sent)
    for key in ("site", "region", "mirror", "rule", "variant"):
        name = getattr(entry.told, key)
        assert name is None if told[key] is None else name.startswith(told[key])
    assert list(entry.told.tags)[: len(told["tags"])] == told["tags"]


@given(entry=ENTRIES)
def test_a_line_of_combined_has_its_fields_and_no_others(entry: Entry) -> None:
    found = COMBINED.fullmatch(line(CombinedLines(ShownClient.TRUNCATED), entry))
    assert found is not None
    assert found[1] == "2a01:4f8:123::"
    assert (int(found[3]), int(found[4])) == (entry.told.status, entry.told.size)


@pytest.mark.parametrize(
    ("sent", "in_json", "in_combined"),
    [
        (b'a"b\\c', 'a\\"b\\\\c', r"a\x22b\x5Cc"),
        (b"\r\n\x00\x7f\xe9", r"\u000d\u000a\u0000\u007f\u00e9", r"\x0D\x0A\x00\x7F\xE9"),
        (b"~ !#[]", "~ !#[]", "~ !#[]"),
    ],
)
def test_what_is_no_printable_ascii_is_escaped(sent: bytes, in_json: str, in_combined: str) -> None:
    entry = ENTRY._replace(agent=sent)
    assert line(JsonLines(ShownClient.WHOLE, 1), entry).endswith(f'"user_agent":"{in_json}"}}')
    assert line(CombinedLines(ShownClient.WHOLE), entry).endswith(f' "{in_combined}"')


@pytest.mark.parametrize("sent", [b"x", b"\xe9", b'"', b"ab\xe9"])
def test_what_is_long_is_cut_where_no_escape_is_cut(sent: bytes) -> None:
    for shape in (JsonLines(ShownClient.WHOLE, 1), CombinedLines(ShownClient.WHOLE)):
        for most in (MOST_TARGET_OCTETS, MOST_FIELD_OCTETS):
            escaped = shape.escape(sent * 3000, most)
            assert most - 6 < len(escaped) <= most
            assert shape.escape(sent, most) * 3000 == shape.escape(sent * 3000, 10**6)
            assert (shape.escape(sent, most) * 3000).startswith(escaped)


def test_a_policys_own_words_are_cut_where_they_would_make_a_line_too_long() -> None:
    told = TOLD._replace(region="ä" * 100, rule="\U0001f600" * 100, variant="v" * 64, tags=("t" * 90,) * 9)
    written = as_json(ENTRY._replace(told=told))
    assert (written["region"], written["variant"]) == ("ä" * 31, "v" * 64)
    assert written["rule"] == "\U0001f600" * 15
    assert written["tags"] == ["t" * 90] * 4


@pytest.mark.parametrize("shape", [JsonLines(ShownClient.WHOLE, 1), CombinedLines(ShownClient.WHOLE)])
def test_what_is_told_without_a_referer_can_be_told_with_one(shape: Shape) -> None:
    unreferred = shape.unreferred("1.1", TOLD)
    assert unreferred == shape.told("1.1", TOLD) + shape.referer(None)
    assert shape.referred(unreferred, shape.referer(b"x")) == shape.told("1.1", TOLD) + shape.referer(b"x")


@pytest.mark.parametrize("shape", [JsonLines(ShownClient.WHOLE, 3), CombinedLines(ShownClient.WHOLE)])
@given(second=st.integers(0, 4_000_000_000), milliseconds=st.integers(0, 999))
def test_milliseconds_stand_where_it_is_said_and_nothing_else_of_a_second_differs(
    shape: Shape, second: int, milliseconds: int
) -> None:
    whole, other, at = shape.moment(second * 1000), shape.moment(second * 1000 + milliseconds), shape.milliseconds_at
    assert other == (whole if at < 0 else b"%b%03d%b" % (whole[:at], milliseconds, whole[at + 3 :]))
    assert at < 0 or whole[at - 1 : at + 4] == b".000Z"

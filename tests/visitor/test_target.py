from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from georedirect.visitor.host import Host
from georedirect.visitor.target import Target, parse_target

# RFC 3986 appendix A, written out again on purpose.
UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
PCHAR = UNRESERVED + "!$&'()*+,;=" + ":@"
PATH = re.compile(rf"/(?:[{re.escape(PCHAR)}/]|%[0-9A-Fa-f]{{2}})*")
QUERY = re.compile(rf"\?(?:[{re.escape(PCHAR)}/?]|%[0-9A-Fa-f]{{2}})*")

ESCAPES = st.integers(0, 255).flatmap(lambda octet: st.sampled_from([f"%{octet:02x}", f"%{octet:02X}"]))
PATHS = st.lists(st.sampled_from([*PCHAR, "/"]) | ESCAPES).map(lambda parts: "/" + "".join(parts))
QUERIES = st.none() | st.lists(st.sampled_from([*PCHAR, *"/?"]) | ESCAPES).map(lambda parts: "?" + "".join(parts))
ANYTHING = st.binary(max_size=40) | st.lists(
    st.sampled_from([b"/", b"?", b"#", b"%", b"\\", b"@", b":", b"//", b"%2", b"%2f", b"http:", b"https://a", b"\xff"])
    | st.binary(min_size=1, max_size=1)
).map(b"".join)


@pytest.mark.parametrize(
    ("raw", "path", "query"),
    [
        (b"/", "/", None),
        (b"/?", "/", "?"),
        (b"/a/b.html?x=1&y=%C3%A4", "/a/b.html", "?x=1&y=%C3%A4"),
        (b"/a?b?c/d?", "/a", "?b?c/d?"),
        (b"//evil.example/x", "//evil.example/x", None),
        (b"/%2f%2fevil.example", "/%2f%2fevil.example", None),
        (b"/../..//./a", "/../..//./a", None),
        (b"/:@!$&'()*+,;=-._~", "/:@!$&'()*+,;=-._~", None),
        (b"/http://evil.example/", "/http://evil.example/", None),
        (b"/%00%0d%0A", "/%00%0d%0A", None),
    ],
)
def test_a_legal_target_passes_octet_for_octet(raw: bytes, path: str, query: str | None) -> None:
    assert parse_target(raw) == Target(path, query, None)


@pytest.mark.parametrize(
    ("raw", "path", "query"),
    [
        (b"/\\evil.example", "/%5Cevil.example", None),
        (b"/a b", "/a%20b", None),
        (b"/a\tb\r\nc\0", "/a%09b%0D%0Ac%00", None),
        (b"/\xc3\xa4?\xff", "/%C3%A4", "?%FF"),
        (b"/[a]?[b]", "/%5Ba%5D", "?%5Bb%5D"),
        (b'/<>"^`{|}\x7f', "/%3C%3E%22%5E%60%7B%7C%7D%7F", None),
        (b"/100%", "/100%25", None),
        (b"/%zz?%4", "/%25zz", "?%254"),
        (b"/%%41%4%41", "/%25%41%254%41", None),
        (b"/%\xc3\xa4", "/%25%C3%A4", None),
        (b"/?a b?c", "/", "?a%20b?c"),
    ],
)
def test_what_rfc_3986_does_not_allow_is_encoded(raw: bytes, path: str, query: str | None) -> None:
    assert parse_target(raw) == Target(path, query, None)


@pytest.mark.parametrize(
    ("raw", "path", "query"),
    [
        (b"/a#b", "/a", None),
        (b"/a?b#c?d", "/a", "?b"),
        (b"/a#?b", "/a", None),
        (b"/#", "/", None),
        (b"/?#", "/", "?"),
        (b"/a b##", "/a%20b", None),
    ],
)
def test_a_fragment_is_dropped(raw: bytes, path: str, query: str | None) -> None:
    assert parse_target(raw) == Target(path, query, None)


@pytest.mark.parametrize(
    ("raw", "target"),
    [
        (b"http://www.example.com/a?b", Target("/a", "?b", Host("www.example.com", None))),
        (b"HTTPS://WWW.Example.com:443/", Target("/", None, Host("www.example.com", 443))),
        (b"http://www.example.com", Target("/", None, Host("www.example.com", None))),
        (b"http://www.example.com?q", Target("/", "?q", Host("www.example.com", None))),
        (b"http://www.example.com#f", Target("/", None, Host("www.example.com", None))),
        (b"http://[2001:db8::1]:80//x", Target("//x", None, Host("[2001:db8::1]", 80))),
        (b"http://a/\xff\\", Target("/%FF%5C", None, Host("a", None))),
        (b"http://a/@b:c", Target("/@b:c", None, Host("a", None))),
        (b"http://a/\n", Target("/%0A", None, Host("a", None))),
    ],
)
def test_absolute_form_is_read(raw: bytes, target: Target) -> None:
    assert parse_target(raw) == target


@pytest.mark.parametrize(
    "raw",
    [
        *(
            b"",
            b"*",
            b"#",
            b"#/a",
            b"?",
            b"?a",
            b"a",
            b"a/b",
            b"www.example.com:443",
            b"\\evil.example",
            b"\\/a",
            b" /a",
        ),
        *(b"http:.evil.example", b"http:/evil.example", b"http:evil", b"@evil.example/", b"http://", b"http:///a"),
        *(b"http://?a", b"http://#a", b"http://user@a/", b"http://user:pw@a/", b"http://@a/", b"http://a\\@b/"),
        *(b"http://a b/", b"http://a%2eb/", b"http://\xe4/", b"http://a:b/", b"http://a:99999/", b"http://a\\b"),
        *(b"ftp://a/", b"javascript://a/", b"httpss://a/", b"xhttp://a/", b"://a/", b"http:\\\\a/", b"\x00/", b"%2f"),
    ],
)
def test_every_other_form_is_refused(raw: bytes) -> None:
    assert parse_target(raw) is None


@given(PATHS, QUERIES)
def test_legal_input_is_unchanged(path: str, query: str | None) -> None:
    raw = (path + (query or "")).encode()
    assert parse_target(raw) == Target(path, query, None)
    assert parse_target(b"http://example.com" + raw) == Target(path, query, Host("example.com", None))


@settings(max_examples=300)
@given(ANYTHING, st.sampled_from([b"", b"/", b"http://a", b"/?", b"/a/"]))
def test_what_comes_out_is_legal_and_comes_out_again(raw: bytes, prefix: bytes) -> None:
    target = parse_target(prefix + raw)
    if target is not None:
        assert PATH.fullmatch(target.path)
        assert target.query is None or QUERY.fullmatch(target.query)
        again = (target.path + (target.query or "")).encode("ascii")
        assert parse_target(again) == target._replace(authority=None)


@given(st.binary(max_size=40))
def test_nothing_but_illegal_octets_is_touched(raw: bytes) -> None:
    target = parse_target(b"/" + raw)
    assert target is not None
    text = (b"/" + raw).partition(b"#")[0].decode("latin-1")
    expected = "".join(
        char
        if char in PCHAR + "/" or (char == "?") or re.match("%[0-9A-Fa-f]{2}", text[index:])
        else f"%{ord(char):02X}"
        for index, char in enumerate(text)
    )
    assert target.path + (target.query or "") == expected


@pytest.mark.parametrize("unit", [b"%", b"%4", b"%41", b"/", b"?", b"a", b"\xff", b"%41a", b" #"])
def test_time_is_linear_in_the_size_of_the_target(unit: bytes) -> None:
    raw = b"/" + unit * (64_000 // len(unit))
    started = time.process_time()
    parse_target(raw + b"\xff")
    parse_target(b"http://" + raw[1:])
    assert time.process_time() - started < 0.5

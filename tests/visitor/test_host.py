from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from georedirect.visitor.host import Host, parse_host

LONGEST = ".".join(["a" * 63] * 3 + ["a" * 61])


@pytest.mark.parametrize(
    ("text", "name", "port"),
    [
        ("www.example.com", "www.example.com", None),
        ("WWW.Example.COM.", "www.example.com", None),
        ("localhost:8307", "localhost", 8307),
        ("example.com:", "example.com", None),
        ("example.com.:80", "example.com", 80),
        ("example.com:0", "example.com", 0),
        ("example.com:00080", "example.com", 80),
        ("example.com:65535", "example.com", 65535),
        ("xn--mnchen-3ya.example", "xn--mnchen-3ya.example", None),
        ("my_service.internal", "my_service.internal", None),
        ("9to5.example", "9to5.example", None),
        ("1.2.3.4.example", "1.2.3.4.example", None),
        ("192.0.2.1", "192.0.2.1", None),
        ("0.0.0.0:8307", "0.0.0.0", 8307),
        ("192.0.2.1.", "192.0.2.1", None),
        ("[2001:DB8:0::1]:8080", "[2001:db8::1]", 8080),
        ("[::]", "[::]", None),
        ("[::ffff:192.0.2.1]", "[::ffff:192.0.2.1]", None),
        ("a" * 63, "a" * 63, None),
        (LONGEST, LONGEST, None),
        (f"{LONGEST}.", LONGEST, None),
    ],
)
def test_a_host_is_read(text: str, name: str, port: int | None) -> None:
    assert parse_host(text) == Host(name, port)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", ".", ":", ":80", "..", "a..b", ".example.com", "example.com..", "a" * 64, f"{LONGEST}a"),
        *("user@example.com", "user:secret@example.com", "@example.com", "exam ple.com", " example.com", "a\tb"),
        *("example.com\n", "example.com\r\n", "example.com\0", "ex%61mple.com", "m\xfcnchen.example", "\u212a.example"),
        *("example.com/", "example.com?", "example.com#", "example.com\\", "a,b", "a;b", "a'b", "a*b", "<b>", "a|b"),
        *("example.com:65536", "example.com:123456", "example.com:-1", "example.com:8o", "example.com:80:80"),
        *("example.com:+80", "example.com: 80", "example.com:\u0661", "2001:db8::1", "::1"),
        *(
            "[]",
            "[::1",
            "::1]",
            "[::1]x",
            "[::1].",
            "[::g]",
            "[:::]",
            "[1.2.3.4]",
            "[fe80::1%25eth0]",
            "[fe80::1%eth0]",
        ),
        *("[v1.x]", "[::1]:65536", "[ ::1 ]", "[" + "0" * 40 + "::1]"),
        *("1.2.3", "127.1", "134744072", "010.1.1.1", "256.1.1.1", "1.2.3.4.5", "0x8.8.8.8", "0x7f.0x1", "a.0x", "a.1"),
    ],
)
def test_anything_else_is_no_host(text: str) -> None:
    assert parse_host(text) is None


@given(st.text() | st.text(alphabet="aZ0.-_:[]%@1"))
def test_a_host_is_safe_in_a_uri_whatever_was_sent(text: str) -> None:
    host = parse_host(text)
    if host is not None:
        assert re.fullmatch(r"[a-z0-9._-]+|\[[0-9a-f:.]+\]", host.name)
        assert host.port is None or 0 <= host.port <= 65535
        assert parse_host(host.name) == (host.name, None)

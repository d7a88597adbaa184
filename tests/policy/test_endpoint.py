"""`HOST:PORT` is read as an operator means it, and never as a name that would have to be resolved."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from georedirect.policy.endpoint import (
    MOST_PATH_OCTETS,
    Activated,
    Endpoint,
    UnixSocket,
    Where,
    collide,
    parse_endpoint,
    parse_where,
)


@pytest.mark.parametrize(
    ("text", "endpoint", "written"),
    [
        ("127.0.0.1:8307", Endpoint("127.0.0.1", 8307), "127.0.0.1:8307"),
        (" 127.0.0.1:0 ", Endpoint("127.0.0.1", 0), "127.0.0.1:0"),
        ("[::1]:80", Endpoint("::1", 80), "[::1]:80"),
        ("[::]:443", Endpoint("::", 443), "[::]:443"),
        ("0.0.0.0:65535", Endpoint("0.0.0.0", 65535), "0.0.0.0:65535"),
        ("localhost:1", Endpoint("127.0.0.1", 1), "127.0.0.1:1"),
        (":80", Endpoint("0.0.0.0", 80), "0.0.0.0:80"),
        ("*:80", Endpoint("0.0.0.0", 80), "0.0.0.0:80"),
    ],
)
def test_an_endpoint_is_read_and_written(text: str, endpoint: Endpoint, written: str) -> None:
    assert parse_endpoint(text) == endpoint
    assert str(endpoint) == written


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", '"" is not HOST:PORT, such as 127.0.0.1:8307 or [::1]:8307'),
        ("80", '"80" is not HOST:PORT'),
        ("127.0.0.1", '"127.0.0.1" is not HOST:PORT'),
        ("127.0.0.1:", '"127.0.0.1:" is not HOST:PORT'),
        ("127.0.0.1:http", '"127.0.0.1:http" is not HOST:PORT'),
        ("127.0.0.1:-1", '"127.0.0.1:-1" is not HOST:PORT'),
        ("127.0.0.1:٨٠", "is not HOST:PORT"),
        ("::1:80", '"::1:80" is not HOST:PORT'),
        ("[]:80", '"[]:80" is not HOST:PORT'),
        ("http://127.0.0.1:80", "is not HOST:PORT"),
        ("127.0.0.1:65536", "port 65536 is too high; ports end at 65535"),
        ("www.example.com:80", '"www.example.com" is not an address of this machine: write it as numbers'),
        ("127.1:80", '"127.1" is not an address of this machine'),
        ("010.0.0.1:80", '"010.0.0.1" is not an address'),
        ("[::1%eth0]:80", '"::1%eth0" is not an address'),
        ("[localhost]:80", '"localhost" is not an address'),
    ],
)
def test_what_is_no_endpoint_is_told_what_would_be(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=r"is not|too high") as raised:
        parse_endpoint(text)
    assert why in str(raised.value)


@given(st.ip_addresses().filter(lambda ip: ip.version == 4 or ip.ipv4_mapped is None), st.integers(0, 65535))
def test_what_is_written_is_read_again(address: object, port: int) -> None:
    endpoint = Endpoint(str(address), port)
    assert parse_endpoint(str(endpoint)) == endpoint


COLLIDING = [
    ("127.0.0.1:80", "127.0.0.1:80"),
    ("0.0.0.0:80", "127.0.0.1:80"),
    ("0.0.0.0:80", "0.0.0.0:80"),
    ("[::]:80", "[::1]:80"),
    ("[::]:80", "127.0.0.1:80"),  # `::` takes IPv4 too
    ("[::]:80", "0.0.0.0:80"),
    ("[2001:db8:0::1]:80", "[2001:db8::1]:80"),
]
APART = [
    ("127.0.0.1:80", "127.0.0.1:81"),
    ("127.0.0.1:80", "127.0.0.2:80"),
    ("0.0.0.0:80", "[::1]:80"),
    ("0.0.0.0:80", "0.0.0.0:81"),
    ("127.0.0.1:0", "127.0.0.1:0"),  # each gets a free one
    ("[::]:0", "0.0.0.0:0"),
]


@pytest.mark.parametrize(
    ("one", "other", "collide"), [(*pair, True) for pair in COLLIDING] + [(*pair, False) for pair in APART]
)
def test_endpoints_collide_where_no_two_servers_could_listen(one: str, other: str, collide: bool) -> None:
    assert parse_endpoint(one).collides_with(parse_endpoint(other)) is collide
    assert parse_endpoint(other).collides_with(parse_endpoint(one)) is collide


@pytest.mark.parametrize(
    ("text", "is_loopback"),
    [
        *(("127.0.0.1:1", True), ("127.9.9.9:1", True), ("[::1]:1", True)),
        *(("0.0.0.0:1", False), ("[::]:1", False), ("192.0.2.1:1", False), ("10.0.0.1:1", False)),
    ],
)
def test_loopback_is_what_only_this_machine_can_reach(text: str, is_loopback: bool) -> None:
    assert parse_endpoint(text).is_loopback is is_loopback


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("[::1]:80", Endpoint("::1", 80)),
        ("unix:/run/door.sock", UnixSocket("/run/door.sock")),
        ("unix:/a b/:80", UnixSocket("/a b/:80")),
        (f"unix:/{'a' * (MOST_PATH_OCTETS - 1)}", UnixSocket(f"/{'a' * (MOST_PATH_OCTETS - 1)}")),
        ("systemd", Activated("")),
        ("systemd:web-1.socket", Activated("web-1.socket")),
    ],
)
def test_a_place_to_listen_is_read_and_written(text: str, where: Where) -> None:
    assert parse_where(f" {text} ") == where
    assert str(where) == text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("unix:", '"unix:" needs an absolute path, such as unix:/run/georedirect/door.sock'),
        ("unix:run/door.sock", "needs an absolute path"),
        ("unix:/run/", "needs an absolute path"),
        ("unix:/run/\0door", "needs an absolute path"),
        (f"unix:/{'a' * MOST_PATH_OCTETS}", "the path of a Unix socket has at most 107 octets, and this one 108"),
        (f"unix:/{'ä' * 54}", "at most 107 octets, and this one 109"),
        ("systemd:", '"systemd:" is not systemd:NAME'),
        ("systemd:a:b", '"systemd:a:b" is not systemd:NAME'),
        ("systemd:a b", "is not systemd:NAME"),
        ("systemctl", '"systemctl" is not HOST:PORT'),
    ],
)
def test_what_is_no_place_to_listen_is_told_what_would_be(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=r"is not|needs|at most") as raised:
        parse_where(text)
    assert why in str(raised.value)


def test_only_places_of_one_kind_collide() -> None:
    places: list[Where] = [Endpoint("127.0.0.1", 80), UnixSocket("a"), Activated("a"), Activated("")]
    assert all(collide(one, other) is (one is other) for one in places for other in places)

from __future__ import annotations

import ipaddress
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from georedirect.visitor.address import Address, parse_address
from georedirect.visitor.networks import Networks

IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
MAPPED = ipaddress.ip_network("::ffff:0:0/96")


@st.composite
def networks(draw: st.DrawFn) -> IPNetwork:
    address = draw(st.ip_addresses())
    return ipaddress.ip_network((address, draw(st.integers(0, address.max_prefixlen))), strict=False)


@st.composite
def networks_and_an_address(draw: st.DrawFn) -> tuple[list[IPNetwork], IPAddress]:
    """An address anywhere, or at an edge of one of the networks, where mistakes live."""
    drawn = draw(st.lists(networks(), max_size=6))
    if not drawn:
        return drawn, draw(st.ip_addresses())
    network = draw(st.sampled_from(drawn))
    edges = network.network_address, network.broadcast_address
    most = 2**network.max_prefixlen - 1
    beside = [type(edge)(min(max(int(edge) + step, 0), most)) for edge in edges for step in (-1, 0, 1)]
    return drawn, draw(st.sampled_from(beside) | st.ip_addresses())


@settings(max_examples=200)
@given(networks_and_an_address())
def test_membership_is_what_ipaddress_says(drawn: tuple[list[IPNetwork], IPAddress]) -> None:
    listed, address = drawn
    listed = [network for network in listed if network.network_address not in MAPPED]
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    expected = any(address in network for network in listed)
    assert (Address(address.packed) in Networks.parse(map(str, listed))) is expected


@given(st.ip_addresses(v=4), st.integers(0, 32), st.ip_addresses(v=4))
def test_an_ipv4_mapped_network_is_its_ipv4_network(inside: IPAddress, length: int, asked: IPAddress) -> None:
    network = ipaddress.ip_network((inside, length), strict=False)
    mapped = Networks.parse([f"::ffff:{network.network_address}/{length + 96}"])
    assert mapped == Networks.parse([str(network)])
    assert (Address(asked.packed) in mapped) is (asked in network)


@pytest.mark.parametrize(
    ("network", "inside", "outside"),
    [
        ("10.0.0.0/8", "10.255.255.255", "11.0.0.0"),
        ("172.16.0.0/12", "172.31.255.255", "172.32.0.0"),
        ("192.0.2.1", "192.0.2.1", "192.0.2.2"),
        ("192.0.2.1/32", "192.0.2.1", "192.0.2.0"),
        ("0.0.0.0/0", "255.255.255.255", "::1"),
        ("::/0", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "192.0.2.1"),
        ("2001:db8::/32", "2001:db8:ffff::", "2001:db9::"),
        ("::1", "::1", "::2"),
        ("::ffff:10.0.0.0/104", "10.1.2.3", "11.1.2.3"),
        ("::ffff:10.0.0.1", "10.0.0.1", "10.0.0.2"),
        ("::ffff:0:0/96", "203.0.113.1", "::1"),
        ("a00::/8", "a01::", "10.0.0.1"),
    ],
)
def test_a_network_holds_its_own_and_no_other(network: str, inside: str, outside: str) -> None:
    parsed = Networks.parse([network])
    assert parse_address(inside) in parsed
    assert parse_address(outside) not in parsed


def test_an_unknown_address_is_in_no_network() -> None:
    assert None not in Networks.parse(["0.0.0.0/0", "::/0"])


def test_neighbours_and_overlaps_join() -> None:
    parsed = Networks.parse(["10.0.0.0/25", "10.0.0.128/25", "10.0.1.0/24", "10.0.0.7", "10.0.1.0/28"])
    assert all(parse_address(text) in parsed for text in ("10.0.0.0", "10.0.0.127", "10.0.0.128", "10.0.1.255"))
    assert parse_address("9.255.255.255") not in parsed
    assert parse_address("10.0.2.0") not in parsed


def test_networks_list_what_they_are_in_canonical_text() -> None:
    parsed = Networks.parse(["2001:DB8:0::/32", "10.0.0.0/8", "::ffff:10.0.0.0/104", "10.0.0.0/8", "192.0.2.1"])
    assert list(parsed) == ["10.0.0.0/8", "192.0.2.1/32", "2001:db8::/32"]
    assert str(parsed) == "10.0.0.0/8, 192.0.2.1/32, 2001:db8::/32"
    assert Networks.parse(parsed) == parsed


def test_networks_are_equal_whatever_their_order() -> None:
    one, other = Networks.parse(["10.0.0.0/8", "::1"]), Networks.parse(["::1", "10.0.0.0/8"])
    assert one == other
    assert len({one, other, Networks.parse([])}) == 2


def test_no_networks_are_false() -> None:
    assert not Networks.parse([])
    assert Networks.parse(["::1"])
    assert parse_address("::1") not in Networks.parse([])


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("10.0.0.1/8", 'did you mean "10.0.0.0/8" or "10.0.0.1"?'),
        ("2001:db8::1/32", 'did you mean "2001:db8::/32" or "2001:db8::1"?'),
        ("10.0.0.0/33", "write a number from 0 to 32"),
        ("2001:db8::/129", "write a number from 0 to 128"),
        ("10.0.0.0/", "write a number from 0 to 32"),
        ("10.0.0.0/255.0.0.0", "write a number from 0 to 32"),
        ("10.0.0.0/-1", "write a number from 0 to 32"),
        ("10.0.0.0/8/8", "write a number from 0 to 32"),
        ("10.0.0.0/\u0668", "write a number from 0 to 32"),
        ("10.0.0.0/" + "9" * 5000, "write a number from 0 to 32"),
        ("10/8", 'write one such as "10.0.0.0/8"'),
        ("010.0.0.0/8", 'write one such as "10.0.0.0/8"'),
        (" 10.0.0.0/8", 'write one such as "10.0.0.0/8"'),
        ("fe80::1%eth0", 'write one such as "10.0.0.0/8"'),
        ("banana", 'write one such as "10.0.0.0/8"'),
        ("", 'write one such as "10.0.0.0/8"'),
    ],
)
def test_a_bad_network_is_named_with_what_would_be_right(text: str, hint: str) -> None:
    with pytest.raises(ValueError, match=re.escape(hint)) as raised:
        Networks.parse(["192.0.2.0/24", text])
    assert str(raised.value).startswith(f'"{text}" ')


def test_peers_on_unix_sockets_count_where_they_are_named_and_have_no_address() -> None:
    with_unix, without = Networks.parse(["10.0.0.0/8"], has_unix=True), Networks.parse(["10.0.0.0/8"])
    assert with_unix.has_peer(None)
    assert None not in with_unix
    assert not without.has_peer(None)
    assert with_unix.has_peer(parse_address("10.0.0.1"))
    assert not with_unix.has_peer(parse_address("11.0.0.1"))
    assert with_unix != without
    assert (str(with_unix), str(without)) == ("10.0.0.0/8, unix", "10.0.0.0/8")
    assert Networks.parse([], has_unix=True)

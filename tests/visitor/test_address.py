from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from georedirect.visitor.address import Address, address_of, format_address, is_loopback, parse_address, parse_hop

ADDRESSES = st.ip_addresses().filter(lambda address: int(address) not in (0, 0xFFFF << 32))


def octets(text: str) -> bytes:
    return ipaddress.ip_address(text).packed


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("255.255.255.255", "255.255.255.255"),
        ("0.0.0.1", "0.0.0.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
        ("::1", "::1"),
        ("64:ff9b::192.0.2.1", "64:ff9b::c000:201"),
    ],
)
def test_bare_addresses_are_read(text: str, meant: str) -> None:
    assert parse_address(text) == octets(meant)


@pytest.mark.parametrize("text", ["::ffff:192.0.2.1", "::FFFF:c000:201", "0:0:0:0:0:ffff:c000:0201"])
def test_an_ipv4_mapped_address_is_its_ipv4_address(text: str) -> None:
    assert parse_address(text) == octets("192.0.2.1")


@given(st.ip_addresses())
def test_an_address_in_octets_is_the_one_that_its_text_names(address: ipaddress.IPv4Address) -> None:
    assert address_of(address.packed) == parse_address(str(address))


def test_the_deprecated_ipv4_compatible_form_stays_ipv6() -> None:
    assert parse_address("::192.0.2.1") == octets("::c000:201")


@pytest.mark.parametrize("text", ["0.0.0.0", "::", "0:0:0:0:0:0:0:0", "::0.0.0.0", "::ffff:0.0.0.0"])
def test_the_unspecified_address_is_not_known(text: str) -> None:
    assert parse_address(text) is None
    assert parse_hop(text) is None


NO_ADDRESSES = [
    *("", " ", "banana", "unknown", "_hidden", "1.2.3", "1", "134744072", "0x8.8.8.8", "0x08080808"),
    *("010.1.1.1", "1.2.3.04", "1.2.3.4.", ".1.2.3.4", "1.2.3.4.5", "256.1.1.1", "1..2.3", "-1.2.3.4"),
    *("1.2.3.4 5", "1.2.3.4\n", "1.2.3.4\0", "\x001.2.3.4", "1.2.3.4\x0b", "\xa01.2.3.4"),
    *("\uff11.2.3.4", "\u0661.2.3.4", "1.2.3.4\ud800", "::1\ud800", "::\u0661"),
    *(":", ":::", "1::2::3", "12345::", "::g", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::ffff:010.1.1.1"),
    *("::ffff:1.2.3", "1.2.3.4::", "1.2.3.4/32", "::1/128", "1.2.3.4,5.6.7.8"),
]


@pytest.mark.parametrize("text", NO_ADDRESSES)
def test_shorthands_and_garbage_are_no_address(text: str) -> None:
    assert parse_address(text) is None
    assert parse_hop(text) is None


@pytest.mark.parametrize(
    "text",
    [" 192.0.2.1", "192.0.2.1\t", "[::1]", "[::1]:80", "192.0.2.1:80", "fe80::1%eth0", "fe80::1%1", '"::1"'],
)
def test_only_a_hop_may_wear_brackets_ports_zones_quotes_or_blanks(text: str) -> None:
    assert parse_address(text) is None
    assert parse_hop(text) is not None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("192.0.2.1", "192.0.2.1"),
        (" \t192.0.2.1 ", "192.0.2.1"),
        ("192.0.2.1:4711", "192.0.2.1"),
        ("192.0.2.1:0", "192.0.2.1"),
        ("192.0.2.1:_obf.us-cated", "192.0.2.1"),
        ('"192.0.2.1"', "192.0.2.1"),
        ('"192.0.2.1:80"', "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("[2001:db8::1]:_x", "2001:db8::1"),
        ('"[2001:db8::1]:4711"', "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("[fe80::1%25eth0]", "fe80::1"),
        ("[fe80::1%eth0]:80", "fe80::1"),
        ("[::ffff:192.0.2.1]:80", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
    ],
)
def test_a_hop_is_read_in_all_the_clothes_that_proxies_give_it(text: str, meant: str) -> None:
    assert parse_hop(text) == octets(meant)


@pytest.mark.parametrize(
    "text",
    [
        *("192.0.2.1:", "192.0.2.1:123456", "192.0.2.1:-1", "192.0.2.1:8o", "192.0.2.1:_", "192.0.2.1:80:80"),
        *("192.0.2.1%eth0", "[192.0.2.1]", "[192.0.2.1]:80", "010.1.1.1:80", "1.2.3:80", "0.0.0.0:80", "[::]:80"),
        *("[::1", "::1]", "[]", "[::1]80", "[::1]:", "[::1]:x", "[[::1]]", "[ ::1 ]", "[::1%]", "::1%", "::1%a b"),
        *('"192.0.2.1', '192.0.2.1"', '""192.0.2.1""', '" 192.0.2.1"', '""', '"', "'192.0.2.1'"),
        *("192.0.2.1 80", "192.0.2.1:80\n", "[v1.x]", "[_x]:80", "192.0.2.1:\u0661", ":80", "[:]:80"),
    ],
)
def test_badly_dressed_hops_name_no_address(text: str) -> None:
    assert parse_hop(text) is None


@given(ADDRESSES)
def test_what_is_written_is_what_is_read(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    parsed = parse_address(str(address))
    assert parsed is not None
    mapped = getattr(address, "ipv4_mapped", None)
    assert parsed == (mapped or address).packed
    assert parse_address(format_address(parsed)) == parsed
    assert parse_hop(f'"[{address}]:80"' if address.version == 6 else f"{address}:80") == parsed


@given(st.text() | st.text(alphabet='0123456789abcdef.:[]%_" '))
def test_no_text_is_too_strange(text: str) -> None:
    bare, hop = parse_address(text), parse_hop(text)
    assert bare is None or hop == bare
    assert hop is None or len(hop) in (4, 16)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(("127.0.0.1", True), ("127.255.255.255", True), ("::1", True), ("::ffff:127.0.0.1", True)),
        *(("128.0.0.1", False), ("192.0.2.1", False), ("::2", False), ("7f00::1", False)),
    ],
)
def test_loopback_is_127_slash_8_and_one_ipv6_address(text: str, expected: bool) -> None:
    address = parse_address(text)
    assert address is not None
    assert is_loopback(address) is expected


def test_an_address_is_written_canonically() -> None:
    assert format_address(Address(bytes([192, 0, 2, 1]))) == "192.0.2.1"
    assert format_address(Address(octets("2001:DB8:0:0::1"))) == "2001:db8::1"

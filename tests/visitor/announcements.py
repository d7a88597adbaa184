"""PROXY headers, good and bad: written out where their grammar matters, put together where their octets do."""

from __future__ import annotations

import struct
from ipaddress import ip_address
from typing import NamedTuple

from georedirect.visitor.address import Address
from georedirect.visitor.crc32c import crc32c
from georedirect.visitor.proxy_protocol import Announced

SIGNATURE = bytes.fromhex("0d0a0d0a000d0a515549540a")
ALPN, AUTHORITY, CRC32C, NOOP, UNIQUE_ID, SSL, NETNS = 0x01, 0x02, 0x03, 0x04, 0x05, 0x20, 0x30
SSL_VERSION, SSL_CN = 0x21, 0x22
LOCAL, PROXY = 0x20, 0x21
TCP4, UDP4, TCP6, UDP6, UNIX, UNIX_DATAGRAM, UNSPECIFIED = 0x11, 0x12, 0x21, 0x22, 0x31, 0x32, 0x00


def address(text: str) -> Address:
    return Address(ip_address(text).packed)


def v1(source: str, destination: str = "", ports: str = "56324 443") -> bytes:
    """What a proxy writes in version 1 of a client."""
    family = "TCP6" if ":" in source else "TCP4"
    return f"PROXY {family} {source} {destination or source} {ports}\r\n".encode()


def v2(block: bytes, *tlvs: bytes, command: int = PROXY, kind: int = TCP4, length: int | None = None) -> bytes:
    rest = block + b"".join(tlvs)
    return SIGNATURE + struct.pack("!BBH", command, kind, len(rest) if length is None else length) + rest


def inet(source: str, destination: str | None = None) -> bytes:
    """Addresses and ports, of IPv4 or IPv6."""
    ends = (ip_address(source).packed, ip_address(destination or source).packed)
    return b"".join(ends) + struct.pack("!HH", 56324, 443)


def of(source: str, *tlvs: bytes) -> bytes:
    """What a proxy writes in version 2 of a client."""
    return v2(inet(source), *tlvs, kind=TCP6 if ":" in source else TCP4)


def tlv(kind: int, value: bytes = b"", length: int | None = None) -> bytes:
    return struct.pack("!BH", kind, len(value) if length is None else length) + value


def ssl(client: int = 1, *tlvs: bytes) -> bytes:
    return tlv(SSL, struct.pack("!BI", client, 0) + b"".join(tlvs))


def summed(header: bytes) -> bytes:
    """The same header with its sum where it has a CRC32C of zeros."""
    blank = tlv(CRC32C, bytes(4))
    at = header.index(blank) + 3
    return header[:at] + crc32c(header).to_bytes(4) + header[at + 4 :]


class Good(NamedTuple):
    name: str
    octets: bytes
    source: str | None
    is_local: bool = False
    is_tls: bool = False

    @property
    def announced(self) -> Announced:
        source = None if self.source is None else address(self.source)
        return Announced(len(self.octets), source, self.is_local, self.is_tls)


class Bad(NamedTuple):
    name: str
    octets: bytes
    why: str


ONE, OTHER, SIX, OTHER_SIX = "192.0.2.1", "198.51.100.7", "2001:db8::1", "2001:db8:0:1::7"
_LONGEST_SIX = "ffff:f...f:ffff".replace("f...f", ":".join(["ffff"] * 6))
_SUM = tlv(CRC32C, bytes(4))
_BY_TLS = ssl(7, tlv(SSL_VERSION, b"TLSv1.3"), tlv(SSL_CN, b"client"))

GOOD_V1 = [
    Good("IPv4", v1(ONE, OTHER), ONE),
    Good("IPv6", v1(SIX, OTHER_SIX), SIX),
    Good("loopback", v1("127.0.0.1"), "127.0.0.1"),
    Good("loopback, IPv6", v1("::1"), "::1"),
    Good("ports 0", v1(ONE, OTHER, "0 0"), ONE),
    Good("the highest ports", v1(ONE, OTHER, "65535 65535"), ONE),
    Good("the longest IPv4", v1("255.255.255.254", "255.255.255.255", "65535 65535"), "255.255.255.254"),
    Good("the longest IPv6", v1(_LONGEST_SIX, _LONGEST_SIX, "65535 65535"), _LONGEST_SIX),
    Good("IPv6 in capitals", v1("2001:DB8::ABCD", OTHER_SIX), "2001:db8::abcd"),
    Good("IPv6 in full", v1("2001:0db8:0000:0000:0000:0000:0000:0001", SIX), SIX),
    Good("IPv4-mapped IPv6", v1("::ffff:192.0.2.1", "::ffff:198.51.100.7"), ONE),
    Good("IPv4-mapped IPv6 in hexadecimals", v1("::ffff:c000:201", SIX), ONE),
    Good("the unspecified address", v1("0.0.0.0", OTHER), None),
    Good("the unspecified address, IPv6", v1("::", SIX), None),
    Good("to the unspecified address", v1(ONE, "0.0.0.0"), ONE),
    Good("an unknown client", b"PROXY UNKNOWN\r\n", None),
    Good("an unknown client, a blank", b"PROXY UNKNOWN \r\n", None),
    Good("an unknown client, with addresses", b"PROXY UNKNOWN 192.0.2.1 198.51.100.7 56324 443\r\n", None),
    Good("an unknown client, with what are none", b"PROXY UNKNOWN banana  010.1.1.1\r\n", None),
    Good("an unknown client, at most", b"PROXY UNKNOWN " + b"x" * 91 + b"\r\n", None),
    Good("an unknown client, as the format shows", b"PROXY UNKNOWN %b %b 65535 65535\r\n" % ((b"f" * 39,) * 2), None),
]
GOOD_V2 = [
    Good("v2 IPv4", of(ONE), ONE),
    Good("v2 IPv6", of(SIX), SIX),
    Good("v2 IPv4 to another", v2(inet(ONE, OTHER)), ONE),
    Good("v2 IPv4, datagrams", v2(inet(ONE), kind=UDP4), ONE),
    Good("v2 IPv6, datagrams", v2(inet(SIX), kind=UDP6), SIX),
    Good("v2 IPv4-mapped IPv6", v2(inet("::ffff:192.0.2.1"), kind=TCP6), ONE),
    Good("v2 the unspecified address", of("0.0.0.0"), None),
    Good("v2 the unspecified address, IPv6", of("::"), None),
    Good("v2 the last address", of("255.255.255.255"), "255.255.255.255"),
    Good("v2 Unix", v2(b"/run/a.sock".ljust(108, b"\0") * 2, kind=UNIX), None),
    Good("v2 Unix, datagrams", v2(bytes(216), kind=UNIX_DATAGRAM), None),
    Good("v2 Unix, by TLS", v2(bytes(216), _BY_TLS, kind=UNIX), None, is_tls=True),
    Good("v2 unspecified", v2(b"", kind=UNSPECIFIED), None),
    Good("v2 unspecified, by TLS", v2(b"", _BY_TLS, kind=UNSPECIFIED), None, is_tls=True),
    Good("v2 unspecified, summed", summed(v2(b"", _SUM, kind=UNSPECIFIED)), None),
    Good("v2 local", v2(b"", command=LOCAL, kind=UNSPECIFIED), None, is_local=True),
    Good("v2 local, with addresses", v2(inet(ONE), command=LOCAL), None, is_local=True),
    Good("v2 local, with what are none", v2(b"banana", command=LOCAL), None, is_local=True),
    Good("v2 local, of no family that there is", v2(b"", command=LOCAL, kind=0xFF), None, is_local=True),
    Good("v2 local, by TLS", v2(inet(ONE), _BY_TLS, command=LOCAL), None, is_local=True),
    Good("v2 local, at most", v2(bytes(16384), command=LOCAL), None, is_local=True),
    Good("v2 ALPN", of(ONE, tlv(ALPN, b"h2")), ONE),
    Good("v2 authority", of(ONE, tlv(AUTHORITY, b"www.example.com")), ONE),
    Good("v2 namespace", of(ONE, tlv(NETNS, b"blue")), ONE),
    Good("v2 nothing", of(ONE, tlv(NOOP)), ONE),
    Good("v2 nothing, thrice", of(ONE, tlv(NOOP), tlv(NOOP, bytes(9)), tlv(NOOP)), ONE),
    Good("v2 no name", of(ONE, tlv(UNIQUE_ID)), ONE),
    Good("v2 a name", of(SIX, tlv(UNIQUE_ID, b"4711")), SIX),
    Good("v2 the longest name", of(ONE, tlv(UNIQUE_ID, bytes(128))), ONE),
    Good("v2 what nobody knows", of(ONE, tlv(0xEE, b"?"), tlv(0xEE), tlv(0x00), tlv(0xFF, bytes(300))), ONE),
    Good("v2 of a cloud", of(ONE, tlv(0xEA, b"\x01vpce-08d2bf15fac5001c9")), ONE),
    Good("v2 at most", of(ONE, tlv(NOOP, bytes(16384 - 12 - 3))), ONE),
    Good("v2 by TLS", of(ONE, ssl()), ONE, is_tls=True),
    Good("v2 by TLS, told more", of(SIX, _BY_TLS), SIX, is_tls=True),
    Good("v2 by TLS, last of several", of(ONE, tlv(ALPN, b"http/1.1"), tlv(NOOP), ssl(5)), ONE, is_tls=True),
    Good("v2 not by TLS", of(ONE, ssl(0)), ONE),
    Good("v2 not by TLS, odd bits", of(ONE, ssl(0xFE)), ONE),
    Good("v2 summed", summed(of(ONE, _SUM)), ONE),
    Good("v2 summed, IPv6", summed(of(SIX, _SUM)), SIX),
    Good("v2 summed, with more around", summed(of(ONE, _BY_TLS, _SUM, tlv(NOOP, bytes(5)))), ONE, is_tls=True),
    Good("v2 with the longest header of addresses", v2(bytes(216), _SUM[:0], tlv(NOOP), kind=UNIX), None),
]
GOOD = [*GOOD_V1, *GOOD_V2]

_NO_LINE = "is not PROXY TCP4 or TCP6 with two addresses and two ports, nor PROXY UNKNOWN"
_NO_BEGINNING = "does not begin like a PROXY header"
_NO_TEXT = "has an octet that no line of text has"
_NO_END = "has no end of line within 107 octets"
_CUT = "ends before a TLV does"
_NO_TCP4, _NO_TCP6 = "has an address that is not one of TCP4", "has an address that is not one of TCP6"

BAD_V1 = [
    *(
        Bad(f"{octets[:20]!r}", octets, _NO_BEGINNING)
        for octets in (
            *(b"GET / HTTP/1.1\r\n\r\n", b" PROXY UNKNOWN\r\n", b"proxy UNKNOWN\r\n", b"PROXY\tUNKNOWN\r\n"),
            *(b"PROXYUNKNOWN\r\n", b"PROXY\r\n", b"\nPROXY UNKNOWN\r\n", b"\r\nPROXY UNKNOWN\r\n", b"\0", b"\xff"),
            *(b"\x16\x03\x01\x02\x00\x01", b"\xef\xbb\xbfPROXY UNKNOWN\r\n", SIGNATURE[1:], SIGNATURE[:-1] + b"\r"),
        )
    ),
    *(
        Bad(f"{line!r}", b"PROXY %b\r\n" % line, _NO_LINE)
        for line in (
            *(b"", b" ", b"TCP4", b"TCP", b"TCP5 192.0.2.1 192.0.2.2 1 2", b"UDP4 192.0.2.1 192.0.2.2 1 2"),
            *(b"tcp4 192.0.2.1 192.0.2.2 1 2", b"unknown", b"UNKNOWNS", b"UNKNOWN\t", b" UNKNOWN", b"LOCAL"),
            *(b"TCP4 192.0.2.1 192.0.2.2 1", b"TCP4 192.0.2.1 192.0.2.2", b"TCP4 192.0.2.1 192.0.2.2 1 2 3"),
            *(b"TCP4 192.0.2.1 192.0.2.2 1 2 ", b"TCP4  192.0.2.1 192.0.2.2 1 2", b"TCP4 192.0.2.1  192.0.2.2 1 2"),
            *(b"TCP4\t192.0.2.1 192.0.2.2 1 2", b"TCP4 192.0.2.1 192.0.2.2 1  2", b"TCP4 192.0.2.1,192.0.2.2 1 2"),
            *(b"TCP4 192.0.2.1 192.0.2.2 01 2", b"TCP4 192.0.2.1 192.0.2.2 1 00", b"TCP4 192.0.2.1 192.0.2.2 +1 2"),
            *(b"TCP4 192.0.2.1 192.0.2.2 -1 2", b"TCP4 192.0.2.1 192.0.2.2 1 123456", b"TCP4 192.0.2.1 192.0.2.2 a 2"),
            *(b"TCP4 192.0.2.1 192.0.2.2 0x1 2", b"TCP4 192.0.2.1 192.0.2.2 \xd9\xa1 2", b"TCP4 localhost ::1 1 2"),
            *(b"TCP6 fe80::1%eth0 ::1 1 2", b"TCP6 [::1] [::1] 1 2", b"TCP4 192.0.2.1\0 192.0.2.2 1 2"),
            *(b"TCP4 192.0.2.1/32 192.0.2.2 1 2", b"TCP4 -192.0.2.1 192.0.2.2 1 2", b'TCP4 "192.0.2.1" 192.0.2.2 1 2'),
            *(b"TCP4 192.0.2.1 192.0.2.2 1 2\n", b"TCP4 192.0.2.1 192.0.2.2 1 2\r", b"UNKNOWN \0", b"UNKNOWN \xe9"),
            *(b"UNKNOWN \n", b"UNKNOWN a\rb", b"UNKNOWN \x7f", b"UNKNOWN\nGET / HTTP/1.1"),
        )
    ),
    *(
        Bad(f"{source} as TCP4", f"PROXY TCP4 {source} 192.0.2.2 1 2\r\n".encode(), _NO_TCP4)
        for source in (
            *(
                "192.0.2",
                "192.0.2.256",
                "192.0.2.01",
                "010.1.1.1",
                "192.0.2.1.",
                ".192.0.2.1",
                "1.2.3.4.5",
                "3221225985",
            ),
            *("::1", "::ffff:192.0.2.1", ":", "192.0..1", "1234.0.2.1", "c0.0.2.1"),
        )
    ),
    *(
        Bad(f"{source} as TCP6", f"PROXY TCP6 {source} ::1 1 2\r\n".encode(), _NO_TCP6)
        for source in (
            *("192.0.2.1", ":", ":::", "1::2::3", "12345::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::ffff:010.1.1.1"),
            *("::ffff:192.0.2", "::192.0.2.256", "2001:db8:", ":2001:db8::1", "abcdef"),
        )
    ),
    Bad("to what is no address", v1(ONE, "192.0.2.256"), _NO_TCP4),
    Bad("to another family", v1(ONE, SIX), _NO_TCP4),
    Bad("to another family, IPv6", v1(SIX, ONE), _NO_TCP6),
    Bad("a port too high", v1(ONE, OTHER, "65536 443"), "has a port above 65535"),
    Bad("another port too high", v1(ONE, OTHER, "1 99999"), "has a port above 65535"),
    Bad("one octet too long", b"PROXY UNKNOWN " + b"x" * 92 + b"\r\n", _NO_END),
    Bad("far too long", b"PROXY UNKNOWN " + b"x" * 5000 + b"\r\n", _NO_END),
    Bad("no end", b"PROXY TCP4 " + b"1" * 96, _NO_END),
    Bad("a bare LF", b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\nGET / HTTP", _NO_TEXT),
    Bad("a bare CR", b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\rGET / HTTP", _NO_TEXT),
    Bad("NUL", b"PROXY \0", _NO_TEXT),
    Bad("above ASCII", b"PROXY TCP4 \xff", _NO_TEXT),
    Bad("DEL", b"PROXY \x7f", _NO_TEXT),
]
BAD_V2 = [
    *(
        Bad(f"version {number}", v2(inet(ONE), command=number << 4 | 1), f"but says it is version {number}")
        for number in (0, 1, 3, 15)
    ),
    *(
        Bad(f"command {number}", v2(inet(ONE), command=0x20 | number), f"has command {number}, which there is not")
        for number in (2, 3, 15)
    ),
    *(
        Bad(f"0x{kind:02x}", v2(bytes(300), kind=kind), f"has family and transport 0x{kind:02x}, which there are not")
        for kind in (0x01, 0x02, 0x03, 0x10, 0x13, 0x20, 0x23, 0x30, 0x33, 0x40, 0x41, 0xFF)
    ),
    *(
        Bad(f"0x{kind:02x} too short", v2(bytes(size - 1), kind=kind), "is too short for the addresses of family")
        for kind, size in ((TCP4, 12), (UDP4, 12), (TCP6, 36), (UDP6, 36), (UNIX, 216), (UNIX_DATAGRAM, 216))
    ),
    Bad("IPv4 of no length", v2(b"", kind=TCP4), "is too short for the addresses of family"),
    Bad("IPv6 with addresses of IPv4", v2(inet(ONE), kind=TCP6), "is too short for the addresses of family"),
    Bad("one octet too long", v2(inet(ONE), length=16385), "is longer than 16384 octets"),
    Bad("as long as can be", v2(inet(ONE), length=65535), "is longer than 16384 octets"),
    Bad("local, too long", v2(b"", command=LOCAL, length=65535), "is longer than 16384 octets"),
    Bad("one octet after the addresses", v2(inet(ONE), b"\0"), _CUT),
    Bad("two octets after the addresses", v2(inet(ONE), b"\x04\0"), _CUT),
    Bad("unspecified, with addresses", v2(inet(ONE), kind=UNSPECIFIED), _CUT),
    Bad("a TLV longer than its header", of(ONE, tlv(NOOP, b"", 1)), _CUT),
    Bad("a TLV far longer than its header", of(ONE, tlv(ALPN, b"h2", 65535)), _CUT),
    Bad("a second TLV longer than its header", of(ONE, tlv(NOOP), tlv(NOOP, bytes(4), 5)), _CUT),
    Bad("half a TLV behind another", of(ONE, tlv(NOOP), b"\x04\0"), _CUT),
    Bad("IPv6, half a TLV", of(SIX, b"\x20"), _CUT),
    Bad("a name too long", of(ONE, tlv(UNIQUE_ID, bytes(129))), "has a UNIQUE_ID of more than 128 octets"),
    Bad("two names", of(ONE, tlv(UNIQUE_ID), tlv(UNIQUE_ID)), "has UNIQUE_ID twice"),
    Bad("SSL of nothing", of(ONE, tlv(SSL)), "has an SSL that is too short"),
    Bad("SSL of four octets", of(ONE, tlv(SSL, bytes(4))), "has an SSL that is too short"),
    Bad("SSL twice", of(ONE, ssl(0), ssl(1)), "has SSL twice"),
    Bad("SSL with half a TLV", of(ONE, ssl(1, b"\x21\0")), _CUT),
    Bad("SSL with a TLV longer than itself", of(ONE, ssl(1, tlv(SSL_CN, b"a", 2)), tlv(NOOP, bytes(9))), _CUT),
    Bad("a wrong sum", of(ONE, tlv(CRC32C, b"\1\2\3\4")), "does not have the CRC32C that it says it has"),
    Bad("a sum of zeros", of(ONE, _SUM), "does not have the CRC32C that it says it has"),
    Bad("a sum of another", summed(of(ONE, _SUM))[:-1] + b"\xff", "does not have the CRC32C that it says it has"),
    Bad(
        "an address that is not what was summed", summed(of(ONE, _SUM)).replace(b"\xc0", b"\xc1", 1), "the CRC32C that"
    ),
    Bad("a sum of three octets", of(ONE, tlv(CRC32C, bytes(3))), "has a CRC32C that is not of 4 octets"),
    Bad("a sum of five octets", of(ONE, tlv(CRC32C, bytes(5))), "has a CRC32C that is not of 4 octets"),
    Bad("two sums", of(ONE, _SUM, _SUM), "has CRC32C twice"),
]
BAD = [*BAD_V1, *BAD_V2]

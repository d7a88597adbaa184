from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from georedirect.visitor.address import address_of
from georedirect.visitor.proxy_protocol import Announced, NoHeader, read_proxy_header
from tests.visitor.announcements import (
    BAD,
    GOOD,
    LOCAL,
    PROXY,
    SIGNATURE,
    TCP4,
    TCP6,
    Bad,
    Good,
    of,
    ssl,
    summed,
    tlv,
    v1,
    v2,
)

REQUEST = b"GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n"
ALL = [each.octets for each in GOOD] + [each.octets for each in BAD]
HEADERS = st.sampled_from(ALL)
ADDRESSES = st.ip_addresses()
ANYTHING = st.one_of(
    st.binary(max_size=200),
    st.binary(max_size=120).map(lambda octets: b"PROXY " + octets),
    st.text("TCPUNKOW46 .:0123456789abcdef\r\n", max_size=120).map(lambda text: b"PROXY " + text.encode()),
    st.binary(max_size=300).map(lambda octets: SIGNATURE + octets),
    st.builds(
        lambda command, kind, rest: v2(rest, command=command, kind=kind),
        st.sampled_from([LOCAL, PROXY, 0x22]),
        st.sampled_from([0x00, TCP4, TCP6, 0x31, 0x13]),
        st.binary(max_size=300),
    ),
)


def name(case: Good | Bad) -> str:
    return case.name


def byte_by_byte(octets: bytes) -> tuple[int, Announced | NoHeader | None]:
    """After how many octets it is clear what they are, and what."""
    for size in range(len(octets) + 1):
        found = read_proxy_header(octets[:size])
        if found is not None:
            return size, found
    return len(octets), None


def test_the_table_is_long_and_names_each_header_once() -> None:
    assert len(GOOD) > 50
    assert len(BAD) > 100
    assert len(set(ALL)) == len(ALL)


@pytest.mark.parametrize("good", GOOD, ids=name)
def test_a_header_is_read_whole(good: Good) -> None:
    assert read_proxy_header(good.octets) == good.announced


@pytest.mark.parametrize("good", GOOD, ids=name)
def test_a_header_is_read_when_its_last_octet_has_come_and_not_before(good: Good) -> None:
    assert byte_by_byte(good.octets) == (len(good.octets), good.announced)


@pytest.mark.parametrize("follows", [REQUEST, v1("203.0.113.9"), b"\r\n", b"\0"])
@pytest.mark.parametrize("good", GOOD, ids=name)
def test_what_follows_a_header_is_no_part_of_it(good: Good, follows: bytes) -> None:
    assert read_proxy_header(good.octets + follows) == good.announced


@pytest.mark.parametrize("bad", BAD, ids=name)
def test_what_is_no_header_is_refused_and_told_why(bad: Bad) -> None:
    found = read_proxy_header(bad.octets)
    assert isinstance(found, NoHeader)
    assert bad.why in found.why


@pytest.mark.parametrize("bad", BAD, ids=name)
def test_what_is_no_header_is_refused_byte_by_byte_too(bad: Bad) -> None:
    _, found = byte_by_byte(bad.octets)
    assert isinstance(found, NoHeader)


@pytest.mark.parametrize("bad", BAD, ids=name)
def test_what_is_no_header_is_none_with_a_request_behind_it(bad: Bad) -> None:
    assert isinstance(read_proxy_header(bad.octets + REQUEST), NoHeader)


@pytest.mark.parametrize(("octets", "size"), [(b"GET / HTTP/1.1", 1), (b"PROXY\t", 6), (b"\r\nGET", 3), (b"PRI *", 3)])
def test_other_protocols_are_refused_at_their_first_octet_that_no_header_has(octets: bytes, size: int) -> None:
    assert byte_by_byte(octets)[0] == size


@pytest.mark.parametrize("size", [65535, 16385])
def test_a_header_that_says_it_is_too_long_is_not_waited_for(size: int) -> None:
    assert isinstance(read_proxy_header(v2(b"", length=size)), NoHeader)


@given(octets=ANYTHING, rest=st.binary(max_size=50))
@example(octets=b"", rest=b"")
@example(octets=b"P", rest=b"")
@example(octets=b"\r\n\r", rest=b"")
def test_whatever_comes_is_judged_once_and_for_all(octets: bytes, rest: bytes) -> None:
    found = read_proxy_header(octets)
    if isinstance(found, Announced):
        assert found.length <= len(octets)
        assert read_proxy_header(octets + rest) == found
        assert read_proxy_header(octets[: found.length - 1]) is None
    elif isinstance(found, NoHeader):
        assert isinstance(read_proxy_header(octets + rest), NoHeader)


@given(header=HEADERS, at=st.integers(0, 400), octet=st.integers(0, 255))
def test_a_header_with_one_octet_changed_never_raises_nor_takes_what_is_not_there(
    header: bytes, at: int, octet: int
) -> None:
    changed = bytearray(header)
    changed[at % len(header)] = octet
    found = read_proxy_header(bytes(changed))
    assert not isinstance(found, Announced) or found.length <= len(header)


@given(source=ADDRESSES, destination=ADDRESSES, ports=st.tuples(st.integers(0, 65535), st.integers(0, 65535)))
def test_whom_version_1_announces_is_who_is_read(source: object, destination: object, ports: tuple[int, int]) -> None:
    source_is_6, destination_is_6 = ":" in str(source), ":" in str(destination)
    found = read_proxy_header(v1(str(source), str(destination), f"{ports[0]} {ports[1]}"))
    if source_is_6 is destination_is_6:
        assert isinstance(found, Announced)
        assert found.source == address_of(source.packed)  # type: ignore[attr-defined]
    else:
        assert isinstance(found, NoHeader)


@given(
    source=ADDRESSES,
    is_tls=st.booleans(),
    others=st.lists(st.tuples(st.integers(0x40, 0xFF), st.binary(max_size=40)), max_size=5),
)
def test_whom_version_2_announces_is_who_is_read(source: object, is_tls: bool, others: list[tuple[int, bytes]]) -> None:
    header = summed(of(str(source), tlv(0x03, bytes(4)), ssl(int(is_tls)), *(tlv(*other) for other in others)))
    expected = Announced(len(header), address_of(source.packed), is_tls=is_tls)  # type: ignore[attr-defined]
    assert read_proxy_header(header + REQUEST) == expected

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from georedirect.visitor.crc32c import crc32c


@pytest.mark.parametrize(
    ("octets", "remainder"),  # RFC 3720 B.4, and the check value of every catalogue
    [
        (b"", 0),
        (b"123456789", 0xE3069283),
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (bytes(reversed(range(32))), 0x113FDB5C),
    ],
)
def test_sums_are_those_of_the_standard(octets: bytes, remainder: int) -> None:
    assert crc32c(octets) == remainder


@given(octets=st.binary(min_size=1, max_size=64), bit=st.integers(0, 511))
def test_no_single_bit_can_change_unnoticed(octets: bytes, bit: int) -> None:
    changed = bytearray(octets)
    changed[bit // 8 % len(octets)] ^= 1 << bit % 8
    assert crc32c(bytes(changed)) != crc32c(octets)

"""CRC32C (Castagnoli), the checksum of RFC 3720 12.1. Made for some hundred octets, not for files."""

from __future__ import annotations

_POLYNOMIAL = 0x82F63B78  # its bits in the order in which they are sent


def _remainder(octet: int) -> int:
    for _ in range(8):
        octet = octet >> 1 ^ (_POLYNOMIAL if octet & 1 else 0)
    return octet


_TABLE = tuple(_remainder(octet) for octet in range(256))


def crc32c(octets: bytes) -> int:
    remainder = 0xFFFFFFFF
    for octet in octets:
        remainder = remainder >> 8 ^ _TABLE[(remainder ^ octet) & 0xFF]
    return remainder ^ 0xFFFFFFFF

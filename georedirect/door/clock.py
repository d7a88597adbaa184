"""The time as HTTP writes it."""

from __future__ import annotations

from email.utils import formatdate
from functools import lru_cache
from math import ceil
from time import time

_LATEST = 253_402_300_799  # the last second of the year 9999


def http_date() -> str:
    """Now, as an IMF-fixdate (RFC 9110 5.6.7); formatted once a second."""
    return _format(int(time()))


def date_of(moment: float) -> str | None:
    """A time in seconds since 1970, as an IMF-fixdate; None for one that is beyond what it can say."""
    return formatdate(ceil(moment), usegmt=True) if 0 <= moment <= _LATEST else None


@lru_cache(maxsize=1)
def _format(second: int) -> str:
    return formatdate(second, usegmt=True)

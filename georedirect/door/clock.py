"""The time as HTTP writes it."""

from __future__ import annotations

from email.utils import formatdate
from functools import lru_cache
from time import time


def http_date() -> str:
    """Now, as an IMF-fixdate (RFC 9110 5.6.7); formatted once a second."""
    return _format(int(time()))


@lru_cache(maxsize=1)
def _format(second: int) -> str:
    return formatdate(second, usegmt=True)

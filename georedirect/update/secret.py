"""Reads a file that holds one secret. What it says of the file when something is wrong never has the secret in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from georedirect.errors import UpdateCause, UpdateError

if TYPE_CHECKING:
    from pathlib import Path

_MOST_OCTETS = 4096


def read_secret(path: Path, named_at: str) -> str:
    """The one word in the file; `named_at` says who names it: `FILE:LINE: KEY`, or a variable."""
    try:
        with path.open("rb") as file:
            octets = file.read(_MOST_OCTETS)
    except OSError as error:
        raise _wrong(named_at, f"{path} cannot be read: {error.strerror}") from error
    secret = octets.strip()
    if not secret or any(octet not in range(0x21, 0x7F) for octet in secret):
        raise _wrong(named_at, f"{path} does not hold a secret and nothing else: one word, without blanks")
    return secret.decode("ascii")


def _wrong(named_at: str, what: str) -> UpdateError:
    return UpdateError(UpdateCause.INPUT, f"{named_at}: {what}")

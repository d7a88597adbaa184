"""The word that lets somebody change things by the admin pages, read from its file at load. Knows no HTTP.

What it says of the file when something is wrong never has the word in it.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from georedirect.policy.findings import Finding

if TYPE_CHECKING:
    from georedirect.policy.data_model import NamedFile

LEAST_CHARACTERS = 16
_MOST_OCTETS = 4096
_VISIBLE = range(0x21, 0x7F)


class Token(NamedTuple):
    """What is kept of it: enough to know it again, and not to tell it."""

    digest: bytes

    @classmethod
    def of(cls, word: str) -> Token:
        return cls(hashlib.sha256(word.encode(errors="surrogateescape")).digest())

    def is_said(self, word: str) -> bool:
        """Whether that is the word; it takes as long for any other."""
        return hmac.compare_digest(self.digest, Token.of(word).digest)


class TokenRead(NamedTuple):
    """A token, or None with what is wrong; with one there may be a warning."""

    token: Token | None
    findings: tuple[Finding, ...] = ()


def read_token(named: NamedFile | None) -> TokenRead:
    """The token in the file that the policy names; none without one."""
    if named is None:
        return TokenRead(None)
    path = Path(named.path)
    try:
        with path.open("rb") as file:
            mode, octets = os.fstat(file.fileno()).st_mode, file.read(_MOST_OCTETS + 1)
    except (OSError, ValueError) as error:  # ValueError: NUL in its name
        why = error.strerror if isinstance(error, OSError) else None
        return TokenRead(None, (_finding(named, f"{path} cannot be read: {why or error}"),))
    word = octets.strip()
    if len(octets) > _MOST_OCTETS or any(octet not in _VISIBLE for octet in word):
        return TokenRead(None, (_finding(named, f"{path} does not hold a token and nothing else: one word of ASCII"),))
    if len(word) < LEAST_CHARACTERS:
        text = f"the token in {path} has {len(word)} characters; there must be at least {LEAST_CHARACTERS}"
        return TokenRead(None, (_finding(named, f"{text}, such as openssl rand -hex 16 makes them"),))
    return TokenRead(Token.of(word.decode("ascii")), _warn_of_readers(named, mode))


def _warn_of_readers(named: NamedFile, mode: int) -> tuple[Finding, ...]:
    if not mode & stat.S_IROTH:
        return ()
    return (
        _finding(named, f"everyone on this machine can read {named.path}; chmod o= {named.path}", is_mistake=False),
    )


def _finding(named: NamedFile, text: str, *, is_mistake: bool = True) -> Finding:
    return Finding(named.file, named.line, named.key, text, is_mistake)

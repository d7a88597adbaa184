"""As whom the doctor asks: visitors that differ in the headers they send. Sends nothing."""

from __future__ import annotations

import re
from string import ascii_uppercase
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

Headers = tuple[tuple[str, str], ...]

FEWEST, MOST = 2, 6

_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e]*)")


class Guise(NamedTuple):
    """One visitor that the doctor asks as; no two of a series have the same name."""

    name: str
    headers: Headers

    def differs_in(self, other: Guise) -> frozenset[str]:
        """The lower-case names of the headers by which a cache could tell the two apart."""
        ours, theirs = ({(name.lower(), value) for name, value in guise.headers} for guise in (self, other))
        return frozenset(name for name, _ in ours ^ theirs)


def guises_of(visitors: Sequence[Sequence[str]], common: Sequence[str] = ()) -> tuple[Guise, ...]:
    """Visitors by their header lines, or `USUAL` for none; `common` headers come with each. Else ValueError."""
    given = [tuple(map(parse_header, lines)) for lines in visitors] or USUAL
    if not FEWEST <= len(given) <= MOST:
        raise ValueError(f"{len(given)} visitors cannot be compared; give from {FEWEST} to {MOST}, or none")
    if len(set(given)) < len(given):
        raise ValueError("two visitors are the same; give each a header that the others do not send")
    shared = tuple(map(parse_header, common))
    return tuple(
        Guise(name, _overridden(shared, headers)) for name, headers in zip(ascii_uppercase, given, strict=False)
    )


def _overridden(shared: Headers, headers: Headers) -> Headers:
    """A visitor's own header takes the place of one that all send."""
    own = {name.lower() for name, _ in headers}
    return (*(pair for pair in shared if pair[0].lower() not in own), *headers)


def parse_header(text: str) -> tuple[str, str]:
    match = _HEADER.fullmatch(text)
    if match is None:
        raise ValueError(f'{text!r} is not a header such as "Accept-Language: de"')
    return match[1], match[2].rstrip(" \t")


USUAL: list[Headers] = [
    (("Accept-Language", "de"),),
    (("Accept-Language", "fr"),),
    (("Accept-Language", "es"),),
    (("Accept-Language", "ja"),),
    (("Accept-Language", "de"), ("Cookie", "georedirect-doctor=1")),  # like the first but for the cookie
]
"""What any machine can send and every door believes."""

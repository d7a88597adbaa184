"""Which headers of a head are wanted, and how they are found: in one pass, where native.c was compiled. Judges none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

try:
    from georedirect.door.native import Glossary, Scanner
except ImportError:  # there was no compiler when this was installed
    Glossary = Scanner = None  # type: ignore[assignment,misc]

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from georedirect.policy.server_model import LimitSettings

Scanned = tuple[bytes, dict[bytes, bytes]]
"""The target of a plain request, and the headers that are wanted of it."""


class Wanted(NamedTuple):
    """A header, by its name. It counts as not there with one of the values of `unless`; all are in lower case.

    Where there is `having`, its value must hold one of these. With a `glossary`, the scanner finds what stands there
    for its value, or no octets. It finds it under a `key`, if there is one, instead of the name.
    """

    name: bytes
    unless: tuple[bytes, ...] = ()
    having: tuple[bytes, ...] = ()
    glossary: Glossary | None = None
    key: bytes = b""

    @property
    def pattern(self) -> bytes:
        """The same for a regex, up to the colon."""
        unless = rb"(?!:[ \t]*+(?:%b)[ \t]*+\r)" % _either(self.unless) if self.unless else b""
        having = rb"(?=:[^\r]*?(?:%b))" % _either(self.having) if self.having else b""
        return re.escape(self.name) + unless + having


def once(wanted: Iterable[Wanted]) -> tuple[Wanted, ...]:
    """The same without what is found under a key that another has: the first finds more often, or as often."""
    found: dict[bytes, Wanted] = {}
    for header in wanted:
        found.setdefault(header.key or header.name, header)
    return tuple(found.values())


def _either(values: Sequence[bytes]) -> bytes:
    return b"|".join(map(re.escape, values))


def finder(wanted: Sequence[Wanted]) -> Callable[[bytes], list[tuple[bytes, bytes]]]:
    """Finds what is wanted in a head in lower case, and the head's end, under no name."""
    names = b"|".join(header.pattern for header in wanted)
    return re.compile(rb"\n(?:(%b):[ \t]*+([^\r]*+)|(?=\r\n))" % names).findall


def scanner(wanted: Sequence[Wanted], limits: LimitSettings) -> Callable[[bytes], Scanned | None]:
    """Judges and reads octets that are one plain request, about which llhttp need not be asked; None for all others.

    That is a GET of HTTP/1.1 without a body, and without anything to which our answer would not be the whole answer;
    nothing that is wanted of it is there twice.
    """
    if Scanner is None:
        return scan_nothing
    return Scanner(tuple(wanted), limits.head_octets, limits.target_octets, limits.headers).scan


def new_glossary() -> Glossary | None:
    """An empty one, where native.c was compiled: there is no scanner without it."""
    return None if Glossary is None else Glossary()


def scan_nothing(_: bytes) -> None:
    """Let llhttp have it, whatever it is."""
    return

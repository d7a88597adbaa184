"""Who asks, for what, from where and when: all that the conditions of rules may read of it. A value."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from georedirect.place import Place
    from georedirect.visitor.address import Address
    from georedirect.visitor.languages import LanguageRange


class Asker(NamedTuple):
    """`said` are the headers that rules name, in lower case; `time` is in seconds since 1970.

    `identity` is what a visitor is known by when something is drawn for them; the rest is as in `Visitor`.
    """

    path: str
    query: str | None
    host: str | None
    method: str
    said: Mapping[str, str]
    address: Address | None
    identity: bytes
    languages: tuple[LanguageRange, ...]
    place: Place
    time: float

"""Somebody who asks, for tests of what conditions and rules make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from georedirect.place import Place
from georedirect.policy.asker import Asker
from georedirect.visitor.address import parse_address
from georedirect.visitor.languages import parse_accept_language

if TYPE_CHECKING:
    from collections.abc import Mapping

    from georedirect.place import Anonymity


def place(
    country: str | None = None,
    continent: str | None = None,
    *,
    subdivision: str | None = None,
    asn: int | None = None,
    anonymous: frozenset[Anonymity] = frozenset(),
) -> Place:
    return Place(country, continent, 0, subdivision=subdivision, asn=asn, anonymous=anonymous)


def asker(
    path: str = "/",
    *,
    query: str | None = None,
    host: str | None = "www.example.com",
    method: str = "GET",
    said: Mapping[str, str] | None = None,
    address: str | None = "192.0.2.1",
    identity: bytes = b"somebody",
    languages: str = "",
    where: Place | None = None,
    time: float = 0,
) -> Asker:
    return Asker(
        path=path,
        query=query,
        host=host,
        method=method,
        said=said or {},
        address=parse_address(address) if address is not None else None,
        identity=identity,
        languages=parse_accept_language([languages] if languages else []),
        place=where or place(),
        time=time,
    )

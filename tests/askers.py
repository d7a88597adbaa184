"""Somebody who asks, for tests of what conditions and rules make of them; and conditions, as chance has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from georedirect.place import Place
from georedirect.policy.asker import Asker
from georedirect.visitor.address import parse_address
from georedirect.visitor.languages import parse_accept_language

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

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


HOSTS = ("www.example.com", "m.example.com", "a.b.example.com")
SEGMENTS = ("/a", "/b", "/ab", "/a%20b")
COUNTRIES = ("DE", "AT", "FR", None)


def some_condition(random: Random) -> str:
    path = "".join(random.choices(SEGMENTS, k=random.randint(1, 3)))
    glob = path + random.choice(("", "*", "/*", "/*/a", "*b*"))
    return random.choice(
        [
            f'path = "{glob}"',
            f'path = ["{glob}", "/zb*"]',
            f'prefix = "{path}"',
            f'prefix = ["{path}", "{path}/a/b", "/z"]',
            f'not_path = "{glob}"',
            f'not_prefix = "{path}"',
            f'host = "{random.choice(HOSTS)}"',
            'host = "*.b.example.com"',
            'host = ["*.example.com", "www.example.com"]',
            f'not_host = "{random.choice(HOSTS)}"',
            'country = ["DE", "AT"]',
            'country = "FR"',
            'not_country = "DE"',
            'group = "EU"',
            'subdivision = ["DE-BY", "FR-IDF"]',
            'not_subdivision = "DE-BY"',
            'method = "POST"',
        ]
    )


def some_rule(random: Random) -> str:
    found = {text.partition(" ")[0]: text for text in (some_condition(random) for _ in range(random.randint(0, 3)))}
    return ", ".join(found.values())


def somebody(random: Random) -> Asker:
    path = "".join(random.choices((*SEGMENTS, "/"), k=random.randint(1, 4)))
    country = random.choice(COUNTRIES)
    where = place(country, subdivision=random.choice(("BY", "IDF", None)))
    host = random.choice((*HOSTS, None, "other.example"))
    return asker(path, host=host, where=where, method=random.choice(("GET", "POST")))

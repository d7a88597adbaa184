"""Whom a database's licence wants credited where its data is used, and in which words. Knows no page to show it on."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from georedirect.geo.mmdb import Mmdb


class Attribution(NamedTuple):
    """A line in English, and where it leads."""

    text: str
    uri: str


_MAXMIND = Attribution("This product includes GeoLite Data created by MaxMind", "https://www.maxmind.com")
_DB_IP = Attribution("IP Geolocation by DB-IP", "https://db-ip.com")
_IPINFO = Attribution("IP address data is powered by IPinfo", "https://ipinfo.io")


def attribution_of(database: Mmdb) -> Attribution | None:
    """None where no line is wanted. Our own database has the type of MaxMind's, by which readers know its shape."""
    if database.type.startswith("GeoLite2-"):
        return _MAXMIND if database.description.startswith("GeoLite2") else None
    if database.type.startswith("DBIP-"):
        return _DB_IP
    return _IPINFO if database.type.startswith("ipinfo ") else None


def attributions_of(databases: Iterable[Mmdb]) -> tuple[Attribution, ...]:
    """Those of all databases in use, each once."""
    found = (attribution_of(database) for database in databases)
    return tuple(dict.fromkeys(attribution for attribution in found if attribution is not None))

"""The same work as HAProxy says it: `map_ip` with the database's networks, `language()`, `return`. Starts nothing."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, cast

from scripts.benchmark.work import BY_NAME, CHOICE_COOKIE, CLAIMS, DEFAULT, SHARED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import maxminddb


def haproxy_configuration(port: int, networks: Path, regions: Path) -> str:
    """One thread; `networks` and `regions` are map files. It wants two files a connection, but uses one: not strict."""
    rules = "\n".join(f"    {rule}" for rule in _rules(networks, regions))
    return f"""\
global
    nbthread 1
    maxconn 12000
    no strict-limits
defaults
    mode http
    timeout client 300s
    timeout http-keep-alive 300s
    timeout http-request 30s
frontend door
    bind 127.0.0.1:{port} backlog 4096
{rules}
"""


def _rules(networks: Path, regions: Path) -> Iterator[str]:
    yield f"http-request set-var(txn.country) req.hdr_ip(x-forwarded-for,-1),map_ip({networks},-)"
    yield f"http-request set-var(txn.region) req.cook({CHOICE_COOKIE}),map_str({regions}-names)"
    chosen = "{ var(txn.region) -m found }"
    for country, claims in SHARED.items():
        languages = ";".join(str(region.language) for region in claims)
        first = claims[0].language
        yield (
            "http-request set-var(txn.region) "
            f'req.fhdr(accept-language),language("{languages}",{first}),map_str({regions}-{country}) '
            f"if !{chosen} {{ var(txn.country) -m str {country} }}"
        )
    yield f"http-request set-var(txn.region) var(txn.country),map_str({regions},{DEFAULT.name}) if !{chosen}"
    for region in BY_NAME.values():
        base = region.base.format(country="%[var(txn.country)]")
        yield (
            f'http-request return status 307 hdr Location "{base}%[pathq]" hdr Cache-Control "private, no-store" '
            'hdr Vary "Accept-Language, Cookie, X-Forwarded-For, X-Forwarded-Proto" '
            f"if {{ var(txn.region) -m str {region.name} }}"
        )


def write_maps(reader: maxminddb.Reader, networks: Path, regions: Path) -> None:
    """The files that the configuration reads: IPv4 networks to countries, countries and languages to regions."""
    with networks.open("w") as file:
        file.writelines(f"{network} {country}\n" for network, country in _ipv4(reader))
    _write(regions, {country: claims[0].name for country, claims in CLAIMS.items() if country not in SHARED})
    _write(regions.with_name(f"{regions.name}-names"), {name: name for name in BY_NAME})
    for country, claims in SHARED.items():
        _write(regions.with_name(f"{regions.name}-{country}"), {str(region.language): region.name for region in claims})


def _ipv4(reader: maxminddb.Reader) -> Iterator[tuple[str, str]]:
    for network, record in takewhile(lambda entry: entry[0].version == 4, reader):
        country = cast("dict[str, dict[str, str]]", record).get("country", {}).get("iso_code")
        if country:
            yield str(network), country


def _write(file: Path, entries: dict[str, str]) -> None:
    file.write_text("".join(f"{key} {value}\n" for key, value in entries.items()))

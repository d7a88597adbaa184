"""The same work as nginx says it: geoip2, maps, one `return`. Starts nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.benchmark.work import BY_NAME, CHOICE_COOKIE, CLAIMS, DEFAULT, SHARED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from scripts.benchmark.work import Region

MODULE = "/usr/lib/nginx/modules/ngx_http_geoip2_module.so"
ACCESS = "access"
"""The name of an access log."""
_QUALITIES = ("1", *(f"0\\.{tenth}" for tenth in range(9, 0, -1)))


_LOGGED = {
    "time": "$time_iso8601",
    "worker": "$pid",
    "client": "$client",
    "country": "$country",
    "host": "$host",
    "method": "$request_method",
    "target": "$request_uri",
    "version": "$server_protocol",
    "status": "$status",
    "bytes": "$body_bytes_sent",
    "site": "$server_name",
    "action": "redirect",
    "reason": "$reason",
    "region": "$region",
    **dict.fromkeys(("mirror", "rule", "variant"), "null"),
    "tags": "[]",
    "referer": "$http_referer",
    "user_agent": "$http_user_agent",
}
"""What the door's access log tells, by its keys, as nginx names it."""
_UNQUOTED = {"worker", "status", "bytes", "mirror", "rule", "variant", "tags"}


def nginx_configuration(
    port: int, database: Path, scratch: Path, *, certificate: Path | None = None, log: str | None = None
) -> str:
    """One worker; it trusts and walks X-Forwarded-For as the door does, and keeps connections as long.

    With a `certificate`, beside which is its key, over TLS. `log` is how an access log is written that tells what the
    door's does, None for none.
    """
    ssl = "" if certificate is None else " ssl"
    files = "" if certificate is None else _certificate(certificate)
    maps = "\n".join(_maps() if log is None else [*_maps(), *_maps_of_the_log()])
    access = "off" if log is None else f"{scratch}/{ACCESS} told{log}"
    temporary = "\n".join(
        f"    {kind}_temp_path {scratch}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return f"""\
load_module {MODULE};
daemon off;
worker_processes 1;
worker_rlimit_nofile 20000;
pid {scratch}/nginx.pid;
error_log stderr error;
events {{ worker_connections 16384; }}
http {{
{maps}
    access_log {access};
    server_tokens off;
    keepalive_timeout 300s;
    keepalive_requests 1000000000;
{temporary}
    geoip2_proxy 127.0.0.0/8;
    geoip2_proxy_recursive on;
    geoip2 {database} {{ $country default="" country iso_code; }}
    server {{
        listen 127.0.0.1:{port}{ssl} backlog=4096;
{files}        location / {{
            add_header Cache-Control "private, no-store" always;
            add_header Vary "Accept-Language, Cookie, X-Forwarded-For, X-Forwarded-Proto" always;
            return 307 $base$request_uri;
        }}
    }}
}}
"""


def _certificate(certificate: Path) -> str:
    return f"""\
        ssl_certificate {certificate};
        ssl_certificate_key {certificate.with_suffix(".key")};
        ssl_protocols TLSv1.2 TLSv1.3;
"""


def _maps() -> Iterator[str]:
    """Maps are read only when asked for: languages only in countries of several."""
    for country, regions in SHARED.items():
        yield _map("$http_accept_language", f"$language_{country}", _preferences(regions), '""')
        languages = {str(region.language): region.name for region in regions}
        yield _map(f"$language_{country}", f"$region_{country}", languages, regions[0].name)
    by_country = {
        country: f"$region_{country}" if country in SHARED else regions[0].name for country, regions in CLAIMS.items()
    }
    yield _map("$country", "$region_by_country", by_country, DEFAULT.name)
    yield _map(f"$cookie_{CHOICE_COOKIE}", "$region", {name: name for name in BY_NAME}, "$region_by_country")
    bases = {name: f'"{region.base.format(country="$country")}"' for name, region in BY_NAME.items()}
    yield _map("$region", "$base", bases, bases[DEFAULT.name])


def _maps_of_the_log() -> Iterator[str]:
    """The address truncated as operators do it, and whether a choice or the country has decided."""
    networks = {r'"~^(?<network>[0-9]+\.[0-9]+\.[0-9]+)\."': '"$network.0"'}
    networks[r'"~^(?<network>[0-9a-f]+:[0-9a-f]+:[0-9a-f]+):"'] = '"$network::"'
    yield _map("$http_x_forwarded_for", "$client", networks, '""')
    yield _map(f"$cookie_{CHOICE_COOKIE}", "$reason", dict.fromkeys(BY_NAME, "choice"), "country")
    told = ",".join(f'"{key}":' + (value if key in _UNQUOTED else f'"{value}"') for key, value in _LOGGED.items())
    yield f"    log_format told escape=json '{{{told}}}';"


def _preferences(regions: tuple[Region, ...]) -> Mapping[str, str]:
    """What a map can say of quality: the best tenth that one of the languages has, and the first at that."""
    languages = "|".join(str(region.language) for region in regions)
    return {
        rf'"~*(?:^|,)\s*(?<found>{languages})(?:-[^,;]*)?\s*(?:{_quality(quality)})"': "$found"
        for quality in _QUALITIES
    }


def _quality(quality: str) -> str:
    return "$|,|;q=1" if quality == "1" else f";q={quality}"


def _map(source: str, target: str, entries: Mapping[str, str], default: str) -> str:
    lines = "".join(f"        {key} {value};\n" for key, value in entries.items())
    return f"    map {source} {target} {{\n        default {default};\n{lines}    }}"

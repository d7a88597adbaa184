"""The same work as a small Starlette application, written as one would write it: `serve_starlette.py DATABASE PORT`."""

from __future__ import annotations

import sys
from functools import lru_cache
from importlib import import_module
from typing import Any

import maxminddb

from scripts.benchmark.work import BY_NAME, CHOICE_COOKIE, CLAIMS, DEFAULT, Region

reader = maxminddb.open_database(sys.argv[1])


def _from(module: str, name: str) -> Any:  # noqa: ANN401  only [bench] has these packages, and types are checked without
    return getattr(import_module(module), name)


Response, Route = _from("starlette.responses", "Response"), _from("starlette.routing", "Route")


@lru_cache(maxsize=65536)
def country_of(client: str) -> str | None:
    try:
        record: Any = reader.get(client)
    except ValueError:
        return None
    return record["country"]["iso_code"] if record and "country" in record else None


@lru_cache(maxsize=1024)
def preferred(accept_language: str) -> tuple[str, ...]:
    """Primary language subtags, the most wanted first."""
    members = []
    for member in accept_language.split(","):
        tag, _, quality = member.strip().partition(";q=")
        members.append((float(quality or 1), tag.partition("-")[0].lower()))
    return tuple(tag for _, tag in sorted(members, key=lambda wish: -wish[0]))


def region_of(country: str | None, accept_language: str) -> Region:
    claims = CLAIMS.get(country or "", (DEFAULT,))
    if len(claims) > 1:
        for language in preferred(accept_language):
            for region in claims:
                if region.language == language:
                    return region
    return claims[0]


async def redirect(request: Any) -> Any:  # noqa: ANN401
    country = country_of(request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip())
    region = BY_NAME.get(request.cookies.get(CHOICE_COOKIE)) or region_of(
        country, request.headers.get("accept-language", "")
    )
    target = request.scope["raw_path"].decode("ascii")
    if query := request.scope["query_string"]:
        target += f"?{query.decode('ascii')}"
    headers = {
        "Location": region.base.format(country=country) + target,
        "Cache-Control": "private, no-store",
        "Vary": "Accept-Language, Cookie, X-Forwarded-For, X-Forwarded-Proto",
    }
    return Response(status_code=307, headers=headers)


if __name__ == "__main__":
    application = _from("starlette.applications", "Starlette")(routes=[Route("/{path:path}", redirect)])
    _from("uvicorn", "run")(
        application,
        port=int(sys.argv[2]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
        proxy_headers=False,
        timeout_keep_alive=300,
        backlog=4096,
    )

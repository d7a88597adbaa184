"""Reads `[site]`: which hosts, where everyone else goes, what is asked first, and who is not sent anywhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from georedirect.policy.findings import Findings
from georedirect.policy.globs import GLOB, pattern_of
from georedirect.policy.mirror_model import WhenDown
from georedirect.policy.model import CacheSettings, Exempt, ExemptTo, Mode, Source, Undecided
from georedirect.policy.table import Table, did_you_mean
from georedirect.visitor.host import parse_host

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from georedirect.policy.model import Region
    from georedirect.policy.table import Text

SITE_KEYS = ("hosts", "default", "order", "mode", "undecided", "exempt", "exempt_to", "preset", "cache", "when_down")
CACHE_KEYS = ("shared_seconds", "key")
EXEMPT = ("/robots.txt", "/sitemap*.xml", "/.well-known/*", "/favicon.ico")
MOST_SHARED_SECONDS = 86400


class Preset(StrEnum):
    """Several settings by one name."""

    EU_SHOP = "eu-shop"
    """Guesses only suggest, in the EEA and where nobody knows whether it is that."""


@dataclass(frozen=True, slots=True)
class Site:
    """What `[site]` says. `default` is None where it names no region of the file."""

    hosts: tuple[str, ...]
    default: Region | None
    order: tuple[Source, ...]
    mode: Mode
    undecided: Undecided
    exempt: Exempt
    preset: Preset | None
    cache: CacheSettings | None
    when_down: WhenDown


def read_site(root: Table, regions: Mapping[str, Region], findings: Findings) -> Site:
    table = root.table("site")
    if table is None:
        if "site" not in root:
            root.mistake("site", 'is missing; a policy needs [site] with default = "NAME OF A REGION"')
        table = Table({"default": None}, ("site",), Findings(findings.file))  # whose mistakes nobody is told
    table.expect_only(SITE_KEYS)
    return Site(
        hosts=_read_hosts(table, findings),
        default=_read_default(table, root.table("regions"), regions),
        order=_read_order(table, findings),
        mode=table.one_of("mode", Mode, "mode") or Mode.REDIRECT,
        undecided=table.one_of("undecided", Undecided, "answer to that") or Undecided.DEFAULT,
        exempt=_read_exempt(table, findings),
        preset=table.one_of("preset", Preset, "preset"),
        cache=_read_cache(table, findings),
        when_down=table.one_of("when_down", WhenDown, "answer to that") or WhenDown.REDIRECT,
    )


def _read_hosts(table: Table, findings: Findings) -> tuple[str, ...]:
    hosts: list[str] = []
    for text in table.texts("hosts"):
        host = parse_host(text.value)
        if host is None:
            findings.mistake(text.path, f'"{text.value}" is not a host name, such as "www.example.com"')
        elif host.port is not None:
            findings.mistake(
                text.path, f'"{text.value}" has a port, but hosts count on every port; write "{host.name}"'
            )
        elif host.name in hosts:
            findings.mistake(text.path, f'"{text.value}" is listed twice')
        else:
            hosts.append(host.name)
    return tuple(hosts)


def _read_default(table: Table, named: Table | None, regions: Mapping[str, Region]) -> Region | None:
    """The default region. Whether it is one of the `named` is told here; what is wrong with it, where it stands."""
    text = table.text("default")
    if text is None:
        if "default" not in table:
            table.mistake("default", "is missing; name the region where everyone goes whom nothing else places")
        return None
    if named and text.value not in named:
        hint = did_you_mean(text.value, list(named))
        table.mistake("default", f'"{text.value}" is not a region of this file; {hint}')
    return regions.get(text.value)


def _read_order(table: Table, findings: Findings) -> tuple[Source, ...]:
    if "order" not in table:
        return tuple(Source)
    texts = table.texts("order")
    order = _sources(texts, findings)
    if Source.CHOICE in order[1:]:
        late = next(text for text in texts if text.value == Source.CHOICE)
        findings.mistake(late.path, '"choice" comes first or not at all: what a visitor has chosen beats every guess')
    return order


def _sources(texts: Iterable[Text], findings: Findings) -> tuple[Source, ...]:
    for text in texts:
        if text.value not in list(Source):
            findings.mistake(text.path, f'"{text.value}" is no source; {did_you_mean(text.value, list(Source))}')
    return tuple(Source(text.value) for text in texts if text.value in list(Source))


def _read_exempt(table: Table, findings: Findings) -> Exempt:
    to = table.one_of("exempt_to", ExemptTo, "answer to that") or ExemptTo.DEFAULT
    if "exempt" not in table:
        return _exempt(EXEMPT, to)
    texts = table.texts("exempt", may_be_empty=True)
    for text in texts:
        if not GLOB.fullmatch(text.value):
            findings.mistake(
                text.path,
                f'"{text.value}" is not a path as it is received, such as "/robots.txt" or "/sitemap*.xml"',
            )
    return _exempt([text.value for text in texts], to)


def _exempt(globs: Sequence[str], to: ExemptTo) -> Exempt:
    patterns = [pattern_of(glob) for glob in globs]
    return Exempt(tuple(globs), re.compile("|".join(patterns)) if patterns else None, to)


def _read_cache(table: Table, findings: Findings) -> CacheSettings | None:
    cache = table.table("cache")
    if cache is None:
        return None
    cache.expect_only(CACHE_KEYS)
    seconds = cache.whole_number("shared_seconds", at_least=1, at_most=MOST_SHARED_SECONDS, default=1)
    key = frozenset(_sources(cache.texts("key", may_be_empty=True), findings))
    missing = [name for name in CACHE_KEYS if name not in cache]
    for name in missing:
        cache.mistake(name, 'is missing; write cache = { shared_seconds = 300, key = ["country"] }')
    return None if missing else CacheSettings(seconds, key)

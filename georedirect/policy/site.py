"""Reads `[site]`: which hosts, where everyone else goes, and what is asked first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from georedirect.policy.model import Source
from georedirect.policy.table import did_you_mean
from georedirect.visitor.host import parse_host

if TYPE_CHECKING:
    from collections.abc import Mapping

    from georedirect.policy.findings import Findings
    from georedirect.policy.model import Region
    from georedirect.policy.table import Table, Text

SITE_KEYS = ("hosts", "default", "order", "mode")
MODES = ("redirect",)
MODES_LATER = ("suggest", "stay")
SOURCES_LATER = ("choice",)


@dataclass(frozen=True, slots=True)
class Site:
    """What `[site]` says. `default` is None where it names no region of the file."""

    hosts: tuple[str, ...]
    default: Region | None
    order: tuple[Source, ...]


def read_site(root: Table, regions: Mapping[str, Region], findings: Findings) -> Site:
    table = root.table("site")
    if table is None:
        if "site" not in root:
            root.mistake("site", 'is missing; a policy needs [site] with default = "NAME OF A REGION"')
        return Site((), None, tuple(Source))
    table.expect_only(SITE_KEYS)
    _check_mode(table)
    return Site(
        _read_hosts(table, findings),
        _read_default(table, root.table("regions"), regions),
        _read_order(table, findings),
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
    order = [source for text in table.texts("order") if (source := _read_source(text, findings)) is not None]
    return tuple(order)


def _read_source(text: Text, findings: Findings) -> Source | None:
    if text.value in SOURCES_LATER:
        findings.mistake(text.path, f'"{text.value}" is not available in this version; leave it out')
    elif text.value not in list(Source):
        findings.mistake(text.path, f'"{text.value}" is no source; {did_you_mean(text.value, list(Source))}')
    else:
        return Source(text.value)
    return None


def _check_mode(table: Table) -> None:
    text = table.text("mode")
    if text is None or text.value in MODES:
        return
    if text.value in MODES_LATER:
        table.mistake("mode", f'"{text.value}" is not available in this version; leave the key out')
    else:
        table.mistake("mode", f'"{text.value}" is no mode; {did_you_mean(text.value, MODES)}')

"""Reads where a region is: one `uri` or several mirrors, how one is chosen, and who serves when none is well."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from georedirect.place import Coordinates
from georedirect.policy.checks import read_check
from georedirect.policy.mirror_model import Choosing, Mirror
from georedirect.policy.table import did_you_mean
from georedirect.policy.template import compile_template
from georedirect.policy.uris import read_uri
from georedirect.sharing import MOST_WEIGHT, Lot

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from georedirect.policy.findings import Findings
    from georedirect.policy.model import Region
    from georedirect.policy.table import Table

MIRROR_KEYS = ("uri", "weight", "latitude", "longitude", "check")

_OF_MIRRORS = ("check", "latitude", "longitude")
_STAND_IN = compile_template("https://unreadable.invalid/")
"""For a template that is missing or wrong, so that the rest can be checked all the same."""


def with_mirrors(region: Region, table: Table, names: Collection[str], key: str, findings: Findings) -> Region:
    """The region with all that its table says of mirrors. `names` are all regions', `key` is the site's for draws."""
    tables = list(_tables(table, findings))
    mirrors = tuple(_read_mirror(each, region.name, findings) for each in tables)
    choosing = table.one_of("choose", Choosing, "way to choose")
    fallback = _read_fallback(region.name, table, names, findings)
    if choosing is not None and len(mirrors) < 2:
        findings.warning((*table.path, "choose"), "is of no use without several mirrors to choose from")
    if fallback and not any(mirror.check for mirror in mirrors):
        findings.warning((*table.path, "fallback"), "never serves: no mirror has a check that could say it is not well")
    region = replace(
        region,
        mirrors=mirrors,
        choosing=choosing or Choosing.WEIGHT,
        lot=_lot(region.name, mirrors, key),
        fallback=fallback,
    )
    _check_names(mirrors, tables)
    _check_choosing(region, table, tables, findings)
    return region


def _tables(region: Table, findings: Findings) -> Iterator[Table]:
    """The tables of its mirrors: its own where there is one `uri`."""
    if "mirrors" not in region:
        if "uri" not in region:
            region.mistake(
                "uri",
                'is missing; say where the region is, as in "https://de.example.com{+path}{+query}", or in mirrors',
            )
        yield region
        return
    for key in ("uri", *_OF_MIRRORS):
        if key in region:
            region.mistake(key, "stands beside mirrors, each of which has its own; keep one of both")
    for mirror in region.array_of_tables("mirrors"):
        mirror.expect_only(MIRROR_KEYS)
        if "uri" not in mirror:
            findings.mistake((*mirror.path, "uri"), "is missing; say where the mirror is")
        yield mirror


def _read_mirror(table: Table, region: str, findings: Findings) -> Mirror:
    uri = read_uri(table, findings) or _STAND_IN
    return Mirror(
        uri=uri,
        path_prefix=uri.path_prefix(region),
        weight=table.whole_number("weight", at_least=0, at_most=MOST_WEIGHT, default=1),
        coordinates=_read_coordinates(table),
        check=read_check(table, uri),
    )


def _read_coordinates(table: Table) -> Coordinates | None:
    latitude = table.number("latitude", at_least=-90, at_most=90)
    longitude = table.number("longitude", at_least=-180, at_most=180)
    for key, other in (("latitude", "longitude"), ("longitude", "latitude")):
        if key in table and other not in table:
            table.mistake(key, f"has no {other} beside it")
    return None if latitude is None or longitude is None else Coordinates(latitude, longitude)


def _read_fallback(name: str, table: Table, names: Collection[str], findings: Findings) -> tuple[str, ...]:
    fallback: list[str] = []
    for text in table.texts("fallback"):
        if text.value == name:
            findings.mistake(text.path, f'"{name}" is this region itself; name others')
        elif text.value not in names:
            hint = did_you_mean(text.value, [other for other in names if other != name])
            findings.mistake(text.path, f'"{text.value}" is not a region of this file; {hint}')
        else:
            fallback.append(text.value)
    return tuple(fallback)


def _lot(region: str, mirrors: Sequence[Mirror], key: str) -> Lot:
    weights = [(mirror.name, mirror.weight) for mirror in mirrors]
    return Lot.of(weights, "mirrors", key, region) if len(mirrors) > 1 else Lot()


def _check_names(mirrors: Sequence[Mirror], tables: Sequence[Table]) -> None:
    names: set[str] = set()
    for mirror, table in zip(mirrors, tables, strict=True):
        if mirror.name in names and mirror.uri is not _STAND_IN:
            table.mistake("uri", f"leads to {mirror.name}, as another mirror of this region does")
        names.add(mirror.name)


def _check_choosing(region: Region, table: Table, tables: Sequence[Table], findings: Findings) -> None:
    """What mirrors say has to be what `choose` goes by."""
    if (
        len(region.mirrors) > 1
        and region.choosing is Choosing.WEIGHT
        and not any(each.weight for each in region.mirrors)
    ):
        table.mistake("mirrors", "have no weight above 0")
    for mirror in tables:
        is_located = "latitude" in mirror or "longitude" in mirror
        if region.goes_by_distance and not is_located:
            findings.mistake((*mirror.path, "latitude"), 'is missing; choose = "nearest" needs to know where each is')
        if is_located and not region.goes_by_distance:
            why = 'is of no use without several mirrors and choose = "nearest"'
            findings.warning((*mirror.path, "latitude"), why)
        if "weight" in mirror and region.choosing is Choosing.FIRST:
            findings.warning((*mirror.path, "weight"), 'is of no use with choose = "first"')

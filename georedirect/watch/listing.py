"""The policy files as they are served, line by line, with what `check` says of each. Knows no HTTP."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from georedirect.atlas.colours import colours
from georedirect.atlas.paint import Regions
from georedirect.policy.lines import locate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from georedirect.atlas.colours import Colour
    from georedirect.policy.findings import Finding
    from georedirect.policy.model import Configuration


class Line(NamedTuple):
    """One line; `warnings` are about it."""

    number: int
    text: str
    warnings: tuple[str, ...]


class File(NamedTuple):
    """One policy file; `number` counts from 1."""

    number: int
    name: str
    lines: tuple[Line, ...]


class Warned(NamedTuple):
    """One warning. `anchor` is where it stands on the page; None where its file is not shown."""

    text: str
    where: str
    anchor: str | None


class Place(NamedTuple):
    """A region as the page lists it, with its colour on the map."""

    site: str
    name: str
    title: str | None
    uris: tuple[str, ...]
    countries: int
    languages: tuple[str, ...]
    anchor: str | None
    colour: Colour


def list_files(configuration: Configuration) -> list[File]:
    return [
        File(number, name, tuple(_lines(configuration, name, text)))
        for number, (name, text) in enumerate(configuration.texts.items(), 1)
    ]


def _lines(configuration: Configuration, name: str, text: str) -> Iterator[Line]:
    warned = defaultdict[int, list[str]](list)
    for warning in configuration.warnings:
        if warning.file == name:
            warned[warning.line].append(_said(warning))
    for number, line in enumerate(text.rstrip("\n").split("\n"), 1):
        yield Line(number, line.rstrip("\r"), tuple(warned.get(number, ())))


def list_warnings(configuration: Configuration) -> list[Warned]:
    return [
        Warned(_said(warning), f"{warning.file}:{warning.line}", anchor(configuration, warning.file, warning.line))
        for warning in configuration.warnings
    ]


def list_regions(configuration: Configuration) -> list[Place]:
    """All of all sites, in the files' order."""
    found: list[Place] = []
    for policy in configuration.policies:
        lines = locate(configuration.texts.get(policy.file, "")).lines
        painted = colours(Regions(tuple(policy.regions), policy.default.name))
        countries = [claim.region.name for rivals in policy.by_country.values() for claim in rivals.claims]
        found += [
            Place(
                policy.name,
                region.name,
                region.title,
                tuple(mirror.uri.text for mirror in region.mirrors),
                countries.count(region.name),
                region.languages,
                anchor(configuration, policy.file, lines.get(("regions", region.name), 1)),
                painted[region.name],
            )
            for region in policy.regions.values()
        ]
    return found


def anchor(configuration: Configuration, file: str, line: int) -> str | None:
    """`f1-12` for line 12 of the first file."""
    files = [*configuration.texts]
    return f"f{files.index(file) + 1}-{line}" if file in files else None


def _said(warning: Finding) -> str:
    return f"{warning.key}: {warning.text}" if warning.key else warning.text

"""`georedirect map`: where the visitors of each country go, drawn on a map of the world."""

from __future__ import annotations

import argparse
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any

from georedirect.cli.arguments import add_database, add_policies
from georedirect.cli.picture import SUFFIX as PNG
from georedirect.cli.picture import picture_of
from georedirect.cli.whole import write_whole
from georedirect.door.question import read_time
from georedirect.door.snapshot import load_snapshot
from georedirect.errors import UsageError
from georedirect.visitor.languages import parse_accept_language
from georedirect.watch.world_map import Asked, map_of

if TYPE_CHECKING:
    from georedirect.door.snapshot import Snapshot
    from georedirect.policy.model import Configuration, Policy

_SVG = ".svg"
_LEAST_WIDTH, _MOST_WIDTH, _WIDTH_OF_PICTURES = 100, 10_000, 1600


def add_parser(commands: Any) -> None:  # noqa: ANN401  argparse keeps the type to itself
    parser = commands.add_parser("map", help="draw where the visitors of each country go, as SVG or PNG")
    add_policies(parser, required=True)
    parser.add_argument(
        "-o", "--output", metavar="FILE", type=_output, help="a .svg or .png to write (default: SVG to standard output)"
    )
    parser.add_argument("--site", metavar="HOST", help="which site, where there are several: one of its hosts, or *")
    parser.add_argument("--url", default="/", help="what is asked for: a path on the site's first host, or a URL")
    parser.add_argument("--at", metavar="TIME", help="when: ISO 8601, in UTC if it has no offset (default: now)")
    parser.add_argument(
        "--language",
        metavar="TAG",
        action="append",
        default=[],
        type=_language,
        help="what the visitors read, the most wanted first; may be given again (default: they do not say)",
    )
    parser.add_argument(
        "--width",
        metavar="PIXELS",
        type=_width,
        help=f"how wide the map is (default: a PNG {_WIDTH_OF_PICTURES}, an SVG as wide as there is room)",
    )
    add_database(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    try:
        now = time() if arguments.at is None else read_time(arguments.at)
        asked = Asked(now, arguments.url, tuple(arguments.language))
        snapshot = load_snapshot(arguments.policies, arguments.database)
        drawn = _draw(snapshot, asked, arguments)
    except ValueError as error:
        raise UsageError(str(error)) from error
    if arguments.output is None:
        print(drawn)
    elif _is_picture(arguments.output):
        write_whole(arguments.output, picture_of(drawn))
    else:
        write_whole(arguments.output, f"{drawn}\n".encode())


def _draw(snapshot: Snapshot, asked: Asked, arguments: argparse.Namespace) -> str:
    wide = arguments.width
    if wide is None and arguments.output is not None and _is_picture(arguments.output):
        wide = _WIDTH_OF_PICTURES
    return map_of(snapshot, _site(snapshot.configuration, arguments.site), asked, wide)


def _site(configuration: Configuration, host: str | None) -> Policy:
    """The site that is named, or the only one."""
    policies = configuration.policies
    found = [policy for policy in policies if host is None or host.lower() in (policy.name, *policy.hosts)]
    if len(found) == 1:
        return found[0]
    sites = ", ".join(policy.name for policy in policies)
    raise UsageError(f"{_what_is_wrong(host)}; the sites are {sites}")


def _what_is_wrong(host: str | None) -> str:
    return "a map is of one site: name it with --site" if host is None else f'no site is called "{host}"'


def _is_picture(output: Path) -> bool:
    return output.suffix.lower() == PNG


def _output(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() not in {_SVG, PNG}:
        raise argparse.ArgumentTypeError(f'"{text}" ends neither in {_SVG} nor in {PNG}')
    return path


def _language(text: str) -> str:
    ranges = parse_accept_language([text])
    if [known.tag for known in ranges] != [text.lower()]:
        raise argparse.ArgumentTypeError(f'"{text}" is not a language such as de or pt-BR')
    return text


def _width(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or not _LEAST_WIDTH <= int(text) <= _MOST_WIDTH:
        raise argparse.ArgumentTypeError(f'"{text}" is not a whole number from {_LEAST_WIDTH} to {_MOST_WIDTH}')
    return int(text)

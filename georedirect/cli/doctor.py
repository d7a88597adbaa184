"""`georedirect doctor`: whether a running door, or the cache in front of it, gives visitors each their own answers."""

from __future__ import annotations

import argparse
import json
import secrets
from typing import TYPE_CHECKING, Any

from georedirect.ask import ask_all
from georedirect.doctor.guise import guises_of
from georedirect.doctor.judge import judge
from georedirect.doctor.questions import SEED_DIGITS, parse_url, plan
from georedirect.doctor.report import report, report_for_people
from georedirect.errors import UsageError
from georedirect.visitor.host import Host, parse_host

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_ROUNDS, _MOST_SECONDS = 10, 60
_HEADER = "'NAME: VALUE'"


def add_parser(commands: Any) -> None:  # noqa: ANN401  argparse keeps the type to itself
    parser = commands.add_parser(
        "doctor", help="ask a running door as different visitors, and say who got whose answer"
    )
    parser.add_argument(
        "url", metavar="URL", help="the door's URL, as visitors ask for it: directly or through a cache"
    )
    parser.add_argument(
        "--visitor",
        action="append",
        default=[],
        nargs="+",
        metavar=_HEADER,
        help="the headers of one visitor; give it two to six times (default: four languages, and a cookie)",
    )
    parser.add_argument(
        "--header", action="append", default=[], metavar=_HEADER, help="a header that every visitor sends"
    )
    parser.add_argument("--connect", metavar="HOST:PORT", type=_edge, help="ask this server instead of the URL's host")
    parser.add_argument(
        "--rounds",
        metavar="N",
        type=_from_1_to(_MOST_ROUNDS),
        default=3,
        help="how often each visitor asks each URL (default: 3)",
    )
    parser.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=_from_1_to(_MOST_SECONDS),
        default=10,
        help="how long one answer may take (default: 10)",
    )
    parser.add_argument(
        "--shared",
        action="store_true",
        help="caches are meant to keep answers, keyed by what decides: only mix-ups count",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what is to be said, if anything; the exit code is 1 where something is wrong."""
    try:
        url, guises = parse_url(arguments.url), guises_of(arguments.visitor, arguments.header)
    except ValueError as error:
        raise UsageError(str(error)) from error
    questions = plan(url.target, guises, arguments.rounds, secrets.token_hex(SEED_DIGITS // 2))
    exchanges = list(ask_all(url, questions, arguments.connect, arguments.timeout))
    seen = report(str(url), exchanges, judge(exchanges, is_shared=arguments.shared))
    if text := json.dumps(seen, indent=2) if arguments.json else report_for_people(seen):
        print(text)
    return 0 if seen["is_well"] else 1


def _edge(text: str) -> Host:
    host = parse_host(text)
    if host is None or not host.port:
        raise argparse.ArgumentTypeError(f'"{text}" is not HOST:PORT, such as 192.0.2.1:443 or edge.example.net:443')
    return host


def _from_1_to(most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdecimal()) or not 1 <= int(text[:9]) <= most:
            raise argparse.ArgumentTypeError(f'"{text}" is not a whole number from 1 to {most}')
        return int(text)

    return read

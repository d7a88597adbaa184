"""`georedirect explain`: what would happen to a visitor, and why, by the very code that serves."""

from __future__ import annotations

import json
from time import time
from typing import TYPE_CHECKING, Any

from georedirect.cli.arguments import add_database, add_policies
from georedirect.door.explain import explain, explanation_for_people
from georedirect.door.question import imagine_request, read_time
from georedirect.door.snapshot import load_snapshot
from georedirect.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from georedirect.door.snapshot import Snapshot
    from georedirect.visitor.request import Request


def add_parser(commands: Any) -> None:  # noqa: ANN401  argparse keeps the type to itself
    parser = commands.add_parser("explain", help="what would happen to a visitor, and why")
    add_policies(parser, required=True)
    parser.add_argument("--ip", required=True, metavar="IP", help="the address that the request comes from")
    parser.add_argument("--url", default="/", help="what is asked for: a URL, or a path on the policy's first host")
    parser.add_argument("--method", default="GET", help="the request's method (default: GET)")
    parser.add_argument(
        "--header",
        action="append",
        default=[],
        metavar="'NAME: VALUE'",
        help="a request header; may be given again",
    )
    parser.add_argument("--at", metavar="TIME", help="when: ISO 8601, in UTC if it has no offset (default: now)")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    add_database(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    moment = _moment(arguments)
    snapshot = load_snapshot(arguments.policies, arguments.database).at(moment)
    explanation = explain(snapshot, _question(snapshot, arguments))
    print(json.dumps(explanation, indent=2) if arguments.json else explanation_for_people(explanation))


def _moment(arguments: argparse.Namespace) -> float:
    """The time that is asked about, in seconds since 1970."""
    try:
        return time() if arguments.at is None else read_time(arguments.at)
    except ValueError as error:
        raise UsageError(str(error)) from error


def _question(snapshot: Snapshot, arguments: argparse.Namespace) -> Request:
    try:
        return imagine_request(snapshot.configuration, arguments.ip, arguments.url, arguments.method, arguments.header)
    except ValueError as error:
        raise UsageError(str(error)) from error

"""Arguments that several commands take, read the same way in each."""

from __future__ import annotations

import argparse
from pathlib import Path

from georedirect.policy.endpoint import Activated, Endpoint, UnixSocket, Where, parse_where
from georedirect.policy.settings import MOST_WORKERS


def add_policies(parser: argparse.ArgumentParser, *, required: bool) -> None:
    parser.add_argument(
        "policies", metavar="POLICY", type=Path, nargs="+" if required else "*", help="a policy file (TOML)"
    )


def add_database(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--database",
        metavar="FILE",
        type=Path,
        help="an MMDB file to use instead of the policy's or the bundled one",
    )


def where(text: str) -> Where:
    try:
        return parse_where(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def listening(text: str) -> Endpoint | UnixSocket:
    """Where somebody listens who can be asked."""
    found = where(text)
    if isinstance(found, Activated):
        raise argparse.ArgumentTypeError(f'"{text}" is for systemd to know; write HOST:PORT or unix:PATH')
    return found


def where_or_off(text: str) -> Where | None:
    return None if text == "off" else where(text)


def worker_count(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text) <= MOST_WORKERS:
        raise argparse.ArgumentTypeError(f'"{text}" is not a whole number from 1 to {MOST_WORKERS}')
    return int(text)

"""Arguments that several commands take, read the same way in each."""

from __future__ import annotations

import argparse
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from georedirect.policy.data_model import NamedFile
from georedirect.policy.endpoint import Activated, Endpoint, UnixSocket, Where, parse_where
from georedirect.policy.log import stream_of
from georedirect.policy.settings import MOST_WORKERS

if TYPE_CHECKING:
    from georedirect.policy.log_model import Stream


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


def access_log(text: str) -> Stream | NamedFile:
    """A stream, or a file relative to the working folder, which no policy names."""
    return stream_of(text) or NamedFile(PurePath(text), "", 0, "--access-log")

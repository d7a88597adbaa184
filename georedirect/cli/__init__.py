"""What the operator types: one file per command. Nothing else in the house knows of it."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from georedirect import __version__
from georedirect.cli import check, doctor, explain, health, proxies, rollback, serve, update, world_map
from georedirect.errors import GeoredirectError, PolicyError

if TYPE_CHECKING:
    from collections.abc import Sequence

GOOD = 0

_COMMANDS = (serve, check, explain, world_map, update, rollback, proxies, doctor, health)


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="georedirect", description="The front door for sites with regional or language mirrors."
    )
    parser.add_argument("--version", action="version", version=f"georedirect {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in _COMMANDS:
        command.add_parser(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0 (good), 1 (the input is bad), 2 (wrong usage), or the command's own."""
    return run_parsed(build_parser().parse_args(arguments))


def run_parsed(parsed: argparse.Namespace) -> int:
    """Run the command in `parsed`; what we raise on purpose becomes a line and an exit code."""
    try:
        outcome: int | None = parsed.run(parsed)
        sys.stdout.flush()
    except GeoredirectError as error:
        print(error if isinstance(error, PolicyError) else f"georedirect: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 128 + 2  # as a shell reports a program that SIGINT ended
    except BrokenPipeError:  # whoever reads this, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains of it at exit
        return 128 + 13  # as it reports one that SIGPIPE ended
    return outcome or GOOD

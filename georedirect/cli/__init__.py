"""What the operator types: one file per command. Nothing else in the house knows of it."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from georedirect import __version__
from georedirect.cli import check, doctor, explain, serve
from georedirect.errors import GeoredirectError, PolicyError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

GOOD, BAD_INPUT, WRONG_USAGE = 0, 1, 2

_COMMANDS = (serve, check, explain, doctor)


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
    """Run one command; the exit code is 0 (good), 1 (the input is bad) or 2 (wrong usage)."""
    parsed = build_parser().parse_args(arguments)
    try:
        outcome: int | None = parsed.run(parsed)
        sys.stdout.flush()
    except GeoredirectError as error:
        print(error if isinstance(error, PolicyError) else f"georedirect: {error}", file=sys.stderr)
        return WRONG_USAGE if isinstance(error, UsageError) else BAD_INPUT
    except KeyboardInterrupt:
        return 128 + 2  # as a shell reports a program that SIGINT ended
    except BrokenPipeError:  # whoever reads this, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains of it at exit
        return 128 + 13  # as it reports one that SIGPIPE ended
    return outcome or GOOD

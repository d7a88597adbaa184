"""`georedirect rollback`: the database before the last update, back in its place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from georedirect.cli.arguments import add_policies
from georedirect.cli.telling import telling
from georedirect.cli.update import add_json, database_of, told
from georedirect.door.snapshot import read_policies

if TYPE_CHECKING:
    import argparse

    from georedirect.update.steps import Outcome, Tell


def add_parser(commands: Any) -> None:  # noqa: ANN401  argparse keeps the type to itself
    parser = commands.add_parser("rollback", help="put the database before the last update back")
    add_policies(parser, required=True)
    add_json(parser)
    parser.set_defaults(run=run, world=None)


def run(arguments: argparse.Namespace) -> int:
    return told(telling(as_json=arguments.json), lambda tell: _roll_back(arguments, tell))


def _roll_back(arguments: argparse.Namespace, tell: Tell) -> Outcome:
    from georedirect.update.judge import checker  # noqa: PLC0415
    from georedirect.update.rollback import roll_back  # noqa: PLC0415
    from georedirect.update.world import World  # noqa: PLC0415

    configuration = read_policies(arguments.policies)
    named = database_of(configuration, arguments.policies)
    # samples are for what is new: this one has been in place before
    return roll_back(Path(named.path), tell, checker(configuration, replace(arguments.world or World(), samples=False)))

"""`georedirect check`: every mistake and warning in policy files, by file and line."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from georedirect.cli.arguments import add_database, add_policies
from georedirect.door.checking import CheckedReading
from georedirect.door.snapshot import load_snapshot
from georedirect.policy.proxies import old_lists

if TYPE_CHECKING:
    import argparse


def add_parser(commands: Any) -> None:  # noqa: ANN401  argparse keeps the type to itself
    parser = commands.add_parser("check", help="report every mistake and warning in policy files")
    add_policies(parser, required=True)
    add_database(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Print the warnings and a summary; mistakes are raised, with the warnings among them."""
    snapshot = load_snapshot(arguments.policies, arguments.database, CheckedReading())
    configuration = snapshot.configuration
    for warning in (*configuration.warnings, *old_lists(configuration.server, datetime.now(UTC).date())):
        print(warning)
    for policy in configuration.policies:
        regions, countries = len(policy.regions), len(policy.by_country)
        of_them = f"{countries} {'country' if countries == 1 else 'countries'}"
        print(f"{policy.file}: good, {regions} region{'' if regions == 1 else 's'} for {of_them}")

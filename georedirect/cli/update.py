"""`georedirect update`: a fresh database for `[database] country`, put into place or refused with the reason."""

from __future__ import annotations

import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from georedirect.cli.arguments import add_policies
from georedirect.cli.telling import telling
from georedirect.door.snapshot import read_policies
from georedirect.errors import GeoredirectError, PolicyError, UpdateCause, UpdateError, UsageError
from georedirect.policy.findings import Finding, Findings
from georedirect.policy.lines import locate
from georedirect.policy.sources import why_not_source

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from georedirect.policy.data_model import NamedFile
    from georedirect.policy.model import Configuration
    from georedirect.update.errand import Wish
    from georedirect.update.steps import Outcome, Tell
    from georedirect.update.world import World


def add_parser(commands: Any) -> None:  # noqa: ANN401  argparse keeps the type to itself
    parser = commands.add_parser("update", help="fetch a fresh database, check it and put it into place")
    add_policies(parser, required=True)
    parser.add_argument(
        "--from",
        metavar="SOURCE",
        dest="source",
        help="where from, instead of [database] source: maxmind, dbip, ipinfo, an https URL or a file",
    )
    parser.add_argument("--check", action="store_true", help="only say whether there is anything newer: exit code 10")
    parser.add_argument("--dry-run", action="store_true", help="fetch and check, and say what would change")
    parser.add_argument("--accept", action="store_true", help="let in what is refused for being unlike the present one")
    add_json(parser)
    parser.set_defaults(run=run, world=None)


def add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print a JSON object a line at a terminal too")


def run(arguments: argparse.Namespace) -> int:
    from georedirect.update.world import World  # noqa: PLC0415  the other commands fetch nothing

    world = arguments.world or World()
    return told(telling(as_json=arguments.json), lambda tell: _update(arguments, world, tell))


def told(tell: Tell, act: Callable[[Tell], Outcome]) -> int:
    """Have the last step tell what it has come to, whatever that is; SIGTERM ends it in order, nothing left behind."""
    before = signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        outcome = act(tell)
    except GeoredirectError as error:
        tell.end(error.cause if isinstance(error, UpdateError) else UpdateCause.INPUT, why=str(error))
        raise
    except Exception as error:
        tell.end(UpdateCause.FAULT, why=f"{type(error).__name__}: a fault of georedirect's own")
        raise
    finally:
        signal.signal(signal.SIGTERM, before)
    tell.end(outcome)
    return outcome.exit_code


def _update(arguments: argparse.Namespace, world: World, tell: Tell) -> Outcome:
    from georedirect.update.judge import checker  # noqa: PLC0415
    from georedirect.update.run import look_for_newer, update_database  # noqa: PLC0415

    configuration = read_policies(arguments.policies)
    named = database_of(configuration, arguments.policies)
    wish = _wish(arguments, configuration, named, world)
    if arguments.check:
        return look_for_newer(wish, world, tell)
    return update_database(wish, world, tell, checker(configuration, world))


def _wish(arguments: argparse.Namespace, configuration: Configuration, named: NamedFile, world: World) -> Wish:
    from georedirect.update.choose import choose_source  # noqa: PLC0415
    from georedirect.update.errand import Wish  # noqa: PLC0415

    text, folder = _source(arguments.source, configuration, named)
    target, update, written = Path(named.path), configuration.update, configuration.database.source
    if written is None or text != written.text:  # what the policy has is a check sum of its own source
        update = replace(update, checksum=None)
    return Wish(
        named=target,
        source=choose_source(text, folder, update, target, world),
        keep=update.keep,
        downloads_a_day=update.downloads_a_day,
        is_accepted=arguments.accept,
        is_dry_run=arguments.dry_run,
    )


def _source(asked: str | None, configuration: Configuration, named: NamedFile) -> tuple[str, Path]:
    """What the source is called, and the folder that it is relative to if it is a file."""
    if asked is not None:
        if why := why_not_source(asked):
            raise UsageError(f"--from: {why}")
        return asked, Path()
    source = configuration.database.source
    if source is None:
        text = "is missing: where is the data to come from? Write maxmind, dbip, ipinfo, an https URL or a file"
        raise PolicyError([Finding(named.file, named.line, "database.source", text)])
    return source.text, Path(source.file).parent


def database_of(configuration: Configuration, policies: Sequence[Path]) -> NamedFile:
    """The file that is to be replaced; the bundled one is not."""
    named = configuration.database.country
    if named is not None:
        return named
    findings = [
        Findings(str(path), locate(path.read_text(encoding="utf-8-sig")).lines).at(("database",), "")
        for path in policies
    ]
    place = max(findings, key=lambda finding: finding.line)  # line 1 where it is not in that file
    text = 'is missing: which file is to be replaced? Write one such as "GeoLite2-Country.mmdb"'
    raise PolicyError([Finding(place.file, place.line, "database.country", text)])

"""`georedirect proxies`: the networks of the CDNs that a policy trusts, as they publish them today."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from georedirect.cli.arguments import add_policies
from georedirect.cli.telling import telling
from georedirect.cli.update import add_json, told
from georedirect.door.snapshot import read_policies
from georedirect.errors import PolicyError
from georedirect.policy.findings import Finding
from georedirect.policy.presets import PRESETS
from georedirect.policy.proxies import KEY

if TYPE_CHECKING:
    import argparse

    from georedirect.policy.server_model import ProxyList, Trusting
    from georedirect.update.steps import Outcome, Tell


def add_parser(commands: Any) -> None:  # noqa: ANN401  argparse keeps the type to itself
    parser = commands.add_parser("proxies", help="fetch the lists of the CDNs' networks that are trusted")
    add_policies(parser, required=True)
    parser.add_argument("--dry-run", action="store_true", help="fetch and check, and say what would change")
    parser.add_argument("--accept", action="store_true", help="let in a list of which more than half is gone")
    add_json(parser)
    parser.set_defaults(run=run, world=None)


def run(arguments: argparse.Namespace) -> int:
    return told(telling(as_json=arguments.json), lambda tell: _update(arguments, tell))


def _update(arguments: argparse.Namespace, tell: Tell) -> Outcome:
    from georedirect.update.proxies import Wish, update_lists  # noqa: PLC0415  the other commands fetch nothing
    from georedirect.update.world import World  # noqa: PLC0415

    configuration = read_policies(arguments.policies)
    wish = Wish(datetime.now(UTC).date(), is_accepted=arguments.accept, is_dry_run=arguments.dry_run)
    lists = lists_of(configuration.server.trusting, str(arguments.policies[0]))
    return update_lists(lists, wish, arguments.world or World(), tell)


def lists_of(trusting: Trusting, policy: str) -> list[ProxyList]:
    """Those that can be fetched, and have a place to be put; PolicyError where one has no place, or there is none."""
    fetched = [each for each in trusting.lists if each.preset is not None and PRESETS[each.preset].sources]
    if not fetched:
        text = "names no preset whose list is published for programs, such as preset:cloudflare"
        raise PolicyError([Finding(policy, 1, KEY, text)])
    text = 'is missing: in which folder are the lists to be kept? Write one such as "/var/lib/georedirect"'
    homeless = [Finding(each.file, each.line, "server.proxy_lists", text) for each in fetched if each.path is None]
    if homeless:
        raise PolicyError(homeless[:1])
    return fetched

"""Holds what rules and URIs ask against what `[server]` and `[database]` let be known, in whichever files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from georedirect.policy.checks import mirror_path
from georedirect.policy.conditions import InHeader
from georedirect.policy.rulebook import DETAIL_OF
from georedirect.policy.useless import rule_path
from georedirect.policy.when_named import SAYS_ADDRESS, SAYS_COUNTRY
from georedirect.visitor.client import WITHOUT_HEADER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from georedirect.policy.data_model import DatabaseSettings
    from georedirect.policy.findings import Findings
    from georedirect.policy.lines import Path
    from georedirect.policy.model import Policy
    from georedirect.policy.rule_model import Rule
    from georedirect.policy.server_model import ServerSettings
    from georedirect.policy.template import Template


def find_unbacked(
    policies: Sequence[tuple[Policy, Findings]], server: ServerSettings, database: DatabaseSettings
) -> None:
    """Note headers that are not to be asked for themselves; warn of what is known of nobody."""
    settled = {server.client_address: SAYS_ADDRESS, database.country_header: SAYS_COUNTRY}
    settled = {header: why for header, why in settled.items() if header not in WITHOUT_HEADER}
    missing = _missing(database)
    for policy, findings in policies:
        for rule in policy.rules.rules:
            _find_settled(rule, settled, findings)
            _warn_of_conditions(rule, missing, findings)
        for path, uri in _uris(policy, findings):
            _warn_of_uri(path, uri, missing, findings)


def _missing(database: DatabaseSettings) -> Mapping[str, str]:
    """The details of places that nothing tells, and the keys of what would."""
    tells: Mapping[str, tuple[object, str]] = {
        "asn": (database.asn, "asn"),
        "anonymous": (database.anonymous, "anonymous"),
        "subdivision": (database.city or database.overrides, "city and no overrides"),
        "city": (database.city or database.overrides, "city and no overrides"),
    }
    return {detail: keys for detail, (told, keys) in tells.items() if not told}


def _find_settled(rule: Rule, settled: Mapping[str | None, str], findings: Findings) -> None:
    for condition in rule.when:
        if isinstance(condition.test, InHeader) and condition.test.header in settled:
            as_written = condition.wanted.partition("=")[0]
            path = (*rule_path(rule), "when", condition.name, as_written)
            findings.mistake(path, settled[condition.test.header])


def _warn_of_conditions(rule: Rule, missing: Mapping[str, str], findings: Findings) -> None:
    for condition in rule.when:
        keys = missing.get(DETAIL_OF.get(type(condition.test), ""))
        if keys is not None:
            so = "always" if condition.is_negated else "never"
            findings.warning((*rule_path(rule), "when", condition.name), f"{so} holds: {_unknown(keys)}")


def _uris(policy: Policy, findings: Findings) -> Iterator[tuple[Path, Template]]:
    for region in policy.regions.values():
        for number, mirror in enumerate(region.mirrors):
            yield (*mirror_path(region, number, findings), "uri"), mirror.uri
    yield from (((*rule_path(rule), "uri"), rule.uri) for rule in policy.rules.rules if rule.uri is not None)


def _warn_of_uri(path: Path, uri: Template, missing: Mapping[str, str], findings: Findings) -> None:
    for name in sorted(uri.variables & missing.keys()):
        findings.warning(path, f"{{{name}}} is never filled in: {_unknown(missing[name])}")


def _unknown(keys: str) -> str:
    return f"it is known of nobody, as [database] has no {keys}"

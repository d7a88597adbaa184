"""Finds rules whose own URI leads back to them, by a URL that proves it. Follows URLs; asks no server."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from georedirect.place import NOWHERE
from georedirect.policy.asker import Asker
from georedirect.policy.conditions import Below, InQuery, OnHost, PathLike
from georedirect.policy.implication import all_implied
from georedirect.policy.rule_model import Deed
from georedirect.policy.rulebook import countries_of
from georedirect.policy.useless import rule_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from georedirect.policy.conditions import Condition
    from georedirect.policy.findings import Findings
    from georedirect.policy.model import Policy
    from georedirect.policy.rule_model import Rule
    from georedirect.policy.template import Template

_OF_URLS = (PathLike, Below, OnHost, InQuery)
"""What a redirect can make hold no longer."""


class _Url(NamedTuple):
    host: str
    path: str
    query: str | None

    def __str__(self) -> str:
        return f"{self.host}{self.path}{self.query or ''}"


def find_rule_loops(policies: Sequence[tuple[Policy, Findings]], by_host: Mapping[str, Policy]) -> None:
    """Note each rule that sends a visitor to a URL of the same policy where it holds again, and again."""
    for policy, findings in policies:
        for rule in policy.rules.rules:
            if rule.uri is None or rule.uri.origin.port is not None or by_host.get(rule.uri.origin.host) is not policy:
                continue
            asked = next((url for url in _samples(rule, policy) if _goes_round(url, rule, policy)), None)
            if asked is not None:
                findings.mistake(
                    (*rule_path(rule), "uri"),
                    f"leads back to this rule: from {asked} to {_next(asked, rule)} and on to "
                    f"{_next(_next(asked, rule), rule)}; leave where it leads to out of its conditions",
                )


def _samples(rule: Rule, policy: Policy) -> Iterator[_Url]:
    """URLs for which the rule holds, as far as can be told by one of each kind."""
    wanted = [condition.test for condition in rule.when if not condition.is_negated]
    paths = [glob.replace("*", "x") for test in wanted if isinstance(test, PathLike) for glob in test.globs]
    prefixes = [prefix for test in wanted if isinstance(test, Below) for prefix in test.prefixes]
    paths += [f"{prefix}{rest}" for prefix in prefixes for rest in ("", "/x")]
    members = [f"{test.parameter}={min(test.values, default='')}" for test in wanted if isinstance(test, InQuery)]
    query = f"?{'&'.join(members)}" if members else None
    yield from (_Url(host, path, query) for host in policy.hosts for path in paths or ["/"])


def _goes_round(url: _Url, rule: Rule, policy: Policy) -> bool:
    """Whether the rule decides for a URL, for the one that it leads to, and so on; at the same one visitors stay."""
    way = [url]
    for _ in range(3):
        way.append(_next(way[-1], rule))
        if way[-1] == way[-2] or not _holds_for_url(rule, _asker(way[-2])):  # most go no further: cheap to tell
            return False
    return all(_decides(passed, rule, policy) for passed in way[:-1])


def _next(url: _Url, rule: Rule) -> _Url:
    """Where the rule, which has a URI, sends who asks for this."""
    uri = cast("Template", rule.uri)
    values: dict[str, str | None] = dict.fromkeys(uri.variables)
    values |= {"path": url.path, "query": url.query, "host": url.host, "variant": rule.variant(b"")}
    values |= {"country": _country(rule)}
    location = uri.expand({**values, **rule.captured(url.path)})
    target = location[len(uri.base) :].partition("#")[0]
    path, mark, query = target.partition("?")
    return _Url(uri.origin.host, path or "/", mark + query if mark else None)


def _country(rule: Rule) -> str | None:
    """One that it is for; None where it does not say."""
    countries = countries_of(rule)
    return min(countries) if countries else None


def _decides(url: _Url, rule: Rule, policy: Policy) -> bool:
    """Whether it holds for this URL, and no earlier rule decides for all whom it is for."""
    asker = _asker(url)
    if url.path.startswith(policy.chooser.prefix) or not _holds_for_url(rule, asker):
        return False
    others = [condition for condition in rule.when if not _is_of_url(condition)]
    return not any(
        earlier.deed is not Deed.CONTINUE
        and _holds_for_url(earlier, asker)
        and all_implied([condition for condition in earlier.when if not _is_of_url(condition)], others)
        for earlier in policy.rules.candidates(url.host, url.path, _country(rule))
        if earlier.number < rule.number
    )


def _asker(url: _Url) -> Asker:
    return Asker(url.path, url.query, url.host, "GET", {}, None, b"", (), NOWHERE, 0)


def _is_of_url(condition: Condition) -> bool:
    return isinstance(condition.test, _OF_URLS)


def _holds_for_url(rule: Rule, asker: Asker) -> bool:
    return all(condition.holds(asker) for condition in rule.when if _is_of_url(condition))

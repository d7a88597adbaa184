"""Finds rules that send somebody round and round, by an example of who and where. Follows URLs; asks no server.

What is told is proved: each step is what would be decided for one visitor at one moment. It does not find everything.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from georedirect.policy.conditions import Below, InQuery, OnHost, PathLike
from georedirect.policy.following import MOST_STEPS, Url, Way, follow
from georedirect.policy.rulebook import ByCountry, RuleBook
from georedirect.policy.useless import rule_path
from georedirect.policy.witness import latest, witnesses

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from georedirect.policy.findings import Findings
    from georedirect.policy.following import Step, Who
    from georedirect.policy.model import Policy
    from georedirect.policy.rule_model import Rule
    from georedirect.policy.template import Template
    from georedirect.policy.witness import Origin, Witness

MOST_WORK = 200_000
"""For each file: so many rules may be asked, and no more; a step weighs as much as `STEP` of them besides."""
STEP = 10
MOST_SAMPLES = 4
"""So many paths and prefixes of one condition are tried, and no more."""
MOST_OF_OTHERS = 8
"""So many guesses of other files are tried, and no more."""
_MOST_SHOWN = 6


class _Guess(NamedTuple):
    """Whom a file sends to where we answer, below a path: an example of them."""

    file: str
    path: str
    origin: Origin


@dataclass
class _Search:
    """What all searches for one file share. `guesses` are those of this file, then others; `work` may still be done."""

    policy: Policy
    served: Mapping[str, Policy]
    guesses: Sequence[_Guess]
    now: float
    work: int


def find_rule_loops(policies: Sequence[tuple[Policy, Findings]], by_host: Mapping[str, Policy]) -> None:
    """Note each round once, at the first rule that is found to be part of it.

    Files in which anything else is wrong are left out: what they would do is not known yet.
    """
    right = [(policy, findings) for policy, findings in policies if not findings.mistakes]
    files = {policy.file for policy, _ in right}
    served = {host: policy for host, policy in by_host.items() if policy.file in files}
    guesses, now = [*_guesses(served)], latest(policy for policy, _ in right)
    told: set[frozenset[Who]] = set()
    for policy, findings in right:
        own = [guess for guess in guesses if guess.file == policy.file]
        search = _Search(policy, served, [*own, *guesses[:MOST_OF_OTHERS]], now, MOST_WORK)
        for rule, way, witness in _rounds(search):
            who = frozenset(step.who for step in way.steps)
            if who not in told:
                told.add(who)
                findings.mistake((*rule_path(rule), rule.deed), _tell(way, witness))


def _guesses(served: Mapping[str, Policy]) -> Iterator[_Guess]:
    """By country and by language, of each region that leads to where we answer: no other can be part of a round."""
    for policy in {policy.file: policy for policy in served.values()}.values():
        inner = {
            name: mirror.path_prefix
            for name, region in policy.regions.items()
            for mirror in region.mirrors
            if _is_in(mirror.uri, served)
        }
        countries = {each.claims[0].region.name: country for country, each in policy.by_country.items() if inner}
        tags = {region.name: tag for tag, region in policy.by_language.items()}
        yield from (
            _Guess(policy.file, path, (countries[name], None)) for name, path in inner.items() if name in countries
        )
        yield from (_Guess(policy.file, path, (None, tags[name])) for name, path in inner.items() if name in tags)


def _is_in(uri: Template, served: Mapping[str, Policy]) -> bool:
    return uri.origin.host in served and uri.origin.port is None


def _rounds(search: _Search) -> Iterator[tuple[Rule, Way, Witness]]:
    for rule in search.policy.rules.rules:
        if search.work > 0 and any(_is_in(uri, search.served) for uri in _uris(rule, search.policy)):
            search.work -= STEP + len(search.guesses)
            found = next(_rounds_through(rule, search), None)
            if found is not None:
                yield rule, *found


def _uris(rule: Rule, policy: Policy) -> Iterator[Template]:
    if rule.uri is not None:
        yield rule.uri
    for name in rule.regions:
        yield from (mirror.uri for mirror in policy.regions[name].mirrors)


def _rounds_through(rule: Rule, search: _Search) -> Iterator[tuple[Way, Witness]]:
    """Those that the rule is part of, from its own step on, and who goes them."""
    alone = replace(search.policy, rules=RuleBook((rule,), {(None, ""): ByCountry((rule,), {})}))
    who = (search.policy.file, rule.name, None)
    urls = list(_samples(rule, search.policy))
    guesses = sorted(search.guesses, key=lambda guess: not any(url.path.startswith(guess.path) for url in urls))
    origins = list(dict.fromkeys(guess.origin for guess in guesses))
    for witness in witnesses(rule, search.policy, origins, search.now):
        for url in urls:
            search.work -= STEP
            step = follow(url, alone, witness)
            way = _walk(step.onward, witness, search) if step is not None and step.who == who else None
            found = way.beginning_with(who) if way is not None else None
            if found is not None:
                yield found, witness


def _samples(rule: Rule, policy: Policy) -> Iterator[Url]:
    """URLs for which the rule holds, as far as can be told by one of each kind."""
    wanted = [condition.test for condition in rule.when if not condition.is_negated]
    globs = [glob for test in wanted if isinstance(test, PathLike) for glob in test.globs[:MOST_SAMPLES]]
    prefixes = [prefix for test in wanted if isinstance(test, Below) for prefix in test.prefixes[:MOST_SAMPLES]]
    paths = [glob.replace("*", "x") for glob in globs] + [f"{prefix}{end}" for prefix in prefixes for end in ("", "/x")]
    members = [f"{test.parameter}={min(test.values, default='')}" for test in wanted if isinstance(test, InQuery)]
    query = f"?{'&'.join(members)}" if members else None
    host = next((host for host in policy.hosts if _may_be_on(host, rule)), None)
    yield from (Url(host, path, query) for path in paths or ["/"] if host is not None)


def _may_be_on(host: str, rule: Rule) -> bool:
    tests = [(each.test, each.is_negated) for each in rule.when if isinstance(each.test, OnHost)]
    return all((host in test.names or host.endswith(test.endings)) is not is_negated for test, is_negated in tests)


def _walk(url: Url, witness: Witness, search: _Search) -> Way | None:
    """The round that begins here or further on, or a way without end; None where it has one, or work has."""
    steps: dict[Url, Step] = {}
    while url not in steps and len(steps) < MOST_STEPS:
        policy = search.served.get(url.host)
        if policy is None or search.work <= 0:
            return None
        search.work -= STEP + len(policy.rules.candidates(url.host, url.path, witness.place.country))
        step = follow(url, policy, witness)
        if step is None:
            return None
        steps[url], url = step, step.onward
    way = list(steps.values())
    return Way(way[list(steps).index(url) :], is_closed=True) if url in steps else Way(way, is_closed=False)


def _tell(way: Way, witness: Witness) -> str:
    """The whole way round, or until it comes to the rule for the second time."""
    this = way.steps[0].who
    again = next((number for number, step in enumerate(way.steps[1:], 1) if step.who == this), 0)
    steps = way.steps if way.is_closed else way.steps[: again + 1]
    first, *others = [f"{step.onward}{_by(step.who, this)}" for step in steps[:_MOST_SHOWN]]
    told = " and on to ".join([first, *others, *(["..."] if len(steps) > _MOST_SHOWN else ())])
    where = f" visitors in {witness.place.country}" if witness.place.country is not None else ""
    way_round = f"from {way.steps[0].url} to {told}"
    return f"leads{where} back to this rule: {way_round}; leave where it leads to out of its conditions"


def _by(who: Who, this: Who) -> str:
    file, rule, region = who
    if who == this:
        return ""
    what = f'its guess "{region}"' if rule is None else f'"{rule}"'
    return f" (by {what}{f' of {file}' if file != this[0] else ''})"

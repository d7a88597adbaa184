"""What rules do to a decision: one row a case; first the rule, then all else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from georedirect.decision import Action, Refusal
from georedirect.guess import Reason
from georedirect.moment import Moment
from georedirect.ruling import NO_RULING, asker_of, rule_on, told
from georedirect.step import Step
from tests.asking import NOW, decided, place, visitor
from tests.policies import load_policy

if TYPE_CHECKING:
    from georedirect.policy.model import Policy

SITE = """\
[site]
hosts = ["www.example.com"]
default = "global"
exempt = ["/robots.txt"]
exempt_to = "not-found"
[regions.global]
uri = "https://global.example{+path}{+query}"
[regions.germany]
uri = "https://de.example{+path}{+query}"
countries = ["DE"]
languages = ["de"]
[regions.home]
uri = "https://www.example.com/home{+path}"
[regions.labelled]
uri = "https://labelled.example/v{/variant}{+path}{?language}"
languages = ["fr"]
[regions.mirrored]
fallback = ["global"]
[[regions.mirrored.mirrors]]
uri = "https://m1.example{+path}"
check = { path = "/", interval_seconds = 7, rise = 3 }
[[regions.mirrored.mirrors]]
uri = "https://m2.example{+path}"
check = { path = "/", interval_seconds = 5, rise = 4 }
"""


def ruled(*rules: str, site: str = "") -> Policy:
    """The site with these rules, each the lines of one, divided by semicolons."""
    tables = "".join("[[rules]]\n" + "\n".join(rule.split("; ")) + "\n" for rule in rules)
    return load_policy(SITE.replace("[site]\n", f"[site]\n{site}") + tables)


RULES = [
    # the rule, and of whom: URL, country; then action, region, reason, location
    ('uri = "https://x.example{+path}{+query}"', "/a?b", None, "redirect", None, "rule", "https://x.example/a?b"),
    ('uri = "https://x.example/{country}"', "/a", "DE", "redirect", None, "rule", "https://x.example/DE"),
    ('when = { path = "/a" }; uri = "https://x.example/"', "/b", "DE", "redirect", "germany", "country", "https://de.example/b"),
    ('region = "germany"', "/a", None, "redirect", "germany", "rule", "https://de.example/a"),
    ('region = "mirrored"', "/a", None, "redirect", "mirrored", "rule", "https://m2.example/a"),
    ("stay = true", "/a", "DE", "stay", "germany", "rule", None),
    ("suggest = true", "/a", "DE", "suggest", "germany", "country", None),
    ('suggest = true; region = "global"', "/a", "DE", "suggest", "global", "rule", None),
    ("status = 404", "/a", "DE", "refuse", None, "rule", None),
    ('continue = "seen"', "/a", "DE", "redirect", "germany", "country", "https://de.example/a"),
    ("split = { germany = 1, global = 0 }", "/a", None, "redirect", "germany", "rule", "https://de.example/a"),
    (
        'split = { blue = 1, red = 0 }; uri = "https://x.example/{variant}{+path}"',
        *("/a", None, "redirect", None, "rule", "https://x.example/blue/a"),
    ),
    (
        'split = { blue = 1, red = 0 }; region = "labelled"',
        *("/a", None, "redirect", "labelled", "rule", "https://labelled.example/v/blue/a?language=fr"),
    ),
    (
        'when = { path = "/a/*/c/*" }; uri = "https://x.example/{+2}/{+1}"',
        *("/a/1/2/c/3", None, "redirect", None, "rule", "https://x.example/3/1/2"),
    ),
    (
        'when = { prefix = "/blog" }; uri = "https://x.example/old{+rest}{+query}"',
        *("/blog/2026/x?y", None, "redirect", None, "rule", "https://x.example/old/2026/x?y"),
    ),
    ('when = { prefix = "/blog" }; uri = "https://x.example/old{+rest}"', "/blog", None, "redirect", None, "rule", "https://x.example/old"),
    # before the URL's own region, what is exempt, and a choice
    ('region = "germany"', "/home/x", None, "redirect", "germany", "rule", "https://de.example/home/x"),
    ('region = "germany"', "/robots.txt", None, "redirect", "germany", "rule", "https://de.example/robots.txt"),
    ('when = { path = "/x" }; stay = true', "/robots.txt", None, "refuse", "global", "exempt", None),
    ('region = "home"', "/home/x", "DE", "stay", "home", "already-there", None),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "url", "country", "action", "region", "reason", "location"), RULES)
@pytest.mark.parametrize("mode", ["redirect", "stay"])
def test_a_rule_does_what_it_says_whatever_the_mode(
    mode: str,
    *,
    rule: str,
    url: str,
    country: str | None,
    action: str,
    region: str | None,
    reason: str,
    location: str | None,
) -> None:
    decision = decided(ruled(rule, site=f'mode = "{mode}"\n'), url, country)
    if mode == "stay" and reason in {"country", "exempt"} and action != "suggest":  # no rule had the last word
        action, location = "stay", None
    assert (decision.action, decision.region_name, decision.reason, decision.location) == (
        action,
        region,
        reason,
        location,
    )


def test_a_choice_yields_to_a_rule_but_not_to_one_that_only_suggests() -> None:
    assert decided(ruled('region = "germany"'), chosen="global").region_name == "germany"
    chosen = decided(ruled("suggest = true"), chosen="germany")
    assert (chosen.action, chosen.reason, chosen.region_name) == (Action.REDIRECT, Reason.CHOICE, "germany")


def test_the_first_rule_that_holds_wins_and_those_that_go_on_are_noted() -> None:
    policy = ruled(
        'name = "one"; when = { country = "FR" }; status = 404',
        'name = "two"; continue = "a"',
        'name = "three"; split = { x = 1, y = 0 }; continue = "b"',
        'name = "four"; continue = "a"',
        'name = "five"; uri = "https://x.example/{variant}"',
        'name = "six"; status = 451',
    )
    decision = decided(policy, "/", "DE")
    assert (decision.rule, decision.variant, decision.tags) == ("five", "x", ("a", "b"))
    assert decision.location == "https://x.example/x"
    assert [(step.step, step.outcome) for step in decision.steps] == [
        *(("rule", "continue"), ("rule", "continue"), ("rule", "continue"), ("rule", "uri")),
        ("location", "https://x.example/x"),
    ]
    assert decided(policy, "/", "FR").rule == "one"


def test_without_a_rule_that_decides_what_was_noted_stays() -> None:
    decision = decided(ruled('split = { x = 1, y = 0 }; continue = "seen"'), "/", "DE")
    assert (decision.rule, decision.variant, decision.tags) == (None, "x", ("seen",))
    assert (decision.region_name, decision.reason) == ("germany", Reason.COUNTRY)
    untouched = decided(ruled('when = { country = "FR" }; continue = "seen"'), "/", "DE")
    assert (untouched.variant, untouched.tags) == (None, ())


DAY = "from = 2027-01-15T00:00:00Z, until = 2027-01-16T00:00:00Z"  # NOW is 08:00 of that day


@pytest.mark.parametrize(
    ("rule", "refusal"),
    [
        ("status = 404", Refusal(404)),
        ("status = 451", Refusal(451)),
        ("status = 503", Refusal(503)),
        ("status = 503; retry_after_seconds = 60", Refusal(503, None, 60)),
        (f"when = {{ {DAY} }}; status = 503", Refusal(503, 1_800_057_600.0)),
        (f"when = {{ {DAY} }}; status = 503; retry_after_seconds = 60", Refusal(503, None, 60)),
        (f"when = {{ {DAY} }}; status = 404", Refusal(404)),
        (
            f'when = {{ {DAY}, daily = {{ from = 22:00:00, until = 10:00:00 }}, zone = "UTC" }}; status = 503',
            Refusal(503, 1_800_007_200.0),
        ),
        ("when = { not_from = 2028-01-01T00:00:00Z }; status = 503", Refusal(503)),
    ],
)
def test_a_refusal_says_until_when_if_that_is_known(rule: str, refusal: Refusal) -> None:
    decision = decided(ruled(rule))
    assert (decision.action, decision.refusal, decision.reason) == (Action.REFUSE, refusal, Reason.RULE)


def test_a_rule_never_leads_to_the_url_that_was_asked_for() -> None:
    policy = ruled('when = { query = { x = true } }; uri = "https://www.example.com/new{+query}"')
    assert decided(policy, "/old?x").location == "https://www.example.com/new?x"
    decision = decided(policy, "/new?x")
    assert (decision.action, decision.reason, decision.location) == (Action.STAY, Reason.ALREADY_THERE, None)
    assert decided(policy, "/new?x", host="www.example.com:8443").action is Action.REDIRECT


# Mirrors that are sick


def sick(policy: Policy) -> Moment:
    checks = (mirror.check for mirror in policy.regions["mirrored"].mirrors)
    return Moment(NOW.time, frozenset(check for check in checks if check is not None))


def test_a_region_that_is_down_is_served_by_its_fallback() -> None:
    policy = ruled('region = "mirrored"')
    assert decided(policy, "/a").mirror in {"https://m1.example", "https://m2.example"}
    decision = decided(policy, "/a", moment=sick(policy))
    assert (decision.region_name, decision.reason, decision.mirror) == ("global", Reason.FALLBACK, None)
    assert decision.location == "https://global.example/a"
    assert Step("fallback", "global", "it is the next that serves where no mirror is well") in decision.steps


@pytest.mark.parametrize(
    ("when_down", "action", "reason", "refusal"),
    [
        ("redirect", Action.REDIRECT, Reason.RULE, None),
        ("refuse", Action.REFUSE, Reason.NO_MIRROR, Refusal(503, None, 20)),
    ],
)
def test_where_nothing_is_well_the_site_says_what_is_done(
    when_down: str, action: Action, reason: Reason, refusal: Refusal | None
) -> None:
    site = SITE.replace('fallback = ["global"]\n', "").replace("[site]\n", f'[site]\nwhen_down = "{when_down}"\n')
    policy = load_policy(f'{site}[[rules]]\nregion = "mirrored"\n')
    decision = decided(policy, "/a", moment=sick(policy))
    assert (decision.action, decision.reason, decision.refusal) == (action, reason, refusal)
    assert (decision.location is None) is (refusal is not None)


def test_who_is_at_the_fallback_already_stays_there() -> None:
    site = SITE.replace('fallback = ["global"]', 'fallback = ["home"]')
    policy = load_policy(site + '[[rules]]\nregion = "mirrored"\n')
    assert decided(policy, "/a", moment=sick(policy)).location == "https://www.example.com/home/a"
    decision = decided(policy, "/home/a", moment=sick(policy))
    assert (decision.action, decision.region_name, decision.reason) == (Action.STAY, "home", Reason.ALREADY_THERE)


# What is told


def test_every_rule_up_to_the_one_that_decides_is_told_with_its_reason() -> None:
    policy = ruled(
        'name = "french"; when = { country = "FR" }; status = 404',
        'name = "noted"; continue = "a"',
        'name = "elsewhere"; when = { path = "/x/*" }; status = 404',
        'name = "all"; when = { not_country = "FR" }; split = { germany = 1, global = 0 }',
        'name = "never asked"; status = 451',
    )
    asker = asker_of(policy, visitor("/y"), place("DE"), NOW)
    assert list(told(policy, asker, rule_on(policy, asker))) == [
        Step("rule", "no", '"french" does not hold: country is FR, and this is DE'),
        Step("rule", "continue", '"noted" holds (it has no conditions)'),
        Step("rule", "no", '"elsewhere" does not hold: path is /x/*, and this is /y'),
        Step("rule", "split", '"all" holds (not_country), and "germany" is drawn for this visitor'),
    ]


def test_where_no_rule_holds_there_is_nothing_to_note() -> None:
    policy = ruled('name = "french"; when = { country = "FR" }; status = 404')
    asker = asker_of(policy, visitor("/y", host=None), place("DE"), NOW)
    assert rule_on(policy, asker) is NO_RULING
    assert [step.outcome for step in told(policy, asker, NO_RULING)] == ["no"]

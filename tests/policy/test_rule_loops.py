"""A rule whose URI leads back to itself is a mistake, with the URLs that prove it; none is accused without one."""

from __future__ import annotations

import pytest

from georedirect.policy import rule_loops
from georedirect.policy.countries import COUNTRIES
from tests.policies import load, mistakes_of, policy

HOSTS = 'hosts = ["www.example.com", "m.example.com"]'


def text(*rules: str) -> str:
    return policy(HOSTS, rest="\n".join(f"[[rules]]\n{rule}" for rule in rules))


@pytest.mark.parametrize(
    ("rule", "proof"),
    [
        (
            'uri = "https://www.example.com/x/a/{+1}"\nwhen = { path = "/x/*" }',
            ": from www.example.com/x/a/x to www.example.com/x/a/a/x and on to www.example.com/x/a/a/a/x",
        ),
        (
            'uri = "https://www.example.com/a{+path}{+query}"',
            ": from www.example.com/a/ to www.example.com/a/a/ and on to www.example.com/a/a/a/",
        ),
        (
            'uri = "https://m.example.com/a/b{+rest}{+query}"\nwhen = { prefix = "/a", query = { a = "1", b = true } }',
            ": from m.example.com/a/b?a=1&b= to m.example.com/a/b/b?a=1&b=",
        ),
        (
            'uri = "https://m.example.com/{country}/x{+path}"\nwhen = { country = ["DE", "AT"] }',
            ": from m.example.com/AT/x/ to m.example.com/AT/x/AT/x/",
        ),
        ('uri = "https://www.example.com/?a={+path}{query}"', "to www.example.com/?a=/"),
        ('uri = "https://www.example.com/{variant}{+path}"\nsplit = { v = 1, w = 0 }', "to www.example.com/v/"),
    ],
)
def test_a_rule_that_leads_back_to_itself_is_told_with_a_proof(rule: str, proof: str) -> None:
    (line,) = mistakes_of(text(rule))
    assert line.startswith("1.toml:7: rules.uri: leads ")
    assert " back to this rule: from " in line
    assert proof in line
    assert line.endswith("; leave where it leads to out of its conditions")


@pytest.mark.parametrize(
    "when",
    [
        'host = "*.example.com", not_host = "m.example.com"',
        'host = "m.example.com"',
        'method = "GET", header = { x-a = true }',
        'method = "HEAD", header = { x-a = "b" }',
        'language = ["de", "fr"], continent = "EU"',
        'subdivision = ["DE-BY", "AT-1"]',
        'asn = 64500, anonymous = ["tor", "vpn"]',
        'anonymous = true, not_country = "DE"',
        'network = ["10.0.0.0/8", "::1"]',
        'network = ["10.0.0.0/8", "::1"], not_network = "10.0.0.0/9"',
        "share = 20, not_share = 10",
        "from = 2026-12-01T00:00:00Z",
        "until = 2026-12-01T00:00:00Z",
        "from = 1900-01-01T00:00:00Z, until = 2026-12-01T00:00:00Z",
        "not_from = 2026-12-01T00:00:00Z",
        'zone = "Europe/Berlin", daily = { from = 22:00:00, until = 06:00:00, days = ["sat"] }, from = 2026-12-01',
        'zone = "Europe/Berlin", not_daily = { from = 00:00:00, until = 23:00:00 }',
    ],
)
def test_somebody_is_found_for_whom_all_conditions_hold(when: str) -> None:
    host = "m" if when.startswith('host = "m') else "www"
    (line,) = mistakes_of(text(f'uri = "https://{host}.example.com/a{{+path}}"\nname = "r"\nwhen = {{ {when} }}'))
    assert " back to this rule: from " in line


@pytest.mark.parametrize(
    "rules",
    [
        # the very URL that was asked for: the visitor stays
        ('uri = "https://www.example.com{+path}{+query}"',),
        ('uri = "https://www.example.com/x/a"\nwhen = { path = "/x/*" }',),
        ('uri = "https://www.example.com?a=b{+1}"\nwhen = { path = "/*" }',),
        # elsewhere
        ('uri = "https://other.example.com/a{+path}"',),
        ('uri = "https://www.example.com:8443/a{+path}"',),
        ('uri = "https://www.example.com/y{+path}"\nwhen = { path = "/x/*" }',),
        ('uri = "https://www.example.com/y{+path}"\nwhen = { not_prefix = "/y" }',),
        ('uri = "https://m.example.com/y{+path}"\nwhen = { host = "www.example.com" }',),
        ('uri = "https://m.example.com/y{+path}"\nwhen = { query = { a = true } }',),
        # nobody for whom it holds is found
        ('uri = "https://www.example.com/y{+path}"\nwhen = { method = "POST" }',),
        ('uri = "https://www.example.com/y{+path}"\nwhen = { share = 0 }',),
        ('uri = "https://www.example.com/y{+path}"\nwhen = { from = 9000-01-01T00:00:00Z }',),
        ('uri = "https://www.example.com/y{+path}"\nwhen = { not_host = ["www.example.com", "m.example.com"] }',),
        # nobody asks so
        ('uri = "https://www.example.com{+path}x"\nwhen = { path = "/y/../*" }',),
        # our own pages
        ('uri = "https://www.example.com/.georedirect/{+path}"',),
        # an earlier rule takes them
        ('stay = true\nwhen = { prefix = "/y" }', 'uri = "https://www.example.com/y{+path}"'),
        (
            'stay = true\nwhen = { prefix = "/y", country = ["DE", "AT"] }',
            'uri = "https://www.example.com/y{+path}"\nwhen = { country = "DE" }',
        ),
    ],
)
def test_a_rule_without_a_proof_is_not_accused(rules: tuple[str, ...]) -> None:
    assert load(text(*rules)).policies


@pytest.mark.parametrize(
    "first",
    [
        'continue = "x"\nwhen = { prefix = "/y" }',
        'stay = true\nwhen = { prefix = "/y", country = "DE" }',
        'stay = true\nwhen = { prefix = "/z" }',
    ],
)
def test_an_earlier_rule_that_does_not_take_everybody_breaks_no_loop(first: str) -> None:
    (line,) = mistakes_of(text(first, 'uri = "https://www.example.com/y{+path}"'))
    assert line.startswith("1.toml:10: rules.uri: leads back to this rule")


def leading(name: str, to: str, when: str = "") -> str:
    return f'name = "{name}"\nwhen = {{ prefix = "/{name}"{when} }}\nuri = "https://www.example.com/{to}"'


def site(host: str, *rules: str, uri: str = "https://elsewhere.example{+path}{+query}", more: str = "") -> str:
    region = f'[site]\nhosts = ["{host}"]\ndefault = "a"\n[regions.a]\nuri = "{uri}"\n{more}'
    return region + "\n".join(f"[[rules]]\n{rule}" for rule in rules)


GERMANY = '[regions.b]\nuri = "https://www.example.com/de{+path}{+query}"\n'
CLOSED = 'when = { path = "/de/*" }\nuri = "https://www.example.com/{+1}{+query}"'
TO_B = 'when = { prefix = "/s" }\nuri = "https://b.example{+path}"'
TO_A = 'when = { prefix = "/s" }\nuri = "https://a.example{+path}"'
TWO = GERMANY + '[regions.c]\nuri = "https://www.example.com/fr{+path}{+query}"\n'

ROUNDS = [
    (
        [site("www.example.com", leading("a", "b"), leading("b", "a"))],
        (
            "1.toml:9: rules.uri: leads back to this rule: from www.example.com/a to www.example.com/b "
            'and on to www.example.com/a (by "b"); '
        ),
    ),
    (
        [site("www.example.com", CLOSED, more=GERMANY + 'countries = ["DE", "AT"]\n')],
        (
            "1.toml:11: rules.uri: leads visitors in AT back to this rule: from www.example.com/de/x "
            'to www.example.com/x and on to www.example.com/de/x (by its guess "b"); '
        ),
    ),
    (
        [site("www.example.com", CLOSED, more=GERMANY + 'languages = ["de"]\n')],
        (
            "1.toml:11: rules.uri: leads back to this rule: from www.example.com/de/x to www.example.com/x "
            'and on to www.example.com/de/x (by its guess "b"); '
        ),
    ),
    (
        [site("a.example", TO_B), site("b.example", TO_A)],
        (
            "1.toml:8: rules.uri: leads back to this rule: from a.example/s to b.example/s "
            'and on to a.example/s (by "rule 1" of 2.toml); '
        ),
    ),
    (
        [site("a.example", TO_B), site("b.example", uri="https://a.example{+path}")],
        (
            "1.toml:8: rules.uri: leads back to this rule: from a.example/s to b.example/s "
            'and on to a.example/s (by its guess "a" of 2.toml); '
        ),
    ),
    (
        [
            site(
                "www.example.com",
                'when = { path = "/de/*" }\nregion = "c"',
                'when = { path = "/fr/*" }\nsplit = { a = 0, b = 1 }',
                more=TWO,
            )
        ],
        (
            "1.toml:12: rules.region: leads back to this rule: from www.example.com/de/fr/de/x "
            'to www.example.com/fr/de/fr/de/x and on to www.example.com/de/fr/de/fr/de/x (by "rule 2") '
            "and on to www.example.com/fr/de/fr/de/fr/de/x; "
        ),
    ),
    (
        [site("www.example.com", *(leading(str(number), str((number + 1) % 9)) for number in range(9)))],
        (
            "1.toml:9: rules.uri: leads back to this rule: from www.example.com/0 to www.example.com/1 "
            'and on to www.example.com/2 (by "1") and on to www.example.com/3 (by "2") and on to www.example.com/4 '
            '(by "3") and on to www.example.com/5 (by "4") and on to www.example.com/6 (by "5") and on to ...; '
        ),
    ),
]


@pytest.mark.parametrize(("texts", "told"), ROUNDS)
def test_a_round_by_way_of_other_rules_guesses_and_files_is_told_once(texts: list[str], told: str) -> None:
    (line,) = mistakes_of(*texts)
    assert line == f"{told}leave where it leads to out of its conditions"


def test_of_many_guesses_those_are_tried_that_lead_to_where_the_rule_holds() -> None:
    codes = sorted(COUNTRIES)[:30]
    regions = "".join(
        f'[regions.{code}]\nuri = "https://www.example.com/{code}{{+path}}"\ncountries = ["{code}"]\n' for code in codes
    )
    closed = 'when = {{ prefix = "/{0}" }}\nuri = "https://www.example.com{{+rest}}"'
    told = mistakes_of(site("www.example.com", *(closed.format(code) for code in codes), more=regions))
    assert [line.partition(" back")[0].rpartition(" ")[2] for line in told] == codes


def test_rules_that_lead_into_a_round_are_no_part_of_it() -> None:
    (line,) = mistakes_of(site("www.example.com", leading("x", "a"), leading("a", "b"), leading("b", "a")))
    assert line.startswith("1.toml:13: rules.uri: leads back to this rule: from www.example.com/a ")


NONE = [
    # nobody meets both, or not at the same moment
    [leading("a", "b", ', country = "DE"'), leading("b", "a", ', not_country = "DE"')],
    [leading("a", "b", ', country = "DE"'), leading("b", "a", ', country = "FR"')],
    [leading("a", "b", ", until = 2026-12-01T00:00:00Z"), leading("b", "a", ", from = 2026-12-01T00:00:00Z")],
    [leading("a", "b", ', method = "GET"'), leading("b", "a", ', method = "POST"')],
    # no visitor escapes both of the first two
    [
        'stay = true\nwhen = { country = "DE" }',
        'stay = true\nwhen = { not_country = "DE" }',
        leading("a", "b"),
        leading("b", "a"),
    ],
    # a way with an end
    [leading("a", "b"), leading("b", "c")],
    [leading(str(number), str(number + 1)) for number in range(9)],
    ['when = { path = "/a" }\nuri = "https://www.example.com/a?region=a"'],
]


@pytest.mark.parametrize("rules", NONE)
def test_a_round_that_nobody_goes_is_none(rules: list[str]) -> None:
    load(site("www.example.com", *rules))


def test_a_round_is_looked_for_in_files_that_are_right_otherwise() -> None:
    wrong = site("b.example", TO_A, "status = 500")
    (line,) = mistakes_of(site("a.example", TO_B), wrong)
    assert line.startswith("2.toml:10: rules.status")
    (line,) = mistakes_of(site("b.example", leading("a", "b"), leading("b", "a"), "status = 500"))
    assert "rules.status" in line


def test_a_site_without_hosts_may_lead_into_no_round() -> None:
    rules = "\n".join(f"[[rules]]\n{rule}" for rule in (leading("a", "b"), leading("b", "a")))
    assert load(policy(rest=rules), site("www.example.com")).policies


def test_another_port_is_another_server() -> None:
    assert load(site("www.example.com", leading("a", "b"), uri="https://www.example.com:8443/a")).policies


def test_only_so_much_work_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_loops, "MOST_WORK", 25)
    rules = [leading(str(number), "end") for number in range(9)]
    assert load(site("www.example.com", *rules, leading("a", "b"), leading("b", "a"))).policies

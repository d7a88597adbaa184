"""What no database tells, and what a header is for already, is told at the rule that asks for it, across all files."""

from __future__ import annotations

import pytest

from tests.policies import load, mistakes_of, policy

DATABASES = '[database]\ncity = "c.mmdb"\nasn = "a.mmdb"\nanonymous = "an.mmdb"\n'


def rule(when: str) -> str:
    return policy(rest=f"[[rules]]\nstay = true\nwhen = {{ {when} }}")


def told(*texts: str) -> list[str]:
    return [str(warning) for warning in load(*texts).warnings if "known of nobody" in str(warning)]


@pytest.mark.parametrize(
    ("when", "key", "without"),
    [
        ("asn = 1", "asn", "asn"),
        ("anonymous = true", "anonymous", "anonymous"),
        ('subdivision = "DE-BY"', "subdivision", "city and no overrides"),
    ],
)
def test_what_no_database_tells_is_told_where_a_rule_asks_for_it(when: str, key: str, without: str) -> None:
    why = f"it is known of nobody, as [database] has no {without}"
    assert told(rule(when)) == [f"1.toml:7: warning: rules.when.{key}: never holds: {why}"]
    assert told(rule(f"not_{when}")) == [f"1.toml:7: warning: rules.when.not_{key}: always holds: {why}"]
    for texts in ((rule(when) + DATABASES,), (rule(when), DATABASES), (DATABASES, rule(when))):
        assert not told(*texts)


def test_overrides_tell_subdivisions_and_nothing_of_networks() -> None:
    overrides = '[database]\noverrides = ["o.csv"]\n'
    assert not told(rule('subdivision = "DE-BY"'), overrides)
    assert told(rule("asn = 1"), overrides)


def test_what_no_database_tells_is_told_where_a_uri_has_it() -> None:
    region = policy(
        uri='"https://a.example/{asn}{/subdivision}"',
        rest='[[rules]]\nname = "n"\nuri = "https://b.example/x{/city}"\n[[rules]]\nstay = true',
    )
    nobody = "is never filled in: it is known of nobody, as [database] has no"
    assert told(region) == [
        f"1.toml:4: warning: regions.a.uri: {{asn}} {nobody} asn",
        f"1.toml:4: warning: regions.a.uri: {{subdivision}} {nobody} city and no overrides",
        f"1.toml:7: warning: rules.uri: {{city}} {nobody} city and no overrides",
    ]
    assert not told(region, DATABASES)


SETTINGS = '[server]\nclient_address = "x-edge-client"\n[database]\ncountry_header = "x-edge-country"\n'


def test_headers_that_say_who_and_where_clients_are_are_no_conditions_in_whichever_file_that_is_said() -> None:
    text = policy(
        rest="[[rules]]\nstay = true\nwhen = { path = '/a' }\n[rules.when.header]\nX-A = true\nX-Edge-Client = 'a'\n"
        "[[rules]]\nstay = true\nwhen = { not_header = { x-edge-country = ['DE', 'AT'] } }"
    ).replace("when = { path = '/a' }\n", "")
    anybody = "is what anybody may write; write"
    found = [
        f'9: rules.when.header.X-Edge-Client: {anybody} network = "192.0.2.0/24", which trusts your proxies only',
        f'12: rules.when.not_header.x-edge-country: {anybody} country = "DE", which trusts your proxies only',
    ]
    assert mistakes_of(text, SETTINGS) == [f"1.toml:{line}" for line in found]
    assert mistakes_of(SETTINGS, text) == [f"2.toml:{line}" for line in found]
    assert load(text).policies


def test_where_no_header_says_who_clients_are_none_is_asked_for() -> None:
    assert load(rule("header = { peer = true }"), '[server]\nclient_address = "peer"\n').policies

"""Under `[site] cache`, what a rule or mirror goes by has to be in the cache's key, or is told of by its line."""

from __future__ import annotations

import pytest

from tests.policies import load, load_policy, mistakes_of, policy

NO_KEY = "which no key of a shared cache carries: visitors would get each other's answers"


def text(key: str, rest: str, region: str = "", site: str = "") -> str:
    """Site on lines 1 to 5, region `a` on 6 and 7, the rest behind it."""
    cache = (
        f'hosts = ["www.example.com"]\norder = ["country"]\ncache = {{ shared_seconds = 60, key = [{key}] }}\n{site}'
    )
    return policy(cache, region, rest)


@pytest.mark.parametrize(
    "when",
    [
        'network = "10.0.0.0/8"',
        "asn = 1",
        'subdivision = "DE-BY"',
        "anonymous = true",
        "header = { X-A = true }",
        "share = 10",
        'not_network = "10.0.0.0/8"',
    ],
)
def test_conditions_that_no_key_carries_are_mistakes(when: str) -> None:
    (line,) = mistakes_of(text('"country", "language"', f'[[rules]]\nregion = "a"\n[rules.when]\n{when}'))
    key = when.partition(" ")[0]
    assert (
        line
        == f"1.toml:11: rules.when.{key}: tells visitors apart, {NO_KEY}; leave {key} out, or leave cache out of [site]"
    )


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("split = { a = 1, b = 1 }", "1.toml:11: rules.split: is drawn for each visitor, "),
        ('uri = "https://x.example/a{/asn}"', "1.toml:11: rules.uri: has the visitor's asn in it, "),
        ('uri = "https://x.example/{asn}"', "1.toml:11: rules.uri: has the visitor's asn in it, "),
    ],
)
def test_what_a_rule_draws_or_writes_of_a_visitor_is_a_mistake(rule: str, told: str) -> None:
    region = '[regions.b]\nuri = "https://b.example/"'
    (line,) = mistakes_of(text('"country", "language"', f"{region}\n[[rules]]\n{rule}"))
    assert line.startswith(told)


@pytest.mark.parametrize(
    ("key", "rule", "told"),
    [
        ('"language"', 'region = "a"\nwhen = { country = "DE" }', 'leaves "country" out, but rules ask for'),
        ('"language"', 'region = "a"\nwhen = { continent = "EU" }', 'leaves "country" out, but rules ask for'),
        ('"language"', 'region = "a"\nwhen = { not_group = "EU" }', 'leaves "country" out, but rules ask for'),
        ('"language"', 'uri = "https://x.example/{country}"', 'leaves "country" out, but rules ask for'),
        ('"country"', 'region = "a"\nwhen = { language = "de" }', 'leaves "language" out, but languages make'),
        ('"country"', "stay = true", 'leaves "language" out, but some URLs are answered by a page'),
        ('"country"', "suggest = true", 'leaves "language" out, but some URLs are answered by a page'),
        ('"country"', 'status = 404\nwhen = { language = "de" }', 'leaves "language" out, but languages make'),
        ('"language"', 'status = 451\nwhen = { country = "DE" }', 'leaves "country" out, but rules ask for'),
        (
            '"country"',
            'uri = "https://www.example.com/b"\nwhen = { path = "/a" }',
            'leaves "language" out, but some URLs are answered by a page',
        ),
    ],
)
def test_what_rules_read_has_to_be_in_the_key(key: str, rule: str, told: str) -> None:
    (line,) = mistakes_of(text(key, f"[[rules]]\n{rule}"))
    assert line.startswith("1.toml:5: site.cache.key: ")
    assert told in line


@pytest.mark.parametrize(
    "rule",
    [
        'region = "a"',
        'region = "a"\nwhen = { path = "/a", query = { a = "1" }, host = "www.example.com" }',
        'uri = "https://x.example{+path}"\nwhen = { until = 2026-12-01T00:00:00Z, method = ["GET", "POST"] }',
        # refusals are never kept, whatever the language that they are in
        "status = 404",
        'status = 503\nwhen = { prefix = "/shop", until = 2026-12-01T00:00:00Z }',
        # what goes on and draws nothing changes no answer
        'continue = "beta"\nwhen = { header = { X-Beta = "true" } }',
        'continue = "beta"\nwhen = { country = "DE", language = "de", network = "10.0.0.0/8" }',
    ],
)
def test_what_is_in_the_url_or_the_same_for_all_needs_no_key(rule: str) -> None:
    assert load(text("", f"[[rules]]\n{rule}")).policies


MIRRORS = """\
[regions.b]
countries = ["DE"]
choose = "{}"
[[regions.b.mirrors]]
uri = "https://one.example/"
latitude = 1
longitude = 1
[[regions.b.mirrors]]
uri = "https://two.example/{}"
latitude = 1
longitude = 1
"""


@pytest.mark.parametrize(
    ("choose", "tail", "told"),
    [
        ("weight", "", "1.toml:10: regions.b.choose: goes by a lot that is drawn, "),
        ("nearest", "", "1.toml:10: regions.b.choose: goes by where visitors are, "),
        ("first", "{city}", "1.toml:16: regions.b.mirrors.uri: has the visitor's city in it, "),
        ("first", "", None),
    ],
)
def test_mirrors_that_are_drawn_or_go_by_distance_are_mistakes(choose: str, tail: str, told: str | None) -> None:
    whole = text('"country"', MIRRORS.format(choose, tail))
    if told is None:
        assert load(whole).policies
    else:
        (line,) = mistakes_of(whole)
        assert line.startswith(told)


def test_a_site_that_may_refuse_shows_pages_that_no_cache_keeps() -> None:
    (read,) = load(text('"country"', "", site='when_down = "refuse"')).policies
    assert read.shows_pages


@pytest.mark.parametrize("when", ['network = "10.0.0.0/8"', "header = { X-A = true }", "share = 10", "asn = 1"])
def test_who_is_refused_by_what_no_key_carries_would_get_what_others_are_told(when: str) -> None:
    (line,) = mistakes_of(text('"country", "language"', f"[[rules]]\nstatus = 404\n[rules.when]\n{when}"))
    assert line.startswith(f"1.toml:11: rules.when.{when.partition(' ')[0]}: tells visitors apart, {NO_KEY}")


def test_a_rule_that_goes_on_and_draws_is_a_mistake() -> None:
    (line,) = mistakes_of(text('"country", "language"', '[[rules]]\ncontinue = "t"\nsplit = { v = 1, w = 1 }'))
    assert line.startswith("1.toml:10: rules.split: is drawn for each visitor, ")


@pytest.mark.parametrize(
    ("rule", "depends", "shows"),
    [
        ('region = "a"', False, False),
        ('region = "a"\nwhen = { language = "de" }', True, False),
        ('region = "a"\nwhen = { not_language = "de" }', True, False),
        ("status = 503", False, True),
        ("suggest = true", False, True),
        ('uri = "https://www.example.com/b"\nwhen = { path = "/a" }', False, True),
        ('uri = "https://x.example/b"\nwhen = { path = "/a" }', False, False),
    ],
)
def test_a_policy_knows_whether_languages_count_and_pages_are_shown(rule: str, depends: bool, shows: bool) -> None:
    read = load_policy(policy('hosts = ["www.example.com"]\norder = ["country"]', rest=f"[[rules]]\n{rule}"))
    assert (read.depends_on_language, read.shows_pages) == (depends, shows)


@pytest.mark.parametrize(
    ("rest", "seconds"),
    [
        ("", 300),
        ('[[rules]]\nwhen = { path = "/x" }\nstay = true', 300),
        ('[[rules]]\nwhen = { from = 2026-12-01T22:00:00Z }\nregion = "a"', 60),
        ('[regions.b]\nuri = "https://b.example/"\ncheck = { path = "/", interval_seconds = 5, fall = 4 }', 20),
        ('[regions.b]\nuri = "https://b.example/"\ncheck = { path = "/", interval_seconds = 500, fall = 4 }', 300),
    ],
)
def test_caches_keep_nothing_for_longer_than_it_may_be_true(rest: str, seconds: int) -> None:
    site = 'hosts = ["x.example"]\norder = ["country"]\ncache = { shared_seconds = 300, key = ["country", "language"] }'
    read = load_policy(policy(site, rest=rest))
    assert read.cache is not None
    assert read.cache.shared_seconds == seconds

"""A policy that would send its visitors back to itself is refused, also by way of another policy."""

from __future__ import annotations

import pytest

from tests.policies import load, mistakes_of


def site(host: str, *uris: str, name: str = "r") -> str:
    tables = "".join(
        f'[regions.{name}{n}]\nuri = "{uri}"\nlanguages = ["{tag}"]\n'
        for n, (uri, tag) in enumerate(zip(uris, ("de", "fr", "it"), strict=False))
    )
    return f'[site]\nhosts = ["{host}"]\ndefault = "{name}0"\n{tables}'


@pytest.mark.parametrize(
    "uri",
    [
        "https://a.example{+path}{+query}",
        "http://a.example/",
        "https://A.EXAMPLE:443{+path}",
        "https://a.example/{country}{+path}",
        "https://a.example/x{country}",
        "https://a.example/?x",
    ],
)
def test_a_region_that_leads_back_is_a_mistake(uri: str) -> None:
    assert mistakes_of(site("a.example", uri)) == [
        (
            "1.toml:5: regions.r0.uri: leads back to a.example, for which 1.toml answers: a visitor would go round and "
            'round (by "r0" of 1.toml to a.example); give the region a host or a path of its own'
        )
    ]


@pytest.mark.parametrize(
    "uri",
    [
        "https://b.example{+path}{+query}",
        "https://de.a.example{+path}",
        "https://a.example/de{+path}{+query}",
        "https://a.example/{region}",
        "https://a.example/de{+query}",
        "https://a.example/de{?country}",
        "https://a.example:8443{+path}",
    ],
)
def test_a_host_or_path_or_port_of_its_own_is_none(uri: str) -> None:
    assert load(site("a.example", uri)).policies[0].default.mirrors[0].uri.text == uri


def test_a_region_under_the_path_of_another_is_none() -> None:
    load(site("a.example", "https://a.example/de{+path}", "https://a.example/de/ch{+path}"))


def test_only_the_region_that_leads_back_is_told_of() -> None:
    (mistake,) = mistakes_of(site("a.example", "https://a.example/de{+path}", "https://a.example{+path}"))
    assert mistake.startswith("1.toml:8: regions.r1.uri: leads back")


def test_two_policies_that_lead_to_each_other_are_told_of_both() -> None:
    told = mistakes_of(site("a.example", "https://b.example{+path}"), site("b.example", "https://a.example{+path}"))
    assert [line.split(",")[0] for line in told] == [
        "1.toml:5: regions.r0.uri: leads back to b.example",
        "2.toml:5: regions.r0.uri: leads back to a.example",
    ]


def test_a_round_of_three_is_found() -> None:
    hosts = ["a.example", "b.example", "c.example"]
    told = mistakes_of(
        *(
            site(host, f"https://{onward}/", "https://z.example/")
            for host, onward in zip(hosts, hosts[1:] + hosts[:1], strict=True)
        )
    )
    assert [line[:6] for line in told] == ["1.toml", "2.toml", "3.toml"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("https://b.example{+path}", "https://z.example{+path}"),
        ("https://b.example{+path}", "https://b.example/de{+path}"),
        ("https://b.example/de{+path}", "https://b.example/de{+path}"),
        ("https://b.example:81{+path}", "https://a.example{+path}"),
    ],
)
def test_a_chain_that_ends_is_none(first: str, second: str) -> None:
    assert len(load(site("a.example", first), site("b.example", second)).policies) == 2


def test_a_region_into_a_round_that_does_not_hold_its_own_policy_is_not_told_of() -> None:
    told = mistakes_of(
        site("a.example", "https://b.example/"),
        site("b.example", "https://c.example/"),
        site("c.example", "https://b.example/"),
    )
    assert [line[:6] for line in told] == ["2.toml", "3.toml"]


def test_the_whole_way_round_is_told() -> None:
    told = mistakes_of(
        site("a.example", "https://b.example/"),
        site("b.example", "https://z.example/", "https://c.example/"),
        site("c.example", "https://a.example/"),
    )
    way = '(by "r0" of 1.toml to b.example, "r1" of 2.toml to c.example, "r0" of 3.toml to a.example)'
    assert told[0].startswith("1.toml:5: regions.r0.uri: leads back to b.example, for which 2.toml answers")
    assert way in told[0]


STAYING = 'order = ["language"]\nmode = "stay"\n[regions'


@pytest.mark.parametrize(
    ("text", "is_round"),
    [
        (site("a.example", "https://a.example{+path}").replace("[regions", STAYING, 1), False),
        (site("a.example", "https://a.example{+path}").replace("[regions", STAYING, 1) + '[modes]\nDE = "stay"', False),
        (
            site("a.example", "https://a.example{+path}").replace("[regions", STAYING, 1) + '[modes]\nDE = "suggest"',
            True,
        ),
        (site("a.example", "https://a.example{+path}").replace("[regions", STAYING, 1) + 'mode = "suggest"', True),
        (site("a.example", "https://a.example{+path}") + 'mode = "stay"', False),
    ],
)
def test_where_nobody_is_moved_nobody_goes_round(text: str, *, is_round: bool) -> None:
    if is_round:
        assert "leads back" in mistakes_of(text)[0]
    else:
        load(text)


ASKED = '[server]\nanswer = "forward-auth"\ntrusted_proxies = ["::1"]\n'
ITSELF = "https://a.example{+path}{+query}"


def test_in_front_of_a_site_that_stays_a_region_may_be_that_site() -> None:
    load(site("a.example", ITSELF, "https://a.example/de{+path}", "https://fr.example{+path}") + ASKED)
    load(site("a.example", "https://b.example{+path}"), site("b.example", ITSELF.replace("a.", "b.")), ASKED)


@pytest.mark.parametrize(
    "uri", ["https://a.example/", "https://a.example{+path}", "https://a.example{+path}{+query}{&country}"]
)
def test_even_there_it_has_to_lead_to_the_very_url(uri: str) -> None:
    (mistake,) = mistakes_of(site("a.example", ITSELF, uri) + ASKED)
    assert mistake.startswith("1.toml:8: regions.r1.uri: leads back to a.example")


def test_even_there_two_policies_may_not_lead_to_each_other() -> None:
    first = site("a.example", ITSELF, "https://b.example{+path}")
    told = mistakes_of(first + ASKED, site("b.example", "https://a.example{+path}"))
    assert [line[:9] for line in told] == ["1.toml:8:", "2.toml:5:"]


def test_a_rule_that_leads_to_a_region_leads_to_those_that_serve_for_it_too() -> None:
    regions = (
        '[regions.x]\nuri = "https://x.example/"\ncheck = { path = "/" }\nfallback = ["y"]\n'
        '[regions.y]\nuri = "https://b.example{+path}{+query}"\n'
    )
    staying = site("a.example", "https://z.example/").replace("[regions", 'mode = "stay"\n[regions', 1) + regions
    back = site("b.example", "https://a.example{+path}")
    assert load(staying, back).policies
    told = mistakes_of(staying + '[[rules]]\nwhen = { prefix = "/s" }\nregion = "x"\n', back)
    assert [line.partition(": leads")[0] for line in told] == ["1.toml:13: regions.y.uri", "2.toml:5: regions.r0.uri"]

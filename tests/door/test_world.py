"""Where each country's visitors go is what the door answers them, and what `explain` says of them."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from georedirect.decision import Action
from georedirect.door.explain import explain
from georedirect.door.question import imagine_request, read_time
from georedirect.door.world import SOME_ADDRESS, WhereTo, world_of
from georedirect.guess import Reason
from georedirect.policy.countries import COUNTRIES
from tests.door import ruled
from tests.policies import GOOD, policy
from tests.serving import snapshot_for

if TYPE_CHECKING:
    from georedirect.door.explain import Explanation
    from georedirect.door.snapshot import Snapshot

NOW = read_time("2026-06-01T12:00Z")
TRUSTING = '[server]\ntrusted_proxies = ["10.0.0.0/8"]\n[database]\ncountry_header = "preset:cloudflare"\n'
EVERYTHING = (
    GOOD
    + """
[modes]
AT = "suggest"
SE = "stay"
"continent:EU" = "suggest"
[[rules]]
name = "closed"
when = { country = ["US", "CA"], from = 2026-05-01T00:00:00Z, until = 2026-07-01T00:00:00Z }
status = 451
[[rules]]
name = "closed, too"
when = { country = "MX" }
status = 503
[[rules]]
name = "elsewhere"
when = { continent = "AF" }
uri = "https://africa.example.net{+path}{+query}"
[[rules]]
name = "trial"
when = { country = ["JP", "KR"] }
split = { north = 1, europe = 1, tradition = 0 }
[[rules]]
name = "shop"
when = { path = "/shop/*", country = "BR" }
region = "germany"
[[rules]]
name = "who reads Italian"
when = { language = "it", country = "IT" }
stay = true
"""
)


def where(snapshot: Snapshot, now: float = NOW, url: str = "/", languages: tuple[str, ...] = ()) -> dict[str, WhereTo]:
    return world_of(snapshot, snapshot.configuration.policies[0], now, url, languages)


def explained(snapshot: Snapshot, country: str, now: float, url: str, *headers: str) -> Explanation:
    said = (f"X-Forwarded-For: {SOME_ADDRESS}", f"CF-IPCountry: {country}", *headers)
    return explain(snapshot.at(now), imagine_request(snapshot.configuration, "10.0.0.1", url, headers=said))


@pytest.mark.parametrize("url", ["/", "/shop/x?y=1", "https://www.example.com/", "shop/x"])
@pytest.mark.parametrize("languages", [(), ("it", "de")])
@pytest.mark.parametrize("text", [GOOD, EVERYTHING, ruled.RULED, policy(rest='[modes]\nDE = "stay"')])
def test_every_country_goes_where_explain_says(text: str, languages: tuple[str, ...], url: str) -> None:
    snapshot = snapshot_for(text + TRUSTING)
    found = where(snapshot, NOW, url, languages)
    assert found.keys() == COUNTRIES.keys()
    headers = (f"Accept-Language: {', '.join(languages)}",) if languages else ()
    asked = url if url.startswith(("/", "http")) else f"/{url}"
    for country in [*sorted(COUNTRIES)[::9], "AT", "BR", "CA", "CH", "DE", "IT", "JP", "KR", "MX", "SE", "US", "ZA"]:
        said, to = explained(snapshot, country, NOW, asked, *headers), found[country]
        assert (to.region, to.action, to.reason, to.rule) == (
            *(said["region"], said["action"], said["reason"], said["rule"]),
        )
        assert to.location == said["location"]
        assert to.status == (said["status"] if said["action"] == Action.REFUSE else None)


def test_a_rule_holds_for_as_long_as_it_does() -> None:
    snapshot = snapshot_for(EVERYTHING)
    assert where(snapshot)["US"] == WhereTo(None, Action.REFUSE, Reason.RULE, rule="closed", status=451)
    later = where(snapshot, read_time("2026-08-01"))["US"]
    assert (later.region, later.reason, later.rule) == ("global", Reason.DEFAULT, None)


def test_the_other_regions_of_a_country_are_told_by_the_language_that_leads_there() -> None:
    found = where(snapshot_for(EVERYTHING))
    assert (found["CH"].region, found["CH"].by_language) == ("romandie", {"de-CH": "schweiz"})
    assert Counter(bool(to.by_language) for to in found.values()) == {False: len(COUNTRIES) - 1, True: 1}


def test_whoever_states_a_language_goes_by_it_and_by_no_other() -> None:
    found = where(snapshot_for(EVERYTHING), languages=("de-CH",))
    assert (found["CH"].region, found["CH"].by_language) == ("schweiz", {})


def test_a_split_leads_to_all_regions_that_have_a_share_in_it() -> None:
    found = where(snapshot_for(EVERYTHING))
    assert {found["JP"].region, *found["JP"].by_lot} == {"north", "europe"}
    assert len(found["JP"].by_lot) == 1
    assert found["DE"].by_lot == found["US"].by_lot == ()


def test_of_several_sites_each_is_asked_by_its_own_first_host() -> None:
    other = GOOD.replace("www.example.com", "localhost").replace('"DE", ', "")
    anywhere = policy()
    snapshot = snapshot_for(GOOD, other, anywhere)
    good, without_germany, for_others = snapshot.configuration.policies
    assert world_of(snapshot, good, NOW)["DE"].region == "germany"
    assert world_of(snapshot, without_germany, NOW)["DE"].region == "europe"
    assert {to.region for to in world_of(snapshot, for_others, NOW).values()} == {"a"}


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://other.example/", "http://other.example/: no policy answers for this host"),
        (
            "http://second.example/x",
            "http://second.example/x is not on the site www.example.com, but on second.example",
        ),
        ("/.georedirect/", "http://www.example.com/.georedirect/ is one of our own pages, which nobody is sent from"),
        ("http://a b/", "http://a b/: the Host header is not a host with an optional port"),
        ("/\udc80", "is not a URL in UTF-8"),
    ],
)
def test_a_url_that_says_nothing_of_the_site_is_refused(url: str, why: str) -> None:
    second = GOOD.replace("www.example.com", "second.example")
    snapshot = snapshot_for(GOOD, second)
    with pytest.raises(ValueError, match=re.escape(why)):
        where(snapshot, url=url)


@pytest.mark.parametrize(("header", "region"), [("", "global"), ('country_header = "X-Country"\n', "germany")])
def test_a_database_that_has_become_silent_tells_no_countries_apart_but_a_header_does(header: str, region: str) -> None:
    text = f'{GOOD}[server]\ntrusted_proxies = ["10.0.0.0/8"]\n[database]\nmax_age_days = 1\n{header}'
    snapshot = snapshot_for(text + 'when_old = "default-region"\n')
    assert where(snapshot, read_time("2100-01-01"))["DE"].region == region


def test_a_door_that_a_proxy_only_asks_sends_the_same_people_to_the_same_places() -> None:
    asked = GOOD + '[server]\nanswer = "forward-auth"\ntrusted_proxies = ["10.0.0.0/8"]\n'
    assert where(snapshot_for(asked)) == where(snapshot_for(GOOD))

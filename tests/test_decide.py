"""Where a visitor goes and why: the documented steps one by one, and the laws that hold for everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from georedirect.decide import decide
from georedirect.decision import Action
from georedirect.guess import Choice, Reason, choose
from georedirect.moment import Moment
from georedirect.place import NOWHERE, Place
from georedirect.policy.countries import COUNTRIES
from georedirect.step import Step
from georedirect.visitor.client import Client, ClientReason
from georedirect.visitor.host import parse_host
from georedirect.visitor.languages import parse_accept_language
from georedirect.visitor.request import Visitor
from georedirect.visitor.target import parse_target
from tests.policies import GOOD, load_policy

if TYPE_CHECKING:
    from georedirect.policy.model import Policy

NOW = Moment(1_800_000_000.0)
POLICY = load_policy()
LANGUAGE_FIRST = load_policy(GOOD.replace('["country", "language"]', '["language", "country"]'))
COUNTRY_ONLY = load_policy(GOOD.replace('["country", "language"]', '["country"]'))
LANGUAGE_ONLY = load_policy(GOOD.replace('["country", "language"]', '["language"]'))


def visitor(languages: str = "", url: str = "/", host: str | None = "www.example.com") -> Visitor:
    target = parse_target(url.encode())
    assert target is not None
    return Visitor(
        client=Client(None, ClientReason.PEER),
        languages=parse_accept_language([languages]),
        host=parse_host(host) if host is not None else None,
        path=target.path,
        query=target.query,
    )


def place(text: str) -> Place:
    """`DE`, `continent:EU` or nothing."""
    if text.startswith("continent:"):
        return Place(None, text.removeprefix("continent:"), 8)
    return Place(text, COUNTRIES[text].continent, 24) if text else NOWHERE


@pytest.mark.parametrize(
    ("where", "languages", "region", "reason"),
    [
        ("DE", "", "germany", "country"),
        ("DE", "fr", "germany", "country"),
        ("LI", "zh-TW", "germany", "country"),
        ("NO", "", "north", "country"),
        ("FR", "de", "europe", "country"),
        ("CH", "", "romandie", "country"),  # the first in the file
        ("CH", "it", "romandie", "country"),
        ("CH", "fr-CH,de;q=0.5", "romandie", "country"),
        ("CH", "de-CH,fr;q=0.5", "schweiz", "country"),
        ("CH", "de", "romandie", "country"),  # lookup never widens what is offered
        ("JP", "de", "germany", "language"),
        ("JP", "en", "global", "language"),
        ("JP", "zh-TW", "tradition", "language"),
        ("JP", "zh-CN", "global", "default"),
        ("JP", "", "global", "default"),
        ("continent:EU", "de", "europe", "continent"),
        ("continent:EU", "", "europe", "continent"),
        ("continent:AS", "de", "germany", "language"),
        ("continent:AS", "", "global", "default"),
        ("", "de", "germany", "language"),
        ("", "ja", "global", "unknown-place"),
        ("", "", "global", "unknown-place"),
    ],
)
def test_country_first_asks_place_then_language(where: str, languages: str, region: str, reason: str) -> None:
    decision = decide(POLICY, visitor(languages), place(where), NOW)
    assert (decision.region_name, decision.reason, decision.action) == (region, reason, Action.REDIRECT)


@pytest.mark.parametrize(
    ("where", "languages", "region", "reason"),
    [
        ("DE", "en", "global", "language"),
        ("DE", "", "germany", "country"),
        ("DE", "ja", "germany", "country"),
        ("CH", "de-CH", "schweiz", "language"),
        ("JP", "de-CH;q=0.1,fr;q=0.2", "romandie", "language"),
        ("continent:EU", "ja", "europe", "continent"),
        ("", "ja", "global", "unknown-place"),
        ("JP", "ja", "global", "default"),
    ],
)
def test_language_first_asks_language_then_place(where: str, languages: str, region: str, reason: str) -> None:
    decision = decide(LANGUAGE_FIRST, visitor(languages), place(where), NOW)
    assert (decision.region_name, decision.reason) == (region, reason)


def test_a_source_that_is_left_out_is_not_asked() -> None:
    assert decide(COUNTRY_ONLY, visitor("de"), place("JP"), NOW).reason is Reason.DEFAULT
    assert decide(LANGUAGE_ONLY, visitor("fr"), place("DE"), NOW).region_name == "romandie"
    assert decide(LANGUAGE_ONLY, visitor(), place("DE"), NOW).reason is Reason.DEFAULT


@pytest.mark.parametrize(
    ("where", "languages", "steps"),
    [
        ("DE", "", [Step("country", "germany", "DE is in it")]),
        ("NO", "", [Step("country", "north", 'NO is in it as part of "nordics"')]),
        ("continent:EU", "", [Step("country", "europe", 'EU is in it as part of "continent:EU"')]),
        (
            "CH",
            "de-CH",
            [Step("country", "schweiz", 'CH is in "romandie", "schweiz"; the visitor reads "de-CH"')],
        ),
        (
            "CH",
            "it",
            [
                Step(
                    "country",
                    "romandie",
                    'CH is in "romandie", "schweiz"; none is in a language of the visitor\'s, so the first',
                )
            ],
        ),
        (
            "JP",
            "de-AT",
            [Step("country", "none", "no region has JP"), Step("language", "germany", 'it offers "de"')],
        ),
        (
            "continent:AS",
            "ja",
            [
                Step("country", "none", "no region has AS"),
                Step("language", "none", "no region is in a language of the visitor's"),
                Step("default", "global", "nothing else places this visitor"),
            ],
        ),
        (
            "",
            "",
            [
                Step("country", "none", "it is not known where the address is"),
                Step("language", "none", "the visitor states no language"),
                Step("default", "global", "nothing says where this visitor is"),
            ],
        ),
    ],
)
def test_each_step_says_what_came_out_and_why(where: str, languages: str, steps: list[Step]) -> None:
    decision = decide(POLICY, visitor(languages), place(where), NOW)
    assert decision.location is not None
    assert decision.template is not None
    assert decision.region is not None
    last = Step("location", decision.location, f"{decision.template.text} filled in")
    assert decision.steps == (*steps, last)
    assert choose(POLICY, visitor(languages).languages, place(where)) == Choice(
        decision.region, decision.reason, tuple(steps)
    )


HOMES = load_policy("""\
[site]
default = "global"
[regions.global]
uri = "https://www.example.com{+path}{+query}"
[regions.germany]
uri = "https://www.example.com/de{+path}{+query}"
countries = ["DE"]
[regions.switzerland]
uri = "https://www.example.com/de/ch{+path}{+query}"
countries = ["CH"]
[regions.japan]
uri = "https://jp.example.com:8443{+path}{+query}"
countries = ["JP"]
[regions.italy]
uri = "https://it.example.com/it{+path}{+query}"
countries = ["IT"]
""")


@pytest.mark.parametrize(
    ("where", "host", "path", "region"),
    [
        ("JP", "www.example.com", "/de", "germany"),
        ("JP", "www.example.com", "/de/", "germany"),
        ("JP", "www.example.com", "/de/x?y", "germany"),
        ("JP", "www.example.com", "/de/ch/x", "switzerland"),
        ("JP", "www.example.com", "/de?x", "germany"),
        ("", "www.example.com:443", "/de/x", "germany"),
        ("", "www.example.com:80", "/de/x", "germany"),
        ("DE", "it.example.com", "/it", "italy"),
        ("US", "www.example.com", "/x", "global"),
        ("US", "www.example.com:80", "/dex", "global"),
        ("JP", "jp.example.com:8443", "/x", "japan"),
    ],
)
def test_who_is_already_there_stays(where: str, host: str, path: str, region: str) -> None:
    decision = decide(HOMES, visitor(url=path, host=host), place(where), NOW)
    assert (decision.action, decision.reason, decision.location) == (Action.STAY, Reason.ALREADY_THERE, None)
    assert decision.region_name == region


@pytest.mark.parametrize(
    ("where", "host", "path", "location"),
    [
        ("JP", "www.example.com", "/dex", "https://jp.example.com:8443/dex"),
        ("JP", "www.example.com", "/DE/x", "https://jp.example.com:8443/DE/x"),
        ("JP", "www.example.com:8080", "/de/x", "https://jp.example.com:8443/de/x"),
        ("JP", "jp.example.com", "/x", "https://jp.example.com:8443/x"),
        ("JP", "jp.example.com:443", "/x", "https://jp.example.com:8443/x"),
        ("DE", "www.example.com", "/x", "https://www.example.com/de/x"),
        ("DE", None, "/de/x", "https://www.example.com/de/de/x"),
        ("IT", "www.example.com", "/it", "https://it.example.com/it/it"),
        ("US", "www.example.com:8080", "/x", "https://www.example.com/x"),
        ("US", "other.example.com", "/de/x", "https://www.example.com/de/x"),
    ],
)
def test_who_is_elsewhere_is_sent(where: str, host: str | None, path: str, location: str) -> None:
    assert decide(HOMES, visitor(url=path, host=host), place(where), NOW).location == location


OURS = load_policy("""\
[site]
hosts = ["www.example.com"]
default = "germany"
[regions.germany]
uri = "https://www.example.com/de{+path}{+query}"
[regions.italy]
uri = "https://www.example.com:8443/it{+path}{+query}"
[regions.japan]
uri = "https://www.example.com:8443{+path}{+query}"
countries = ["JP"]
""")


@pytest.mark.parametrize("port", ["", ":80", ":443", ":8080", ":8443"])
def test_a_path_of_its_own_on_a_host_of_the_policy_counts_on_every_port(port: str) -> None:
    for path, region in (("/de/x", "germany"), ("/it", "italy")):
        decision = decide(OURS, visitor(url=path, host=f"www.example.com{port}"), NOWHERE, NOW)
        assert (decision.action, decision.region_name) == (Action.STAY, region)


def test_without_a_path_of_its_own_another_port_is_another_server() -> None:
    location = decide(OURS, visitor(url="/x", host="www.example.com"), place("JP"), NOW).location
    assert location == "https://www.example.com:8443/x"
    assert decide(OURS, visitor(url="/x", host="www.example.com:8443"), place("JP"), NOW).action is Action.STAY


def test_those_who_stay_are_told_why() -> None:
    asked = decide(HOMES, visitor(url="/de/x"), place("JP"), NOW)
    text = "https://www.example.com/de{+path}{+query}"
    assert asked.steps == (
        Step("url", "germany", f'/de/x is inside "germany" ({text}): who asks for it is where they want to be'),
    )
    led = decide(HOMES, visitor(url="/x"), place("US"), NOW)
    assert [step.step for step in led.steps] == [*("parameter", "choice", "country", "language", "default", "location")]
    assert led.steps[-1] == Step(
        "location", "stay", '/x on this host is what "global" (https://www.example.com{+path}{+query}) would lead to'
    )


@pytest.mark.parametrize(
    ("where", "languages", "host", "rest"),
    [
        ("DE", "fr-CA", "www.example.com", "DE/EU/fr/r/www.example.com"),
        ("DE", "ja", "WWW.Example.com.:8080", "DE/EU/pt-BR/r/www.example.com"),
        ("continent:EU", "", "[::1]", "/EU/pt-BR/r/%5B%3A%3A1%5D"),
        ("", "pt-br", None, "//pt-BR/r/"),
    ],
)
def test_variables_stand_for_visitor_and_region(where: str, languages: str, host: str | None, rest: str) -> None:
    policy = load_policy(
        '[site]\ndefault = "r"\n[regions.r]\nlanguages = ["pt-BR", "fr"]\n'
        'uri = "https://r.example/{country}/{continent}/{language}/{region}/{host}"\n'
    )
    assert decide(policy, visitor(languages, host=host), place(where), NOW).location == f"https://r.example/{rest}"


@pytest.mark.parametrize(
    ("where", "rest"),
    [
        (Place("DE", "EU", 24, "BY", "Bad Tölz", asn=64500), "DE/BY/Bad%20T%C3%B6lz/64500"),
        (Place("DE", "EU", 24, asn=0), "DE/0"),
        (Place("DE", "EU", 24), "DE"),
    ],
)
def test_variables_stand_for_all_that_is_known_of_a_place(where: Place, rest: str) -> None:
    uri = "https://r.example/{country}{/subdivision}{/city}{/asn}{+path}"
    policy = load_policy(f'[site]\ndefault = "r"\n[regions.r]\nuri = "{uri}"\n')
    assert decide(policy, visitor(), where, NOW).location == f"https://r.example/{rest}/"


def test_a_region_without_languages_leaves_language_undefined() -> None:
    policy = load_policy('[site]\ndefault = "r"\n[regions.r]\nuri = "https://r.example/x{/language}{+path}"\n')
    assert decide(policy, visitor("de"), NOWHERE, NOW).location == "https://r.example/x/"


policies = st.sampled_from([POLICY, LANGUAGE_FIRST, COUNTRY_ONLY, LANGUAGE_ONLY, HOMES])
hosts = st.none() | st.sampled_from(["www.example.com", "www.example.com:80", "jp.example.com:8443", "evil.example"])
targets = (
    st.binary(max_size=20).map(lambda octets: parse_target(b"/" + octets)).filter(lambda target: target is not None)
)
places = st.builds(
    Place,
    st.none() | st.sampled_from(["DE", "CH", "JP", "NA", "ZZ", ""]),
    st.none() | st.sampled_from(["EU", "AS", "??"]),
    st.integers(0, 128),
)
visitors = st.builds(
    lambda languages, host, target: Visitor(
        Client(None, ClientReason.UNREADABLE),
        parse_accept_language([languages]),
        parse_host(host) if host is not None else None,
        target.path,
        target.query,
    ),
    st.lists(st.sampled_from(["de", "fr;q=0", "zh-TW", "de-CH;q=0.5", "*", "en-GB", "", "é"]), max_size=4).map(
        ",".join
    ),
    hosts,
    targets,
)


@settings(max_examples=300)
@given(policies, visitors, places)
def test_every_visitor_is_sent_to_a_region_of_the_policy_or_stays(policy: Policy, who: Visitor, where: Place) -> None:
    decision = decide(policy, who, where, NOW)
    assert decision == decide(policy, who, where, NOW)
    assert decision.steps
    assert all(step.step and step.outcome and step.why for step in decision.steps)
    if decision.location is None:
        assert (decision.action, decision.reason) == (Action.STAY, Reason.ALREADY_THERE)
        return
    parts = urlsplit(decision.location)
    assert decision.action is Action.REDIRECT
    assert decision.template is not None
    assert f"{parts.scheme}://{parts.netloc}" == decision.template.base
    assert decision.location.isascii()
    assert decision.location.isprintable()
    assert " " not in decision.location


PCHAR = "abz019-._~!$&'()*+,;=:@/"
escapes = st.sampled_from(["%41", "%2F", "%2f", "%00", "%C3%A9", "%ff", "%25"])
parts_of_a_target = st.lists(st.sampled_from(PCHAR) | escapes, max_size=10).map("".join)


@given(parts_of_a_target, st.none() | st.lists(st.just("?") | parts_of_a_target, max_size=4).map("".join))
def test_path_and_query_carry_a_valid_target_whole(path: str, query: str | None) -> None:
    target = f"/{path}" if query is None else f"/{path}?{query}"
    decision = decide(POLICY, visitor(url=target), place("DE"), NOW)
    assert decision.location == f"https://de.example.com{target}"

"""All that requests read: who says where an address is, which files that depends on, and what is told of bad ones."""

from __future__ import annotations

import gc
import os
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from georedirect.door.answer import answer
from georedirect.door.checking import CheckedReading
from georedirect.door.explain import explain, explanation_for_people
from georedirect.door.lane import Lane
from georedirect.door.line import close_all
from georedirect.door.pages import reply
from georedirect.door.parcel import pack, unpack
from georedirect.door.question import imagine_request
from georedirect.door.service import Service
from georedirect.door.site import Site
from georedirect.door.snapshot import load_snapshot
from georedirect.errors import DatabaseError, PolicyError
from georedirect.moment import Moment
from georedirect.place import NOWHERE, Place
from georedirect.visitor.address import parse_address
from georedirect.visitor.request import Request
from tests.databases import FRANCE, GERMANY, JAPAN, MUNICH, PROVIDER, TOR, write_database
from tests.door.feeding import Fed
from tests.wire import request

if TYPE_CHECKING:
    from georedirect.door.explain import Explanation
    from georedirect.door.snapshot import Snapshot

SITE = """\
[site]
hosts = ["www.example.com"]
default = "global"
exempt = []
[regions.global]
uri = "https://global.example.com/in{/country}{+path}{+query}"
[regions.germany]
uri = "https://de.example.com/in%s{+path}{+query}"
countries = ["DE"]
[server]
trusted_proxies = ["10.0.0.0/8"]
[database]
country = "world.mmdb"
overrides = ["ours.csv", "theirs.csv"]
private = "JP"
country_header = "preset:bunny"
"""
DETAILS = 'city = "all.mmdb"\nasn = "all.mmdb"\nanonymous = "all.mmdb"\n'
SAID = "CDN-RequestCountryCode"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    record = {**MUNICH, **PROVIDER, **TOR}  # type: ignore[dict-item]
    write_database(tmp_path / "all.mmdb", {"81.0.2.0/24": record, "8.0.0.0/8": PROVIDER})
    world = {"81.0.0.0/16": GERMANY, "81.1.0.0/16": FRANCE, "2a00::/16": JAPAN}
    write_database(tmp_path / "world.mmdb", world, database_type="DBIP-Country-Lite")
    (tmp_path / "ours.csv").write_text("81.0.9.0/24,FR\n81.0.8.0/24,\n")
    (tmp_path / "theirs.csv").write_text("81.0.9.0/24,US,US-CA,San Jose\n81.0.7.0/24,US,US-CA,San Jose\n")
    return tmp_path


def snapshot_of(folder: Path, template: str = "", lines: str = DETAILS) -> Snapshot:
    path = folder / "site.toml"
    path.write_text(SITE % template + lines)
    return load_snapshot([path])


def told(snapshot: Snapshot, address: str, *headers: str) -> Explanation:
    """Of a visitor who comes by way of a trusted proxy."""
    asked = imagine_request(snapshot.configuration, "10.0.0.1", "/x", "GET", [f"X-Forwarded-For: {address}", *headers])
    return explain(snapshot, asked)


PLACES = [
    ("81.0.0.1", None, "DE", "world.mmdb says so of 81.0.0.0/23"),
    ("81.0.0.1", "FR", "FR", "the cdn-requestcountrycode header of a trusted proxy says so"),
    ("81.0.0.1", "XX", None, "the cdn-requestcountrycode header of a trusted proxy names no country"),
    ("8.8.8.8", None, None, "world.mmdb has no country for 8.0.0.0/8"),
    ("8.8.8.8", "us", "US", "the cdn-requestcountrycode header of a trusted proxy says so"),
    ("81.0.9.1", None, "FR", "{}/ours.csv:1 says so of 81.0.9.0/24"),
    ("81.0.9.1", "DE", "FR", "{}/ours.csv:1 says so of 81.0.9.0/24"),
    ("81.0.8.1", None, None, "{}/ours.csv:2 leaves 81.0.8.0/24 unplaced"),
    ("81.0.8.1", "DE", None, "{}/ours.csv:2 leaves 81.0.8.0/24 unplaced"),
    ("81.0.7.1", "DE", "US", "{}/theirs.csv:2 says so of 81.0.7.0/24"),
    ("192.168.7.1", None, "JP", "[database] private says so of 192.168.0.0/16"),
    ("192.168.7.1", "DE", "JP", "[database] private says so of 192.168.0.0/16"),
    ("fd00::1", None, "JP", "[database] private says so of fc00::/7"),
    ("unknown", None, None, "no address, no place"),
    ("unknown", "DE", "DE", "the cdn-requestcountrycode header of a trusted proxy says so"),
]


@pytest.mark.parametrize(("address", "said", "country", "why"), PLACES)
def test_overrides_count_before_the_header_and_that_before_the_database(
    folder: Path, address: str, said: str | None, country: str | None, why: str
) -> None:
    snapshot = snapshot_of(folder)
    explained = told(snapshot, address, *([f"{SAID}: {said}"] if said else []))
    assert explained["client"]["country"] == country
    step = {"step": "place", "outcome": country or "unknown", "why": why.format(folder)}
    assert step in explained["steps"]
    assert step["why"] in explanation_for_people(explained)
    led_to = f"https://global.example.com/in{f'/{country}' if country else ''}/x"
    assert explained["location"] == ("https://de.example.com/in/x" if country == "DE" else led_to)


def test_from_anybody_else_the_header_does_not_count(folder: Path) -> None:
    snapshot = snapshot_of(folder)
    for headers in ([], [f"{SAID}: FR"]):
        asked = imagine_request(snapshot.configuration, "81.0.0.1", "/x", "GET", headers)
        explained = explain(snapshot, asked)
        assert (explained["client"]["country"], "Vary" in explained["headers"]) == ("DE", True)
        assert "Cdn" not in explained["headers"]["Vary"]
    vary = told(snapshot, "81.0.0.1")["headers"]["Vary"].split(", ")
    assert vary == ["Cookie", "X-Forwarded-For", "Cdn-Requestcountrycode", "X-Forwarded-Proto"]


def test_where_the_key_of_a_cache_carries_the_country_vary_does_not(folder: Path) -> None:
    path = folder / "site.toml"
    cached = 'order = ["country"]\ncache = { shared_seconds = 60, key = ["country"] }\nexempt = []'
    path.write_text((SITE % "").replace("exempt = []", cached))
    explained = told(load_snapshot([path]), "81.0.0.1", f"{SAID}: FR")
    assert explained["client"]["country"] == "FR"
    assert "Vary" not in explained["headers"]


def test_the_pages_of_the_door_know_where_a_cdn_says_that_their_visitor_is(folder: Path) -> None:
    snapshot = snapshot_of(folder)
    for said, location in (("US", "https://global.example.com/in/US/y"), ("DE", "https://global.example.com/in/DE/y")):
        headers = [("host", "www.example.com"), (SAID.lower(), said), ("x-forwarded-for", "81.1.0.1")]
        asked = Request("POST", b"/.georedirect/", headers, parse_address("10.0.0.1"))
        assert dict(reply(snapshot, asked, b"region=global&url=/y").headers)["Location"] == location
        page = reply(snapshot, Request("GET", b"/.georedirect/?url=/y", headers, parse_address("10.0.0.1")))
        assert page.place == Place(said, {"US": "NA", "DE": "EU"}[said], 32)


def test_explain_shows_all_that_is_known_also_what_nobody_refers_to(folder: Path) -> None:
    snapshot = snapshot_of(folder)
    explained = told(snapshot, "81.0.2.1")
    assert explained["client"] == {
        "address": "81.0.2.1",
        "country": "DE",
        "continent": "EU",
        "subdivision": "BY",
        "city": "Munich",
        "latitude": 48.14,
        "longitude": 11.58,
        "asn": 64500,
        "organization": "Example",
        "anonymous": ["anonymous", "tor"],
        "network": "81.0.2.0/24",
        "languages": [],
    }
    who = "subdivision BY, city Munich, asn 64500, organization Example, at 48.14, 11.58, anonymous, tor"
    assert who in explanation_for_people(explained)
    assert snapshot.place_of(parse_address("81.0.2.1")) == Place("DE", "EU", 22)
    assert told(snapshot, "81.0.2.1", f"{SAID}: DE")["client"]["city"] == "Munich"
    elsewhere = told(snapshot, "81.0.2.1", f"{SAID}: FR")["client"]
    assert (elsewhere["subdivision"], elsewhere["city"], elsewhere["asn"]) == (None, None, 64500)
    assert told(snapshot, "81.0.7.1")["client"]["city"] == "San Jose"


@pytest.mark.parametrize(
    ("template", "led_to"),
    [
        ("{/subdivision}", "/BY/x"),
        ("{/country,subdivision}", "/DE/BY/x"),
        ("/{city}{/asn}", "/Munich/64500/x"),
        ("{/asn}", "/64500/x"),
    ],
)
def test_a_uri_may_have_details_of_a_place_in_it_by_both_ways(folder: Path, template: str, led_to: str) -> None:
    snapshot = snapshot_of(folder, template)
    assert told(snapshot, "81.0.2.1")["location"] == f"https://de.example.com/in{led_to}"
    service = Service(snapshot)
    for _ in range(2):
        fed = Fed(service, "10.0.0.1")
        fed.feed(request("/x", "X-Forwarded-For: 81.0.2.1"))
        assert f"\r\nLocation: https://de.example.com/in{led_to}\r\n".encode() in fed.answers


def test_nowhere_is_where_nobody_says_anything(folder: Path) -> None:
    snapshot = snapshot_of(folder)
    assert snapshot.place_of(None) == snapshot.place_of(None, "") == snapshot.all_of_place(None) == NOWHERE


# What is remembered of many places is bounded


def test_places_and_their_answers_are_forgotten_before_they_are_too_many(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("georedirect.door.side._MOST_PLACES", 50)
    monkeypatch.setattr("georedirect.door.site._MOST_ANSWERS", 20)
    lines = "".join(f"81.2.{n}.0/24,DE,DE-BY,Town {n}\n" for n in range(200))
    (folder / "theirs.csv").write_text(lines)
    snapshot = snapshot_of(folder, "/{city}")
    side, peer = Lane(snapshot).side(parse_address("10.0.0.1")), parse_address("10.0.0.1")
    for n, _ in product(range(200), range(2)):
        head = request("/x", f"X-Forwarded-For: 81.2.{n}.1")
        fields = side.fields(head)
        assert fields is not None
        redirected = side.redirect(head, b"/x", fields, peer, closes=False)
        assert redirected is not None
        assert b"/Town%%20%d/x\r\n" % n in redirected
        (site,) = side._site_of.values()  # noqa: SLF001
        assert len(site.answers) <= 20
        assert len(side._unsized) <= 50  # noqa: SLF001


def test_a_site_remembers_as_many_answers_by_place_as_by_more(folder: Path) -> None:
    site = Site(snapshot_of(folder).configuration.policies[0], Moment(0.0))
    for number in range(20_000):
        place = Place("DE", "EU", 0, city=str(number))
        site.keep_place(site.answers, place, (b"", 0, True, 0))
        site.keep((place, b"", (), ()), (b"", 0, True, 0))
    assert 0 < len(site.answers) <= 8192
    assert 0 < len(site.by_more) <= 8192
    for number in range(20_000):
        site.keep_place(site.open((number, None)), Place("DE", "EU", 0), (b"", 0, True, 0))
    assert 0 < len(site.answers_to) <= 8192


# Its files


def test_a_snapshot_depends_on_every_file_that_it_was_read_from(folder: Path) -> None:
    (folder / "server.toml").write_text("[limits]\nheaders = 50\n")
    (folder / "page.html").write_text("{{ url }}{{ credits }}")
    (folder / "page.css").write_text("p{}")
    chooser = '[chooser]\ntemplate = "page.html"\nstylesheet = "page.css"\n'
    (folder / "site.toml").write_text(SITE % "" + DETAILS + chooser)
    snapshot = load_snapshot([folder / "site.toml", folder / "server.toml"])
    assert {file.name for file in snapshot.files} == {
        *("site.toml", "server.toml", "world.mmdb", "ours.csv", "theirs.csv", "all.mmdb"),
        *("page.html", "page.css"),
    }
    assert None not in snapshot.files.values()


def test_all_mistakes_in_all_files_are_told_at_once(folder: Path) -> None:
    (folder / "ours.csv").write_text("81.0.9.1/24,FR\n")
    (folder / "page.html").write_text("\n{{ nonesuch }}")
    with pytest.raises(PolicyError) as raised:
        snapshot_of(folder, lines='city = "world.mmdb"\nasn = "absent.mmdb"\n[chooser]\ntemplate = "page.html"\n')
    better = "use a city database such as GeoLite2-City"
    found = [str(finding).replace(f"{folder}/", "") for finding in raised.value.findings]
    assert [line for line in found if "warning" not in line] == [
        'ours.csv:1: "81.0.9.1/24" has bits set beyond /24; did you mean "81.0.9.0/24" or "81.0.9.1"?',
        f"site.toml:17: database.city: world.mmdb holds no cities (its type is DBIP-Country-Lite); {better}",
        "site.toml:18: database.asn: absent.mmdb cannot be read: No such file or directory",
        "site.toml:20: chooser.template: page.html:2: 'nonesuch' is undefined",
    ]
    assert any("warning" in line for line in found)
    assert isinstance(raised.value.__cause__, DatabaseError)  # by which a reload tells what kind of mistake it is


def test_a_mistake_in_a_list_of_overrides_is_none_of_a_database(folder: Path) -> None:
    (folder / "ours.csv").write_text("81.0.9.1/24,FR\n")
    with pytest.raises(PolicyError) as raised:
        snapshot_of(folder)
    assert raised.value.__cause__ is None


@pytest.mark.parametrize("template", ["", "{/subdivision}"])
def test_another_process_is_handed_all_of_it(folder: Path, template: str) -> None:
    sent = snapshot_of(folder, template)
    parcel = pack(sent)
    arrived = unpack([parcel[0], *map(os.dup, parcel[1:])])
    close_all(parcel[:1])
    assert arrived.configuration == sent.configuration
    asked = Request("GET", b"/.georedirect/", [("host", "www.example.com")], parse_address("81.0.0.1"))
    assert reply(arrived, asked) == reply(sent, asked), "credits too"
    for address, said, _, _ in [*PLACES, ("81.0.2.1", None, None, None)]:
        lines = [f"{SAID}: {said}"] if said else []
        both = told(sent, address, *lines), told(arrived, address, *lines)
        for explained in both:
            del explained["headers"]["Date"]
        assert both[0] == both[1]


@pytest.mark.parametrize("template", ["", "{/subdivision}"])
def test_its_databases_are_closed_as_soon_as_nobody_has_it(folder: Path, template: str) -> None:
    gc.collect()
    gc.disable()
    try:
        before = len(list(Path("/proc/self/fd").iterdir()))
        snapshot = snapshot_of(folder, template)
        told(snapshot, "81.0.2.1")
        assert len(list(Path("/proc/self/fd").iterdir())) == before + 2
        del snapshot
        assert len(list(Path("/proc/self/fd").iterdir())) == before
    finally:
        gc.enable()


def test_a_reload_opens_only_what_has_changed(folder: Path) -> None:
    first = snapshot_of(folder)
    record = {**MUNICH, **PROVIDER, **TOR, "x": "y"}  # type: ignore[dict-item]
    write_database(folder / "all.mmdb", {"81.0.3.0/24": record})
    second = load_snapshot([folder / "site.toml"], None, CheckedReading(lambda _: None, first))
    assert second.databases[folder / "world.mmdb"] is first.databases[folder / "world.mmdb"]
    assert told(first, "81.0.2.1")["client"]["asn"] == told(second, "81.0.3.1")["client"]["asn"] == 64500
    third = load_snapshot([folder / "site.toml"], None, CheckedReading(lambda _: None, second))
    assert third.databases == second.databases


# Whose data it is


def test_the_page_says_whose_data_it_is_where_a_licence_wants_that(folder: Path) -> None:
    link = b'<a href="https://db-ip.com">IP Geolocation by DB-IP</a>'
    asked = Request("GET", b"/.georedirect/", [("host", "www.example.com")], parse_address("81.0.0.1"))
    assert link in reply(snapshot_of(folder), asked).body
    (folder / "page.html").write_text("{% for credit in credits %}{{ credit.uri }} {{ credit.text }}{% endfor %}")
    own = snapshot_of(folder, lines='[chooser]\ntemplate = "page.html"\n')
    assert reply(own, asked).body == b"https://db-ip.com IP Geolocation by DB-IP"
    (folder / "plain.toml").write_text(SITE.partition("[database]")[0] % "")
    assert b"<a " not in reply(load_snapshot([folder / "plain.toml"]), asked).body


def test_in_forward_auth_the_header_is_read_from_the_question(folder: Path) -> None:
    path = folder / "site.toml"
    path.write_text(
        (SITE % "").replace("[database]", 'answer = "forward-auth"\nforward_auth = "ext-authz"\n[database]')
    )
    snapshot = load_snapshot([path])
    headers = [("host", "www.example.com"), ("x-forwarded-proto", "http"), ("x-forwarded-for", "81.1.0.1")]
    for said, location in (
        (None, "global.example.com/in/FR"),
        ("DE", "de.example.com/in"),
        ("XX", "global.example.com/in"),
    ):
        lines = [*headers, *([(SAID.lower(), said)] if said else [])]
        answered = answer(snapshot, Request("GET", b"/x", lines, parse_address("10.0.0.1")))
        assert dict(answered.headers)["Location"] == f"https://{location}/x"
        assert "Cdn-Requestcountrycode" in dict(answered.headers)["Vary"]

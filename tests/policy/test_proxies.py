"""`trusted_proxies`: networks, presets and files; whose headers go with them; what is said of lists that are old."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from ipaddress import ip_network
from pathlib import PurePath

import pytest

from georedirect.policy.data import COUNTRY_HEADERS
from georedirect.policy.presets import PREFIX, PRESETS
from georedirect.policy.proxies import old_lists, why_missing, with_listed
from georedirect.policy.proxy_list import Listed
from georedirect.policy.server_model import ProxyList, ServerSettings, Trusting
from georedirect.policy.settings import HEADER_NAME
from georedirect.visitor.address import parse_address
from tests.policies import load, mistakes_of, policy, warnings_of

TODAY = date(2026, 11, 25)
FETCHED = [name for name, preset in PRESETS.items() if preset.sources]


def server(text: str) -> str:
    return policy(rest=f"[server]\n{text}")


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_holds_networks_that_are_its_own_alone_and_says_where_they_stand(name: str) -> None:
    preset = PRESETS[name]
    networks = [ip_network(text) for text in preset.networks]
    assert len(set(networks)) == len(networks) > 0 or preset.sources
    assert all(network.prefixlen >= (8 if network.version == 4 else 7) for network in networks)
    assert all(network.is_global for network in networks) or preset.read_on is None
    assert all(url.startswith("https://") for url in (preset.published, *preset.sources))
    assert all(HEADER_NAME.fullmatch(header) and header == header.lower() for header in preset.headers)
    assert preset.read_on is not None or not preset.networks or name in {"loopback", "private"}


@pytest.mark.parametrize(
    ("name", "address", "is_inside"),
    [
        ("cloudflare", "104.16.0.1", True),
        ("cloudflare", "2606:4700::1", True),
        ("cloudflare", "1.1.1.1", False),
        ("cloudfront", "130.176.0.9", True),
        ("fastly", "151.101.1.1", True),
        ("google-load-balancer", "35.191.3.4", True),
        ("loopback", "127.9.9.9", True),
        ("loopback", "128.0.0.1", False),
        ("private", "172.31.255.255", True),
        ("private", "172.32.0.0", False),
        ("private", "127.0.0.1", False),
        ("private", "fd00::1", True),
    ],
)
def test_a_preset_stands_for_its_networks(name: str, address: str, is_inside: bool) -> None:
    trusted = load(server(f'trusted_proxies = ["192.0.2.1", "{PREFIX}{name.title()}"]')).server.trusted_proxies
    assert (parse_address(address) in trusted) is is_inside
    assert parse_address("192.0.2.1") in trusted


def test_the_presets_of_country_headers_that_have_networks_have_the_same_names() -> None:
    assert set(PRESETS) & {name.removeprefix(PREFIX) for name in COUNTRY_HEADERS} == {
        "bunny",
        "cloudflare",
        "cloudfront",
    }


def test_lists_in_files_stand_beside_the_policy_and_are_not_opened_here() -> None:
    settings = load(server('proxy_lists = "lists"\ntrusted_proxies = ["preset:cloudflare", "file:../own.txt"]')).server
    cloudflare, own = settings.trusting.lists
    assert (cloudflare.preset, cloudflare.path) == ("cloudflare", PurePath("lists/cloudflare.txt"))
    assert (own.preset, own.path, own.networks) == (None, PurePath("../own.txt"), ())
    assert (own.file, own.line) == ("1.toml", 7)
    assert settings.trusted_proxies == Trusting(PRESETS["cloudflare"].networks).networks


def test_a_preset_that_nobody_publishes_for_programs_is_kept_in_no_file() -> None:
    (private,) = load(server('proxy_lists = "lists"\ntrusted_proxies = ["preset:private"]')).server.trusting.lists
    assert private.path is None


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        (
            'trusted_proxies = ["preset:cloudfare"]',
            '"preset:cloudfare" is no preset; did you mean "cloudflare"?',
        ),
        ('trusted_proxies = ["preset:"]', '"preset:" is no preset; there are bunny, cloudflare, '),
        ('trusted_proxies = ["preset:bunny"]', '"preset:bunny" comes without a list; name a folder for one in proxy'),
        ('trusted_proxies = ["file:"]', '"file:" names no file; write one such as "file:proxies.txt"'),
        ('trusted_proxies = ["cloudflare"]', '"cloudflare" is not a network'),
    ],
)
def test_a_mistake_says_what_would_be_right(text: str, mistake: str) -> None:
    (found,) = mistakes_of(server(text))
    assert found.startswith(f"1.toml:6: server.trusted_proxies: {mistake}")


def test_a_folder_is_a_name() -> None:
    assert mistakes_of(server("proxy_lists = 1"))[0].startswith("1.toml:6: server.proxy_lists: must be a string")


@pytest.mark.parametrize("proxies", ['"10.0.0.0/8"', '"file:a.txt"', '"preset:private"'])
def test_a_folder_that_nothing_is_put_into_is_warned_of(proxies: str) -> None:
    warnings = warnings_of(server(f'proxy_lists = "lists"\ntrusted_proxies = [{proxies}]'))
    assert any("server.proxy_lists: holds nothing: trusted_proxies names no preset" in warning for warning in warnings)


@pytest.mark.parametrize(
    ("preset", "header"), [(name, header) for name, preset in PRESETS.items() for header in preset.headers]
)
def test_the_header_of_a_preset_is_not_warned_of(preset: str, header: str) -> None:
    text = f'proxy_lists = "lists"\ntrusted_proxies = ["preset:{preset}"]\nclient_address = "{header}"'
    assert not any("client_address" in warning for warning in warnings_of(server(text)))


@pytest.mark.parametrize(
    ("preset", "header", "meant"),
    [
        ("cloudflare", "fastly-client-ip", '"cf-connecting-ip" or "x-forwarded-for" or "true-client-ip"'),
        ("cloudfront", "cloudfront-viewer-address", '"x-forwarded-for" or "true-client-ip"'),
        ("fastly", "cf-connecting-ip", '"fastly-client-ip" or "x-forwarded-for"'),
        ("fastly", "peer", '"fastly-client-ip" or "x-forwarded-for"'),
    ],
)
def test_a_header_that_a_preset_does_not_send_is_warned_of(preset: str, header: str, meant: str) -> None:
    text = f'trusted_proxies = ["preset:{preset}"]\nclient_address = "{header}"'
    how = "is taken for the visitor" if header == "peer" else f"does not say in {header} who the client is"
    says = f"preset:{preset} {how}; did you mean {meant}?"
    assert f"7: warning: server.client_address: {says}" in warnings_of(server(text))


@pytest.mark.parametrize("header", ["peer", "x-whatever"])
def test_proxies_of_ones_own_may_use_any_header(header: str) -> None:
    text = f'trusted_proxies = ["preset:private"]\nclient_address = "{header}"'
    assert not any("did you mean" in warning for warning in warnings_of(server(text)))


def test_a_list_that_is_only_in_a_file_is_somebody_who_is_trusted() -> None:
    text = 'trusted_proxies = ["file:a.txt"]\nclient_address = "x-real-ip"\n[database]\ncountry_header = "x-country"'
    assert not any("never counts" in warning for warning in warnings_of(server(text)))
    assert Trusting(lists=(ProxyList("a", 1),))
    assert not Trusting()


KNOWN = ProxyList("site.toml", 7, "cloudflare", PurePath("cloudflare.txt"), ("192.0.2.0/24",), TODAY)


@pytest.mark.parametrize(
    ("each", "read_on", "networks"),
    [
        (KNOWN, TODAY + timedelta(1), ("198.51.100.0/24",)),
        (KNOWN, TODAY, ("198.51.100.0/24",)),
        (KNOWN, TODAY - timedelta(1), ("192.0.2.0/24",)),
        (KNOWN, None, ("198.51.100.0/24",)),
        (replace(KNOWN, preset=None, networks=(), read_on=None), TODAY, ("198.51.100.0/24",)),
    ],
)
def test_of_two_lists_the_newer_one_counts(each: ProxyList, read_on: date | None, networks: tuple[str, ...]) -> None:
    assert with_listed(each, Listed(("198.51.100.0/24",), read_on)).networks == networks


def test_a_file_that_is_not_there_is_a_mistake_where_nothing_else_is_known() -> None:
    assert why_missing(KNOWN) is None
    assert why_missing(replace(KNOWN, preset=None)) == "cloudflare.txt is not there"
    says = "preset:cloudflare has no networks before georedirect proxies has fetched them into cloudflare.txt"
    assert why_missing(replace(KNOWN, networks=())) == says


@pytest.mark.parametrize(
    ("each", "how"),
    [
        (KNOWN, "georedirect proxies fetches it anew"),
        (replace(KNOWN, path=None), "name a folder in proxy_lists, and fetch it"),
        (replace(KNOWN, preset="google-load-balancer", path=None), "compare it with https://cloud.google.com/"),
    ],
)
def test_a_list_that_was_read_over_a_year_ago_is_warned_of(each: ProxyList, how: str) -> None:
    settings = ServerSettings(trusting=Trusting(lists=(each, replace(each, preset=None), replace(each, read_on=None))))
    assert old_lists(settings, TODAY + timedelta(365)) == []
    (warning,) = old_lists(settings, TODAY + timedelta(366))
    says = f"the list of preset:{each.preset} was read on 2026-11-25, over a year ago; {how}"
    assert str(warning).startswith(f"site.toml:7: warning: server.trusted_proxies: {says}")

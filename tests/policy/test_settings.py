"""`[server]`, `[database]` and `[limits]`: each key is read, and each has the default that is documented."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import PurePath

import pytest

from georedirect.policy.data import MOST_LRU_ENTRIES
from georedirect.policy.data_model import DatabaseSettings, NamedFile, UpdateSettings, WhenOld
from georedirect.policy.endpoint import Endpoint
from georedirect.policy.load import load_configuration
from georedirect.policy.server_model import Answering, LimitSettings, Listener, ServerSettings, Trusting
from georedirect.policy.settings import LIMIT_RANGES
from georedirect.visitor.address import parse_address
from georedirect.visitor.networks import Networks
from georedirect.visitor.original import Convention
from tests.policies import database, load, mistakes_of, policy, warnings_of


def server(text: str) -> ServerSettings:
    return load(policy(rest=f"[server]\n{text}")).server


def test_the_defaults_are_the_documented_ones() -> None:
    assert server("") == load(policy()).server == ServerSettings()
    assert ServerSettings() == ServerSettings(
        listen=(Listener(Endpoint("127.0.0.1", 8307)),),
        admin=Endpoint("127.0.0.1", 8308),
        admin_hosts=frozenset(),
        admin_token_file=None,
        workers=1,
        trusted_proxies=Networks.parse([]),
        client_address="x-forwarded-for",
        answer=Answering.DOOR,
        forward_auth=Convention.X_FORWARDED,
    )
    assert load(policy(rest="[database]")).database == load(policy()).database == DatabaseSettings()
    assert DatabaseSettings() == DatabaseSettings(country=None, lru_size=65536, use_registered_country=False)
    assert load(policy(rest="[limits]")).limits == load(policy()).limits == LimitSettings()


def test_every_key_of_server_is_read() -> None:
    assert server(
        """
        listen = "[::1]:80"
        admin = "0.0.0.0:81"
        admin_hosts = ["Admin.Example.com", "[::1]"]
        admin_token_file = "token"
        workers = 256
        trusted_proxies = ["10.0.0.0/8", "2001:db8::1"]
        client_address = "CF-Connecting-IP"
        answer = "forward-auth"
        forward_auth = "ext-authz"
        """
    ) == ServerSettings(
        listen=(Listener(Endpoint("::1", 80)),),
        admin=Endpoint("0.0.0.0", 81),
        admin_hosts=frozenset({"admin.example.com", "[::1]"}),
        admin_token_file=NamedFile(PurePath("token"), "1.toml", 10, "server.admin_token_file"),
        workers=256,
        trusted_proxies=Networks.parse(["10.0.0.0/8", "2001:db8::1"]),
        trusting=Trusting(("10.0.0.0/8", "2001:db8::1/128")),
        client_address="cf-connecting-ip",
        answer=Answering.FORWARD_AUTH,
        forward_auth=Convention.EXT_AUTHZ,
    )


def test_every_limit_is_read_at_both_ends_of_its_range() -> None:
    for end in (0, 1):
        values = {key: ends[end] for key, ends in LIMIT_RANGES.items()}
        text = "".join(f"{key} = {value}\n" for key, value in values.items())
        assert asdict(load(policy(rest=f"[limits]\n{text}")).limits) == values


@pytest.mark.parametrize("key", LIMIT_RANGES)
def test_no_limit_is_taken_beyond_its_range_and_each_default_is_within(key: str) -> None:
    least, most = LIMIT_RANGES[key]
    assert least <= asdict(LimitSettings())[key] <= most
    for value in (least - 1, most + 1):
        assert mistakes_of(policy(rest=f"[limits]\n{key} = {value}")) == [
            f"1.toml:6: limits.{key}: must be a whole number from {least} to {most}, not {value}"
        ]


def test_trusted_proxies_are_asked_by_address() -> None:
    trusted = server('trusted_proxies = ["10.0.0.0/8"]').trusted_proxies
    assert parse_address("10.1.2.3") in trusted
    assert parse_address("11.1.2.3") not in trusted


def test_the_admin_listener_can_be_off() -> None:
    assert server('admin = "off"').admin is None


@pytest.mark.parametrize("port", [0, 8307])
def test_door_and_admin_may_both_take_any_free_port_but_not_the_same(port: int) -> None:
    text = f'listen = "127.0.0.1:{port}"\nadmin = "127.0.0.1:0"'
    assert server(text).admin == Endpoint("127.0.0.1", 0)


@pytest.mark.parametrize("name", ["x-forwarded-for", "forwarded", "peer", "X-Real-IP", "cf-connecting-ip"])
def test_client_address_names_a_header_in_lower_case(name: str) -> None:
    assert server(f'trusted_proxies = ["::1"]\nclient_address = "{name}"').client_address == name.lower()


@pytest.mark.parametrize(
    ("file", "country", "path"),
    [
        ("site.toml", "geo.mmdb", "geo.mmdb"),
        ("/etc/georedirect/site.toml", "geo.mmdb", "/etc/georedirect/geo.mmdb"),
        ("conf/site.toml", "../data/geo.mmdb", "conf/../data/geo.mmdb"),
        ("/etc/site.toml", "/var/geo.mmdb", "/var/geo.mmdb"),
    ],
)
def test_a_database_is_looked_for_beside_the_file_that_names_it(file: str, country: str, path: str) -> None:
    text = policy(rest=f'[database]\nlru_size = 0\nuse_registered_country = true\ncountry = "{country}"')
    assert load_configuration({file: text.encode()}).database == DatabaseSettings(
        country=NamedFile(PurePath(path), file, 8, "database.country"), lru_size=0, use_registered_country=True
    )


def test_the_largest_lru_is_taken() -> None:
    assert load(policy(rest=f"[database]\nlru_size = {MOST_LRU_ENTRIES}")).database.lru_size == MOST_LRU_ENTRIES


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        (
            'client_address = "X-Real-IP"',
            "6: warning: server.client_address: x-real-ip never counts while trusted_proxies names nobody",
        ),
        ('client_address = "peer"', None),
        ('client_address = "x-real-ip"\ntrusted_proxies = ["::1"]', None),
        ('trusted_proxies = ["10.0.0.0/8"]', None),
        (
            'trusted_proxies = [\n"::1",\n"0.0.0.0/0"]',
            '8: warning: server.trusted_proxies: "0.0.0.0/0" trusts everyone',
        ),
        ('trusted_proxies = ["::/0"]', '6: warning: server.trusted_proxies: "::/0" trusts everyone'),
        ('trusted_proxies = ["0::0/0"]', '6: warning: server.trusted_proxies: "0::0/0" trusts everyone'),
        ('trusted_proxies = ["::ffff:0:0/96"]', '"::ffff:0:0/96" trusts everyone'),
        (
            'admin = "0.0.0.0:8308"',
            "6: warning: server.admin: 0.0.0.0:8308 is not loopback: it tells the policy to whoever reaches it",
        ),
        ('admin = "off"\nadmin_token_file = "x"', "7: warning: server.admin_token_file: is of no use: there are no"),
        ('admin = "[2001:db8::1]:1"', "6: warning: server.admin: [2001:db8::1]:1 is not loopback"),
        ('trusted_proxies = ["::1"]\nanswer = "forward-auth"\nforward_auth = "auth-request"', None),
        ('answer = "door"', None),
        (
            'forward_auth = "auth-request"',
            '6: warning: server.forward_auth: only counts with answer = "forward-auth"',
        ),
        ('admin = "127.0.0.2:8308"', None),
        ('admin = "[::1]:8308"', None),
        ('admin = "off"', None),
    ],
)
def test_what_may_be_meant_so_is_a_warning(text: str, warning: str | None) -> None:
    told = [line for line in warnings_of(policy(rest=f"[server]\n{text}")) if "server" in line]
    assert len(told) == (warning is not None)
    assert all((warning or "") in line for line in told)


def test_a_header_that_is_nearly_a_known_one_is_a_warning() -> None:
    rest = '[server]\ntrusted_proxies = ["10.0.0.0/8"]\nclient_address = "{}"'
    (warning,) = [line for line in warnings_of(policy(rest=rest.format("x-fowarded-for"))) if "client_address" in line]
    assert warning.endswith('"x-fowarded-for" is nearly, but not quite, "x-forwarded-for"; was that meant?')
    assert not [line for line in warnings_of(policy(rest=rest.format("cf-connecting-ip"))) if "client_address" in line]


# [database] and [update]


def test_everything_about_the_data_can_be_said_at_once() -> None:
    said = load(
        database(
            'source = "maxmind"\noverrides = ["vpn.csv", "/srv/relay.csv"]\nprivate = "DE"\n'
            'country_header = "preset:cloudflare"\ncity = "city.mmdb"\nmax_age_days = 7\nwhen_old = "default-region"\n'
            '[server]\ntrusted_proxies = ["10.0.0.0/8"]\n'
            '[update]\nedition = "GeoIP2-Country"\naccount_id = 42\nlicense_key_file = "key"\nkeep = 3\n'
            f'checksum = "sha256:{"0a" * 32}"\ndownloads_a_day = 5'
        )
    )
    assert said.database.source is not None
    assert (said.database.source.text, said.database.source.line) == ("maxmind", 7)
    assert [str(file.path) for file in said.database.overrides] == ["vpn.csv", "/srv/relay.csv"]
    assert (said.database.private, said.database.country_header) == ("DE", "cf-ipcountry")
    assert said.database.city is not None
    assert (said.database.max_age_days, said.database.when_old) == (7, WhenOld.DEFAULT_REGION)
    assert (said.update.edition, said.update.account_id, said.update.keep) == ("GeoIP2-Country", 42, 3)
    assert said.update.checksum == "sha256:" + "0a" * 32
    assert said.update.downloads_a_day == 5
    assert said.warnings == load(policy()).warnings


def test_whoever_says_nothing_about_updates_gets_what_is_documented() -> None:
    assert load(policy(rest="[update]")).update == UpdateSettings()


@pytest.mark.parametrize(
    "source",
    [
        "maxmind",
        "dbip",
        "ipinfo",
        "https://example.com/country.mmdb.gz",
        "http://127.0.0.1:8000/country.mmdb",
        "http://[::1]/country.mmdb",
        "http://localhost/country.mmdb",
        "downloads/country.mmdb",
    ],
)
def test_a_source_is_a_provider_a_url_or_a_file(source: str) -> None:
    named = load(database(f'source = "{source}"')).database.source
    assert named is not None
    assert named.text == source


@pytest.mark.parametrize("checksum", ["md5:" + "0" * 32, "https://example.com/country.mmdb.sha256"])
def test_a_checksum_stands_in_the_policy_or_somewhere_else(checksum: str) -> None:
    assert load(policy(rest=f'[update]\nchecksum = "{checksum}"')).update.checksum == checksum


def test_a_country_header_that_nobody_may_send_is_worth_a_warning() -> None:
    warning = (
        "7: warning: database.country_header: cf-ipcountry never counts while [server] trusted_proxies names nobody"
    )
    assert warning in warnings_of(database('country_header = "cf-ipcountry"'))

"""`[site]` says which hosts a policy answers for, where everyone else goes, and what is asked first."""

from __future__ import annotations

import pytest

from georedirect.policy.model import Source
from tests.policies import load, load_policy, policy


def test_the_defaults_are_the_documented_ones() -> None:
    read = load_policy(policy())
    assert read.hosts == ()
    assert read.order == (Source.CHOICE, Source.COUNTRY, Source.LANGUAGE)
    assert read.default.name == "a"


@pytest.mark.parametrize(
    ("written", "order"),
    [
        ('["country", "language"]', (Source.COUNTRY, Source.LANGUAGE)),
        ('["language", "country"]', (Source.LANGUAGE, Source.COUNTRY)),
        ('["language"]', (Source.LANGUAGE,)),
        ('["country"]', (Source.COUNTRY,)),
        ('["choice"]', (Source.CHOICE,)),
        ('["choice", "language"]', (Source.CHOICE, Source.LANGUAGE)),
    ],
)
def test_order_is_read_as_written(written: str, order: tuple[Source, ...]) -> None:
    assert load_policy(policy(f"order = {written}")).order == order


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("WWW.Example.com", "www.example.com"),
        ("b.example.", "b.example"),
        ("[2001:DB8::1]", "[2001:db8::1]"),
        ("192.0.2.1",) * 2,
    ],
)
def test_hosts_are_compared_as_uris_are(host: str, name: str) -> None:
    configuration = load(policy(f'hosts = ["{host}"]'))
    assert configuration.policies[0].hosts == (name,)
    assert configuration.policy_for(name) is configuration.policies[0]
    assert configuration.policy_for("other.example") is None
    assert configuration.policy_for(None) is None


def test_without_hosts_a_policy_answers_for_every_host_and_for_none() -> None:
    configuration = load(policy())
    assert configuration.policy_for("any.example") is configuration.policy_for(None) is configuration.policies[0]


def test_a_region_is_called_by_its_key_unless_it_has_a_name() -> None:
    assert load_policy(policy()).default.title is None
    assert load_policy(policy(region='name = "Île"')).default.title == "Île"

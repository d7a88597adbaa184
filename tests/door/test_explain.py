"""What is explained is what is served."""

from __future__ import annotations

import pytest

from georedirect.door.answer import answer
from georedirect.door.explain import explain, explanation_for_people
from georedirect.door.question import imagine_request
from tests.policies import GOOD
from tests.serving import snapshot_for

SNAPSHOT = snapshot_for(GOOD + '[server]\ntrusted_proxies = ["10.0.0.0/8"]\n')

UNREADABLE = "a trusted proxy's x-forwarded-for header cannot be read as far as it counts"
QUESTIONS = [
    ("85.214.132.117", "/a?b", "GET", ()),
    ("130.59.31.80", "/", "GET", ("Accept-Language: de-CH, fr;q=0",)),
    ("10.0.0.1", "/", "POST", ("X-Forwarded-For: 85.214.132.117",)),
    ("10.0.0.1", "/", "POST", ("X-Forwarded-For: hidden",)),
    ("10.0.0.1", "/", "HEAD", ()),
    ("192.0.2.1", "https://example.com/", "GET", ("Host: www.example.com",)),
    ("8.8.8.8", "https://evil.example/", "GET", ()),
    ("8.8.8.8", "/", "TRACE", ()),
    ("8.8.8.8", "/", "GET", ("Host: a b",)),
    ("8.8.8.8", "*", "OPTIONS", ()),
]


@pytest.mark.parametrize(("ip", "url", "method", "headers"), QUESTIONS)
def test_the_explanation_is_the_answer(ip: str, url: str, method: str, headers: tuple[str, ...]) -> None:
    request = imagine_request(SNAPSHOT.configuration, ip, url, method, headers)
    answered, explained = answer(SNAPSHOT, request), explain(SNAPSHOT, request)
    assert (explained["status"], explained["reason"]) == (answered.status, answered.reason)
    assert explained["headers"].items() >= dict(answered.headers).items()
    assert explained["location"] == dict(answered.headers).get("Location")
    assert explained["steps"][-1]["why"]
    text = explanation_for_people(explained)
    assert text.startswith(f"{answered.status} ")
    assert all(step["why"] in text for step in explained["steps"])
    assert all(f"{name}: {value}" in text for name, value in explained["headers"].items())


@pytest.mark.parametrize(
    ("question", "step", "outcome", "why"),
    [
        (QUESTIONS[0], "client", "85.214.132.117", "the peer is no trusted proxy, so no header counts"),
        (QUESTIONS[0], "site", "1.toml", "answers for www.example.com"),
        (QUESTIONS[0], "place", "DE", "country.mmdb says so of 85.214.0.0/16"),
        (QUESTIONS[0], "country", "germany", "DE is in it"),
        (QUESTIONS[0], "location", "https://de.example.com/a?b", "https://de.example.com{+path}{+query} filled in"),
        (QUESTIONS[1], "country", "schweiz", 'CH is in "romandie", "schweiz"; the visitor reads "de-CH"'),
        (QUESTIONS[2], "client", "85.214.132.117", "the x-forwarded-for header of a trusted proxy says so"),
        (
            QUESTIONS[3],
            "client",
            "unknown",
            "a trusted proxy's x-forwarded-for header cannot be read as far as it counts",
        ),
        (QUESTIONS[3], "place", "unknown", "no address, no place"),
        (QUESTIONS[4], "client", "10.0.0.1", "the peer is a trusted proxy, but sent no x-forwarded-for header"),
        (QUESTIONS[4], "default", "global", "nothing says where this visitor is"),
        (QUESTIONS[5], "country", "none", "it is not known where the address is"),
        (QUESTIONS[6], "request", "refuse", "no policy answers for this host"),
    ],
)
def test_each_step_says_why(question: tuple[str, str, str, tuple[str, ...]], step: str, outcome: str, why: str) -> None:
    ip, url, method, headers = question
    explained = explain(SNAPSHOT, imagine_request(SNAPSHOT.configuration, ip, url, method, headers))
    assert {"step": step, "outcome": outcome, "why": why} in explained["steps"]


def test_the_client_is_told_as_far_as_it_is_known() -> None:
    ip, url, method, headers = QUESTIONS[1]
    explained = explain(SNAPSHOT, imagine_request(SNAPSHOT.configuration, ip, url, method, headers))
    assert explained["client"] == {
        "address": "130.59.31.80",
        "country": "CH",
        "continent": "EU",
        "subdivision": None,
        "city": None,
        "latitude": None,
        "longitude": None,
        "asn": None,
        "organization": None,
        "anonymous": [],
        "network": "130.59.0.0/16",
        "languages": ["de-ch"],
    }


def test_a_client_that_is_not_known_has_no_country() -> None:
    ip, url, method, headers = QUESTIONS[3]
    client = explain(SNAPSHOT, imagine_request(SNAPSHOT.configuration, ip, url, method, headers))["client"]
    assert (client["address"], client["country"], client["continent"], client["network"]) == (None, None, None, None)


def test_whom_a_proxy_announces_is_the_client_and_no_header_counts() -> None:
    listener = '[[server.listen]]\naddress = ":1"\nproxy_protocol = true\n'
    said = f'[server]\ntrusted_proxies = ["10.0.0.0/8"]\nclient_address = "proxy-protocol"\n{listener}'
    snapshot = snapshot_for(GOOD + said)
    request = imagine_request(snapshot.configuration, "85.214.132.117", headers=["X-Forwarded-For: 130.59.31.80"])
    explained = explain(snapshot, request)
    step = {"step": "client", "outcome": "85.214.132.117", "why": "the client is whom the proxy's PROXY header names"}
    assert step in explained["steps"]
    assert (explained["region"], explained["client"]["country"]) == ("germany", "DE")
    assert "X-Forwarded-For" not in explained["headers"].get("Vary", "")

"""Visitors of all kinds for tests that decide about them, and what is decided."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from georedirect.decide import decide
from georedirect.moment import Moment
from georedirect.place import NOWHERE, Place
from georedirect.policy.countries import COUNTRIES
from georedirect.visitor.address import parse_address
from georedirect.visitor.client import Client, ClientReason
from georedirect.visitor.host import parse_host
from georedirect.visitor.languages import parse_accept_language
from georedirect.visitor.request import Visitor
from georedirect.visitor.target import parse_target

if TYPE_CHECKING:
    from georedirect.decision import Decision
    from georedirect.policy.model import Policy

NOW = Moment(1_800_000_000.0)


def visitor(
    url: str = "/",
    *,
    languages: str = "",
    host: str | None = "www.example.com",
    ip: str | None = None,
    **more: Any,  # noqa: ANN401  other fields of a Visitor
) -> Visitor:
    target = parse_target(url.encode())
    assert target is not None
    who = Visitor(
        client=Client(parse_address(ip) if ip else None, ClientReason.PEER),
        languages=parse_accept_language([languages]),
        host=parse_host(host) if host is not None else None,
        path=target.path,
        query=target.query,
    )
    return replace(who, **more)


def place(country: str | None, **more: Any) -> Place:  # noqa: ANN401  other fields of a Place
    known = Place(country, COUNTRIES[country].continent, 24) if country else NOWHERE
    return known._replace(**more)


def decided(
    policy: Policy,
    url: str = "/",
    country: str | None = None,
    moment: Moment = NOW,
    **more: Any,  # noqa: ANN401  as in `visitor`
) -> Decision:
    return decide(policy, visitor(url, **more), place(country), moment)

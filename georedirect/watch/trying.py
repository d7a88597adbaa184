"""A visitor that somebody makes up in a form: read into the very request that `explain` is asked about. No HTTP.

A visitor from a country is one with an address there: the first that the databases and overrides which are served have
of it. So rules about networks and operators hold for them as for anybody, and `explain --ip` tells the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from shlex import quote
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs, urlencode
from weakref import WeakKeyDictionary

from georedirect.door.explain import explain
from georedirect.door.question import imagine_request, read_time
from georedirect.geo.bundled import bundled_database
from georedirect.geo.example import address_in
from georedirect.policy.countries import COUNTRIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from georedirect.door.explain import Explanation
    from georedirect.door.snapshot import Snapshot
    from georedirect.geo.locator import Locator
    from georedirect.policy.model import Configuration
    from georedirect.visitor.address import Address

FIELDS = ("ip", "country", "url", "method", "language", "cookie", "header", "at")
_ANYBODY = "192.0.2.1"
_BOTH = "an address is given, too; leave one of them empty"
_NEITHER = "give an address, or a country below"


@dataclass(frozen=True, slots=True)
class Form:
    """What stands in each field. Several lines of `header` are several headers."""

    ip: str = ""
    country: str = ""
    url: str = "/"
    method: str = "GET"
    language: str = ""
    cookie: str = ""
    header: str = ""
    at: str = ""

    @property
    def headers(self) -> list[str]:
        return [*self.said.values(), *filter(None, (line.strip() for line in self.header.splitlines()))]

    @property
    def said(self) -> dict[str, str]:
        """Headers that have a field of their own, by that."""
        values = {"language": ("Accept-Language", self.language), "cookie": ("Cookie", self.cookie)}
        return {key: f"{name}: {value}" for key, (name, value) in values.items() if value}


class Tried(NamedTuple):
    """What comes of a form: what is wrong, by field, or else the explanation, and how to ask for it otherwise."""

    form: Form
    errors: Mapping[str, str] = {}
    address: str = ""
    explanation: Explanation | None = None
    query: str = ""
    command: str = ""


def read_form(query: str) -> Form | None:
    """The form that a query fills in; None for none. What is no field is as if it were not there."""
    given = parse_qs(query, keep_blank_values=True, errors="replace", max_num_fields=64)
    if not given.keys() & set(FIELDS):
        return None
    said = {name: given[name][0].strip() for name in FIELDS if name in given}
    return Form(**{name: value for name, value in said.items() if value or name not in {"url", "method"}})


@dataclass(frozen=True)
class Examples:
    """An address of each country that has been asked for; whoever asks first waits for it."""

    _known: WeakKeyDictionary[Locator, dict[str, Address | None]] = field(default_factory=WeakKeyDictionary)

    def find(self, snapshot: Snapshot, country: str) -> Address | None:
        known = self._known.setdefault(snapshot.locator, {})
        if country not in known:
            proxies = snapshot.configuration.server.trusted_proxies
            known[country] = address_in(country, snapshot.locator.find, lambda address: address not in proxies)
        return known[country]


def mistakes(configuration: Configuration, form: Form) -> dict[str, str]:
    """What is wrong, by field: each is tried alone."""
    found = dict(_of_who(form))
    headers = {**form.said, "header": form.header}
    tries: dict[str, Callable[[], object]] = {
        "ip": lambda: form.ip and imagine_request(configuration, form.ip),
        "url": lambda: imagine_request(configuration, _ANYBODY, form.url),
        "method": lambda: imagine_request(configuration, _ANYBODY, "/", form.method),
        **{name: partial(_try_headers, configuration, said) for name, said in headers.items()},
        "at": lambda: form.at and read_time(form.at),
    }
    for name, attempt in tries.items():
        try:
            attempt()
        except ValueError as error:
            found[name] = str(error)
    return found


def _of_who(form: Form) -> Iterator[tuple[str, str]]:
    if bool(form.ip) is bool(form.country):
        yield ("country", _BOTH) if form.ip else ("ip", _NEITHER)
    if form.country and form.country not in COUNTRIES:
        yield "country", f'"{form.country}" is not an ISO 3166-1 code'


def _try_headers(configuration: Configuration, said: str) -> None:
    imagine_request(configuration, _ANYBODY, headers=Form(header=said).headers)


def try_form(snapshot: Snapshot, form: Form, address: str) -> Tried:
    """Explain what a form without mistakes asks, now or at the time that it says, of who has this address."""
    request = imagine_request(snapshot.configuration, address, form.url, form.method, form.headers)
    moment = read_time(form.at) if form.at else None
    return Tried(
        form,
        address=address,
        explanation=explain(snapshot if moment is None else snapshot.at(moment), request),
        query=urlencode([*_asked(form, address)]),
        command=_command(snapshot, form, address),
    )


def _asked(form: Form, address: str) -> Iterator[tuple[str, str]]:
    """The same question for `/explain`."""
    yield from (("ip", address), ("url", form.url), ("method", form.method))
    yield from (("header", header) for header in form.headers)
    if form.at:
        yield "at", form.at


def _command(snapshot: Snapshot, form: Form, address: str) -> str:
    """The same question in a shell."""
    asked = _asked(form, address)
    options = [f"--{name} {quote(value)}" for name, value in asked if (name, value) != ("method", "GET")]
    files = [quote(file) for file in snapshot.configuration.texts]
    return " ".join(["georedirect explain", *files, *options, *_database(snapshot), "--json"])


def _database(snapshot: Snapshot) -> Iterator[str]:
    """The option for a database that no policy names."""
    named, path = snapshot.configuration.database.country, snapshot.database.path
    if path != (bundled_database() if named is None else named.path):
        yield f"--database {quote(str(path))}"

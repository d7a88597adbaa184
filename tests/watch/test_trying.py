"""A form is read into the request that `explain` is asked about; what is wrong with it is told by field."""

from __future__ import annotations

import json
import shlex
from contextlib import redirect_stdout
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest

from georedirect.cli import main
from georedirect.door.explain import explain
from georedirect.door.question import imagine_request
from georedirect.door.snapshot import load_snapshot
from georedirect.visitor.address import format_address
from georedirect.watch.trying import Examples, Form, mistakes, read_form, try_form
from tests.databases import FRANCE, GERMANY, write_database
from tests.serving import snapshot_for

if TYPE_CHECKING:
    from pathlib import Path

POLICY = """\
[site]
hosts = ["www.example.com"]
default = "global"
[regions.global]
uri = "https://global.example{+path}{+query}"
[regions.germany]
uri = "https://de.example{+path}{+query}"
countries = ["DE"]
"""


def told(query: str) -> dict[str, str]:
    form = read_form(query)
    assert form is not None
    return mistakes(snapshot_for(POLICY).configuration, form)


def test_an_empty_query_fills_in_no_form() -> None:
    assert read_form("") is None
    assert read_form("utm_source=x") is None


def test_what_is_empty_has_its_default() -> None:
    assert read_form("ip=+8.8.8.8+&url=&method=&language=&at=") == Form(ip="8.8.8.8")


@pytest.mark.parametrize(
    ("query", "field", "what"),
    [
        ("ip=", "ip", "give an address, or a country below"),
        ("ip=8.8.8", "ip", '"8.8.8" is not an IP address'),
        ("ip=8.8.8.8&country=DE", "country", "an address is given, too; leave one of them empty"),
        ("country=ZZ", "country", '"ZZ" is not an ISO 3166-1 code'),
        ("ip=8.8.8.8&method=G+T", "method", '"G T" is not an HTTP method'),
        ("ip=8.8.8.8&header=no", "header", '"no" is not a header'),
        ("ip=8.8.8.8&header=a:b%0d%0ano", "header", '"no" is not a header'),
        ("ip=8.8.8.8&at=tomorrow", "at", '"tomorrow" is no time'),
        ("ip=8.8.8.8&language=a%00b", "language", "is not a header"),
        ("ip=8.8.8.8&cookie=a%00b", "cookie", "is not a header"),
    ],
)
def test_a_mistake_is_told_at_its_field_and_at_no_other(query: str, field: str, what: str) -> None:
    found = told(query)
    assert [*found] == [field]
    assert what in found[field]


def test_all_mistakes_are_told_at_once() -> None:
    assert {*told("ip=x&country=y&method=é&header=z&at=w")} == {"ip", "country", "method", "header", "at"}


def test_the_command_that_is_shown_prints_the_same_object(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_database(tmp_path / "other.mmdb", {"81.0.0.0/8": GERMANY})
    (tmp_path / "the site.toml").write_text(POLICY)
    snapshot = load_snapshot([tmp_path / "the site.toml"], tmp_path / "other.mmdb")
    form = Form(
        url="/a b?c=d'e",
        method="POST",
        language="de, en",
        cookie="x=1",
        header="X-A: 'b'\r\nX-C: d",
        at="2026-12-01T22:00",
    )
    tried = try_form(snapshot, form, "81.0.0.1")
    program, *words = shlex.split(tried.command)
    printed = StringIO()
    with redirect_stdout(printed):
        assert main(words) == 0
    said: Any = json.loads(printed.getvalue())
    shown: Any = tried.explanation
    assert program == "georedirect"
    assert (shown["region"], shown["at"]) == ("germany", "2026-12-01T22:00:00+00:00")
    del said["headers"]["Date"], shown["headers"]["Date"]
    assert said == shown


def test_a_visitor_of_a_country_has_an_address_there_that_is_no_proxys(tmp_path: Path) -> None:
    write_database(tmp_path / "world.mmdb", {"81.0.0.0/15": GERMANY, "91.1.2.0/24": FRANCE})
    (tmp_path / "site.toml").write_text(
        POLICY + '[server]\ntrusted_proxies = ["81.0.0.0/16"]\n[database]\ncountry = "world.mmdb"\n'
    )
    snapshot, examples = load_snapshot([tmp_path / "site.toml"]), Examples()
    found = {country: examples.find(snapshot, country) for country in ("DE", "FR", "DE", "JP")}
    assert {country: address and format_address(address) for country, address in found.items()} == {
        "DE": "81.1.0.1",
        "FR": "91.1.2.0",
        "JP": None,
    }
    asked = try_form(snapshot, Form(country="DE"), "81.1.0.1").explanation
    assert asked is not None
    assert (asked["region"], asked["client"]["country"]) == ("germany", "DE")


def test_what_is_shown_is_what_explain_says_now() -> None:
    snapshot = snapshot_for(POLICY).at(1_800_000_000.0)
    shown = try_form(snapshot, Form(), "85.214.132.117").explanation
    assert shown is not None
    assert shown["at"] == "2027-01-15T08:00:00+00:00"
    assert shown["steps"] == explain(snapshot, imagine_request(snapshot.configuration, "85.214.132.117"))["steps"]

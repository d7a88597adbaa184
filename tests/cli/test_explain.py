"""`georedirect explain`: the answer and the way to it, for people and for machines."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from georedirect.cli import main
from georedirect.door.explain import Client, Explanation, StepTaken, explain
from georedirect.door.question import imagine_request
from georedirect.door.snapshot import load_snapshot
from tests.databases import FRANCE, SOMEWHERE_IN_EUROPE, write_database
from tests.policies import GOOD

if TYPE_CHECKING:
    from pathlib import Path

    Captured = pytest.CaptureFixture[str]

GERMAN = "85.214.132.117"
SWISS = "130.59.0.1"
TRUSTING = GOOD + '[server]\ntrusted_proxies = ["10.0.0.0/8"]\n'


@pytest.fixture
def site(tmp_path: Path) -> Path:
    path = tmp_path / "site.toml"
    path.write_text(TRUSTING)
    return path


def explain_as_json(captured: Captured, *arguments: object) -> dict[str, Any]:
    assert main(["explain", "--json", *map(str, arguments)]) == 0
    out, err = captured.readouterr()
    assert err == ""
    explanation = json.loads(out)
    assert isinstance(explanation, dict)
    return explanation


def without_date(explanation: Any) -> Any:  # noqa: ANN401  an object of JSON
    headers = {name: value for name, value in explanation["headers"].items() if name != "Date"}
    return {**explanation, "headers": headers}


QUESTIONS: list[tuple[str, str, str, list[str]]] = [
    (GERMAN, "/", "GET", []),
    (GERMAN, "/shop?x=1", "POST", ["Accept-Language: fr"]),
    (SWISS, "https://www.example.com/a", "GET", ["Accept-Language: fr-CH, en;q=0.5"]),
    (SWISS, "/", "GET", ["Accept-Language: de-CH", "X-Other: y"]),
    ("10.0.0.1", "/", "GET", [f"X-Forwarded-For: {GERMAN}"]),
    ("10.0.0.1", "/", "GET", ["X-Forwarded-For: unknown"]),
    ("192.0.2.1", "/", "HEAD", ["Accept-Language: zh-TW"]),
    ("2a00:1450::1", "/", "GET", []),
    ("::ffff:85.214.132.117", "/", "GET", []),
    ("2002:55d6:8475::1", "/", "GET", []),
    (GERMAN, "https://elsewhere.example/", "GET", []),
    (GERMAN, "*", "OPTIONS", []),
    (GERMAN, "/", "TRACE", []),
    (GERMAN, "no path", "GET", []),
    (GERMAN, "/", "GET", ["Host: a", "Host: b"]),
]


@pytest.mark.parametrize(("ip", "url", "method", "headers"), QUESTIONS)
def test_the_object_is_what_the_door_explains_with_all_keys_of_the_contract(
    site: Path, capsys: Captured, *, ip: str, url: str, method: str, headers: list[str]
) -> None:
    options = [word for header in headers for word in ("--header", header)]
    asked = ("--ip", ip, "--url", url, "--method", method, "--at", "2026-12-01T23:00+01:00")
    printed = explain_as_json(capsys, site, *asked, *options)
    snapshot = load_snapshot([site]).at(1_796_162_400.0)
    expected = explain(snapshot, imagine_request(snapshot.configuration, ip, url, method, headers))
    assert without_date(printed) == without_date(expected)
    assert printed.keys() == Explanation.__annotations__.keys()
    assert printed["client"].keys() == Client.__annotations__.keys()
    assert printed["steps"]
    assert all(step.keys() == StepTaken.__annotations__.keys() for step in printed["steps"])
    assert printed["headers"]["Date"].endswith(" GMT")
    assert printed["at"] == "2026-12-01T22:00:00+00:00"


def test_a_redirect_is_told_with_everything_that_would_be_sent(site: Path, capsys: Captured) -> None:
    printed = explain_as_json(capsys, site, "--ip", GERMAN, "--url", "/hello?from=test")
    steps = printed.pop("steps")
    seen = printed.pop("database")
    asked_at = datetime.fromisoformat(printed.pop("at"))
    assert abs(datetime.now(UTC) - asked_at) < timedelta(minutes=1)
    assert (seen["type"], seen["built"][:4], seen["is_old"]) == ("GeoLite2-Country", "2026", True)
    assert without_date(printed) == {
        "action": "redirect",
        "status": 307,
        "location": "https://de.example.com/hello?from=test",
        "region": "germany",
        "reason": "country",
        **dict.fromkeys(["rule", "variant", "mirror"]),
        "tags": [],
        "client": {
            "address": GERMAN,
            "country": "DE",
            "continent": "EU",
            **dict.fromkeys(["subdivision", "city", "latitude", "longitude", "asn", "organization"]),
            "anonymous": [],
            "network": printed["client"]["network"],
            "languages": [],
        },
        "headers": {
            "Location": "https://de.example.com/hello?from=test",
            "Cache-Control": "private, no-store",
            "Vary": "Accept-Language, Sec-Fetch-Dest, Sec-Purpose, Purpose",
            "Content-Length": "0",
        },
    }
    assert printed["client"]["network"].startswith("85.")
    assert [step["step"] for step in steps] == ["client", "site", "place", "country", "location"]


def test_a_refusal_is_explained_too(site: Path, capsys: Captured) -> None:
    printed = explain_as_json(capsys, site, "--ip", GERMAN, "--url", "https://elsewhere.example/")
    assert (printed["action"], printed["status"], printed["reason"]) == ("refuse", 421, "unknown-host")
    assert (printed["location"], printed["region"]) == (None, None)


CLIENTS = [
    (["--ip", GERMAN], GERMAN, "germany"),
    (["--ip", "::ffff:85.214.132.117"], GERMAN, "germany"),
    (["--ip", "10.0.0.1", "--header", f"X-Forwarded-For: {GERMAN}"], GERMAN, "germany"),
    (["--ip", "10.0.0.1", "--header", f"x-forwarded-for:{GERMAN}, 10.9.9.9"], GERMAN, "germany"),
    (["--ip", SWISS, "--header", f"X-Forwarded-For: {GERMAN}"], SWISS, "romandie"),
    (["--ip", SWISS, "--header", "Accept-Language: de-CH"], SWISS, "schweiz"),
    (["--ip", "10.0.0.1", "--header", "X-Forwarded-For: 10.1"], None, "global"),
    (["--ip", "192.0.2.1"], "192.0.2.1", "global"),
]


@pytest.mark.parametrize(("arguments", "client", "region"), CLIENTS)
def test_the_client_is_found_as_the_door_would(
    site: Path, capsys: Captured, arguments: list[str], client: str | None, region: str
) -> None:
    printed = explain_as_json(capsys, site, *arguments)
    assert (printed["client"]["address"], printed["region"]) == (client, region)


def test_the_database_may_be_another(site: Path, tmp_path: Path, capsys: Captured) -> None:
    database = write_database(tmp_path / "x.mmdb", {"85.0.0.0/8": FRANCE, "192.0.2.0/24": SOMEWHERE_IN_EUROPE})
    french = explain_as_json(capsys, site, "--ip", GERMAN, "--database", database)
    assert (french["client"]["country"], french["client"]["network"]) == ("FR", "85.0.0.0/8")
    european = explain_as_json(capsys, site, "--ip", "192.0.2.9", "--database", database)
    assert (european["reason"], european["region"]) == ("continent", "europe")
    assert (european["client"]["country"], european["client"]["continent"]) == (None, "EU")


def test_people_are_told_the_answer_who_asked_why_and_the_headers(site: Path, capsys: Captured) -> None:
    assert main(["explain", str(site), "--ip", GERMAN, "--header", "Accept-Language: de-AT, en;q=0.5"]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert err == ""
    assert lines[4].startswith("By: a database of type GeoLite2-Country, built 2026-")
    assert [*lines[:4], *lines[5:6]] == [
        "307 Temporary Redirect -> https://de.example.com/",
        "region germany, reason country",
        "",
        f"Who: {GERMAN}, country DE, continent EU, reads de-at, en",
        "",
    ]
    assert [line.split()[0] for line in lines[7 : lines.index("Headers:") - 1]] == [
        *("client", "site", "place", "country", "location"),
    ]
    assert "  Location: https://de.example.com/" in lines
    assert re.search(r"^  Date: .* GMT$", out, re.MULTILINE)


@pytest.mark.parametrize(("ip", "url", "method", "headers"), QUESTIONS)
def test_people_get_a_text_for_every_question(
    site: Path, capsys: Captured, *, ip: str, url: str, method: str, headers: list[str]
) -> None:
    options = [word for header in headers for word in ("--header", header)]
    assert main(["explain", str(site), "--ip", ip, "--url", url, "--method", method, *options]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert re.match(r"\d{3} [A-Z]", out)
    assert "None" not in out


WRONG_WORDS = [
    (["--ip", "1.2.3"], '"1.2.3" is not an IP address'),
    (["--ip", "010.1.1.1"], '"010.1.1.1" is not an IP address'),
    (["--ip", "localhost"], '"localhost" is not an IP address'),
    (["--ip", ""], '"" is not an IP address'),
    (["--ip", "10.0.0.0/8"], '"10.0.0.0/8" is not an IP address'),
    (["--ip", GERMAN, "--header", "Accept-Language"], '"Accept-Language" is not a header'),
    (["--ip", GERMAN, "--header", "Bad Name: x"], '"Bad Name: x" is not a header'),
    (["--ip", GERMAN, "--header", ": x"], '": x" is not a header'),
    (["--ip", GERMAN, "--header", "X: a\r\nY: b"], "is not a header"),
    (["--ip", GERMAN, "--method", "GET /"], '"GET /" is not an HTTP method'),
    (["--ip", GERMAN, "--method", ""], '"" is not an HTTP method'),
]


@pytest.mark.parametrize(("arguments", "why"), WRONG_WORDS)
def test_a_word_that_is_no_good_is_told_in_one_line_with_exit_code_2(
    site: Path, capsys: Captured, arguments: list[str], why: str
) -> None:
    assert main(["explain", str(site), *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("georedirect: ")
    assert why in err


@pytest.mark.parametrize(("policy", "database"), [("broken.toml", None), ("site.toml", "missing.mmdb")])
def test_bad_input_is_exit_code_1(
    site: Path, tmp_path: Path, capsys: Captured, policy: str, database: str | None
) -> None:
    (tmp_path / "broken.toml").write_text("[site]\n")
    options = ["--database", str(tmp_path / database)] if database else []
    assert main(["explain", str(site.with_name(policy)), "--ip", GERMAN, *options]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert str(tmp_path) in err

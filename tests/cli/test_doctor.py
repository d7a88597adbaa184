"""`georedirect doctor`: on a door that runs, and on words that are no good."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

import pytest

from georedirect.cli import main
from georedirect.doctor.report import Report
from tests.processes import running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from georedirect.policy.endpoint import Endpoint

    Captured = pytest.CaptureFixture[str]

GERMAN = ["--visitor", "X-Forwarded-For: 85.214.132.117"]
SWISS = ["--visitor", "X-Forwarded-For: 130.59.0.1", "Accept-Language: fr"]


@pytest.fixture(scope="module")
def door() -> Iterator[Endpoint]:
    with running() as service:
        yield service.door


@pytest.mark.parametrize("arguments", [[], [*GERMAN, *SWISS], ["--rounds", "1"], ["--shared"], ["--header", "X: y"]])
@pytest.mark.parametrize("path", ["", "/", "/a/b?c=d&e", "/?"])
def test_a_door_is_well_and_that_is_told_by_silence(
    door: Endpoint, capsys: Captured, path: str, arguments: list[str]
) -> None:
    assert main(["doctor", f"http://{door}{path}", *arguments]) == 0
    assert capsys.readouterr() == ("", "")


def test_the_object_says_who_gets_what(door: Endpoint, capsys: Captured) -> None:
    url, edge = "http://www.example.com:8000/a?b=1", ["--connect", str(door)]
    assert main(["doctor", url, "--json", "--rounds", "2", *edge, *GERMAN, *SWISS]) == 0
    report: Report = json.loads(capsys.readouterr().out)
    assert report.keys() == Report.__annotations__.keys()
    assert (report["url"], report["is_well"], report["requests"], report["findings"]) == (url, True, 20, [])
    assert [(visitor["name"], visitor["answer"]) for visitor in report["visitors"]] == [
        ("A", "307 https://de.example.com/a?b=1"),
        ("B", "307 https://ch.example.com/fr/a?b=1"),
    ]


def test_visitors_whom_the_door_sees_no_difference_between_are_noted_with_exit_code_0(
    door: Endpoint, capsys: Captured
) -> None:
    options = ["--visitor", "User-Agent: a", "--visitor", "User-Agent: b"]
    assert main(["doctor", f"http://{door}/", *options]) == 0
    out, err = capsys.readouterr()
    assert "\nnote: alike: " in out
    assert err == ""


def test_a_door_that_is_not_there_is_one_line_and_exit_code_1(capsys: Captured) -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
    assert main(["doctor", f"http://127.0.0.1:{port}/"]) == 1
    assert capsys.readouterr() == ("", f"georedirect: http://127.0.0.1:{port}/ cannot be asked: Connection refused\n")


WRONG_WORDS = [
    (["www.example.com"], "'www.example.com' is not a URL such as https://www.example.com/"),
    (["http://a b/"], "'a b' is not a host such as www.example.com"),
    (["http://127.0.0.1/", *GERMAN], "1 visitors cannot be compared"),
    (["http://127.0.0.1/", *GERMAN, *GERMAN], "two visitors are the same"),
    (["http://127.0.0.1/", "--header", "X"], "'X' is not a header"),
]


@pytest.mark.parametrize(("arguments", "why"), WRONG_WORDS)
def test_a_word_that_is_no_good_is_told_in_one_line_with_exit_code_2(
    capsys: Captured, arguments: list[str], why: str
) -> None:
    assert main(["doctor", *arguments]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(f"georedirect: {why}")

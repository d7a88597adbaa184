"""A finding is one line that names file, line and key, however odd the file is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from georedirect.policy.findings import Finding, Findings, key_for_people, one_line

if TYPE_CHECKING:
    from georedirect.policy.lines import Path

LINES: dict[Path, int] = {("site",): 2, ("site", "hosts"): 3, ("site", "hosts", 1): 5}


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("site", "hosts", 1), 5),
        (("site", "hosts", 0), 3),
        (("site", "hosts", 1, "deeper"), 5),
        (("site", "default"), 2),
        (("regions", "a"), 1),
        ((), 1),
    ],
)
def test_a_finding_stands_at_the_nearest_line_that_is_in_the_file(path: Path, line: int) -> None:
    assert Findings("x.toml", LINES).at(path, "is wrong").line == line


def test_a_finding_says_its_place_and_kind() -> None:
    findings = Findings("x.toml", LINES)
    findings.mistake(("site", "hosts", 1), "is wrong")
    findings.warning(("site",), "is odd")
    findings.mistake((), "is no file")
    assert [str(finding) for finding in findings.all] == [
        "x.toml:5: site.hosts: is wrong",
        "x.toml:2: warning: site: is odd",
        "x.toml:1: is no file",
    ]
    assert [finding.is_mistake for finding in findings.all] == [True, False, True]


def test_what_two_readers_find_is_told_once() -> None:
    findings = Findings("x.toml", LINES)
    findings.mistake(("site",), "is wrong")
    findings.mistake(("site",), "is wrong")
    findings.mistake(("site",), "is odd")
    findings.warning(("site",), "is odd")
    assert [finding.text for finding in findings.all] == ["is wrong", "is odd", "is odd"]
    assert findings.mistakes == 2


def test_findings_sort_by_line() -> None:
    lines = [Finding("x", line, "", "") for line in (10, 9, 1)]
    assert [finding.line for finding in sorted(lines)] == [1, 9, 10]


def test_a_key_for_people_has_no_indexes() -> None:
    assert key_for_people(("regions", "a", "countries", 3)) == "regions.a.countries"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, ä and 日本", "plain, ä and 日本"),
        ("a\nb\r\tc", "a\\nb\\r\\tc"),
        ("\x1b[31m", "\\x1b[31m"),
        ("\u2028\x85\x0c", "\\u2028\\x85\\x0c"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
    ],
)
def test_nothing_in_a_finding_breaks_its_line_or_reaches_the_terminal(text: str, shown: str) -> None:
    assert one_line(text) == shown
    assert str(Finding("x.toml", 1, "", f'"{text}" is wrong')) == f'x.toml:1: "{shown}" is wrong'

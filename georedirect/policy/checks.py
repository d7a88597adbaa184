"""Reads how mirrors are checked, and sees to it that no question has two answers. Asks no mirror."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from georedirect.policy.mirror_model import MOST_CHECKS, Check, CheckMethod
from georedirect.policy.table import toml
from georedirect.policy.veil import quotable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from georedirect.policy.findings import Findings
    from georedirect.policy.lines import Path
    from georedirect.policy.model import Policy, Region
    from georedirect.policy.table import Table
    from georedirect.policy.template import Template

CHECK_RANGES = {
    "interval_seconds": (1, 86400),
    "timeout_seconds": (1, 60),
    "fall": (1, 100),
    "rise": (1, 100),
}
CHECK_KEYS = ("path", "method", *CHECK_RANGES, "status", "text")
MOST_TEXT_CHARACTERS = 200

_PATH = re.compile(r"/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2})*")
"""A path, and a query if need be."""


def read_check(mirror: Table, uri: Template) -> Check | None:
    """The check of a mirror that is where `uri` leads; None where it has none, or a wrong one."""
    table = mirror.table("check")
    if table is None:
        return None
    table.expect_only(CHECK_KEYS)
    path = _read_path(table)
    method = table.one_of("method", CheckMethod, "method of a check") or CheckMethod.GET
    default = Check("")
    interval = _number(table, "interval_seconds", default.interval_seconds)
    check = Check(
        url=f"{uri.base}{path}",
        method=method,
        interval_seconds=interval,
        timeout_seconds=_number(table, "timeout_seconds", min(default.timeout_seconds, interval)),
        fall=_number(table, "fall", default.fall),
        rise=_number(table, "rise", default.rise),
        statuses=_read_statuses(table) or default.statuses,
        text=_read_text(table, method),
    )
    if check.timeout_seconds > interval:
        table.mistake("timeout_seconds", f"is longer than interval_seconds, which is {interval}")
    return check


def _number(table: Table, key: str, default: int) -> int:
    least, most = CHECK_RANGES[key]
    return table.whole_number(key, at_least=least, at_most=most, default=default)


def _read_path(table: Table) -> str:
    text = table.text("path")
    if text is None:
        if "path" not in table:
            table.mistake("path", 'is missing; say what is asked for, as in check = { path = "/health" }')
        return "/"
    if not _PATH.fullmatch(text.value):
        shown = quotable(text.value)
        table.mistake("path", f'"{shown}" is not a path as it is sent, such as "/health" or "/health?full=1"')
    return text.value


def _read_statuses(table: Table) -> tuple[int, ...]:
    return tuple(sorted(table.one_or_numbers("status", at_least=100, at_most=599)))


def _read_text(table: Table, method: CheckMethod) -> str | None:
    text = table.text("text")
    if text is None:
        return None
    if len(text.value) > MOST_TEXT_CHARACTERS:
        table.mistake(
            "text", f"has at most {MOST_TEXT_CHARACTERS} characters, not {len(text.value)}: {toml(text.value)}"
        )
    if method is not CheckMethod.GET:
        table.mistake("text", f'is in no answer to {method}; leave it out, or write method = "GET"')
    return text.value


# All of them together


def mirror_path(region: Region, number: int, findings: Findings) -> Path:
    """Where in the file a region's mirror is: the region itself where it has one `uri`."""
    path = ("regions", region.name, "mirrors", number)
    return path if findings.has(path) else path[:2]


def check_checks(policies: Sequence[tuple[Policy, Findings]]) -> None:
    """Note checks that ask the same and take the answer otherwise, and those that are too many."""
    by_question: dict[tuple[str, CheckMethod], Check] = {}
    for check, path, findings in _placed(policies):
        question = (check.url, check.method)
        if question not in by_question and len(by_question) == MOST_CHECKS:
            findings.mistake(
                path, f"is one too many: there may be {MOST_CHECKS} different checks in all files together"
            )
            return
        if by_question.setdefault(question, check) != check:
            findings.mistake(
                path,
                f"asks {check.method} {quotable(check.url)} as another check does, and not just so; a mirror has one "
                "verdict",
            )


def _placed(policies: Sequence[tuple[Policy, Findings]]) -> Iterator[tuple[Check, Path, Findings]]:
    for policy, findings in policies:
        for region in policy.regions.values():
            for number, mirror in enumerate(region.mirrors):
                if mirror.check is not None:
                    yield mirror.check, (*mirror_path(region, number, findings), "check"), findings

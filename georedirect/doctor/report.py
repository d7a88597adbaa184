"""What the doctor found, as an object for machines and as text for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from georedirect.doctor.finding import Level
from georedirect.doctor.mixups import described
from georedirect.doctor.questions import Series

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from georedirect.doctor.finding import Finding
    from georedirect.doctor.questions import Exchange


class VisitorSeen(TypedDict):
    """One visitor, and what it gets on its own."""

    name: str
    headers: list[str]
    answer: str


class FindingSeen(TypedDict):
    """One finding; `headers` are lines of the first answer that shows it."""

    level: str
    kind: str
    why: str
    target: str
    headers: list[str]
    times: int


class Report(TypedDict):
    """The object that `doctor --json` prints."""

    url: str
    is_well: bool
    requests: int
    visitors: list[VisitorSeen]
    findings: list[FindingSeen]


def report(url: str, exchanges: Sequence[Exchange], findings: Sequence[Finding]) -> Report:
    return {
        "url": url,
        "is_well": all(finding.level is Level.NOTE for finding in findings),
        "requests": len(exchanges),
        "visitors": list(_visitors(exchanges)),
        "findings": [
            {
                "level": finding.level,
                "kind": finding.kind,
                "why": finding.why,
                "target": finding.target,
                "headers": list(finding.headers),
                "times": finding.times,
            }
            for finding in findings
        ],
    }


def _visitors(exchanges: Sequence[Exchange]) -> Iterator[VisitorSeen]:
    own = {exchange.question.guise: exchange.reply for exchange in exchanges if exchange.question.series is Series.OWN}
    for guise, reply in own.items():
        headers = [f"{name}: {value}" for name, value in guise.headers]
        yield {"name": guise.name, "headers": headers, "answer": described(reply)}


def report_for_people(seen: Report) -> str:
    """The same, to read; empty where there is nothing to say."""
    if not seen["findings"]:
        return ""
    lines = [f"{seen['url']}, asked {seen['requests']} times:"]
    lines += [f"  {who['name']}  {', '.join(who['headers'])}  ->  {who['answer']}" for who in seen["visitors"]]
    for finding in seen["findings"]:
        times = f" ({finding['times']} times)" if finding["times"] > 1 else ""
        lines += ["", f"{finding['level']}: {finding['kind']}: {finding['why']}{times}"]
        lines += [f"    {line}" for line in finding["headers"]]
    return "\n".join(lines)

"""Reads the conditions of rules that name parameters or headers, and their values. Knows no request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from georedirect.policy.conditions import InHeader, InQuery
from georedirect.policy.context import shown
from georedirect.policy.data import COUNTRY_HEADERS
from georedirect.policy.settings import HEADER_NAME, KNOWN_ADDRESSES
from georedirect.policy.table import toml
from georedirect.visitor.client import WITHOUT_HEADER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from georedirect.policy.conditions import Test
    from georedirect.policy.context import Context
    from georedirect.policy.lines import Path
    from georedirect.policy.table import Table

BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_IN_QUERY = re.compile(r"[A-Za-z0-9\-._~!$'()*+,;=:@/?%]*")
"""What a parameter and its value may look like as they are received."""
_VALUE = re.compile(r"(?:[\x21-\x7e\x80-\xff](?:[\t \x21-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?")
"""A header's value (RFC 9110, 5.5), without the blanks around it."""
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_EVERY_TYPE = "*/*"
"""A value that does have stars (RFC 9110, 12.5.1)."""

_FRAMING = "says how a message is sent, and nothing about who asks"
_SECRET = "holds a secret, which neither a policy nor a log is the place for"  # noqa: S105  it is a sentence
SAYS_ADDRESS = 'is what anybody may write; write network = "192.0.2.0/24", which trusts your proxies only'
SAYS_COUNTRY = 'is what anybody may write; write country = "DE", which trusts your proxies only'
NOT_FOR_RULES = {
    **{header: SAYS_ADDRESS for header in KNOWN_ADDRESSES if header not in WITHOUT_HEADER},
    **dict.fromkeys(COUNTRY_HEADERS.values(), SAYS_COUNTRY),
    "host": 'is a condition of its own; write host = "www.example.com"',
    "accept-language": 'is a condition of its own; write language = "de"',
    "cookie": "has too much in it to be compared; [sticky] cookie is what a draw may go by",
    "authorization": _SECRET,
    "proxy-authorization": _SECRET,
    **dict.fromkeys(
        (
            *("connection", "content-length", "expect", "keep-alive", "proxy-connection", "te", "trailer"),
            *("transfer-encoding", "upgrade"),
        ),
        _FRAMING,
    ),
}
"""Headers that no rule may read, and why."""


class _Entry(NamedTuple):
    """`values` are those of which it may have any; none for whichever. `path` is where it stands."""

    name: str
    values: tuple[str, ...]
    path: Path


def read_query(table: Table, key: str, context: Context) -> Iterator[tuple[str, Test]]:
    for entry in _entries(_table(table, key, "=", context), context):
        if (why := _why_no_parameter(entry, context)) is not None:
            context.findings.mistake(entry.path, why)
        else:
            _warn_of_stars(entry, context)
            yield _wanted(entry), InQuery(entry.name, frozenset(entry.values))


def _why_no_parameter(entry: _Entry, context: Context) -> str | None:
    if entry.name == context.parameter:
        return "is what visitors choose a region by (see [choice] parameter), and no rule ever gets to see it"
    for text in (entry.name, *entry.values):
        if not _IN_QUERY.fullmatch(text) or BROKEN_ESCAPE.search(text) or (text is entry.name and "=" in text):
            return f'"{text}" never stands so in a query; write it as it is received, such as "a%20b"'
    return None


def read_header(table: Table, key: str, context: Context) -> Iterator[tuple[str, Test]]:
    for entry in _entries(_table(table, key, ":", context), context):
        if (why := _why_no_header(entry)) is not None:
            context.findings.mistake(entry.path, why)
        else:
            _warn_of_stars(entry, context)
            yield _wanted(entry), InHeader(entry.name.lower(), frozenset(entry.values))


def _why_no_header(entry: _Entry) -> str | None:
    if not HEADER_NAME.fullmatch(entry.name):
        return "is no header's name, which has letters, digits and hyphens"
    wrong = next((value for value in entry.values if not _VALUE.fullmatch(value)), None)
    if wrong is not None:
        return f'"{wrong}" is no header\'s value: no blanks around it, no control characters, nothing beyond Latin-1'
    return NOT_FOR_RULES.get(entry.name.lower())


def _warn_of_stars(entry: _Entry, context: Context) -> None:
    for value in entry.values:
        if (value.startswith("*") or value.endswith("*")) and value != _EVERY_TYPE:
            why = f'"{value}" is compared as it stands: a * in it stands for itself; for any value write true'
            context.findings.warning(entry.path, why)


def _table(table: Table, key: str, sign: str, context: Context) -> Table | None:
    """What is below `key`, where `sign` is what divides names and values on the wire."""
    item = table.item(key)
    if item is None or not isinstance(item.value, str) or (right := as_table(item.value, sign)) is None:
        return table.table(key)
    context.findings.mistake(item.path, f"must be a table; write {key} = {right}")
    return None


def as_table(text: str, sign: str) -> str | None:
    """What somebody means who writes `name=value`; None where that cannot be told."""
    members = [_as_entry(member, sign) for member in (text.split("&") if sign == "=" else [text])]
    right = ", ".join(member for member in members if member is not None)
    return f"{{ {right} }}" if None not in members else None


def _as_entry(text: str, sign: str) -> str | None:
    name, found, value = (part.strip() for part in text.partition(sign))
    if not _BARE_KEY.fullmatch(name) or not value.isprintable() or not {'"', "\\"}.isdisjoint(value):
        return None
    return f"{name} = {toml(value) if found else 'true'}"


def _entries(table: Table | None, context: Context) -> Iterator[_Entry]:
    """What is named in a table, and what it has to be."""
    if table is None:
        return
    if not table:
        context.findings.mistake(table.path, 'is empty; write { name = "value" }, or { name = true } for any value')
    for name in table:
        path = (*table.path, name)
        if (item := table.item(name)) is not None and item.value is True:
            yield _Entry(name, (), path)
        elif values := _values(table, name, context):
            yield _Entry(name, values, path)


def _values(table: Table, name: str, context: Context) -> tuple[str, ...]:
    """None where one is wrong, which has been told then."""
    items, values = table.items(name), dict[str, None]()
    for value, path in items:
        if not isinstance(value, str):
            right = "must be a string in quotes, a list of them, or true alone for any value"
            context.findings.mistake(path, f"{right}, not {toml(value)}")
        elif value in values:
            context.findings.mistake(path, f'"{value}" is listed twice')
        else:
            values[value] = None
    return tuple(values) if len(values) == len(items) else ()


def _wanted(entry: _Entry) -> str:
    return shown([f"{entry.name}={' or '.join(entry.values)}" if entry.values else entry.name])

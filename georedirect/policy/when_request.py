"""Reads the conditions of rules that are about what is asked for, and by whom. Knows no request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from georedirect.policy.conditions import Below, ByMethod, InHeader, InNetwork, InQuery, Likes, OnHost, PathLike
from georedirect.policy.context import shown
from georedirect.policy.globs import GLOB, literal_of
from georedirect.policy.languages import check_tag, offer
from georedirect.policy.settings import HEADER_NAME
from georedirect.policy.table import did_you_mean, toml
from georedirect.visitor.host import parse_host
from georedirect.visitor.methods import METHODS, NEVER_REDIRECTED
from georedirect.visitor.networks import Networks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from georedirect.policy.conditions import Test
    from georedirect.policy.context import Context
    from georedirect.policy.table import Table, Text

_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_IN_QUERY = re.compile(r"[A-Za-z0-9\-._~!$'()*+,;=:@/?%]*")
"""What a parameter and its value may look like as they are received."""
_VALUE = re.compile(r"(?:[\x21-\x7e\x80-\xff](?:[\t \x21-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?")
"""A header's value (RFC 9110, 5.5), without the blanks around it."""

_FRAMING = "says how a message is sent, and nothing about who asks"
_SECRET = "holds a secret, which neither a policy nor a log is the place for"  # noqa: S105  it is a sentence
NOT_FOR_RULES = {
    "host": 'is a condition of its own; write host = "www.example.com"',
    "accept-language": 'is a condition of its own; write language = "de"',
    "cookie": "has too much in it to be compared; [sticky] cookie is what a draw may go by",
    "x-forwarded-for": 'is what anybody may write; write network = "192.0.2.0/24", which trusts your proxies only',
    "forwarded": 'is what anybody may write; write network = "192.0.2.0/24", which trusts your proxies only',
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


def read_path(table: Table, key: str, context: Context) -> Iterator[tuple[str, Test]]:
    if globs := tuple(text.value for text in table.one_or_texts(key) if _is_path(text, context)):
        yield shown(globs), PathLike.of(globs)


def _is_path(text: Text, context: Context) -> bool:
    why = None
    if not GLOB.fullmatch(text.value) or _BROKEN_ESCAPE.search(text.value):
        why = 'is not a path as it is received, such as "/shop/*" or "/a%20b"'
    elif literal_of(text.value).startswith(context.prefix) or text.value + "/" == context.prefix:
        why = "is one of our own pages (see [chooser] prefix), for which no rule is ever asked"
    if why is not None:
        context.findings.mistake(text.path, f'"{text.value}" {why}')
    return why is None


def read_prefix(table: Table, key: str, context: Context) -> Iterator[tuple[str, Test]]:
    if prefixes := tuple(text.value for text in table.one_or_texts(key) if _is_prefix(text, context)):
        yield shown(prefixes), Below(prefixes)


def _is_prefix(text: Text, context: Context) -> bool:
    plain = text.value.rstrip("/")
    if not plain:
        context.findings.mistake(text.path, f'"{text.value}" is above every path; leave prefix out')
    elif "*" in plain:
        context.findings.mistake(text.path, f'"{text.value}" has a * in it, which path may have; a prefix has none')
    elif plain != text.value:
        context.findings.mistake(text.path, f'"{text.value}" ends in a slash; write "{plain}", which is above it too')
    else:
        return _is_path(text, context)
    return False


def read_host(table: Table, key: str, context: Context) -> Iterator[tuple[str, Test]]:
    texts = [(text, _read_host(text, context)) for text in table.one_or_texts(key)]
    hosts = [host for _, host in texts if host is not None]
    if hosts:
        endings = tuple(host for host in hosts if host.startswith("."))
        yield shown([text.value for text, _ in texts]), OnHost(frozenset(hosts).difference(endings), endings)


def _read_host(text: Text, context: Context) -> str | None:
    """The name in lower case, or an ending that begins with its dot."""
    dot = "." if text.value.startswith("*.") else ""
    host = parse_host(text.value.removeprefix("*."))
    why = None
    if host is None or (dot and host.name.startswith("[")):
        why = 'is not a host name, such as "www.example.com" or "*.example.com"'
    elif host.port is not None:
        why = f'has a port, but hosts count on every port; write "{text.value.rpartition(":")[0]}"'
    elif context.hosts and not any(_is_one_of(dot + host.name, name) for name in context.hosts):
        why = f"is none of the site's hosts; {did_you_mean(text.value, context.hosts)}"
    if why is not None or host is None:
        context.findings.mistake(text.path, f'"{text.value}" {why}')
        return None
    return dot + host.name


def _is_one_of(wanted: str, host: str) -> bool:
    return host.endswith(wanted) if wanted.startswith(".") else host == wanted


def read_method(table: Table, key: str, context: Context) -> Iterator[tuple[str, Test]]:
    methods: list[str] = []
    for text in table.one_or_texts(key):
        if text.value not in METHODS:
            hint = did_you_mean(text.value.upper(), sorted(METHODS))
            context.findings.mistake(text.path, f'"{text.value}" is no method; {hint}')
        elif text.value in NEVER_REDIRECTED:
            context.findings.mistake(text.path, f"{text.value} is answered 405 before any rule is asked")
        else:
            methods.append(text.value)
    if methods:
        yield shown(methods), ByMethod(frozenset(methods))


def read_network(table: Table, key: str, context: Context) -> Iterator[tuple[str, Test]]:
    good: list[str] = []
    for text in table.one_or_texts(key):
        try:
            good += Networks.parse([text.value]).texts
        except ValueError as error:
            context.findings.mistake(text.path, str(error))
    if good:
        yield shown(good), InNetwork(Networks.parse(good))


def read_language(table: Table, key: str, context: Context) -> Iterator[tuple[str, Test]]:
    tags: list[str] = []
    for text in table.one_or_texts(key):
        try:
            check_tag(text.value)
        except ValueError as error:
            context.findings.mistake(text.path, str(error))
        else:
            tags.append(text.value)
    if tags:
        yield shown(tags), Likes(offer(tags))


def read_query(table: Table, key: str, context: Context) -> Iterator[tuple[str, Test]]:
    parameters = table.table(key)
    for name, value in _entries(parameters, context):
        why = _why_no_parameter(name, value, context)
        if why is not None and parameters is not None:
            parameters.mistake(name, why)
        else:
            yield _pair(name, value), InQuery(name, value)


def _why_no_parameter(name: str, value: str | None, context: Context) -> str | None:
    if name == context.parameter:
        return "is what visitors choose a region by (see [choice] parameter), and no rule ever gets to see it"
    for text in (name, value or ""):
        if not _IN_QUERY.fullmatch(text) or _BROKEN_ESCAPE.search(text) or (text is name and "=" in text):
            return f'"{text}" never stands so in a query; write it as it is received, such as "a%20b"'
    return None


def read_header(table: Table, key: str, context: Context) -> Iterator[tuple[str, Test]]:
    headers = table.table(key)
    for name, value in _entries(headers, context):
        why = _why_no_header(name, value)
        if why is not None and headers is not None:
            headers.mistake(name, why)
        else:
            yield _pair(name, value), InHeader(name.lower(), value)


def _why_no_header(name: str, value: str | None) -> str | None:
    if not HEADER_NAME.fullmatch(name):
        return "is no header's name, which has letters, digits and hyphens"
    if value is not None and not _VALUE.fullmatch(value):
        return f'"{value}" is no header\'s value: no blanks around it, no control characters, nothing beyond Latin-1'
    return NOT_FOR_RULES.get(name.lower())


def _entries(table: Table | None, context: Context) -> Iterator[tuple[str, str | None]]:
    """What is named in a table, and the text that it has to be; None for `true`, which is any."""
    if table is None:
        return
    if not table:
        context.findings.mistake(table.path, 'is empty; write { name = "value" }, or { name = true } for any value')
    for name in table:
        item = table.item(name)
        value = item.value if item is not None else None
        if isinstance(value, str):
            yield name, value
        elif value is True:
            yield name, None
        else:
            table.mistake(name, f"must be a string in quotes, or true for any value, not {toml(value)}")


def _pair(name: str, value: str | None) -> str:
    return shown([name if value is None else f"{name}={value}"])

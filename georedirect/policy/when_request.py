"""Reads the conditions of rules that are about what is asked for, and by whom. Knows no request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from georedirect.policy.conditions import Below, ByMethod, InNetwork, Likes, OnHost, PathLike
from georedirect.policy.context import shown
from georedirect.policy.globs import GLOB, literal_of
from georedirect.policy.languages import check_tag, offer
from georedirect.policy.table import did_you_mean
from georedirect.policy.when_named import BROKEN_ESCAPE, as_table
from georedirect.visitor.host import parse_host
from georedirect.visitor.methods import METHODS, NEVER_REDIRECTED
from georedirect.visitor.networks import Networks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from georedirect.policy.conditions import Test
    from georedirect.policy.context import Context
    from georedirect.policy.table import Table, Text


def read_path(table: Table, key: str, context: Context) -> Iterator[tuple[str, Test]]:
    if globs := tuple(text.value for text in table.one_or_texts(key) if _is_path(text, key, context)):
        yield shown(globs), PathLike.of(globs)


def _is_path(text: Text, key: str, context: Context) -> bool:
    if "?" in text.value:
        path, _, query = text.value.partition("?")
        beside = as_table(query, "=") or '{ name = "value" }'
        why = f'has a query in it; write "{path}", and query = {beside} beside it'
    elif not GLOB.fullmatch(text.value) or BROKEN_ESCAPE.search(text.value):
        why = 'is not a path as it is received, such as "/shop/*" or "/a%20b"'
    elif not _is_ours(text.value, context.prefix):
        return True
    else:
        why = "is one of our own pages (see [chooser] prefix), for which no rule is ever asked"
        if key.startswith("not_"):
            context.findings.warning(text.path, f'"{text.value}" {why}; it can be left out')
            return True
    context.findings.mistake(text.path, f'"{text.value}" {why}')
    return False


def _is_ours(path: str, prefix: str) -> bool:
    return literal_of(path).startswith(prefix) or path + "/" == prefix


def read_prefix(table: Table, key: str, context: Context) -> Iterator[tuple[str, Test]]:
    if prefixes := tuple(text.value for text in table.one_or_texts(key) if _is_prefix(text, key, context)):
        yield shown(prefixes), Below(prefixes)


def _is_prefix(text: Text, key: str, context: Context) -> bool:
    plain = text.value.rstrip("/")
    if not plain:
        context.findings.mistake(text.path, f'"{text.value}" is above every path; leave prefix out')
    elif "*" in plain:
        context.findings.mistake(text.path, f'"{text.value}" has a * in it, which path may have; a prefix has none')
    elif plain != text.value:
        context.findings.mistake(text.path, f'"{text.value}" ends in a slash; write "{plain}", which is above it too')
    else:
        return _is_path(text, key, context)
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

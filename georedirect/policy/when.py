"""Reads a rule's `when`: conditions by their keys, each with its `not_` form. Knows no rule and no visitor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from georedirect.policy import when_named, when_place, when_request
from georedirect.policy.conditions import Condition, Drawn
from georedirect.policy.table import did_you_mean
from georedirect.policy.when_time import TIME_KEYS, read_times
from georedirect.sharing import key_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from georedirect.policy.conditions import Test
    from georedirect.policy.context import Context
    from georedirect.policy.table import Table

    Reader = Callable[[Table, str, Context], Iterator[tuple[str, Test]]]
    """Yields what one key wants, for people, and as a test: nothing where that is wrong, which has been told then."""


def _read_share(table: Table, key: str, context: Context) -> Iterator[tuple[str, Test]]:
    percent = table.number(key, at_least=0, at_most=100)
    if percent is not None:
        yield f"{percent:g} %", Drawn(key_of("share", context.key, context.experiment), percent / 100)


_READERS: Mapping[str, Reader] = {
    "path": when_request.read_path,
    "prefix": when_request.read_prefix,
    "host": when_request.read_host,
    "method": when_request.read_method,
    "query": when_named.read_query,
    "header": when_named.read_header,
    "network": when_request.read_network,
    "language": when_request.read_language,
    "country": when_place.read_country,
    "continent": when_place.read_continent,
    "group": when_place.read_group,
    "subdivision": when_place.read_subdivision,
    "asn": when_place.read_asn,
    "anonymous": when_place.read_anonymous,
    "share": _read_share,
}
CONDITION_KEYS = (*_READERS, *TIME_KEYS, "zone")
_KEYS = frozenset({*CONDITION_KEYS, *(f"not_{key}" for key in CONDITION_KEYS if key != "zone")})


def read_when(table: Table, context: Context) -> tuple[Condition, ...]:
    """The conditions, in the file's order, those about time last."""
    if not table:
        context.findings.mistake(table.path, "is empty; leave it out where a rule is for everybody")
    conditions: list[Condition] = []
    for key in table:
        plain = key.removeprefix("not_")
        if key not in _KEYS:
            table.mistake(key, f"is no condition; {_hint(key)}")
        elif (read := _READERS.get(plain)) is not None:
            conditions += (Condition(plain, wanted, test, key != plain) for wanted, test in read(table, key, context))
    return (*conditions, *read_times(table, context.findings))


def _hint(key: str) -> str:
    hint = did_you_mean(key, sorted(_KEYS))
    return hint if hint.startswith("did") else f"there are {', '.join(CONDITION_KEYS)}"

"""Reads the conditions of rules that are about where a visitor is, and in whose network. Knows no visitor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from georedirect.place import Anonymity
from georedirect.policy.areas import parse_area
from georedirect.policy.conditions_of_place import Hidden, InCountry, InSubdivision, OnContinent, OperatedBy
from georedirect.policy.context import shown
from georedirect.policy.countries import CONTINENTS, COUNTRIES, SUBDIVISION, UNIONS, likely_meant
from georedirect.policy.table import did_you_mean, toml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from georedirect.policy.conditions import Test
    from georedirect.policy.context import Context
    from georedirect.policy.table import Table

MOST_ASN = (1 << 32) - 1


def _good(table: Table, key: str, context: Context, why_not: Callable[[str], str | None]) -> list[str]:
    """The texts with which nothing is wrong."""
    good: list[str] = []
    for text in table.one_or_texts(key):
        why = why_not(text.value)
        if why is None:
            good.append(text.value)
        else:
            context.findings.mistake(text.path, f'"{text.value}" {why}')
    return good


def read_country(table: Table, key: str, context: Context) -> Iterator[tuple[str, Test]]:
    if codes := _good(table, key, context, lambda code: _why_no_country(code, context)):
        yield shown(codes), InCountry(frozenset(codes))


def _why_no_country(code: str, context: Context) -> str | None:
    if code in COUNTRIES:
        return None
    if code in UNIONS or code in context.groups:
        return f'is a group of countries; write group = "{code}"'
    if code.removeprefix("continent:") in CONTINENTS:
        return f'is a continent; write continent = "{code.removeprefix("continent:")}"'
    meant = likely_meant(code)
    return "is not an ISO 3166-1 code" + (f'; did you mean "{meant}"?' if meant else ', such as "DE"')


def read_continent(table: Table, key: str, context: Context) -> Iterator[tuple[str, Test]]:
    if codes := _good(table, key, context, _why_no_continent):
        yield shown(codes), OnContinent(frozenset(codes))


def _why_no_continent(code: str) -> str | None:
    known = ", ".join(f"{code} ({name})" for code, name in CONTINENTS.items())
    return None if code in CONTINENTS else f"is no continent; there are {known}"


def read_group(table: Table, key: str, context: Context) -> Iterator[tuple[str, Test]]:
    if names := _good(table, key, context, lambda name: _why_no_group(name, context)):
        countries = (parse_area(name, context.groups).countries for name in names)
        yield shown(names), InCountry(frozenset().union(*countries))


def _why_no_group(name: str, context: Context) -> str | None:
    known = {**UNIONS, **context.groups}
    return None if name in known else f"is no group; {did_you_mean(name, list(known))}"


def read_subdivision(table: Table, key: str, context: Context) -> Iterator[tuple[str, Test]]:
    if codes := _good(table, key, context, _why_no_subdivision):
        yield shown(codes), InSubdivision(frozenset(codes))


def _why_no_subdivision(code: str) -> str | None:
    country, hyphen, part = code.partition("-")
    if hyphen and country in COUNTRIES and SUBDIVISION.fullmatch(part):
        return None
    meant = f"{likely_meant(country) or country}-{part}".upper()
    if hyphen and meant != code and _why_no_subdivision(meant) is None:
        return f'is no code of ISO 3166-2; did you mean "{meant}"?'
    return 'is no code of ISO 3166-2, which has the country in it, as in "DE-BY"'


def read_asn(table: Table, key: str, context: Context) -> Iterator[tuple[str, Test]]:  # noqa: ARG001  as all readers
    if numbers := table.one_or_numbers(key, at_least=1, at_most=MOST_ASN):
        yield shown(numbers), OperatedBy(frozenset(numbers))


def read_anonymous(table: Table, key: str, context: Context) -> Iterator[tuple[str, Test]]:
    item = table.item(key)
    if item is not None and isinstance(item.value, bool):
        if item.value:
            yield "true", Hidden(frozenset())
        else:
            other = "not_anonymous" if key == "anonymous" else "anonymous"
            table.mistake(key, f"cannot be {toml(item.value)}; write {other} = true")
    elif kinds := _good(table, key, context, _why_no_means):
        yield shown(kinds), Hidden(frozenset(Anonymity(kind) for kind in kinds))


def _why_no_means(kind: str) -> str | None:
    return None if kind in list(Anonymity) else f"is no kind; {did_you_mean(kind, list(Anonymity))}"

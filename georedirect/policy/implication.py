"""Whether one condition holds wherever another does, as far as a policy alone can tell. Knows no visitor.

`implies` never says so wrongly; it may miss some.
"""

from __future__ import annotations

from functools import singledispatch
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TYPE_CHECKING

from georedirect.policy.conditions import Below, ByMethod, Drawn, During, InHeader, InNetwork, InQuery, OnHost, PathLike
from georedirect.policy.conditions_of_place import Hidden, InCountry, InSubdivision, OnContinent, OperatedBy
from georedirect.policy.globs import literal_of, stars_in
from georedirect.policy.times import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from georedirect.policy.conditions import Condition, Test


def all_implied(wanted: Iterable[Condition], given: Sequence[Condition]) -> bool:
    """Whether each of some conditions holds wherever all of the given ones do."""
    return all(any(_is_implied(condition, other) for other in given) for condition in wanted)


def _is_implied(condition: Condition, given: Condition) -> bool:
    if condition.is_negated is not given.is_negated:
        return False
    return implies(condition.test, given.test) if condition.is_negated else implies(given.test, condition.test)


def implies(given: Test, other: Test) -> bool:
    """Whether the other test holds wherever the given one does."""
    return given == other or _implies(other, given)


@singledispatch
def _implies(other: Test, given: Test) -> bool:  # noqa: ARG001  what is said of all tests without more to say
    return False


@_implies.register(InCountry)
def _(other: InCountry, given: Test) -> bool:
    if isinstance(given, InSubdivision):
        return {code.partition("-")[0] for code in given.subdivisions} <= other.countries
    return isinstance(given, InCountry) and given.countries <= other.countries


@_implies.register(OnContinent)
def _(other: OnContinent, given: Test) -> bool:
    return isinstance(given, OnContinent) and given.continents <= other.continents


@_implies.register(InSubdivision)
def _(other: InSubdivision, given: Test) -> bool:
    return isinstance(given, InSubdivision) and given.subdivisions <= other.subdivisions


@_implies.register(OperatedBy)
def _(other: OperatedBy, given: Test) -> bool:
    return isinstance(given, OperatedBy) and given.numbers <= other.numbers


@_implies.register(Hidden)
def _(other: Hidden, given: Test) -> bool:
    return isinstance(given, Hidden) and (not other.means or (bool(given.means) and given.means <= other.means))


@_implies.register(ByMethod)
def _(other: ByMethod, given: Test) -> bool:
    return isinstance(given, ByMethod) and methods_of(given) <= methods_of(other)


def methods_of(test: ByMethod) -> frozenset[str]:
    """All methods of which it holds."""
    return test.methods | {"HEAD"} if "GET" in test.methods else test.methods


@_implies.register(InQuery)
def _(other: InQuery, given: Test) -> bool:
    if not isinstance(given, InQuery) or given.parameter != other.parameter:
        return False
    return _are_among(given.values, other.values)


@_implies.register(InHeader)
def _(other: InHeader, given: Test) -> bool:
    if not isinstance(given, InHeader) or given.header != other.header:
        return False
    return _are_among(given.values, other.values)


def _are_among(values: frozenset[str], others: frozenset[str]) -> bool:
    """Where there are none it is any."""
    return not others or (bool(values) and values <= others)


@_implies.register(During)
def _(other: During, given: Test) -> bool:
    if not isinstance(given, During) or not isinstance(given.window, Span) or not isinstance(other.window, Span):
        return False
    return other.window.begins <= given.window.begins and given.window.ends <= other.window.ends


@_implies.register(Drawn)
def _(other: Drawn, given: Test) -> bool:
    return isinstance(given, Drawn) and given.key == other.key and given.share <= other.share


@_implies.register(InNetwork)
def _(other: InNetwork, given: Test) -> bool:
    if not isinstance(given, InNetwork):
        return False
    outer = [ip_network(text) for text in other.networks]
    return all(any(_is_inside(ip_network(text), network) for network in outer) for text in given.networks)


def _is_inside(network: IPv4Network | IPv6Network, outer: IPv4Network | IPv6Network) -> bool:
    if isinstance(network, IPv4Network):
        return isinstance(outer, IPv4Network) and network.subnet_of(outer)
    return isinstance(outer, IPv6Network) and network.subnet_of(outer)


@_implies.register(OnHost)
def _(other: OnHost, given: Test) -> bool:
    if not isinstance(given, OnHost):
        return False
    hosts = (*given.names, *given.endings)
    return all(host in other.names or any(host.endswith(ending) for ending in other.endings) for host in hosts)


# Paths


@_implies.register(PathLike)
def _(other: PathLike, given: Test) -> bool:
    if isinstance(given, Below):
        return all(any(_is_open_from(glob, prefix) for glob in other.globs) for prefix in given.prefixes)
    return isinstance(given, PathLike) and all(_takes_in(other, glob) for glob in given.globs)


def _takes_in(other: PathLike, glob: str) -> bool:
    if not stars_in(glob):
        return other.pattern.fullmatch(glob) is not None
    return glob in other.globs or any(_is_open_from(outer, literal_of(glob)) for outer in other.globs)


def _is_open_from(glob: str, beginning: str) -> bool:
    """Whether it matches everything that begins so."""
    return glob.endswith("*") and "*" not in glob.rstrip("*") and beginning.startswith(literal_of(glob))


@_implies.register(Below)
def _(other: Below, given: Test) -> bool:
    if isinstance(given, Below):
        return all(other.rest(prefix) is not None for prefix in given.prefixes)
    return isinstance(given, PathLike) and all(_is_below(other, glob) for glob in given.globs)


def _is_below(other: Below, glob: str) -> bool:
    if not stars_in(glob):
        return other.rest(glob) is not None
    return any(literal_of(glob).startswith(f"{prefix}/") for prefix in other.prefixes)

"""By what a rule is found among thousands, when it is asked which of them hold wherever another does. Knows no visitor.

If a test implies another one, then `anchors_of` the other and `probes_of` the test have something in common.
"""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING

from georedirect.policy.conditions import Below, InHeader, InNetwork, InQuery, OnHost, PathLike
from georedirect.policy.conditions_of_place import InCountry, InSubdivision, OnContinent, OperatedBy
from georedirect.policy.globs import above

if TYPE_CHECKING:
    from collections.abc import Iterator

    from georedirect.policy.conditions import Test
    from georedirect.policy.rule_model import Rule

Anchor = tuple[str, object]
ANYWHERE: Anchor = ("", None)
"""Of rules that have no other, among which everyone has to look."""


def anchors_of(test: Test) -> frozenset[Anchor]:
    """Under what a test is filed; empty where there is nothing to file it under."""
    match test:
        case InCountry(countries):
            return frozenset(("country", code) for code in countries)
        case OnContinent(continents):
            return frozenset(("continent", code) for code in continents)
        case InSubdivision(subdivisions):
            return frozenset(("subdivision", code) for code in subdivisions)
        case OperatedBy(numbers):
            return frozenset(("asn", number) for number in numbers)
        case InNetwork(networks):
            return frozenset(("network", text) for text in networks)
        case _:
            return _anchors_of_request(test)


def _anchors_of_request(test: Test) -> frozenset[Anchor]:
    match test:
        case InHeader(header):
            return frozenset({("header", header)})
        case InQuery(parameter):
            return frozenset({("query", parameter)})
        case OnHost(names, ()):
            return frozenset(("host", name) for name in names)
        case Below(prefixes):
            return frozenset(("path", prefix) for prefix in prefixes)
        case PathLike(globs):
            paths = {above(glob) for glob in globs}
            return frozenset() if "" in paths else frozenset(("path", path) for path in paths)
        case _:
            return frozenset()


def filed_under(rule: Rule) -> frozenset[Anchor]:
    """The anchors of whichever of its conditions has the fewest."""
    found = [anchors for each in rule.when if not each.is_negated and (anchors := anchors_of(each.test))]
    return min(found, key=len, default=frozenset({ANYWHERE}))


def probes_of(test: Test) -> Iterator[Anchor]:
    """Where to look for all tests that hold wherever this one does: at what one of its values is in."""
    match test:
        case InSubdivision(subdivisions):
            code = min(subdivisions)
            yield from (("subdivision", code), ("country", code.partition("-")[0]))
        case InNetwork(networks):
            network = ip_network(networks.texts[0])
            yield from (("network", str(network.supernet(new_prefix=n))) for n in range(network.prefixlen + 1))
        case Below(prefixes):
            yield from _paths_above(prefixes[0])
        case PathLike(globs):
            yield from _paths_above(above(globs[0]))
        case _:
            yield from sorted(anchors_of(test), key=str)[:1]


def _paths_above(path: str) -> Iterator[Anchor]:
    while path:
        yield ("path", path)
        path = path[: path.rfind("/")]


def places_to_look(rule: Rule) -> Iterator[Anchor]:
    """Under what any rule is filed that holds wherever this one does."""
    yield ANYWHERE
    for condition in rule.when:
        if not condition.is_negated:
            yield from probes_of(condition.test)

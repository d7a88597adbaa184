"""Where a visitor most likely wants to go, by place and language, and why. Knows no URL and no choice of theirs."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from georedirect.policy.model import Source, Undecided
from georedirect.step import Step
from georedirect.visitor.languages import lookup

if TYPE_CHECKING:
    from georedirect.place import Place
    from georedirect.policy.model import Candidates, Policy, Region
    from georedirect.visitor.languages import LanguageRange

Languages = tuple["LanguageRange", ...]


class Reason(StrEnum):
    """Why; the one word that log, metric, header and `explain` share."""

    COUNTRY = "country"
    CONTINENT = "continent"
    LANGUAGE = "language"
    DEFAULT = "default"
    UNKNOWN_PLACE = "unknown-place"
    ALREADY_THERE = "already-there"
    PARAMETER = "parameter"
    CHOICE = "choice"
    UNDECIDED = "undecided"
    EXEMPT = "exempt"
    RULE = "rule"
    FALLBACK = "fallback"
    NO_MIRROR = "no-mirror"


class Choice(NamedTuple):
    """The region for a visitor, whatever the URL is."""

    region: Region
    reason: Reason
    steps: tuple[Step, ...]


def choose(policy: Policy, languages: Languages, place: Place) -> Choice:
    """The guess: the first source in the policy's order that has something to say; the default if none has."""
    steps: list[Step] = []
    for source in policy.guesses:
        ask = _by_country if source is Source.COUNTRY else _by_language
        found, step = ask(policy, languages, place)
        steps.append(step)
        if found is not None:
            return Choice(*found, tuple(steps))
    reason = Reason.DEFAULT if place.is_known else Reason.UNKNOWN_PLACE
    why = "nothing else places this visitor" if place.is_known else "nothing says where this visitor is"
    return Choice(policy.default, reason, (*steps, Step("default", policy.default.name, why)))


def reads_languages(policy: Policy, place: Place) -> bool:
    """Whether what visitors read can change a decision, or the URI that follows from it, for this place."""
    if policy.guesses[:1] == (Source.LANGUAGE,) or _rules_read_languages(policy):
        return True
    candidates = _candidates(policy, place) if Source.COUNTRY in policy.guesses else None
    if candidates is None:
        is_asked = Source.LANGUAGE in policy.guesses or policy.undecided is Undecided.CHOOSER
        return is_asked or _has_language(policy, policy.default)
    return len(candidates.claims) > 1 or _has_language(policy, candidates.claims[0].region)


def _rules_read_languages(policy: Policy) -> bool:
    """Whether a rule does, or may lead to any region's URI that does."""
    leads = policy.rules and any("language" in region.variables for region in policy.regions.values())
    return policy.rules.reads_languages or bool(leads)


def _has_language(policy: Policy, region: Region) -> bool:
    """Whether the visitor's language is in a URI of the region, or of one that serves for it."""
    serving = (region, *(policy.regions[name] for name in region.fallback))
    return any("language" in other.variables for other in serving)


def states_languages(languages: Languages) -> bool:
    """Whether a visitor says of any language that they read it; `*` names none."""
    return any(language.q and language.tag != "*" for language in languages)


def _candidates(policy: Policy, place: Place) -> Candidates | None:
    """The regions of a place: of its country, or of its continent where the database knows no more."""
    if place.country is not None:
        return policy.by_country.get(place.country)
    return None if place.continent is None else policy.by_continent.get(place.continent)


_Found = tuple["Region", Reason] | None


def _by_country(policy: Policy, languages: Languages, place: Place) -> tuple[_Found, Step]:
    """The regions of the visitor's country; of its continent, when the database knows no more."""
    where = place.country or place.continent
    if where is None:
        return None, Step("country", "none", "it is not known where the address is")
    reason = Reason.COUNTRY if place.country else Reason.CONTINENT
    candidates = _candidates(policy, place)
    if candidates is None:
        return None, Step("country", "none", f"no region has {where}")
    region, why = _among(candidates, languages, where)
    return (region, reason), Step("country", region.name, why)


def _among(candidates: Candidates, languages: Languages, where: str) -> tuple[Region, str]:
    """Of several regions for one place, the one in the visitor's language; the first in the file if none."""
    first = candidates.claims[0]
    if len(candidates.claims) == 1:
        return first.region, f"{where} is in it{_through(first.through, where)}"
    names = ", ".join(f'"{claim.region.name}"' for claim in candidates.claims)
    tag = lookup(languages, candidates.offered)
    if tag is None:
        return first.region, f"{where} is in {names}; none is in a language of the visitor's, so the first"
    return candidates.by_tag[tag].region, f'{where} is in {names}; the visitor reads "{tag}"'


def _through(through: str, where: str) -> str:
    return "" if through == where else f' as part of "{through}"'


def _by_language(policy: Policy, languages: Languages, place: Place) -> tuple[_Found, Step]:  # noqa: ARG001  one signature for all sources
    tag = lookup(languages, policy.offered)
    if tag is None:
        why = "no region is in a language of the visitor's" if languages else "the visitor states no language"
        return None, Step("language", "none", why)
    region = policy.by_language[tag]
    return (region, Reason.LANGUAGE), Step("language", region.name, f'it offers "{tag}"')

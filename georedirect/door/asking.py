"""Puts the question where to go: the chooser's page, and the suggestion for a site's own pages. Decides nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from georedirect.chooser.page import Chooser, Entry, Page, Question
from georedirect.chooser.view import Credit
from georedirect.decide import location_of
from georedirect.errors import ChooserError
from georedirect.guess import Reason
from georedirect.policy.findings import Finding
from georedirect.policy.model import Source

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from georedirect.decision import Decision
    from georedirect.moment import Moment
    from georedirect.place import Place
    from georedirect.policy.data_model import NamedFile
    from georedirect.policy.model import Configuration, Policy
    from georedirect.visitor.request import Visitor


class Asked(NamedTuple):
    """Who is asked, from where, and what we would do."""

    visitor: Visitor
    place: Place
    decision: Decision
    moment: Moment


class Asking:
    """One site's chooser, and what it says of each region whoever asks."""

    def __init__(self, policy: Policy, chooser: Chooser) -> None:
        self._policy = policy
        self._chooser = chooser
        self._countries = _countries(policy)

    def page(self, asked: Asked) -> Page:
        return self._chooser.page(self._question(asked))

    def suggestion(self, asked: Asked, *, is_any: bool) -> Mapping[str, str | None]:
        """For a script; where there `is_any` to be made, the region that we decided on."""
        return self._chooser.suggestion(self._question(asked, is_any=is_any))

    def _question(self, asked: Asked, *, is_any: bool = True) -> Question:
        policy, (visitor, place, decision, moment) = self._policy, asked
        is_same_anywhere = policy.cache is not None and Source.COUNTRY not in policy.cache.key
        return Question(
            entries=tuple(
                Entry(
                    name=region.name,
                    title=region.title,
                    languages=region.languages,
                    countries=self._countries[region.name],
                    uri=location_of(policy, region, visitor, place, moment, decision),
                )
                for region in policy.regions.values()
            ),
            suggested=decision.region_name if is_any else None,
            reason=Reason.DEFAULT if is_same_anywhere and decision.reason is Reason.UNKNOWN_PLACE else decision.reason,
            country=place.country,
            languages=tuple(language.tag for language in visitor.languages if language.q),
            url=visitor.path + (visitor.query or ""),
            form=policy.chooser.prefix,
            chosen=visitor.chosen if visitor.chosen in policy.regions else None,
            default=policy.default.name,
        )


def _countries(policy: Policy) -> Mapping[str, tuple[str, ...]]:
    """Each region's, of which it is among the narrowest."""
    countries: dict[str, list[str]] = {name: [] for name in policy.regions}
    for country, candidates in policy.by_country.items():
        for claim in candidates.claims:
            countries[claim.region.name].append(country)
    return {name: tuple(found) for name, found in countries.items()}


def choosers_of(
    configuration: Configuration, credits_due: Sequence[tuple[str, str]], wrong: list[Finding]
) -> Mapping[str, Asking]:
    """Each policy's chooser, by its file, with the lines and links that are due to others.

    All that is wrong with templates and stylesheets is added to `wrong`.
    """
    shown = tuple(Credit(*due) for due in credits_due)
    return {policy.file: Asking(policy, _compile(policy, shown, wrong)) for policy in configuration.policies}


def _compile(policy: Policy, shown: tuple[Credit, ...], wrong: list[Finding]) -> Chooser:
    template, stylesheet = policy.chooser.template, policy.chooser.stylesheet
    texts = _read(template, wrong), _read(stylesheet, wrong)
    try:
        return Chooser(*texts, credits_due=shown)
    except ChooserError as error:
        file = template if error.part == "template" else stylesheet
        wrong += [_finding(named, f"{named.path}:{error.line}: {error.what}") for named in (file,) if named]
        return Chooser()


def _read(file: NamedFile | None, wrong: list[Finding]) -> str | None:
    if file is None:
        return None
    try:
        return Path(file.path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = (error.strerror or str(error)) if isinstance(error, OSError) else "it is not UTF-8"
        wrong.append(_finding(file, f"{file.path} cannot be read: {why}"))
        return None


def _finding(file: NamedFile, text: str) -> Finding:
    return Finding(file.file, file.line, file.key, text)

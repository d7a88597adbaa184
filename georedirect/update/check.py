"""Whether a new database is fit to take the place of the one in use. Fetches nothing, and puts nothing in place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from georedirect.errors import CheckError, DatabaseError, NoCountriesError
from georedirect.geo.age import DAY_SECONDS
from georedirect.geo.confine import confine
from georedirect.geo.database import Database
from georedirect.geo.survey import read_atlas, survey_atlas
from georedirect.policy.findings import one_line
from georedirect.update.blast import compare
from georedirect.update.samples import ask_samples

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from georedirect.geo.survey import Atlas, Survey
    from georedirect.policy.model import Policy
    from georedirect.update.blast import BlastRadius
    from georedirect.update.samples import Agreement


class Cause(StrEnum):
    """Why a database is refused; the one word that log, metric and error share."""

    DAMAGED = "damaged"
    """It cannot be read, or not all of it, or not within the limits."""
    WRONG_TYPE = "wrong-type"
    SAMPLES = "samples"
    IN_THE_FUTURE = "in-the-future"
    NOT_COMPARED = "not-compared"
    """The new one is sound, and there is no end to comparing it with the present one."""
    OLDER = "older"
    SHRUNK = "shrunk"
    COUNTRIES_MISSING = "countries-missing"
    MOVES_TOO_MUCH = "moves-too-much"


NEVER_ACCEPTED = frozenset({Cause.DAMAGED, Cause.WRONG_TYPE})
"""What is wrong with a database whatever it is for. All else may be what was wanted."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a check may take, and how far a new database may be from the one in use.

    `octets` is memory. `shrink_percent` is of the file's size and of its networks, `move_percent` of the addresses in
    use, of IPv4 and of IPv6 each. Without `samples`, a database need not be of this world.
    """

    seconds: float = 300
    octets: int = 2 << 30
    shrink_percent: float = 20
    move_percent: float = 5
    samples: bool = True


class Objection(NamedTuple):
    """One thing that speaks against a database, for people."""

    cause: Cause
    text: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found. `present` and `blast` are None where there is none that can be read, or no end to comparing.

    `why_not_compared` says so then. `objections` is what speaks against the new one; in the report that `check`
    returns, it is what the operator has accepted.
    """

    new: Survey
    agreement: Agreement | None
    present: Survey | None
    why_not_compared: str | None
    blast: BlastRadius | None
    objections: tuple[Objection, ...]

    def lines(self) -> Iterator[str]:
        """Tell it to people: what there is, what would change, and what speaks against it."""
        yield from map(one_line, self._lines())

    def _lines(self) -> Iterator[str]:
        yield _describe(self.new)
        if self.agreement is not None:
            placed, wrong = self.agreement.placed, len(self.agreement.disagrees)
            yield f"of {self.agreement.samples} well-known addresses it places {placed}, {placed - wrong} rightly"
        if self.present is not None:
            yield f"compared with {_describe(self.present)}"
        if self.why_not_compared is not None:
            yield f"not compared: {self.why_not_compared}"
        if self.blast is not None:
            yield from self.blast.lines()
        yield from (f"{objection.cause}: {objection.text}" for objection in self.objections)


def check(  # noqa: PLR0913  two files and all that says what would be right
    new: Path,
    present: Path | None,
    policies: Sequence[Policy],
    limits: Limits,
    *,
    now: float,
    use_registered_country: bool = False,
    accepted: bool = False,
) -> Report:
    """Check a new database, and against the present one if there is any, in a process of its own.

    `now` is in seconds since 1970. `CheckError` tells all that speaks against it; its `report` is the Report, where it
    came to one. With `accepted`, the operator wants it whatever the comparison says.
    """

    def examine(beside: Path | None) -> Report:
        return confine(
            lambda: _examine(new, beside, policies, limits, now, use_registered_country=use_registered_country),
            new,
            seconds=limits.seconds,
            octets=limits.octets,
        )

    try:
        report = _examine_alone_if_need_be(examine, new, present)
    except NoCountriesError as error:
        raise CheckError(one_line(str(error)), Cause.WRONG_TYPE) from error
    except DatabaseError as error:
        raise CheckError(one_line(str(error)), Cause.DAMAGED) from error
    refused = [one for one in report.objections if not accepted or one.cause in NEVER_ACCEPTED]
    if refused:
        raise CheckError("\n".join(one_line(one.text) for one in refused), refused[0].cause, report)
    return report


def _examine_alone_if_need_be(examine: Callable[[Path | None], Report], new: Path, present: Path | None) -> Report:
    """What goes beyond the limits beside the present database may be fine by itself."""
    try:
        return examine(present)
    except NoCountriesError:
        raise
    except DatabaseError as error:
        if present is None:
            raise
        report = examine(None)
        objection = _object_to_no_comparison(new, present, error)
        return replace(report, why_not_compared=str(error), objections=(*report.objections, objection))


def _examine(  # noqa: PLR0913  as above
    new: Path,
    present: Path | None,
    policies: Sequence[Policy],
    limits: Limits,
    now: float,
    *,
    use_registered_country: bool,
) -> Report:
    atlas = read_atlas(new, use_registered_country=use_registered_country)
    survey = survey_atlas(atlas)
    agreement = (
        ask_samples(Database(new, use_registered_country=use_registered_country).find) if limits.samples else None
    )
    objections = [] if agreement is None else list(_object_to_samples(new, agreement))
    objections += _object_to_future(survey, now)
    if present is None:
        return Report(survey, agreement, None, "there is no database yet", None, tuple(objections))
    try:
        old = read_atlas(present, use_registered_country=use_registered_country)
        old_survey = survey_atlas(old)
    except DatabaseError as error:  # of the present one, which a sound one can only better
        return Report(survey, agreement, None, str(error), None, tuple(objections))
    if not _is_in_the_future(old_survey, now):
        objections += _object_to_age(survey, old_survey)
    objections += _object_to_shrinking(survey, old_survey, limits.shrink_percent)
    objections += _object_to_missing(survey, old_survey, policies)
    try:
        blast = compare(old, atlas, policies)
    except DatabaseError as error:
        objections.append(_object_to_no_comparison(new, present, error))
        return Report(survey, agreement, old_survey, str(error), None, tuple(objections))
    objections += _object_to_moves(old, atlas, blast, limits.move_percent)
    return Report(survey, agreement, old_survey, None, blast, tuple(objections))


def _is_in_the_future(survey: Survey, now: float) -> bool:
    """Clocks may differ by a day."""
    return survey.build_epoch > now + DAY_SECONDS


def _object_to_future(new: Survey, now: float) -> Iterator[Objection]:
    if _is_in_the_future(new, now):
        text = (
            f"{new.path} was built on {_date(new.build_epoch)}, which is in the future: by the clock here it is "
            f"{_date(int(now))}; no later one would be let in after it, were its date believed"
        )
        yield Objection(Cause.IN_THE_FUTURE, text)


def _object_to_no_comparison(new: Path, present: Path, error: DatabaseError) -> Objection:
    return Objection(
        Cause.NOT_COMPARED, f"what {new} would change in place of the present {present} is not known: {error}"
    )


def _object_to_samples(new: Path, agreement: Agreement) -> Iterator[Objection]:
    if agreement.is_enough:
        return
    wrong = "".join(
        f"; {sample.address} ({sample.whose}) is in {sample.country}, not in {found}"
        for sample, found in agreement.disagrees[:3]
    )
    text = (
        f"{new} places {agreement.placed} of {agreement.samples} well-known addresses, and "
        f"{len(agreement.disagrees)} of those wrongly; at least half should be placed, and four in five rightly{wrong}"
    )
    yield Objection(Cause.SAMPLES, text)


def _object_to_age(new: Survey, old: Survey) -> Iterator[Objection]:
    if new.build_epoch < old.build_epoch:
        text = (
            f"{new.path} was built on {_date(new.build_epoch)}, before the present {old.path} "
            f"({_date(old.build_epoch)}); it should be of the same day or later"
        )
        yield Objection(Cause.OLDER, text)


def _object_to_shrinking(new: Survey, old: Survey, percent: float) -> Iterator[Objection]:
    counts = (
        ("octets", new.octets, old.octets),
        ("networks of IPv4", new.networks4, old.networks4),
        ("networks of IPv6", new.networks6, old.networks6),
    )
    for what, now, before in counts:
        if now < before * (1 - percent / 100):
            text = (
                f"{new.path} has {now:,} {what}, the present {old.path} has {before:,}; "
                f"it should have at most {percent:g} % less"
            )
            yield Objection(Cause.SHRUNK, text)


def _object_to_missing(new: Survey, old: Survey, policies: Sequence[Policy]) -> Iterator[Objection]:
    named = {country for policy in policies for country in policy.by_country}
    missing = sorted(named & old.countries - new.countries)
    if missing:
        text = (
            f"{new.path} has no network of {', '.join(missing)}, which the policy names and the present {old.path} has"
        )
        yield Objection(Cause.COUNTRIES_MISSING, text)


def _object_to_moves(old: Atlas, new: Atlas, blast: BlastRadius, percent: float) -> Iterator[Objection]:
    for what, moved in (("IPv4 addresses", blast.percent4), ("IPv6 /48s", blast.percent48)):
        if moved > percent:
            text = (
                f"{new.path} would send {moved:.2f} % of the {what} in use to another region than the present "
                f"{old.path}; it should be at most {percent:g} %"
            )
            yield Objection(Cause.MOVES_TOO_MUCH, text)


def _describe(survey: Survey) -> str:
    return (
        f"{survey.path} ({survey.database_type}, built on {_date(survey.build_epoch)}): {len(survey.countries)} "
        f"countries, {survey.networks4:,} networks of IPv4, {survey.networks6:,} of IPv6, {survey.octets:,} octets"
    )


def _date(epoch: int) -> str:
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%d %H:%M")

"""A new database is let in or refused: each way of being unfit has a cause and a text, and some may be accepted."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from georedirect.errors import CheckError, DatabaseError
from georedirect.geo.age import DAY_SECONDS
from georedirect.geo.bundled import bundled_database
from georedirect.geo.database import Database
from georedirect.geo.survey import read_atlas
from georedirect.place import Place
from georedirect.policy.countries import COUNTRIES
from georedirect.update import check as checking
from georedirect.update import difference
from georedirect.update.check import NEVER_ACCEPTED, Cause, Limits, Report, check
from georedirect.update.samples import SAMPLES, ask_samples
from georedirect.visitor.address import parse_address
from tests.databases import EPOCH, FRANCE, GERMANY, JAPAN, PROVIDER, numbered, write_database
from tests.policies import load_policy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from georedirect.geo.survey import Atlas
    from tests.databases import Record

POLICY = load_policy()
SMALL = Limits(seconds=30, octets=1 << 29, move_percent=5, samples=False)
NOW = EPOCH + 10 * DAY_SECONDS
PRESENT: dict[str, Record] = {
    **numbered((f"{first}.0.0.0/8" for first in range(1, 101)), ["DE", "FR"] * 50),
    "2a00::/16": GERMANY,
}


@pytest.fixture
def present(tmp_path: Path) -> Path:
    return write_database(tmp_path / "present.mmdb", PRESENT)


def ask(new: Path, present: Path | None, limits: Limits = SMALL, *, accepted: bool = False) -> Report:
    return check(new, present, [POLICY], limits, now=NOW, accepted=accepted)


def refusal(new: Path, present: Path | None, limits: Limits = SMALL, *, accepted: bool = False) -> CheckError:
    with pytest.raises(CheckError) as raised:
        ask(new, present, limits, accepted=accepted)
    return raised.value


def test_the_same_file_again_is_fine(present: Path) -> None:
    report = ask(present, present)
    assert report.present == report.new
    assert report.blast is not None
    assert (report.blast.moved4, report.objections, report.why_not_compared) == (0, (), None)


def test_a_little_change_is_fine_and_told(tmp_path: Path, present: Path) -> None:
    new = write_database(tmp_path / "new.mmdb", {**PRESENT, "1.0.0.0/9": FRANCE}, epoch=EPOCH + 1)
    report = ask(new, present)
    assert report.blast is not None
    assert report.blast.percent4 == pytest.approx(0.5)
    assert report.objections == ()
    assert report.new.build_epoch == EPOCH + 1


def test_the_first_database_has_nothing_to_be_compared_with(present: Path) -> None:
    report = ask(present, None)
    assert (report.present, report.blast, report.why_not_compared) == (None, None, "there is no database yet")


@pytest.mark.parametrize("content", [None, b"", b"text"])
def test_a_present_database_that_cannot_be_read_keeps_no_good_one_out(
    tmp_path: Path, present: Path, content: bytes | None
) -> None:
    broken = tmp_path / "broken.mmdb"
    if content is not None:
        broken.write_bytes(content)
    report = ask(present, broken)
    assert report.present is None
    assert str(report.why_not_compared).startswith(f"{broken} ")


# What is wrong with a database by itself


def _text(path: Path) -> Path:
    path.write_text("not found")
    return path


def _damaged(path: Path) -> Path:
    content = write_database(path, PRESENT).read_bytes()
    path.write_bytes(content.replace(b"\x42FR", b"\x42\xff\xfe"))
    return path


BY_ITSELF: list[tuple[Callable[[Path], Path], Cause, str]] = [
    (lambda path: path, Cause.DAMAGED, "cannot be read: No such file or directory"),
    (_text, Cause.DAMAGED, "is damaged: it has no metadata at its end"),
    (_damaged, Cause.DAMAGED, "is damaged: the value at "),
    (
        lambda path: write_database(path, {"192.0.0.0/16": PROVIDER}, database_type="GeoLite2-ASN"),
        Cause.WRONG_TYPE,
        "holds no countries (its type is GeoLite2-ASN); use a country or city database",
    ),
]


@pytest.mark.parametrize("accepted", [False, True])
@pytest.mark.parametrize(("make", "cause", "text"), BY_ITSELF)
def test_what_is_wrong_by_itself_is_refused_whatever_the_operator_accepts(
    tmp_path: Path, present: Path, *, make: Callable[[Path], Path], cause: Cause, text: str, accepted: bool
) -> None:
    new = make(tmp_path / "new.mmdb")
    error = refusal(new, present, accepted=accepted)
    assert (error.cause, error.report) == (cause, None)
    assert str(error).startswith(f"{new} {text}")
    assert cause in NEVER_ACCEPTED


@pytest.mark.parametrize(
    ("limits", "text"),
    [
        (replace(SMALL, seconds=0.05), ": reading it took longer than 0.05 s"),
        (
            replace(SMALL, octets=1 << 20),
            "(: reading it needs more memory than 1 MiB| cannot be .*: Cannot allocate memory)",
        ),
    ],
)
def test_a_check_that_goes_beyond_its_limits_is_a_refusal(limits: Limits, text: str) -> None:
    error = refusal(bundled_database(), None, limits)
    assert error.cause == Cause.DAMAGED
    assert re.fullmatch(re.escape(str(bundled_database())) + text, str(error))


# What is wrong by comparison


def _without(*networks: str) -> dict[str, Record]:
    return {network: record for network, record in PRESENT.items() if network not in networks}


BY_COMPARISON: list[tuple[dict[str, Record], int, Cause, str]] = [
    (
        PRESENT,
        EPOCH - 86400,
        Cause.OLDER,
        (
            "{new} was built on 2026-06-20 00:00, before the present {present} (2026-06-21 00:00); "
            "it should be of the same day or later"
        ),
    ),
    (
        _without(*(f"{first}.0.0.0/8" for first in range(1, 25))),
        EPOCH,
        Cause.SHRUNK,
        "{new} has 76 networks of IPv4, the present {present} has 100; it should have at most 20 % less",
    ),
    (
        _without("2a00::/16"),
        EPOCH,
        Cause.SHRUNK,
        "{new} has 0 networks of IPv6, the present {present} has 1; it should have at most 20 % less",
    ),
    (
        dict.fromkeys(PRESENT, GERMANY),
        EPOCH,
        Cause.COUNTRIES_MISSING,
        "{new} has no network of FR, which the policy names and the present {present} has",
    ),
    (
        {**PRESENT, **numbered((f"{first}.0.0.0/8" for first in range(1, 9)), ["JP"] * 8)},
        EPOCH,
        Cause.MOVES_TOO_MUCH,
        (
            "{new} would send 8.00 % of the IPv4 addresses in use to another region than the present {present}; "
            "it should be at most 5 %"
        ),
    ),
    (
        {**PRESENT, "2a00::/20": JAPAN},
        EPOCH,
        Cause.MOVES_TOO_MUCH,
        (
            "{new} would send 6.25 % of the IPv6 /48s in use to another region than the present {present}; "
            "it should be at most 5 %"
        ),
    ),
]


@pytest.mark.parametrize(("networks", "epoch", "cause", "text"), BY_COMPARISON)
def test_what_is_wrong_by_comparison_is_refused_unless_the_operator_accepts_it(
    tmp_path: Path, present: Path, *, networks: dict[str, Record], epoch: int, cause: Cause, text: str
) -> None:
    new = write_database(tmp_path / "new.mmdb", networks, epoch=epoch)
    text = text.format(new=new, present=present)
    error = refusal(new, present)
    assert isinstance(error.report, Report)
    assert text in str(error).splitlines()
    assert (cause, text) in error.report.objections
    assert cause not in NEVER_ACCEPTED
    report = ask(new, present, accepted=True)
    assert (cause, text) in report.objections


def test_all_that_speaks_against_a_database_is_told_at_once(tmp_path: Path, present: Path) -> None:
    new = write_database(tmp_path / "new.mmdb", {"1.0.0.0/8": JAPAN}, epoch=EPOCH - 1)
    error = refusal(new, present)
    assert error.cause == Cause.OLDER
    assert isinstance(error.report, Report)
    causes = [objection.cause for objection in error.report.objections]
    assert set(causes) == {Cause.OLDER, Cause.SHRUNK, Cause.COUNTRIES_MISSING, Cause.MOVES_TOO_MUCH}
    assert len(str(error).splitlines()) == len(causes)


def test_a_report_is_told_to_people(tmp_path: Path, present: Path) -> None:
    new = write_database(tmp_path / "new.mmdb", {**PRESENT, "1.0.0.0/8": JAPAN}, epoch=EPOCH - 60)
    report = ask(new, present, accepted=True)
    of_both, octets = "100 networks of IPv4, 1 of IPv6", f"{present.stat().st_size:,} octets"
    older = report.objections[0].text
    assert list(report.lines()) == [
        f"{new} (GeoLite2-Country, built on 2026-06-20 23:59): 3 countries, {of_both}, {new.stat().st_size:,} octets",
        f"compared with {present} (GeoLite2-Country, built on 2026-06-21 00:00): 2 countries, {of_both}, {octets}",
        "IPv4: 1.00 % of 1,677,721,600 addresses in use would go to another region",
        "IPv6: 0.00 % of 4,294,967,296 /48s in use would go to another region",
        "the moves:",
        "  germany -> global: DE -> JP, IPv4 1.00 % (16,777,216 addresses), IPv6 0.00 % (0 /48s)",
        f"older: {older}",
    ]
    first = list(ask(bundled_database(), None, replace(SMALL, samples=True)).lines())
    assert first[1:] == [
        "of 45 well-known addresses it places 45, 45 rightly",
        "not compared: there is no database yet",
    ]


def test_a_date_in_the_future_is_refused_unless_the_operator_accepts_it(tmp_path: Path, present: Path) -> None:
    soon = write_database(tmp_path / "soon.mmdb", PRESENT, epoch=NOW + DAY_SECONDS)
    late = write_database(tmp_path / "late.mmdb", PRESENT, epoch=NOW + DAY_SECONDS + 1)
    assert ask(soon, present).objections == ()
    for other in (present, None):
        error = refusal(late, other)
        assert error.cause == Cause.IN_THE_FUTURE
        assert f"{late} was built on 2026-07-02 00:00, which is in the future: " in str(error)
        assert "by the clock here it is 2026-07-01 00:00" in str(error)
        assert [objection.cause for objection in ask(late, other, accepted=True).objections] == [Cause.IN_THE_FUTURE]
    assert ask(present, late).objections == ()
    assert refusal(present, soon).cause == Cause.OLDER


def test_where_there_is_no_end_to_comparing_the_operator_may_accept_it(
    tmp_path: Path, present: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(difference, "_STEPS_PER_NODE", 0)
    new = write_database(tmp_path / "new.mmdb", PRESENT)
    error = refusal(new, present)
    assert error.cause == Cause.NOT_COMPARED
    assert "too intricate to compare" in str(error)
    report = ask(new, present, accepted=True)
    assert (report.blast, [objection.cause for objection in report.objections]) == (None, [Cause.NOT_COMPARED])
    assert report.present is not None
    assert f"not compared: {report.why_not_compared}" in list(report.lines())


def test_a_present_database_that_goes_beyond_the_limits_is_no_fault_of_the_new_one(
    tmp_path: Path, present: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(path: Path, **options: bool) -> Atlas:
        time.sleep(20 if path == present else 0)
        return read_atlas(path, **options)

    monkeypatch.setattr(checking, "read_atlas", slow)
    new, limits = write_database(tmp_path / "new.mmdb", PRESENT), replace(SMALL, seconds=1)
    assert refusal(new, present, limits).cause == Cause.NOT_COMPARED
    report = ask(new, present, limits, accepted=True)
    assert (report.present, report.blast) == (None, None)
    assert "took longer than 1 s" in str(report.why_not_compared)
    assert refusal(_text(tmp_path / "text"), present, limits, accepted=True).cause == Cause.DAMAGED


def test_what_a_file_calls_itself_reaches_no_terminal_raw(tmp_path: Path, present: Path) -> None:
    evil = "GeoLite2-Country\x1b]0;gone\x07\n\x9b"
    new = write_database(tmp_path / "new.mmdb", PRESENT, database_type=evil)
    no_countries = write_database(tmp_path / "asn.mmdb", {"192.0.0.0/16": PROVIDER}, database_type=evil + "-ASN")
    lines = [*ask(new, present).lines(), *ask(present, new).lines(), str(refusal(no_countries, None))]
    assert all(line.isprintable() for line in lines)
    assert "\\x1b]0;gone\\x07\\n\\x9b" in lines[0]


def test_limits_are_the_operators(tmp_path: Path, present: Path) -> None:
    new = write_database(tmp_path / "new.mmdb", {**PRESENT, "1.0.0.0/8": JAPAN}, epoch=EPOCH)
    assert ask(new, present).objections == ()
    assert refusal(new, present, replace(SMALL, move_percent=0.5)).cause == Cause.MOVES_TOO_MUCH
    assert ask(new, present, replace(SMALL, move_percent=1)).objections == ()


def test_the_registered_country_counts_if_the_policy_says_so(tmp_path: Path) -> None:
    registered: Record = {"registered_country": {"iso_code": "DE"}}
    old = write_database(tmp_path / "old.mmdb", {"1.0.0.0/8": GERMANY, "2.0.0.0/8": JAPAN})
    new = write_database(tmp_path / "new.mmdb", {"1.0.0.0/8": registered, "2.0.0.0/8": JAPAN})
    assert check(new, old, [POLICY], SMALL, now=NOW, use_registered_country=True).objections == ()
    with pytest.raises(CheckError, match="has no network of DE"):
        check(new, old, [POLICY], SMALL, now=NOW)


def test_a_refusal_is_a_database_error_as_any() -> None:
    assert issubclass(CheckError, DatabaseError)


# The samples


def test_samples_are_of_all_continents_and_each_can_be_looked_up() -> None:
    continents = {COUNTRIES[sample.country].continent for sample in SAMPLES}
    assert continents == {"AF", "AS", "EU", "NA", "OC", "SA"}
    assert len({sample.country for sample in SAMPLES}) >= 20
    assert len({parse_address(sample.address) for sample in SAMPLES} - {None}) == len(SAMPLES)


def test_the_bundled_database_has_all_samples_right() -> None:
    agreement = ask_samples(Database(bundled_database()).find)
    assert (agreement.placed, agreement.disagrees) == (len(SAMPLES), ())


@pytest.mark.parametrize(
    ("right", "wrong", "is_enough"),
    [(0, 0, False), (22, 0, False), (23, 0, True), (36, 9, True), (35, 10, False), (18, 5, False), (0, 45, False)],
)
def test_half_of_the_samples_must_be_placed_and_four_in_five_of_those_rightly(
    right: int, wrong: int, is_enough: bool
) -> None:
    countries = [sample.country for sample in SAMPLES[:right]] + ["AQ"] * wrong
    places = iter([Place(country, None, 0) for country in countries])
    agreement = ask_samples(lambda _: next(places, Place(None, None, 0)))
    assert (agreement.placed, len(agreement.disagrees)) == (right + wrong, wrong)
    assert agreement.is_enough is is_enough


def test_a_database_of_another_world_is_refused_unless_the_operator_accepts_it(tmp_path: Path) -> None:
    new = write_database(tmp_path / "new.mmdb", {"0.0.0.0/0": GERMANY, "2000::/3": GERMANY})
    error = refusal(new, None, replace(SMALL, samples=True))
    assert error.cause == Cause.SAMPLES
    assert str(error) == (
        f"{new} places 45 of 45 well-known addresses, and 43 of those wrongly; at least half should be placed, and "
        "four in five rightly; 137.158.1.1 (University of Cape Town) is in ZA, not in DE; 146.141.1.1 (University of "
        "the Witwatersrand) is in ZA, not in DE; 197.136.1.1 (KENET, Kenya's research network) is in KE, not in DE"
    )
    accepted = ask(new, None, replace(SMALL, samples=True), accepted=True)
    assert [objection.cause for objection in accepted.objections] == [Cause.SAMPLES]

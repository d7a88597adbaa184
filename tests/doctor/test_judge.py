"""The judge sees every mix-up that there is, none that there is not, and names the headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from georedirect.doctor.finding import Finding, Kind, Level
from georedirect.doctor.guise import Guise
from georedirect.doctor.judge import judge
from georedirect.doctor.questions import Exchange, Question, Reply, Series
from tests.doctor.answering import (
    COUNTRIES,
    FRENCH,
    GERMAN,
    LANGUAGES,
    NO_STORE,
    SWISS,
    VARY,
    by_all,
    by_path,
    by_url,
    by_url_and_language,
    cached,
    exchanges,
    redirecting,
    reply,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.doctor.answering import Key, Server

ABOUT_VISITORS = {Kind.MIX_UP, Kind.STRANGER, Kind.OTHER_URL}


def kinds(findings: Iterable[Finding]) -> set[Kind]:
    return {finding.kind for finding in findings}


def one(findings: Iterable[Finding], kind: Kind) -> Finding:
    (found,) = [finding for finding in findings if finding.kind is kind]
    return found


# Mix-ups


some_headers = st.lists(
    st.sampled_from([NO_STORE, VARY, "Cache-Control: max-age=60", "Cache-Control: public", "Age: 9", "Set-Cookie: a=b"])
    | st.from_regex(r"\A(Vary|Cache-Control|Expires|Age|X-Cache): [ -~]{0,20}\Z")
)
some_guises = st.integers(2, 4).map(lambda number: [Guise(name, (("X", name),)) for name in "ABCDEF"[:number]])


@given(some_guises, st.integers(1, 2), some_headers, st.sampled_from(["/", "/a?b=1", "/?"]))
def test_who_gets_their_own_answer_each_time_is_never_said_to_be_mixed_up(
    guises: list[Guise], rounds: int, headers: list[str], target: str
) -> None:
    found = judge(exchanges(redirecting(*headers), guises, rounds, target))
    assert kinds(found) & {Kind.MIX_UP, Kind.STRANGER} == set()


@given(some_guises, st.integers(1, 2), some_headers, st.sampled_from(["/", "/a?b=1"]))
def test_a_cache_that_goes_by_the_url_alone_is_always_found_out_and_everybody_it_served_is_named(
    guises: list[Guise], rounds: int, headers: list[str], target: str
) -> None:
    found = judge(exchanges(cached(redirecting(*headers), by_url), guises, rounds, target))
    told = [finding for finding in found if finding.kind is Kind.MIX_UP]
    names = [guise.name for guise in guises]
    pairs = {(guise, other) for guise in names for other in names if guise != other}
    assert {tuple(told.why.partition(":")[0].split(" got the answer of ")) for told in told} == pairs


@given(some_guises, st.integers(1, 2), some_headers)
def test_a_cache_that_goes_by_all_that_decides_is_never_accused(
    guises: list[Guise], rounds: int, headers: list[str]
) -> None:
    found = judge(exchanges(cached(redirecting(*headers), by_all), guises, rounds))
    assert kinds(found) & {Kind.MIX_UP, Kind.STRANGER} == set()


@given(some_guises, st.integers(1, 2), some_headers)
def test_where_caches_are_meant_to_keep_answers_nothing_more_is_said(
    guises: list[Guise], rounds: int, headers: list[str]
) -> None:
    asked = exchanges(redirecting(*headers), guises, rounds)
    assert kinds(judge(asked, is_shared=True)) == kinds(judge(asked)) - {Kind.VARY, Kind.STORABLE, Kind.UNSAID}


replies = st.builds(
    Reply,
    st.integers(100, 599),
    st.lists(st.tuples(st.sampled_from(["Location", "Cache-Control", "Vary", "Age", "X"]), st.text())).map(tuple),
    st.binary(max_size=9),
)
questions = st.builds(
    Question,
    st.sampled_from(["/", "/a", "/?georedirect-doctor=0123456789abcdef"]),
    st.sampled_from([GERMAN, FRENCH, SWISS]),
    st.sampled_from(Series),
    st.sampled_from(["", "0123456789abcdef"]),
)


@given(st.lists(st.builds(Exchange, questions, replies)))
def test_any_answers_are_judged_the_worst_first_and_always_alike(asked: list[Exchange]) -> None:
    found = judge(asked)
    order = [list(Level).index(finding.level) for finding in found]
    assert order == sorted(order)
    assert found == judge(asked)


def test_a_mix_up_is_told_with_who_whose_how_often_and_the_headers() -> None:
    server = cached(redirecting("Cache-Control: max-age=60", VARY, "Server: x"), by_url_and_language, "Age: 3")
    found = judge(exchanges(server, COUNTRIES, target="/a"))
    told = found[0]
    assert (told.level, told.kind) == (Level.WRONG, Kind.MIX_UP)
    assert told.why == "C got the answer of A: 307 https://a.example/a"
    assert told.headers == ("Cache-Control: max-age=60", VARY, "Age: 3")
    assert told.times == 6
    assert told.target.startswith("/a?georedirect-doctor=0123456789ab")


def page(question: Question) -> Reply:
    return reply(200, NO_STORE, body=f"hello {question.guise.name} at {question.target}".encode())


def test_pages_are_compared_by_what_stands_in_them() -> None:
    assert judge(exchanges(page)) == []
    assert kinds(judge(exchanges(cached(page, by_url)))) == {Kind.MIX_UP}


def test_a_page_that_is_another_each_time_is_not_compared_by_its_text() -> None:
    count = iter(range(1000))

    def timed(question: Question) -> Reply:
        return reply(307, NO_STORE, location=f"https://{question.guise.name}.example/", body=str(next(count)).encode())

    assert judge(exchanges(timed)) == []
    assert kinds(judge(exchanges(cached(timed, by_url)))) == {Kind.MIX_UP}


def test_a_visitor_who_is_sent_here_and_there_by_the_server_is_not_said_to_be_mixed_up() -> None:
    count = iter(range(1000))

    def split(_: Question) -> Reply:
        return reply(307, NO_STORE, location=f"https://{next(count) % 2}.example/")

    assert [(finding.level, finding.kind) for finding in judge(exchanges(split))] == [(Level.NOTE, Kind.UNSTEADY)]


def test_visitors_that_get_the_same_cannot_be_compared_and_that_is_said() -> None:
    found = judge(exchanges(redirecting(NO_STORE, hosts={"A": "all", "B": "all"})))
    assert [(finding.level, finding.kind) for finding in found] == [(Level.NOTE, Kind.ALIKE)]


def left_at_the_url(server: Server, *signs: str) -> Server:
    """The URL as given has somebody else's answer in store."""

    def answer(question: Question) -> Reply:
        is_given = question.series is Series.GIVEN
        return reply(307, NO_STORE, *signs, location="https://z.example/") if is_given else server(question)

    return answer


def test_what_a_stranger_has_left_at_the_url_is_found_out() -> None:
    found = judge(exchanges(left_at_the_url(redirecting(NO_STORE))))
    assert {(finding.kind, finding.why[:17]) for finding in found} == {
        (Kind.STRANGER, "A got an answer t"),
        (Kind.STRANGER, "B got an answer t"),
    }


def test_a_url_that_leads_elsewhere_without_the_doctors_mark_is_no_strangers() -> None:
    def answer(question: Question) -> Reply:
        is_given = question.series is Series.GIVEN
        return reply(
            307, NO_STORE, location=f"https://{question.guise.name}.example/{'home' if is_given else 'search'}"
        )

    assert judge(exchanges(answer)) == []


@pytest.mark.parametrize("status", [400, 403, 421, 429, 500, 503])
def test_errors_say_nothing_of_visitors_but_are_told(status: int) -> None:
    def busy(question: Question) -> Reply:
        return reply(status) if question.guise is FRENCH else redirecting(NO_STORE)(question)

    (told,) = judge(exchanges(busy))
    assert (told.level, told.kind, told.times) == (Level.WRONG, Kind.ERROR, 15)
    assert told.why == f"answered {status}: nothing can be told of visitors"


QUERY_LEFT_OUT: list[tuple[Server, set[str]]] = [
    (redirecting("Cache-Control: max-age=60"), {"B got the answer to another URL, which only A had asked"}),
    (lambda question: reply(307, location=f"https://{question.guise.name}.example/"), {"a URL that nobody had asked"}),
]


@pytest.mark.parametrize(("server", "whys"), QUERY_LEFT_OUT)
def test_a_cache_that_leaves_the_query_out_is_found_out_by_the_mark_or_by_its_own_word(
    server: Server, whys: set[str]
) -> None:
    found = judge(exchanges(cached(server, by_path, "X-Cache: HIT")))
    assert found[0].kind is Kind.OTHER_URL
    assert all(any(finding.why.startswith(why) for finding in found) for why in whys)
    assert not [finding for finding in found if finding.level is Level.NOTE]


# Headers


RISKY: list[tuple[tuple[Guise, ...], tuple[str, ...], Kind, Level, str]] = [
    (LANGUAGES, (), Kind.UNSAID, Level.RISK, "does not say whether a cache may keep it"),
    (LANGUAGES, (VARY,), Kind.UNSAID, Level.RISK, "does not say"),
    (LANGUAGES, ("Cache-Control: must-revalidate",), Kind.UNSAID, Level.RISK, "does not say"),
    (LANGUAGES, ("Cache-Control: max-age=60",), Kind.VARY, Level.WRONG, "answers differ by Accept-Language (A, B)"),
    (LANGUAGES, ("Cache-Control: public",), Kind.VARY, Level.WRONG, "answers differ by Accept-Language"),
    (COUNTRIES, ("Cache-Control: max-age=60", VARY), Kind.VARY, Level.WRONG, "differ by X-Forwarded-For (A, C)"),
    (COUNTRIES, ("Cache-Control: public, s-maxage=60", VARY), Kind.VARY, Level.WRONG, "differ by X-Forwarded-For"),
    (COUNTRIES, (NO_STORE, "CDN-Cache-Control: max-age=60"), Kind.VARY, Level.WRONG, "differ by X-Forwarded-For"),
    (LANGUAGES, ("Cache-Control: max-age=60", VARY), Kind.STORABLE, Level.RISK, "Vary cannot name their address"),
    (LANGUAGES, ("Set-Cookie: a=b",), Kind.SET_COOKIE, Level.RISK, "a cookie in an answer that a cache may keep"),
    (LANGUAGES, ("Set-Cookie: a=b", "Age: 3"), Kind.SET_COOKIE, Level.WRONG, "given out by a cache"),
    (LANGUAGES, (NO_STORE, "Age: 3"), Kind.DISREGARDED, Level.WRONG, "Cache-Control says are for one visitor only"),
    (LANGUAGES, ("Cache-Control: private", "X-Cache: HIT"), Kind.DISREGARDED, Level.WRONG, "one visitor only"),
]


@pytest.mark.parametrize(("guises", "headers", "kind", "level", "why"), RISKY)
def test_headers_are_judged_where_nobody_is_mixed_up_yet(
    guises: tuple[Guise, ...], headers: tuple[str, ...], kind: Kind, level: Level, why: str
) -> None:
    told = one(judge(exchanges(redirecting(*headers), guises)), kind)
    assert told.level is level
    assert why in told.why
    shown = {header.replace("a=b", "a=...") for header in headers}
    assert set(told.headers) <= shown
    assert told.headers or not headers


SAFE = ["private, no-store", "private", "no-store", "no-cache", "s-maxage=0", "max-age=0", "private, max-age=60"]


@pytest.mark.parametrize("value", SAFE)
@pytest.mark.parametrize("more", [(), (VARY,), ("Set-Cookie: a=b",), ("Vary: *",), ("Age: 0", "X-Cache: MISS")])
def test_headers_that_keep_every_cache_from_storing_are_nothing_to_speak_of(value: str, more: tuple[str, ...]) -> None:
    assert judge(exchanges(redirecting(f"Cache-Control: {value}", *more), COUNTRIES)) == []


def test_answers_of_one_url_that_differ_in_vary_are_told() -> None:
    def careless(question: Question) -> Reply:
        more = (VARY,) if question.guise is GERMAN else ("Vary: Accept-Encoding",)
        return redirecting(NO_STORE, *more)(question)

    told = one(judge(exchanges(careless)), Kind.VARY_DIFFERS)
    assert told.why == 'answers of one URL differ in Vary: "" and "accept-language"'
    assert told.headers == (NO_STORE, VARY)


@pytest.mark.parametrize(
    ("status", "value", "is_told"),
    [(301, "private", True), (308, "max-age=0", True), (301, "no-store", False), (307, "private", False)],
)
def test_a_permanent_redirect_is_told_unless_no_browser_keeps_it(status: int, value: str, is_told: bool) -> None:
    def permanent(question: Question) -> Reply:
        return reply(status, f"Cache-Control: {value}", location=f"https://{question.guise.name}.example/")

    assert kinds(judge(exchanges(permanent))) == ({Kind.PERMANENT} if is_told else set())


@pytest.mark.parametrize("key", [by_url, by_url_and_language])
def test_the_same_thing_is_said_once(key: Key) -> None:
    found = judge(exchanges(cached(redirecting("Cache-Control: max-age=60", VARY), key), COUNTRIES))
    assert len({(finding.kind, finding.why) for finding in found}) == len(found) == 3

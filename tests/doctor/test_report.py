"""What is printed: an object with everything, or text that is empty where all is well."""

from __future__ import annotations

from georedirect.doctor.judge import judge
from georedirect.doctor.report import report, report_for_people
from tests.doctor.answering import COUNTRIES, NO_STORE, VARY, by_url, cached, exchanges, redirecting

URL = "https://www.example.com/"


def test_where_all_is_well_people_are_told_nothing_and_machines_who_gets_what() -> None:
    asked = exchanges(redirecting(NO_STORE), COUNTRIES, 1)
    seen = report(URL, asked, judge(asked))
    assert report_for_people(seen) == ""
    assert seen == {
        "url": URL,
        "is_well": True,
        "requests": 10,
        "visitors": [
            {
                "name": name,
                "headers": ["Accept-Language: de", f"X-Forwarded-For: {address}"],
                "answer": f"307 https://{name.lower()}.example/",
            }
            for name, address in (("A", "85.214.132.117"), ("C", "130.59.0.1"))
        ],
        "findings": [],
    }


def test_people_are_told_who_asked_what_is_wrong_and_the_headers() -> None:
    asked = exchanges(cached(redirecting("Cache-Control: max-age=60", VARY), by_url), COUNTRIES)
    assert report_for_people(report(URL, asked, judge(asked))) == (
        """\
https://www.example.com/, asked 30 times:
  A  Accept-Language: de, X-Forwarded-For: 85.214.132.117  ->  307 https://a.example/
  C  Accept-Language: de, X-Forwarded-For: 130.59.0.1  ->  307 https://c.example/

wrong: mix-up: C got the answer of A: 307 https://a.example/ (6 times)
    Cache-Control: max-age=60
    Vary: Accept-Language

wrong: mix-up: A got the answer of C: 307 https://c.example/ (3 times)
    Cache-Control: max-age=60
    Vary: Accept-Language

wrong: vary: a cache may keep it, but answers differ by X-Forwarded-For (A, C) and Vary does not say so; """
        """send Cache-Control: private, no-store (30 times)
    Cache-Control: max-age=60
    Vary: Accept-Language"""
    )


def test_a_note_is_told_but_all_is_well() -> None:
    asked = exchanges(redirecting(NO_STORE, hosts={"A": "all", "C": "all"}), COUNTRIES, 1)
    seen = report(URL, asked, judge(asked))
    assert seen["is_well"]
    assert "note: alike: all visitors get the same answer" in report_for_people(seen)

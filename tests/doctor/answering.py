"""Servers and caches in a few lines, so that the judge can be shown every way of getting it wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from georedirect.doctor.guise import Guise, guises_of
from georedirect.doctor.questions import Exchange, Question, Reply, plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Server = Callable[[Question], Reply]
    Key = Callable[[Question], object]

SEED = "0123456789ab"
NO_STORE = "Cache-Control: private, no-store"
VARY = "Vary: Accept-Language"

GERMAN, FRENCH, SWISS = guises_of(
    [
        ["Accept-Language: de", "X-Forwarded-For: 85.214.132.117"],
        ["Accept-Language: fr", "X-Forwarded-For: 85.214.132.117"],
        ["Accept-Language: de", "X-Forwarded-For: 130.59.0.1"],
    ]
)
LANGUAGES, COUNTRIES = (GERMAN, FRENCH), (GERMAN, SWISS)


def reply(status: int, *headers: str, location: str | None = None, body: bytes = b"") -> Reply:
    lines = [(name, value) for name, _, value in (header.partition(": ") for header in headers)]
    return Reply(status, (*([("Location", location)] if location else []), *lines), body)


def redirecting(*headers: str, hosts: Mapping[str, str] | None = None) -> Server:
    """Every visitor to a host of their own, or of `hosts` by their name; path and query are kept."""

    def answer(question: Question) -> Reply:
        host = (hosts or {}).get(question.guise.name, question.guise.name.lower())
        return reply(307, *headers, location=f"https://{host}.example{question.target}")

    return answer


def cached(server: Server, key: Key, *signs: str) -> Server:
    """A cache that keeps the first answer under each key for ever, and adds `signs` when it gives it again."""
    store: dict[object, Reply] = {}

    def answer(question: Question) -> Reply:
        if kept := store.get(key(question)):
            added = reply(0, *signs).headers
            return Reply(kept.status, (*kept.headers, *added), kept.body)
        return store.setdefault(key(question), server(question))

    return answer


def by_url(question: Question) -> object:
    return question.target


def by_url_and_language(question: Question) -> object:
    return question.target, dict(question.guise.headers).get("Accept-Language")


def by_path(question: Question) -> object:
    return question.target.partition("?")[0]


def by_all(question: Question) -> object:
    return question.target, question.guise


def exchanges(
    server: Server, guises: Iterable[Guise] = LANGUAGES, rounds: int = 3, target: str = "/"
) -> list[Exchange]:
    return [Exchange(question, server(question)) for question in plan(target, [*guises], rounds, SEED)]

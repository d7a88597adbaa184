"""Whoever has said the token may change things for a while; wrong words are few, and another token ends it all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from georedirect.door.token import Token
from georedirect.watch.sessions import (
    MOST_SESSIONS,
    MOST_WRONG,
    SESSION_SECONDS,
    WRONG_SECONDS,
    Judgement,
    Sessions,
)

if TYPE_CHECKING:
    import pytest

TOKEN = Token.of("the right word of all")


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_session_ends_after_its_time() -> None:
    clock = Clock()
    sessions = Sessions(clock)
    name = sessions.open(TOKEN)
    clock.now += SESSION_SECONDS - 1
    assert sessions.is_open(TOKEN, name)
    clock.now += 1
    assert not sessions.is_open(TOKEN, name)


def test_a_session_ends_when_it_is_closed_or_the_token_is_another() -> None:
    sessions = Sessions()
    name, other = sessions.open(TOKEN), sessions.open(TOKEN)
    sessions.close(name)
    sessions.close("nobody's")
    assert [sessions.is_open(TOKEN, each) for each in (name, other, "", "nobody's")] == [False, True, False, False]
    assert not sessions.is_open(Token.of("another word than that"), other)
    assert not sessions.is_open(None, other)


def test_names_of_sessions_are_long_and_never_the_same() -> None:
    names = {Sessions().open(TOKEN) for _ in range(100)}
    assert len(names) == 100
    assert min(map(len, names)) >= 43  # 256 bits


def test_of_too_many_sessions_the_oldest_ends() -> None:
    sessions = Sessions()
    names = [sessions.open(TOKEN) for _ in range(MOST_SESSIONS + 1)]
    assert [sessions.is_open(TOKEN, name) for name in names] == [False, *[True] * MOST_SESSIONS]


def test_after_too_many_wrong_words_not_even_the_right_one_counts_for_a_while(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = Clock()
    sessions = Sessions(clock)
    for _ in range(MOST_WRONG):
        assert sessions.judge(TOKEN, "the right word of al") is Judgement.WRONG
        clock.now += 1
    assert sessions.wait_seconds == WRONG_SECONDS - MOST_WRONG
    assert caplog.messages == ["admin pages: 10 wrong tokens within 60 s; nobody's counts for a while"]
    assert sessions.judge(TOKEN, "the right word of all") is Judgement.TOO_OFTEN
    clock.now += sessions.wait_seconds
    assert sessions.judge(TOKEN, "the right word of all") is Judgement.RIGHT


def test_right_words_are_as_many_as_anybody_likes() -> None:
    sessions = Sessions()
    assert {sessions.judge(TOKEN, "the right word of all") for _ in range(3 * MOST_WRONG)} == {Judgement.RIGHT}

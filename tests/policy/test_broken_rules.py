"""Each of hundreds of wrong rules, conditions, mirrors and checks is told once, by its line and key."""

from __future__ import annotations

import pytest

from tests.broken import broken_definitions
from tests.policies import mistakes_of


def test_there_are_hundreds_of_them_and_no_two_alike() -> None:
    texts = [text for text, _ in broken_definitions()]
    assert len(set(texts)) == len(texts) >= 300


@pytest.mark.parametrize(("text", "finding"), broken_definitions())
def test_what_is_wrong_is_told_by_its_line_and_nothing_else_is(text: str, finding: str) -> None:
    mistakes = mistakes_of(text)
    assert [line[: len(f"1.toml:{finding}")] for line in mistakes] == [f"1.toml:{finding}"], mistakes

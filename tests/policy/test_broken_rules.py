"""Each of hundreds of wrong rules, conditions, mirrors and checks is told once, by its line and key."""

from __future__ import annotations

import pytest

from tests.broken import broken_definitions
from tests.policies import findings_of, mistakes_of, policy


def test_there_are_hundreds_of_them_and_no_two_alike() -> None:
    texts = [text for text, _ in broken_definitions()]
    assert len(set(texts)) == len(texts) >= 300


@pytest.mark.parametrize(("text", "finding"), broken_definitions())
def test_what_is_wrong_is_told_by_its_line_and_nothing_else_is(text: str, finding: str) -> None:
    mistakes = mistakes_of(text)
    assert [line[: len(f"1.toml:{finding}")] for line in mistakes] == [f"1.toml:{finding}"], mistakes


OTHERS = '[[rules]]\nwhen = { path = "/z/*" }\nstatus = 404\n[[rules]]\nwhen = { country = "DE" }\nregion = "b"\n'


@pytest.mark.parametrize("text", [text for text, _ in broken_definitions() if "when" in text])
def test_a_rule_in_which_anything_is_wrong_casts_no_doubt_on_others(text: str) -> None:
    """It is for nobody: that it would decide before all others is not said. Of its own URI there may be more to say."""
    told = [line for line in findings_of(text + OTHERS) if ": warning: rules" in line]
    assert [line for line in told if ": rules.uri: " not in line] == []


def test_of_what_only_a_wrong_rule_may_use_nothing_is_said() -> None:
    rest = '[sticky]\nkey = "x"\n[regions.b]\nuri = "https://b.example/"\n[[rules]]\nsplit = { a = 1, b = -1 }'
    (line,) = findings_of(policy('order = ["country"]', rest=rest))[1:]
    assert line.startswith("1.toml:11: rules.split.b: must be a whole number")

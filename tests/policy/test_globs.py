"""A `*` stands for anything, slashes too; all else stands for itself, and no path makes it slow."""

from __future__ import annotations

import re
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from georedirect.policy.globs import literal_of, parts_of, pattern_of, stars_in, stood_for


@pytest.mark.parametrize(
    ("glob", "stars", "literal"),
    [("/a", 0, "/a"), ("/a/*", 1, "/a/"), ("/a**", 1, "/a"), ("/*/b*", 2, "/"), ("/a*b**c", 2, "/a")],
)
def test_stars_in_a_row_are_one_and_what_stands_before_the_first_is_in_every_path(
    glob: str, stars: int, literal: str
) -> None:
    assert (stars_in(glob), literal_of(glob)) == (stars, literal)


@given(parts=st.lists(st.text("ab/.", max_size=4), min_size=1, max_size=4), path=st.text("ab/.", max_size=12))
def test_a_glob_matches_what_has_its_parts_in_order(parts: list[str], path: str) -> None:
    glob, path = "/" + "*".join(parts), "/" + path
    expected = re.fullmatch("/" + ".*".join(map(re.escape, parts)), path) is not None
    matched, stood = re.fullmatch(pattern_of(glob), path), stood_for(parts_of(glob), path)
    assert (matched is not None) is (stood is not None) is expected
    if stood is not None:
        stand_ins = iter(stood)
        assert re.sub(r"\*+", lambda _: next(stand_ins), glob) == path


def test_no_path_is_slow_to_match() -> None:
    pattern = re.compile(pattern_of("/" + "*a" * 50 + "b"))
    begun = process_time()
    assert pattern.fullmatch("/" + "a" * 8000) is None
    assert stood_for(parts_of("/" + "*a" * 50 + "b"), "/" + "a" * 8000) is None
    assert process_time() - begun < 1

"""How old a database is, in words."""

from __future__ import annotations

import pytest

from georedirect.geo.age import days_ago


@pytest.mark.parametrize(("days", "words"), [(0, "0 days ago"), (1, "1 day ago"), (2, "2 days ago")])
def test_how_old_something_is_reads_well(days: int, words: str) -> None:
    assert days_ago(days) == words

"""The commonest slips in templates are told as warnings, and what only looks like one is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from georedirect.policy.slips import find_slips
from georedirect.policy.template import compile_template
from tests.policies import policy, warnings_of

if TYPE_CHECKING:
    from georedirect.policy.pieces import Values

VALUES: Values = {"path": "/a/b", "query": "?c=d"}


@pytest.mark.parametrize(
    ("rest", "slip", "mended"),
    [
        ("/{path}", "{path} percent-encodes what it should carry over; did you mean {+path}?", "{+path}"),
        ("{+path}{query}", "{query} percent-encodes what it should carry over; did you mean {+query}?", "{+query}"),
        (
            "/{+path}",
            '/{+path} yields "//", as every path begins with a slash; drop the slash before {+path}',
            "{+path}",
        ),
        (
            "{+path}?{+query}",
            '?{+query} yields "??", as every query begins with its question mark; drop the one before {+query}',
            "{+query}",
        ),
    ],
)
def test_a_slip_is_told_with_what_was_meant(rest: str, slip: str, mended: str) -> None:
    text = f"https://a.example{rest}"
    assert list(find_slips(text)) == [slip]
    told = [line for line in warnings_of(policy(uri=f'"{text}"')) if "uri" in line]
    assert told == [f"4: warning: regions.a.uri: {slip}"]
    assert compile_template(text).expand(VALUES) != "https://a.example/a/b?c=d"
    assert mended in slip


def test_what_a_rule_carries_over_is_looked_at_too() -> None:
    why = "as what is below a prefix begins with a slash; drop the slash before {+rest}"
    assert list(find_slips("https://a.example/{+rest}")) == [f'/{{+rest}} yields "//", {why}']
    encoded = "{rest} percent-encodes what it should carry over; did you mean {+rest}?"
    assert list(find_slips("https://a.example/x{rest}{+query}")) == [encoded]
    assert list(find_slips("https://a.example{+rest}{+query}")) == []


def test_several_slips_are_told_each() -> None:
    assert len(list(find_slips("https://a.example/{+path}?{+query}"))) == 2
    assert len(list(find_slips("https://a.example/{path}?{query}"))) == 2


@pytest.mark.parametrize(
    "rest",
    [
        "{+path}{+query}",
        "/de{+path}{+query}",
        "/x{/country}{+path}",
        "/login?return={path}{query}",
        "/login{?path,query}",
        "/{region}/",
    ],
)
def test_what_may_well_be_meant_so_is_no_slip(rest: str) -> None:
    assert list(find_slips(f"https://a.example{rest}")) == []

"""A value of the wrong kind is told as its author wrote it, and reads as if it were absent."""

from __future__ import annotations

from datetime import date

import pytest

from georedirect.policy.findings import Findings
from georedirect.policy.table import Item, Table, Text, did_you_mean, toml


def table(**data: object) -> tuple[Table, Findings]:
    findings = Findings("x.toml")
    return Table(data, ("t",), findings), findings


def texts_of(findings: Findings) -> list[str]:
    return [str(finding).removeprefix("x.toml:1: ") for finding in findings.all]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (True, "true"),
        (False, "false"),
        (1, "1"),
        (1.5, "1.5"),
        ("a", '"a"'),
        ({"a": 1}, "a table"),
        ([1], "an array"),
        (date(2026, 12, 1), "2026-12-01"),
        pytest.param(16**5000, "so large a number", id="more digits than Python writes"),
        ("x" * 100, '"' + "x" * 56 + "..."),
        ("x" * 58, '"' + "x" * 58 + '"'),
    ],
)
def test_a_value_is_shown_as_it_was_written(value: object, shown: str) -> None:
    assert toml(value) == shown


def test_the_nearest_word_is_suggested_or_all_that_there_are() -> None:
    assert did_you_mean("hots", ["default", "hosts"]) == 'did you mean "hosts"?'
    assert did_you_mean("x", ["default", "hosts"]) == "there are default, hosts"


def test_of_very_many_words_some_are_told() -> None:
    words = [f"region-{number}" for number in range(2000)]
    assert did_you_mean("x", words) == f"there are {', '.join(words[:10])}, and 1990 more"
    assert did_you_mean("regoin-7", words) == 'did you mean "region-7"?'


def test_a_key_is_known_or_a_mistake() -> None:
    read, findings = table(known=1, knwon=3)
    read.expect_only(["known"])
    assert texts_of(findings) == ['t.knwon: is not a key of [t]; did you mean "known"?']


@pytest.mark.parametrize("value", [1, "", "  ", ["a"], {}, False])
def test_what_is_no_text_is_a_mistake_and_absent(value: object) -> None:
    read, findings = table(key=value)
    assert read.text("key") is None
    assert texts_of(findings) == [f"t.key: must be a string in quotes that is not empty, not {toml(value)}"]


def test_a_text_knows_its_place() -> None:
    read, findings = table(key="a", array=["b", 1, "b", " ", "c"])
    assert read.text("key") == Text("a", ("t", "key"))
    assert read.text("none") is None
    assert read.texts("none") == []
    assert read.texts("array") == [Text("b", ("t", "array", 0)), Text("c", ("t", "array", 4))]
    assert texts_of(findings) == [
        "t.array: 1 must be a string in quotes that is not empty",
        't.array: "b" is listed twice',
        't.array: " " must be a string in quotes that is not empty',
    ]


@pytest.mark.parametrize(
    ("value", "hint"), [("DE", '["DE"]'), (1, '["..."]'), ({"a": 1}, '["..."]'), (None, '["..."]')]
)
def test_what_is_no_array_is_shown_one(value: object, hint: str) -> None:
    read, findings = table(key=value)
    assert read.texts("key") == []
    assert texts_of(findings) == [f"t.key: must be an array of strings, such as {hint}"]


@pytest.mark.parametrize("value", [0, 9, True, 2.0, "3", [3]])
def test_what_is_no_number_of_the_range_is_a_mistake_and_the_default(value: object) -> None:
    read, findings = table(key=value)
    assert read.whole_number("key", at_least=1, at_most=8, default=5) == 5
    assert texts_of(findings) == [f"t.key: must be a whole number from 1 to 8, not {toml(value)}"]


@pytest.mark.parametrize("value", [1, 8])
def test_the_ends_of_a_range_are_in_it(value: int) -> None:
    read, findings = table(key=value)
    assert read.whole_number("key", at_least=1, at_most=8, default=5) == value
    assert not findings.all


def test_a_boolean_is_true_or_false_and_nothing_else() -> None:
    read, findings = table(yes=True, one=1)
    assert read.boolean("yes", default=False) is True
    assert read.boolean("absent", default=True) is True
    assert read.boolean("one", default=False) is False
    assert texts_of(findings) == ["t.one: must be true or false, not 1"]


def test_tables_below_are_read_by_name() -> None:
    read, findings = table(a={"x": 1}, b=2, c={})
    assert [(name, inner.path, len(inner)) for name, inner in read.tables()] == [
        ("a", ("t", "a"), 1),
        ("c", ("t", "c"), 0),
    ]
    assert read.table("d") is None
    assert list(read) == ["a", "b", "c"]
    assert "a" in read
    assert "d" not in read
    assert texts_of(findings) == ["t.b: must be a table, [t.b], not 2"]


@pytest.mark.parametrize(
    ("value", "read_as"),
    [("a", ["a"]), (["a", "b"], ["a", "b"]), (["a", 1], ["a"]), (1, []), (["a", "a"], ["a"]), ([], []), ("", [])],
)
def test_one_text_may_stand_without_its_array(value: object, read_as: list[str]) -> None:
    read, findings = table(key=value)
    assert [text.value for text in read.one_or_texts("key")] == read_as
    assert len(findings.all) == (value not in ("a", ["a", "b"]))
    assert read.one_or_texts("other") == []


def test_an_item_has_the_place_where_it_stands() -> None:
    read, _ = table(one=1, several=[1, "a"])
    assert read.items("one") == [Item(1, ("t", "one"))]
    assert read.items("several") == [Item(1, ("t", "several", 0)), Item("a", ("t", "several", 1))]
    assert read.item("several") == Item([1, "a"], ("t", "several"))
    assert read.item("other") is None


@pytest.mark.parametrize(
    ("value", "numbers", "told"),
    [
        (1, [1], None),
        ([1, 3], [1, 3], None),
        ([1, 4], [1], "t.key: 4 must be a whole number from 1 to 3"),
        (True, [], "t.key: true must be a whole number from 1 to 3"),
        ([2, 2], [2], "t.key: 2 is listed twice"),
        (1.0, [], "t.key: 1.0 must be a whole number from 1 to 3"),
        ([], [], "t.key: is empty; name at least one, or leave the key out"),
    ],
)
def test_one_number_may_stand_without_its_array(value: object, numbers: list[int], told: str | None) -> None:
    read, findings = table(key=value)
    assert read.one_or_numbers("key", at_least=1, at_most=3) == numbers
    assert texts_of(findings) == ([told] if told else [])


@pytest.mark.parametrize("value", [0, 90, 12.5, -90.0])
def test_a_number_may_have_a_fraction(value: float) -> None:
    read, findings = table(key=value)
    assert read.number("key", at_least=-90, at_most=90) == value
    assert read.number("other", at_least=0, at_most=1) is None
    assert findings.all == []


@pytest.mark.parametrize("value", [True, "1", 91, -90.5, float("nan"), float("inf"), [1]])
def test_what_is_no_such_number_is_a_mistake_and_absent(value: object) -> None:
    read, findings = table(key=value)
    assert read.number("key", at_least=-90, at_most=90) is None
    assert texts_of(findings) == [f"t.key: must be a number from -90 to 90, not {toml(value)}"]


@pytest.mark.parametrize(("value", "is_on"), [(True, True), (False, False), (1, False), ("true", False)])
def test_what_can_only_be_true_is_a_mistake_otherwise(value: object, is_on: bool) -> None:
    read, findings = table(key=value)
    assert read.is_on("key") is is_on
    assert len(findings.all) == (not is_on)
    assert not read.is_on("other")


def test_the_tables_of_an_array_know_their_number() -> None:
    read, findings = table(key=[{"a": 1}, 2, {"b": 1}])
    assert [inner.path for inner in read.array_of_tables("key")] == [("t", "key", 0), ("t", "key", 2)]
    assert texts_of(findings) == ["t.key: 2 must be a table"]
    assert read.array_of_tables("other") == []


@pytest.mark.parametrize("value", [1, {"a": 1}, []])
def test_what_is_no_array_of_tables_is_a_mistake(value: object) -> None:
    read, findings = table(key=value)
    assert read.array_of_tables("key") == []
    (told,) = texts_of(findings)
    assert told.startswith("t.key: must be an array of tables, each of which begins with [[t.key]], not ")

"""Every key and value is found on the line on which a reader sees it."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from georedirect.policy.lines import locate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from georedirect.policy.lines import Path

TEXT = """\
top = 1  # a comment
[site]
hosts = [  # more
  "a",
  # between
  "b", ["c"],
]
"quoted \\"key\\"".inner = 2
[regions.japan]
uri = '''
x'''
when = { path = "/", to.x = 3 }
[[regions.japan.mirrors]]
uri = "1"
[[regions.japan.mirrors]]
uri = "2"
[regions.japan.mirrors.check]
path = "/health"
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("top",), 1),
        (("site",), 2),
        (("site", "hosts"), 3),
        (("site", "hosts", 0), 4),
        (("site", "hosts", 1), 6),
        (("site", "hosts", 2, 0), 6),
        (("site", 'quoted "key"'), 8),
        (("site", 'quoted "key"', "inner"), 8),
        (("regions",), 9),
        (("regions", "japan"), 9),
        (("regions", "japan", "uri"), 10),
        (("regions", "japan", "when", "path"), 12),
        (("regions", "japan", "when", "to", "x"), 12),
        (("regions", "japan", "mirrors"), 13),
        (("regions", "japan", "mirrors", 0, "uri"), 14),
        (("regions", "japan", "mirrors", 1), 15),
        (("regions", "japan", "mirrors", 1, "uri"), 16),
        (("regions", "japan", "mirrors", 1, "check", "path"), 18),
    ],
)
def test_a_path_stands_on_its_line(path: Path, line: int) -> None:
    assert locate(TEXT).lines[path] == line


def test_each_value_is_found_from_its_first_octet_to_its_last() -> None:
    text = '# \u00e9\nkey = "\u00e9" # more\na.b = [1, {c = """x\ny"""}]\n'
    found = {path: text.encode()[start:end].decode() for path, (start, end) in locate(text).spans.items()}
    assert found == {
        ("key",): '"\u00e9"',
        ("a", "b"): '[1, {c = """x\ny"""}]',
        ("a", "b", 0): "1",
        ("a", "b", 1): '{c = """x\ny"""}',
        ("a", "b", 1, "c"): '"""x\ny"""',
    }


def _paths(value: object, path: Path = ()) -> Iterator[Path]:
    if path:
        yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _paths(inner, (*path, key))
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _paths(inner, (*path, index))


def test_every_path_of_the_example_is_found() -> None:
    assert set(_paths(tomllib.loads(TEXT))) == set(locate(TEXT).lines)


def _quoted(text: str) -> str:
    return '"' + "".join(f"\\U{ord(character):08x}" for character in text) + '"'


keys = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
values = st.recursive(
    st.integers(-9, 9).map(str) | keys.map(_quoted),
    lambda inner: st.lists(inner, max_size=3).map(lambda items: "[\n# note\n" + ",\n".join(items) + "]"),
    max_leaves=5,
)


@given(st.dictionaries(keys, st.dictionaries(keys, values, max_size=3), max_size=4))
def test_every_path_of_any_document_is_found(tables: dict[str, dict[str, str]]) -> None:
    text = "".join(
        f"[{_quoted(name)}]\n" + "".join(f"{_quoted(key)} = {value}\n" for key, value in table.items())
        for name, table in tables.items()
    )
    assert set(_paths(tomllib.loads(text))) == set(locate(text).lines)

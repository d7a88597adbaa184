"""Where each key and value of a TOML text stands. Does not care what they mean; the text must be valid TOML."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, NamedTuple

import tree_sitter_toml
from tree_sitter import Language, Parser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

Path = tuple[str | int, ...]
"""Where something stands in a document: keys, and indexes into arrays, from the outside in."""

_TOML = Language(tree_sitter_toml.language())
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_TABLES = frozenset({"table", "table_array_element"})


class Located(NamedTuple):
    """Where everything stands, by its path.

    `lines` are those, counted from 1, on which it is first mentioned; `spans` the first octet of its value in UTF-8,
    and the one past it.
    """

    lines: dict[Path, int]
    spans: dict[Path, tuple[int, int]]


def locate(text: str) -> Located:
    """Find every path of a valid TOML document."""
    document = Parser(_TOML).parse(text.encode()).root_node
    found = Located({}, {})
    lengths: dict[Path, int] = {}  # of the arrays of tables seen so far
    for node in document.named_children:
        if node.type in _TABLES:
            path = _table_path(node, lengths)
            _note_all_of(path, node, found)
            for child in node.named_children:
                _note_pair(path, child, found)
        else:
            _note_pair((), node, found)
    return found


def _table_path(table: Node, lengths: dict[Path, int]) -> Path:
    """The path of a `[header]`, or of the next element that a `[[header]]` begins."""
    *outer, last = _key_parts(table.named_children[0])
    path: Path = ()
    for part in outer:
        path = (*path, part)
        if path in lengths:  # a table inside the newest element of an array of tables
            path = (*path, lengths[path] - 1)
    path = (*path, last)
    if table.type == "table_array_element":
        lengths[path] = lengths.get(path, 0) + 1
        path = (*path, lengths[path] - 1)
    return path


def _note_pair(outer: Path, pair: Node, found: Located) -> None:
    if pair.type != "pair":
        return  # a comment, or the header itself
    key, value = (child for child in pair.named_children if child.type != "comment")
    path = (*outer, *_key_parts(key))
    _note_all_of(path, pair, found)
    _note_value(path, value, found)


def _note_value(path: Path, value: Node, found: Located) -> None:
    found.spans[path] = value.start_byte, value.end_byte
    if value.type == "array":
        for index, item in enumerate(_without_comments(value)):
            found.lines[(*path, index)] = _line(item)
            _note_value((*path, index), item, found)
    elif value.type == "inline_table":
        for pair in value.named_children:
            _note_pair(path, pair, found)


def _note_all_of(path: Path, node: Node, found: Located) -> None:
    """A dotted key mentions each of its outer tables too."""
    for end in range(1, len(path) + 1):
        found.lines.setdefault(path[:end], _line(node))


def _key_parts(key: Node) -> list[str]:
    """The parts of a bare, quoted or dotted key, unescaped by the parser that also reads the document."""
    text = (key.text or b"").decode()
    if _BARE.fullmatch(text):  # nearly all are
        return [text]
    parts: list[str] = []
    inner: object = tomllib.loads(f"{text} = 0")
    while isinstance(inner, dict):
        ((part, inner),) = inner.items()
        parts.append(part)
    return parts


def _without_comments(node: Node) -> Iterator[Node]:
    return (child for child in node.named_children if child.type != "comment")


def _line(node: Node) -> int:
    return node.start_point.row + 1

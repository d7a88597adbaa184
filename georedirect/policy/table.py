"""Reads values of the right kind out of a parsed TOML table, and notes each that is not. Knows no key by name."""

from __future__ import annotations

from difflib import get_close_matches
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from georedirect.policy.findings import Findings
    from georedirect.policy.lines import Path


MOST_COMPARED = 300
"""Names that one which is wrong is compared with: thousands of wrong ones may stand beside thousands of others."""
MOST_LISTED = 20
"""Names that are told all: each list of the program's own is shorter."""

_Word = TypeVar("_Word", bound=StrEnum)


class Text(NamedTuple):
    """A string of the file, with its place for whoever finds fault with it."""

    value: str
    path: Path


class Item(NamedTuple):
    """A value of the file, of whatever kind, with its place."""

    value: object
    path: Path


class Table:
    """One table of the file. A value of the wrong kind is a finding, and reads as if it were absent."""

    def __init__(self, data: Mapping[str, object], path: Path, findings: Findings) -> None:
        self.path = path
        self._data = data
        self._findings = findings

    def __contains__(self, key: str) -> bool:
        return key in self._data

    def expect_only(self, known: Collection[str]) -> None:
        """Every key must be `known`."""
        for key in self._data:
            if key not in known:
                self.mistake(key, f"is not a key of {self._name()}; {did_you_mean(key, known)}")

    def text(self, key: str) -> Text | None:
        """A string that is not empty."""
        value = self._data.get(key)
        if isinstance(value, str) and value.strip():
            return Text(value, (*self.path, key))
        if key in self._data:
            self.mistake(key, f"must be a string in quotes that is not empty, not {toml(value)}")
        return None

    def texts(self, key: str, *, may_be_empty: bool = False) -> list[Text]:
        """The strings of an array; each item that is none is a finding of its own."""
        if key not in self._data:
            return []
        value = self._data[key]
        if not isinstance(value, list):
            hint = f"[{toml(value)}]" if isinstance(value, str) else '["..."]'
            self.mistake(key, f"must be an array of strings, such as {hint}")
            return []
        return list(self._strings(self.items(key, may_be_empty=may_be_empty)))

    def one_or_texts(self, key: str) -> list[Text]:
        """The strings of an array, or a single one that stands without."""
        return list(self._strings(self.items(key)))

    def items(self, key: str, *, may_be_empty: bool = False) -> list[Item]:
        """The values of an array, of whatever kind, or a single one that stands without."""
        if key not in self._data:
            return []
        value, path = self._data[key], (*self.path, key)
        if not isinstance(value, list):
            return [Item(value, path)]
        if not value and not may_be_empty:
            self.mistake(key, "is empty; name at least one, or leave the key out")
        return [Item(item, (*path, index)) for index, item in enumerate(value)]

    def _strings(self, items: Iterable[Item]) -> Iterator[Text]:
        seen: set[str] = set()
        for item, path in items:
            if not isinstance(item, str) or not item.strip():
                self._findings.mistake(path, f"{toml(item)} must be a string in quotes that is not empty")
            elif item in seen:
                self._findings.mistake(path, f'"{item}" is listed twice')
            else:
                seen.add(item)
                yield Text(item, path)

    def one_or_numbers(self, key: str, *, at_least: int, at_most: int) -> list[int]:
        """The whole numbers of an array, or a single one that stands without."""
        numbers: dict[int, None] = {}
        for value, path in self.items(key):
            if type(value) is not int or not at_least <= value <= at_most:
                self._findings.mistake(path, f"{toml(value)} must be a whole number from {at_least} to {at_most}")
            elif value in numbers:
                self._findings.mistake(path, f"{value} is listed twice")
            else:
                numbers[value] = None
        return list(numbers)

    def one_of(self, key: str, words: type[_Word], what: str) -> _Word | None:
        """One of the words of an enumeration, each of which is `what`."""
        text = self.text(key)
        if text is None or text.value in list(words):
            return text and words(text.value)
        self.mistake(key, f'"{text.value}" is no {what}; {did_you_mean(text.value, list(words))}')
        return None

    def whole_number(self, key: str, *, at_least: int, at_most: int, default: int) -> int:
        value = self._data.get(key, default)
        if type(value) is int and at_least <= value <= at_most:  # a bool is an int, but not a number here
            return value
        self.mistake(key, f"must be a whole number from {at_least} to {at_most}, not {toml(value)}")
        return default

    def number(self, key: str, *, at_least: int, at_most: int) -> float | None:
        """A number that may have a fraction."""
        value = self._data.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool) and at_least <= value <= at_most:
            return float(value)
        if key in self._data:
            self.mistake(key, f"must be a number from {at_least} to {at_most}, not {toml(value)}")
        return None

    def item(self, key: str) -> Item | None:
        """A value of whatever kind."""
        return Item(self._data[key], (*self.path, key)) if key in self._data else None

    def is_on(self, key: str) -> bool:
        """Whether a key is there that can only be true."""
        if key in self._data and self._data[key] is not True:
            self.mistake(key, f"can only be true, not {toml(self._data[key])}; leave it out instead")
        return self._data.get(key) is True

    def boolean(self, key: str, *, default: bool) -> bool:
        value = self._data.get(key, default)
        if isinstance(value, bool):
            return value
        self.mistake(key, f"must be true or false, not {toml(value)}")
        return default

    def table(self, key: str) -> Table | None:
        """The table below `key`."""
        value = self._data.get(key)
        if isinstance(value, dict):
            return Table(value, (*self.path, key), self._findings)
        if key in self._data:
            name = ".".join(part for part in (*self.path, key) if isinstance(part, str))
            self.mistake(key, f"must be a table, [{name}], not {toml(value)}")
        return None

    def array_of_tables(self, key: str) -> list[Table]:
        """The tables of `[[key]]`."""
        if key not in self._data:
            return []
        value, path = self._data[key], (*self.path, key)
        if not isinstance(value, list) or not value:
            name = ".".join(part for part in path if isinstance(part, str))
            what = "not one that is empty" if value == [] else f"not {toml(value)}"
            self.mistake(key, f"must be an array of tables, each of which begins with [[{name}]], {what}")
            return []
        for index, item in enumerate(value):
            if not isinstance(item, dict):
                self._findings.mistake((*path, index), f"{toml(item)} must be a table")
        return [Table(item, (*path, n), self._findings) for n, item in enumerate(value) if isinstance(item, dict)]

    def tables(self) -> Iterator[tuple[str, Table]]:
        """Each table below this one, by its name."""
        for key in self._data:
            inner = self.table(key)
            if inner is not None:
                yield key, inner

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def mistake(self, key: str, text: str) -> None:
        self._findings.mistake((*self.path, key), text)

    def _name(self) -> str:
        if not self.path:
            return "a policy file"
        name = ".".join(part for part in self.path if isinstance(part, str))
        return f"[[{name}]]" if isinstance(self.path[-1], int) else f"[{name}]"


def did_you_mean(word: str, known: Collection[str]) -> str:
    """What is near to it, or else what there is: of very many, some."""
    near = known if len(known) <= MOST_COMPARED else [name for name in known if name[:1] == word[:1]][:MOST_COMPARED]
    close = get_close_matches(word, near, n=1)
    if close:
        return f'did you mean "{close[0]}"?'
    named = known if len(known) <= MOST_LISTED else [*islice(known, 10), f"and {len(known) - 10} more"]
    return f"there are {', '.join(named)}"


def toml(value: object) -> str:
    """A value as its author wrote it, or nearly so, and not too long."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "an array"
    if isinstance(value, int) and value.bit_length() > 128:
        return "so large a number"
    shown = f'"{value}"' if isinstance(value, str) else str(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."

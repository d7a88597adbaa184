"""Reads values of the right kind out of a parsed TOML table, and notes each that is not. Knows no key by name."""

from __future__ import annotations

from difflib import get_close_matches
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from georedirect.policy.findings import Findings
    from georedirect.policy.lines import Path


_Word = TypeVar("_Word", bound=StrEnum)


class Text(NamedTuple):
    """A string of the file, with its place for whoever finds fault with it."""

    value: str
    path: Path


class Table:
    """One table of the file. A value of the wrong kind is a finding, and reads as if it were absent."""

    def __init__(self, data: Mapping[str, object], path: Path, findings: Findings) -> None:
        self.path = path
        self._data = data
        self._findings = findings

    def __contains__(self, key: str) -> bool:
        return key in self._data

    def expect_only(self, known: Collection[str], later: Collection[str] = ()) -> None:
        """Every key must be `known`; one in `later` is a key of the format that this version cannot serve yet."""
        for key in self._data:
            if key in later:
                self.mistake(key, "is not available in this version; leave it out")
            elif key not in known:
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
        if not value and not may_be_empty:
            self.mistake(key, "is empty; name at least one, or leave the key out")
        return list(self._strings(key, value))

    def _strings(self, key: str, items: list[object]) -> Iterator[Text]:
        seen: set[str] = set()
        for index, item in enumerate(items):
            path = (*self.path, key, index)
            if not isinstance(item, str) or not item.strip():
                self._findings.mistake(path, f"{toml(item)} must be a string in quotes that is not empty")
            elif item in seen:
                self._findings.mistake(path, f'"{item}" is listed twice')
            else:
                seen.add(item)
                yield Text(item, path)

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
            name = ".".join(str(part) for part in (*self.path, key))
            self.mistake(key, f"must be a table, [{name}], not {toml(value)}")
        return None

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
        return f"[{'.'.join(str(part) for part in self.path)}]" if self.path else "a policy file"


def did_you_mean(word: str, known: Collection[str]) -> str:
    close = get_close_matches(word, known, n=1)
    return f'did you mean "{close[0]}"?' if close else f"there are {', '.join(known)}"


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

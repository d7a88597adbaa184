"""Mistakes and warnings about a policy file, each with its place. Does not know what makes something a mistake."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from georedirect.policy.lines import Path


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing to tell the operator. A mistake keeps the policy from being served; a warning does not."""

    file: str
    line: int
    key: str
    text: str
    is_mistake: bool = True

    def __str__(self) -> str:
        kind = "" if self.is_mistake else "warning: "
        key = f"{self.key}: " if self.key else ""
        return one_line(f"{self.file}:{self.line}: {kind}{key}{self.text}")


class Findings:
    """Collects what is wrong with one file, so that all of it can be told at once."""

    def __init__(self, file: str, lines: Mapping[Path, int] | None = None) -> None:
        self.file = file
        self.all: list[Finding] = []
        self._mistakes: set[Finding] = set()
        self._lines = lines or {}

    def mistake(self, path: Path, text: str) -> None:
        finding = self.at(path, text)
        if finding not in self._mistakes:  # two readers of one value may both find fault with it
            self._mistakes.add(finding)
            self.all.append(finding)

    @property
    def mistakes(self) -> int:
        """How many there are up to now."""
        return len(self._mistakes)

    def warning(self, path: Path, text: str) -> None:
        self.all.append(self.at(path, text, is_mistake=False))

    def has(self, path: Path) -> bool:
        """Whether the file mentions it."""
        return path in self._lines

    def at(self, path: Path, text: str, *, is_mistake: bool = True) -> Finding:
        """A finding at the line of `path`, or of the nearest thing around it that is in the file."""
        found = path
        while found and found not in self._lines:
            found = found[:-1]
        return Finding(self.file, self._lines.get(found, 1), key_for_people(path), text, is_mistake)


def one_line(text: str) -> str:
    """`text` with line breaks, terminal controls and all else that nobody can see written as escapes."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )


def key_for_people(path: Path) -> str:
    """`regions.germany.countries`: without the indexes of array items, whose values the text shows anyway."""
    return ".".join(part for part in path if isinstance(part, str))

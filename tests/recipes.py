"""The recipes of docs/recipes.md, as they stand there, and made fit for this machine and for this very hour."""

from __future__ import annotations

import re
import shlex
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).resolve().parents[1]
_BLOCK = re.compile(r"^```toml\n(.*?)^```", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^    \$ georedirect (.*)\n((?:    .+\n)+)", re.MULTILINE)


class Command(NamedTuple):
    """What is typed behind `georedirect`, and the first lines of what is said then."""

    arguments: tuple[str, ...]
    said: tuple[str, ...]


class Recipe(NamedTuple):
    """One policy of the page, whole, and the commands that follow it."""

    title: str
    policy: str
    commands: tuple[Command, ...]


@cache
def recipes() -> tuple[Recipe, ...]:
    """All, in the page's order. One without [site] completes the first policy of the README."""
    page = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
    return tuple(recipe for section in re.split(r"^## ", page, flags=re.MULTILINE)[1:] for recipe in _read(section))


def _read(section: str) -> Iterator[Recipe]:
    title = section.partition("\n")[0]
    _, *pieces = _BLOCK.split(section)
    for text, what_follows in zip(pieces[::2], pieces[1::2], strict=True):
        commands = (
            Command(tuple(shlex.split(typed)), tuple(line.strip() for line in said.splitlines()))
            for typed, said in _COMMAND.findall(what_follows)
        )
        yield Recipe(title, text if "[site]" in text else readme_policy() + text, tuple(commands))


@cache
def readme_policy() -> str:
    found = _BLOCK.search((ROOT / "README.md").read_text(encoding="utf-8"))
    assert found is not None
    return found[1]


def policy_of(title: str) -> str:
    """The policy of the one recipe that is called so."""
    (policy,) = (recipe.policy for recipe in recipes() if recipe.title == title)
    return policy


def replaced(text: str, old: str, new: str) -> str:
    """With `new` for each `old`, of which there has to be one: else the page is not what the test thinks."""
    assert old in text, f"{old} is not in this policy"
    return text.replace(old, new)


def served_here(policy: str, origins: Mapping[str, str]) -> str:
    """With local servers for hosts: `{"jp1.example.com": "http://127.0.0.1:4711"}`."""
    for host, origin in origins.items():
        policy = replaced(policy, f'"https://{host}', f'"{origin}')
    return policy


def in_window(policy: str, begins: float, ends: float) -> str:
    """With these times, in seconds since 1970, for those of the only rule that has any."""
    (since,), (until,) = (re.findall(rf"\b{key} = ([-0-9T:Z]+)", policy) for key in ("from", "until"))
    zone = re.search(r'zone = "(.+?)"', policy)
    policy = replaced(policy, f"from = {since}", f"from = {_written(begins, zone and zone[1])}")
    return replaced(policy, f"until = {until}", f"until = {_written(ends, zone and zone[1])}")


def _written(moment: float, zone: str | None) -> str:
    """By the clocks of a zone, which say no offset; else in UTC, which does."""
    when = datetime.fromtimestamp(moment, UTC if zone is None else ZoneInfo(zone))
    text = when.replace(tzinfo=None).isoformat(timespec="milliseconds")
    return text if zone else f"{text}Z"

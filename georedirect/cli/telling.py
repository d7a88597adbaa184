"""Tells the steps of an update: in sentences with a progress bar at a terminal, else a JSON object a line."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from click._termui_impl import ProgressBar

    from georedirect.errors import UpdateCause
    from georedirect.update.steps import Outcome, Tell

SENTENCES = {
    ("tidy", "done"): "removed {files} files that killed runs had left behind",
    ("look", "newer"): "{url} has a newer one",
    ("look", "unchanged"): "{url} has nothing new",
    ("look", "not-known"): "{url} does not say how new it is",
    ("look", "missing"): "{why}; there may be another",
    ("wait", "again"): "{why}; trying again in {seconds} seconds",
    ("fetch", "begun"): "fetching from {source}",
    ("fetch", "unchanged"): "{url} has nothing new",
    ("fetch", "done"): "fetched {octets} octets",
    ("unpack", "done"): "unpacked a database with SHA-256 {sha256}",
    ("check", "accepted"): "checked it, and nothing speaks against it",
    ("check", "let-through"): "let through although {why}",
    ("check", "refused"): "refused, because {why}",
    ("check", "damaged"): "refused, because {why}",
    ("keep", "done"): "kept what was in place as {file}",
    ("place", "done"): "put it into place as {file}",
    ("note", "failed"): "it is in place, but not all could be made safe, written down or removed: {why}",
}
"""Of each step and what it came to."""


def telling(*, as_json: bool) -> Tell:
    return TellAsLongAsPossible(TellLines() if as_json or not sys.stdout.isatty() else TellPeople())


class TellAsLongAsPossible:
    """A disk that is full, or a reader that has gone, ends what is told, and not what it is told of."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell

    def step(self, step: str, outcome: str, *, for_people: Sequence[str] = (), **details: object) -> None:
        try:
            self._tell.step(step, outcome, for_people=for_people, **details)
        except OSError as error:
            _fall_silent(error)

    def progress(self, octets: int, of: int | None) -> None:
        with suppress(OSError):
            self._tell.progress(octets, of)

    def end(self, outcome: Outcome | UpdateCause, **details: object) -> None:
        try:
            self._tell.end(outcome, **details)
        except OSError as error:
            _fall_silent(error)


def _fall_silent(error: OSError) -> None:
    """Have the rest go nowhere, that which waits to be written included: Python would complain of it at exit."""
    with suppress(OSError):
        print(f"georedirect: going on, but what is done cannot be printed: {error.strerror or error}", file=sys.stderr)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


class TellLines:
    """Each line stands for itself, and goes out at once: whoever reads may be a log."""

    def step(self, step: str, outcome: str, *, for_people: Sequence[str] = (), **details: object) -> None:  # noqa: ARG002
        print(json.dumps({"step": step, "outcome": outcome, **details}), flush=True)

    def progress(self, octets: int, of: int | None) -> None:
        pass

    def end(self, outcome: Outcome | UpdateCause, **details: object) -> None:
        print(json.dumps({"step": "end", "outcome": outcome, "exit_code": outcome.exit_code, **details}), flush=True)


class TellPeople:
    def __init__(self) -> None:
        self._bar: ProgressBar[int] | None = None

    def step(self, step: str, outcome: str, *, for_people: Sequence[str] = (), **details: object) -> None:
        self._clear()
        sentence = SENTENCES[step, outcome]
        told = sentence.format_map(details)
        print(told if "{why}" in sentence or "why" not in details else f"{told}: {details['why']}", flush=True)
        for line in for_people:
            print(f"    {line}", flush=True)

    def progress(self, octets: int, of: int | None) -> None:
        if of is None:
            return
        if self._bar is None:
            import click  # noqa: PLC0415  not needed by the commands that have nothing to wait for

            self._bar = click.progressbar(length=of, label="fetching", file=sys.stderr)
        self._bar.update(octets - self._bar.pos)

    def end(self, outcome: Outcome | UpdateCause, **details: object) -> None:
        self._clear()
        if outcome.exit_code in {0, 10}:
            told = "".join(f", {name} {value}" for name, value in details.items())
            print(f"georedirect: {outcome}{told}", flush=True)

    def _clear(self) -> None:
        if self._bar is not None:
            self._bar.render_finish()
            self._bar = None

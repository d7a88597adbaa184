"""Tells the steps of an update: in sentences with a progress bar at a terminal, else a JSON object a line."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from click._termui_impl import ProgressBar

    from georedirect.errors import UpdateCause
    from georedirect.update.steps import Outcome, Tell


def telling(*, as_json: bool) -> Tell:
    return TellLines() if as_json or not sys.stdout.isatty() else TellPeople()


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
        told = ", ".join(f"{name} {value}" for name, value in details.items() if name != "report")
        print(f"{step}: {outcome}{f' ({told})' if told else ''}", flush=True)
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

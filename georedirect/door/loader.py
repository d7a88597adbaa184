"""The helper's work: load everything anew within limits, and say to the supervisor what came of it. Serves nothing."""

from __future__ import annotations

import json
import os
import pickle
import select
import signal
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from georedirect.door.changes import sign
from georedirect.door.history import Cause
from georedirect.door.parcel import pack
from georedirect.errors import DatabaseError, GeoredirectError
from georedirect.geo.confine import limit_this_process

if TYPE_CHECKING:
    from pathlib import PurePath

    from georedirect.door.child import Life
    from georedirect.door.snapshot import Snapshot

Load = Callable[["Snapshot", Callable[["PurePath"], None]], "Snapshot"]
"""Loads what follows a snapshot, and says of each file that it is about to read it; else GeoredirectError."""

READING, LOADED, REFUSED = "reading", "loaded", "refused"
"""Its words: which file it reads; here is a snapshot; there is none, and why."""

MOST_SECONDS = 120.0
MOST_OCTETS = 4 << 30  # of memory, on top of what is mapped
_NICE = 5  # whoever is served comes first
_HEARING_SECONDS = 10.0
_MOST_CHARACTERS = 12_000  # of a reason: a message has its limits


class Refusal(NamedTuple):
    """Why nothing was loaded."""

    cause: Cause
    why: str

    def written(self) -> bytes:
        return json.dumps((self.cause, self.why[:_MOST_CHARACTERS]), ensure_ascii=False).encode(errors="replace")

    @classmethod
    def read(cls, octets: bytes) -> Refusal:
        cause, why = json.loads(octets)
        return cls(Cause(cause), why)


def run_loader(load: Load, current: Snapshot, life: Life) -> None:
    """Load once, and end."""
    os.nice(_NICE)
    limit_this_process(octets=MOST_OCTETS, seconds=MOST_SECONDS)
    try:
        snapshot = load(current, lambda path: _say(life, READING, pickle.dumps((path, sign(path)))))
        parcel = pack(snapshot)
    except GeoredirectError as error:
        cause = Cause.DATABASE if _is_about_a_database(error) else Cause.POLICY
        _say(life, REFUSED, Refusal(cause, str(error)).written())
    except MemoryError:
        _say(life, REFUSED, Refusal(Cause.CRASH, f"it needs more than {MOST_OCTETS >> 30} GiB of memory").written())
    else:
        _say(life, LOADED, b"", parcel)


def crash_in_words(status: int, files: Sequence[PurePath]) -> Refusal:
    """What became of a helper that ended without a word, by its exit status (negative: a signal) and what it read."""
    reading = files[-1] if files else "a policy"
    if status >= 0:
        return Refusal(Cause.CRASH, f"{reading}: reading it failed; the log says why")
    name = signal.strsignal(-status) if -status not in set(signal.Signals) else signal.Signals(-status).name
    how = f"took longer than {MOST_SECONDS:.0f} s" if name in {"SIGALRM", "SIGXCPU"} else f"crashed ({name})"
    return Refusal(Cause.CRASH, f"{reading}: reading it {how}")


def _is_about_a_database(error: GeoredirectError) -> bool:
    """A policy's line that names a database says of the database what is wrong."""
    return isinstance(error, DatabaseError) or isinstance(error.__cause__, DatabaseError)


def _say(life: Life, word: str, body: bytes, descriptors: list[int] | None = None) -> None:
    """The supervisor listens, but may be busy: a helper can wait."""
    while not life.line.say(word, body, descriptors or ()):
        if not select.select([], [life.line.fileno()], [], _HEARING_SECONDS)[1]:
            raise GeoredirectError(f"{word} could not be said to the supervisor")

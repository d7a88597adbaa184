"""What the admin listener says of itself and of the last reload, as JSON. Knows no HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from time import time
from typing import TYPE_CHECKING, TypedDict

from georedirect.door.explain import DatabaseSeen, see_database

if TYPE_CHECKING:
    from georedirect.door.history import Attempt
    from georedirect.watch.desk import Desk


class Alive(TypedDict):
    """`/healthz`."""

    status: str


class Attempted(TypedDict):
    """What has become of a try to load everything again."""

    outcome: str
    began: str
    seconds: float
    cause: str | None
    why: str | None


class Ready(TypedDict):
    """`/readyz`."""

    status: str
    policies: list[str]
    database: DatabaseSeen
    loaded: str
    last_reload: Attempted | None


class Problem(TypedDict):
    """Why there is no other answer."""

    error: str


def tell_ready(desk: Desk) -> Ready:
    """`ready`, or `draining` once the door is being stopped."""
    snapshot = desk.snapshot
    return {
        "status": "draining" if desk.is_draining() else "ready",
        "policies": [policy.file for policy in snapshot.configuration.policies],
        "database": see_database(snapshot, time()),
        "loaded": as_text(desk.history.loaded),
        "last_reload": None if desk.history.last is None else tell_attempt(desk.history.last),
    }


def tell_attempt(attempt: Attempt) -> Attempted:
    return {
        "outcome": attempt.outcome,
        "began": as_text(attempt.began),
        "seconds": round(attempt.seconds, 3),
        "cause": attempt.cause,
        "why": attempt.why,
    }


def as_text(moment: float) -> str:
    """A time in seconds since 1970, as ISO 8601 has it."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")

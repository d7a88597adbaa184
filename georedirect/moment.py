"""What holds while a request is decided, besides who asks and where: the time, and which mirrors are sick. A value."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from georedirect.policy.mirror_model import Check


class Moment(NamedTuple):
    """`time` is in seconds since 1970; `down` are the checks whose mirrors are not to be sent anybody."""

    time: float
    down: frozenset[Check] = frozenset()

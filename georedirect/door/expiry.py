"""Says in the log, once for each reason, when a certificate has expired or soon will. Renews none."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from georedirect.door.certificates import Certificate, Time

log = logging.getLogger("georedirect")


class Expiry:
    """What has been seen of each certificate that is served: it is only said again when that changes."""

    def __init__(self) -> None:
        self._said: frozenset[tuple[str, float, Time]] = frozenset()

    def mind(self, certificates: Sequence[Certificate], now: float) -> None:
        """Look at what is served now."""
        seen = {(each.file, each.pair.ends, each.time_of(now)): each.worry(now) for each in certificates}
        for key, worry in seen.items():
            if worry is not None and key not in self._said:
                log.warning("%s", worry)
        self._said = frozenset(seen)

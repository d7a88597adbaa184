"""The short way of one snapshot: a side for each kind of peer, over whatever is spoken. Answers nothing itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from georedirect.door.counting import Counts
from georedirect.door.halves import Halves
from georedirect.door.scanning import scan_nothing
from georedirect.door.side import Side
from georedirect.door.spoken import PLAIN, Spoken
from georedirect.door.tally import Tally

if TYPE_CHECKING:
    from georedirect.door.snapshot import Snapshot
    from georedirect.visitor.address import Address


class Lane:
    """What has been answered by one snapshot. Bounded, whatever is asked."""

    def __init__(self, snapshot: Snapshot, counts: Counts | None = None) -> None:
        self.snapshot = snapshot
        self.counts = counts or Counts(Tally().row(0))
        self.counts.watch(snapshot.places)
        self._halves = Halves()
        self._is_scanning = True
        self._sides: dict[tuple[bool, Spoken], Side] = {}
        for listener in snapshot.configuration.server.listen:  # now, as it may take its time
            for is_trusted in (False, True):
                for is_tls in {listener.tls, listener.tls or listener.proxy_protocol}:
                    self._open(is_trusted, Spoken(is_tls))

    def side(self, peer: Address | None, spoken: Spoken = PLAIN) -> Side:
        """The side on which such a peer's requests are answered, over what is spoken there."""
        is_trusted = self.snapshot.configuration.server.trusted_proxies.has_peer(peer)
        return self._sides.get((is_trusted, spoken)) or self._open(is_trusted, spoken)

    def _open(self, is_trusted: bool, spoken: Spoken) -> Side:  # noqa: FBT001  the parts of a key
        side = Side(self.snapshot, self._halves, self.counts, spoken, is_trusted=is_trusted)
        side.scan = side.scanner if self._is_scanning else scan_nothing
        return self._sides.setdefault((is_trusted, spoken), side)

    def scans(self, *, is_on: bool) -> None:
        """Whether requests are scanned before anything else is done with them."""
        self._is_scanning = is_on
        for side in self._sides.values():
            side.scan = side.scanner if is_on else scan_nothing

    def date(self) -> None:
        """Write the time into the answers; to be called at least once a second."""
        self._halves.date()

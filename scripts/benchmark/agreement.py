"""Whether the peers do the same work: all must send the same visitors to the same places before any is measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.benchmark.exchange import ask
from scripts.benchmark.peers import PeerError
from scripts.benchmark.work import BY_NAME, CLAIMS, DEFAULT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.benchmark.exchange import Answer
    from scripts.benchmark.peers import Peer
    from scripts.benchmark.visitors import Visitor


def check_peer(peer: Peer, visitors: Sequence[Visitor]) -> float:
    """How many of the visitors, from 0 to 1, go where the policy says.

    PeerError if one does not whose country has a single region: where languages count, engines differ in what they
    understand of them, so there a peer may be wrong about one in three.
    """
    answers = ask(peer.port, (visitor.request() for visitor in visitors), is_tls=peer.is_tls)
    if peer.name == "floor":
        strays = [visitor for visitor, answer in zip(visitors, answers, strict=True) if answer.status != 307]
    else:
        strays = strays_among(visitors, answers)
    grave = [visitor for visitor in strays if len(CLAIMS.get(visitor.country or "", ())) < 2]
    if grave or len(strays) * 3 > len([v for v in visitors if len(CLAIMS.get(v.country or "", ())) > 1]):
        raise PeerError(f"{peer.name} does not do the same work: {len(strays)} wrong answers, such as to {strays[0]}")
    return 1 - len(strays) / len(visitors)


def strays_among(visitors: Sequence[Visitor], answers: Sequence[Answer]) -> list[Visitor]:
    """Those who were not sent where the policy says."""
    pairs = zip(visitors, answers, strict=True)
    return [visitor for visitor, answer in pairs if answer != (307, expected_location(visitor))]


def expected_location(visitor: Visitor) -> str:
    """Where the policy sends a visitor, said a second time and simply."""
    if visitor.chosen:
        return BY_NAME[visitor.chosen].base + visitor.target
    claims = CLAIMS.get(visitor.country or "", (DEFAULT,))
    wishes = [member.partition(";")[0].partition("-")[0] for member in visitor.languages.split(",")]  # best first
    found = [region for wish in wishes for region in claims if region.language == wish]
    region = found[0] if len(claims) > 1 and found else claims[0]
    return region.base.format(country=visitor.country) + visitor.target

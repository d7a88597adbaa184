"""The map of where the visitors of each country go: decided by the door, drawn by the atlas."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from georedirect.atlas.draw import Caption, draw, draw_embedded
from georedirect.atlas.paint import Manner, Paint, Regions
from georedirect.atlas.world import read_world
from georedirect.chooser.names import country_name
from georedirect.decision import Action
from georedirect.door.world import world_of
from georedirect.geo.bundled import bundled_world
from georedirect.guess import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from georedirect.atlas.world import World
    from georedirect.door.snapshot import Snapshot
    from georedirect.door.world import WhereTo
    from georedirect.policy.model import Policy


@cache
def the_world() -> World:
    """The bundled shapes."""
    return read_world(bundled_world().read_text(encoding="utf-8"))


class Asked(NamedTuple):
    """Of whom the map is to speak: who asks for `url` at that time (seconds since 1970), and reads these languages."""

    now: float
    url: str = "/"
    languages: tuple[str, ...] = ()

    def __str__(self) -> str:
        when = datetime.fromtimestamp(self.now, UTC).strftime("%Y-%m-%d %H:%M UTC")
        reading = f"reads {', '.join(self.languages)}" if self.languages else "states no language"
        return f"Who asks for {self.url}, {reading} and has chosen nothing, on {when}"


def map_of(snapshot: Snapshot, policy: Policy, asked: Asked, wide: int | None = None) -> str:
    """The map as a file of its own, `wide` pixels wide; ValueError says what is no good about the URL."""
    painted = paints_of(world_of(snapshot, policy, *asked))
    return draw(the_world(), painted, regions_of(policy), Caption(_title(policy), str(asked)), wide)


def embedded_map_of(where: Mapping[str, WhereTo], policy: Policy, prefix: str = "") -> str:
    """The same for a page, which has heading, legend and stylesheet itself; `prefix` begins all ids of the map."""
    caption = Caption(_title(policy), "By country, for who has chosen nothing")
    return draw_embedded(the_world(), paints_of(where), regions_of(policy), caption, prefix)


def regions_of(policy: Policy) -> Regions:
    """The site's regions, in the order of its file."""
    return Regions(tuple(policy.regions), policy.default.name)


def _title(policy: Policy) -> str:
    return f"Where visitors of {policy.hosts[0] if policy.hosts else 'all hosts'} go"


def paints_of(where: Mapping[str, WhereTo]) -> dict[str, Paint]:
    """In what each country is painted."""
    return {code: _paint(code, to) for code, to in where.items()}


def _paint(code: str, to: WhereTo) -> Paint:
    manner = _manner(to)
    text = f"{country_name(code, 'en') or code}: {', '.join(_said(to, manner))}"
    if to.region is None or manner is Manner.REFUSED:
        return Paint((), manner, text)
    return Paint(tuple(dict.fromkeys((to.region, *to.by_language.values(), *to.by_lot))), manner, text)


def _manner(to: WhereTo) -> Manner:
    if to.action is Action.REFUSE:
        return Manner.REFUSED
    if to.action is Action.SUGGEST:
        return Manner.SUGGESTED
    if to.action is Action.STAY and to.reason is not Reason.ALREADY_THERE:
        return Manner.STAYS
    return Manner.SENT if to.region is not None else Manner.ELSEWHERE


def _said(to: WhereTo, manner: Manner) -> Iterator[str]:
    if manner is Manner.REFUSED:
        yield f"refused with {to.status}"
    elif manner is Manner.ELSEWHERE:
        yield f"to {to.location}"
    else:
        yield f"{to.region}{_HOW.get(manner, '')}"
    yield from (f"{name} for {tag}" for tag, name in to.by_language.items())
    yield from (f"{name} by lot" for name in to.by_lot)
    if to.rule is not None:
        yield f'by the rule "{to.rule}"'


_HOW = {Manner.SUGGESTED: " is suggested", Manner.STAYS: ", but nobody is moved"}

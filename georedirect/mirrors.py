"""Which of a region's mirrors a visitor is sent to: one that is well, of this region or else of its fallbacks. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from georedirect.distance import distance_km
from georedirect.policy.centres import CENTRES
from georedirect.policy.mirror_model import Choosing
from georedirect.step import Step

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from georedirect.moment import Moment
    from georedirect.place import Coordinates, Place
    from georedirect.policy.mirror_model import Mirror
    from georedirect.policy.model import Region


class Taken(NamedTuple):
    """The mirror for a visitor, and whose it is. `is_well` is False where none is that could be taken instead."""

    region: Region
    mirror: Mirror
    is_well: bool
    steps: tuple[Step, ...]


def take(region: Region, regions: Mapping[str, Region], identity: bytes, place: Place, moment: Moment) -> Taken:
    """One of the region's mirrors that are well, else of the first fallback's that has any, else one that is sick."""
    steps: tuple[Step, ...] = ()
    for candidate in (region, *(regions[name] for name in region.fallback)):
        well = [number for number, mirror in enumerate(candidate.mirrors) if mirror.check not in moment.down]
        taken = _among(candidate, well, identity, place)
        if candidate is not region:
            steps = (*steps, Step("fallback", candidate.name, "it is the next that serves where no mirror is well"))
        steps = (*steps, *_told(candidate, well, taken))
        if taken is not None:
            number, _ = taken
            return Taken(candidate, candidate.mirrors[number], is_well=True, steps=steps)
    everybody = range(len(region.mirrors))
    number = (_among(region, everybody, identity, place) or (0, _FIRST))[0]
    return Taken(region, region.mirrors[number], is_well=False, steps=steps)


_FIRST = "it is the first that can be taken"
_Choice = tuple[int, str] | None
"""The number of a mirror, and why it is this one."""


def _among(region: Region, well: Collection[int], identity: bytes, place: Place) -> _Choice:
    """One of the mirrors that are well; None where there is none."""
    if len(well) < 2 or region.choosing is Choosing.FIRST:
        return next(((number, _FIRST) for number in well), None)
    if region.choosing is Choosing.NEAREST and (nearest := _nearest(region, well, place)) is not None:
        return nearest
    number = region.lot.draw(identity, well)
    return (next(iter(well)), _FIRST) if number is None else (number, _drawn(region, number, well))


def _drawn(region: Region, number: int, well: Collection[int]) -> str:
    total = sum(region.mirrors[other].weight for other in well)
    return f"drawn for this visitor, with a weight of {region.mirrors[number].weight} in {total}"


def _nearest(region: Region, well: Collection[int], place: Place) -> _Choice:
    """None where nobody knows where the visitor is, or where the mirrors are."""
    here = whereabouts(place)
    located = [(number, at) for number in well if (at := region.mirrors[number].coordinates) is not None]
    if here is None or not located:
        return None
    far, number = min((distance_km(here, at), number) for number, at in located)
    from_where = "the visitor's place" if place.coordinates is not None else f"the centre of {place.country}"
    return number, f"it is the nearest: {far:.0f} km from {from_where}"


def whereabouts(place: Place) -> Coordinates | None:
    """Where a place is, or else the centre of its country; None where neither is known."""
    if place.coordinates is not None or place.country is None:
        return place.coordinates
    return CENTRES.get(place.country)


def _told(region: Region, well: Sequence[int], taken: _Choice) -> tuple[Step, ...]:
    """Why each mirror was taken or not; nothing of a region whose only one was."""
    if len(region.mirrors) == 1 and taken is not None:
        return ()
    number, why = taken if taken is not None else (None, "")
    return tuple(
        Step("mirror", "taken", f"{mirror.name}: {why}")
        if index == number
        else Step("mirror", "passed over" if index in well else "sick", f"{mirror.name}: {_why_not(index in well)}")
        for index, mirror in enumerate(region.mirrors)
    )


def _why_not(is_well: bool) -> str:  # noqa: FBT001  it is what is asked about
    return "another is taken" if is_well else "its check fails"

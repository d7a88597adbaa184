"""Every country has one centre, which is where others say that the country is."""

from __future__ import annotations

from itertools import permutations
from typing import NamedTuple

import pytest

from georedirect.distance import distance_km
from georedirect.place import Coordinates
from georedirect.policy.centres import CENTRES
from georedirect.policy.countries import COUNTRIES


class Box(NamedTuple):
    """Degrees; `west` above `east` is a box across the date line."""

    south: float
    north: float
    west: float
    east: float

    def holds(self, point: Coordinates) -> bool:
        if not self.south <= point.latitude <= self.north:
            return False
        if self.west <= self.east:
            return self.west <= point.longitude <= self.east
        return not self.east < point.longitude < self.west


CONTINENTS = {
    "AF": Box(-35, 38, -26, 60),
    "AN": Box(-90, -49, -40, 80),
    "AS": Box(-13, 50, 32, 142),
    "EU": Box(34, 79, -25, 95),
    "NA": Box(7, 65, -105, -50),
    "OC": Box(-44, 20, 105, -127),
    "SA": Box(-55, 13, -80, -50),
}

GIANTS = {"AU", "BR", "CA", "CD", "CN", "ID", "IN", "RU", "US"}
"""Where two who name a middle may well be 1,000 km apart."""

ELSEWHERE = {
    "AE": (24, 54),
    "AR": (-34, -64),
    "AT": (47.3, 13.3),
    "AU": (-27, 133),
    "BE": (50.8, 4),
    "BR": (-10, -55),
    "BY": (53, 28),
    "CA": (60, -95),
    "CD": (0, 25),
    "CG": (-1, 15),
    "CH": (47, 8),
    "CL": (-33.4, -70.7),
    "CN": (35, 105),
    "CZ": (49.8, 15.5),
    "DE": (51, 9),
    "DM": (15.4, -61.3),
    "DO": (19, -70.7),
    "EE": (59, 26),
    "EG": (27, 30),
    "FJ": (-18.1, 178.4),
    "FR": (46, 2),
    "GB": (54, -2),
    "GN": (11, -10),
    "GQ": (2, 10),
    "GW": (12, -15),
    "GY": (5, -59),
    "ID": (-5, 110),
    "IE": (53, -8),
    "IL": (31.5, 34.8),
    "IN": (20, 77),
    "IQ": (33, 44),
    "IR": (32, 53),
    "IS": (65, -18),
    "JP": (36, 138),
    "KE": (1, 38),
    "KI": (1.4, 173),
    "KP": (40, 127),
    "KR": (37, 127.5),
    "LT": (56, 24),
    "LV": (57, 25),
    "MH": (7.1, 171.4),
    "MK": (41.8, 22),
    "MX": (23, -102),
    "MY": (3.1, 101.7),
    "NA": (-22, 17),
    "NE": (16, 8),
    "NG": (10, 8),
    "NO": (62, 10),
    "NZ": (-41, 174),
    "PH": (14.6, 121),
    "RU": (60, 100),
    "SE": (62, 15),
    "SG": (1.4, 103.8),
    "SI": (46.1, 14.8),
    "SK": (48.7, 19.5),
    "SV": (13.8, -88.9),
    "SY": (35, 38),
    "SZ": (-26.5, 31.5),
    "TR": (39, 35),
    "UA": (49, 32),
    "US": (38, -97),
    "VN": (16.2, 107.8),
    "XK": (42.6, 21),
    "ZA": (-29, 24),
}
"""What almanacs give, in whole degrees mostly; of countries in many pieces, or long ones, the capital."""

LOOK_ALIKES = [
    {"AU", "AT"},
    {"BY", "BE", "BR"},
    {"CD", "CG"},
    {"CH", "CN", "CZ", "CL"},
    {"DM", "DO", "DE"},
    {"EE", "EG"},
    {"GN", "GQ", "GW", "GY", "GB"},
    {"ID", "IN", "IL", "IE", "IQ", "IR", "IS"},
    {"KE", "KI", "KP", "KR"},
    {"LT", "LV"},
    {"MH", "MK", "MX", "MY"},
    {"NA", "NE", "NG", "NO", "NZ"},
    {"SE", "SG", "SI", "SK", "SV", "SY", "SZ"},
    {"UA", "US", "RU"},
]


def test_every_country_has_a_centre_and_nobody_else() -> None:
    assert CENTRES.keys() == COUNTRIES.keys()
    assert len(set(CENTRES.values())) == len(COUNTRIES)


@pytest.mark.parametrize("code", sorted(COUNTRIES))
def test_a_centre_lies_in_its_continent(code: str) -> None:
    assert CONTINENTS[COUNTRIES[code].continent].holds(CENTRES[code])


@pytest.mark.parametrize("code", ELSEWHERE)
def test_a_centre_is_where_others_say(code: str) -> None:
    assert distance_km(CENTRES[code], Coordinates(*ELSEWHERE[code])) < (1000 if code in GIANTS else 300)


@pytest.mark.parametrize("codes", LOOK_ALIKES, ids=lambda codes: "-".join(sorted(codes)))
def test_codes_that_look_alike_are_not_mixed_up(codes: set[str]) -> None:
    for code, other in permutations(codes, 2):
        own, others = Coordinates(*ELSEWHERE[code]), Coordinates(*ELSEWHERE[other])
        assert distance_km(CENTRES[code], own) < distance_km(CENTRES[code], others)


def test_the_closest_of_all_neighbours_share_an_island() -> None:
    apart = {frozenset(pair): distance_km(CENTRES[pair[0]], CENTRES[pair[1]]) for pair in permutations(CENTRES, 2)}
    assert min(apart, key=lambda pair: apart[pair]) == {"MF", "SX"}

"""The countries of ISO 3166-1, their continents, and who is in the EU and the EEA. Knows no policy and no database.

Codes are ISO 3166-1 alpha-2 as of 2026, and XK (Kosovo), which geo databases use. Continents follow GeoNames, as
MaxMind's databases do (CLDR differs for CY, TL, TF, BV, CC, HM, IO and GS). Membership of EU and EEA is that of 2026.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from langcodes.data_dicts import TERRITORY_REPLACEMENTS

if TYPE_CHECKING:
    from collections.abc import Mapping

_CODES_BY_CONTINENT = {
    "AF": "AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG EH ER ET GA GH GM GN GQ GW KE KM LR LS LY MA MG ML MR MU MW MZ "
    "NA NE NG RE RW SC SD SH SL SN SO SS ST SZ TD TG TN TZ UG YT ZA ZM ZW",
    "AN": "AQ BV GS HM TF",
    "AS": "AE AF AM AZ BD BH BN BT CC CN GE HK ID IL IN IO IQ IR JO JP KG KH KP KR KW KZ LA LB LK MM MN MO MV MY NP "
    "OM PH PK PS QA SA SG SY TH TJ TM TR TW UZ VN YE",
    "EU": "AD AL AT AX BA BE BG BY CH CY CZ DE DK EE ES FI FO FR GB GG GI GR HR HU IE IM IS IT JE LI LT LU LV MC MD "
    "ME MK MT NL NO PL PT RO RS RU SE SI SJ SK SM UA VA XK",
    "NA": "AG AI AW BB BL BM BQ BS BZ CA CR CU CW DM DO GD GL GP GT HN HT JM KN KY LC MF MQ MS MX NI PA PM PR SV SX "
    "TC TT US VC VG VI",
    "OC": "AS AU CK CX FJ FM GU KI MH MP NC NF NR NU NZ PF PG PN PW SB TK TL TO TV UM VU WF WS",
    "SA": "AR BO BR CL CO EC FK GF GY PE PY SR UY VE",
}
_EU = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    ]
)
_EEA = _EU | {"IS", "LI", "NO"}

CONTINENTS: Mapping[str, str] = MappingProxyType(
    {
        "AF": "Africa",
        "AN": "Antarctica",
        "AS": "Asia",
        "EU": "Europe",
        "NA": "North America",
        "OC": "Oceania",
        "SA": "South America",
    }
)


@dataclass(frozen=True, slots=True)
class Country:
    """One country or territory: `code` is ISO 3166-1 alpha-2, `continent` a key of CONTINENTS."""

    code: str
    continent: str
    is_in_eu: bool
    is_in_eea: bool


COUNTRIES: Mapping[str, Country] = MappingProxyType(
    {
        code: Country(code, continent, code in _EU, code in _EEA)
        for continent, codes in _CODES_BY_CONTINENT.items()
        for code in codes.split()
    }
)


SUBDIVISION = re.compile(r"[A-Z0-9]{1,3}")
"""What ISO 3166-2 has behind the country and the hyphen."""


def countries_of_continent(continent: str) -> frozenset[str]:
    return frozenset(_CODES_BY_CONTINENT[continent].split())


UNIONS: Mapping[str, frozenset[str]] = MappingProxyType({"EU": _EU, "EEA": _EEA})
"""The groups of countries that every policy has by name."""


def likely_meant(code: str) -> str | None:
    """The country that a mistaken code most likely means: another case, an alias (UK, EL) or alpha-3 (DEU)."""
    if code.upper() in COUNTRIES:
        return code.upper()
    meant = {"EL": "GR"}.get(code.upper()) or TERRITORY_REPLACEMENTS.get(code.lower())
    return meant if meant in COUNTRIES else None

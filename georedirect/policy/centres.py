"""One point of each country, where a visitor is of whom nothing but the country is known. Knows no policy.

The points are figures worked out from the shapes of Natural Earth 4.1 (public domain, naturalearthdata.com): the middle
of a country's largest piece of land or, where that lies across a border, the nearest land of its own. By hand, from
maps, are those that the shapes lack (BQ, BV, CC, CX, GF, GP, MQ, RE, SJ, TK, YT), those whose largest piece is not
where most people live (BS, GL, ID, KI, MY, NZ, TC, VU), FJ, which lies on both sides of the date line, and VA.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from georedirect.place import Coordinates

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_CENTRES = """
AD 42.54 1.56, AE 23.9 54.3, AF 33.8 66.0, AG 17.07 -61.79, AI 18.22 -63.06, AL 41.1 20.1, AM 40.3 44.9,
AO -12.3 17.6, AQ -74.8 41.0, AR -34.2 -64.9, AS -14.30 -170.72, AT 47.6 14.1, AU -25.1 134.3, AW 12.52 -69.97,
AX 60.23 19.94, AZ 40.3 47.7, BA 44.2 17.8, BB 13.18 -59.56, BD 23.9 90.2, BE 50.6 4.6, BF 12.3 -1.8,
BG 42.8 25.2, BH 26.05 50.55, BI -3.4 29.9, BJ 9.6 2.3, BL 17.91 -62.83, BM 32.31 -64.76, BN 4.5 114.6,
BO -16.6 -64.7, BQ 12.18 -68.26, BR -10.5 -53.2, BS 25.03 -77.40, BT 27.4 90.4, BV -54.42 3.36, BW -22.1 23.8,
BY 53.5 28.0, BZ 17.2 -88.7, CA 56.3 -100.6, CC -12.19 96.83, CD -2.9 23.6, CF 6.6 20.5, CG -0.8 15.2,
CH 46.8 8.2, CI 7.6 -5.6, CK -21.22 -159.79, CL -33.5 -71.1, CM 5.7 12.7, CN 35.7 103.5, CO 3.9 -73.1,
CR 10.0 -84.2, CU 21.6 -78.9, CV 15.08 -23.64, CW 12.19 -68.97, CX -10.49 105.63, CY 34.9 33.0, CZ 49.7 15.3,
DE 51.0 10.4, DJ 11.7 42.6, DK 56.2 9.4, DM 15.44 -61.36, DO 18.9 -70.5, DZ 27.9 2.7, EC -1.4 -78.4,
EE 58.7 25.8, EG 26.4 29.9, EH 24.2 -12.2, ER 15.3 38.9, ES 40.3 -3.6, ET 8.6 39.6, FI 64.1 26.3, FJ -17.8 178.0,
FK -51.7 -58.8, FM 6.88 158.23, FO 62.14 -6.99, FR 46.5 2.5, GA -0.6 11.8, GB 53.8 -2.5, GD 12.12 -61.68,
GE 42.2 43.5, GF 4.0 -53.0, GG 49.46 -2.58, GH 7.9 -1.2, GI 36.13 -5.35, GL 64.2 -51.7, GM 13.6 -15.0,
GN 10.4 -10.9, GP 16.20 -61.60, GQ 1.6 10.5, GR 39.4 22.6, GS -54.4 -36.7, GT 15.7 -90.4, GU 13.44 144.77,
GW 12.1 -14.9, GY 4.8 -59.0, HK 22.42 114.16, HM -53.09 73.50, HN 14.8 -86.6, HR 45.2 16.4, HT 19.0 -72.6,
HU 47.2 19.4, ID -7.3 110.0, IE 53.2 -8.1, IL 31.2 35.0, IM 54.23 -4.53, IN 22.6 79.6, IO -7.35 72.43,
IQ 33.0 43.8, IR 32.4 54.4, IS 65.0 -18.6, IT 43.4 12.2, JE 49.22 -2.13, JM 18.2 -77.3, JO 31.2 36.8,
JP 36.6 137.9, KE 0.6 37.8, KG 41.4 74.5, KH 12.7 104.9, KI 1.33 172.98, KM -11.65 43.34, KN 17.33 -62.76,
KP 40.1 127.2, KR 36.4 127.9, KW 29.3 47.6, KY 19.32 -81.25, KZ 47.9 67.3, LA 18.5 103.8, LB 33.9 35.9,
LC 13.90 -60.97, LI 47.14 9.54, LK 7.6 80.7, LR 6.4 -9.3, LS -29.6 28.2, LT 55.3 23.9, LU 49.77 6.07,
LV 56.8 24.9, LY 26.9 18.0, MA 29.6 -8.5, MC 43.74 7.40, MD 47.2 28.5, ME 42.8 19.2, MF 18.08 -63.05,
MG -19.3 46.7, MH 7.09 171.20, MK 41.6 21.7, ML 17.2 -3.6, MM 21.1 96.5, MN 46.7 103.1, MO 22.14 113.56,
MP 15.18 145.74, MQ 14.65 -61.00, MR 20.2 -10.4, MS 16.74 -62.19, MT 35.89 14.44, MU -20.28 57.57, MV 4.19 73.51,
MW -13.2 34.3, MX 23.7 -102.3, MY 4.0 102.2, MZ -17.1 35.6, NA -22.0 17.2, NC -21.3 165.5, NE 17.4 9.4,
NF -29.03 167.96, NG 9.6 8.1, NI 12.8 -85.0, NL 52.3 5.6, NO 64.2 12.9, NP 28.2 83.9, NR -0.52 166.93,
NU -19.05 -169.87, NZ -38.9 175.8, OM 20.5 56.1, PA 8.5 -80.1, PE -9.1 -74.4, PF -17.66 -149.42, PG -6.6 144.2,
PH 15.9 121.4, PK 29.8 69.3, PL 52.1 19.4, PM 46.95 -56.32, PN -24.37 -128.32, PR 18.2 -66.5, PS 31.94 35.24,
PT 39.6 -8.0, PW 7.51 134.58, PY -23.2 -58.4, QA 25.3 51.2, RE -21.10 55.50, RO 45.8 25.0, RS 44.2 20.8,
RU 56.8 92.9, RW -2.0 29.9, SA 24.0 44.6, SB -9.62 160.17, SC -4.68 55.47, SD 15.9 29.9, SE 62.2 16.5,
SG 1.36 103.81, SH -15.96 -5.72, SI 46.1 14.8, SJ 78.2 15.6, SK 48.7 19.5, SL 8.6 -11.8, SM 43.94 12.44,
SN 14.4 -14.5, SO 4.7 45.7, SR 4.1 -55.9, SS 7.3 30.3, ST 0.24 6.61, SV 13.7 -88.9, SX 18.04 -63.07,
SY 35.0 38.5, SZ -26.6 31.5, TC 21.78 -72.25, TD 15.2 18.6, TF -49.3 69.5, TG 8.5 1.0, TH 15.1 101.0,
TJ 38.5 71.0, TK -9.17 -171.81, TL -8.8 125.9, TM 39.1 59.4, TN 34.1 9.6, TO -21.17 -175.20, TR 39.0 35.4,
TT 10.42 -61.29, TV -8.52 179.20, TW 23.7 121.0, TZ -6.3 34.8, UA 49.1 31.3, UG 1.3 32.4, UM 5.88 -162.08,
US 38.9 -99.0, UY -32.8 -56.0, UZ 41.7 63.2, VA 41.90 12.45, VC 13.26 -61.19, VE 7.1 -66.2, VG 18.42 -64.62,
VI 17.74 -64.76, VN 16.7 106.7, VU -17.7 168.3, WF -13.28 -176.16, WS -13.63 -172.44, XK 42.6 20.9, YE 15.9 47.5,
YT -12.80 45.15, ZA -28.9 25.1, ZM -13.4 27.8, ZW -19.0 29.9
"""


def _read(text: str) -> Iterator[tuple[str, Coordinates]]:
    for line in text.split(","):
        code, latitude, longitude = line.split()
        yield code, Coordinates(float(latitude), float(longitude))


CENTRES: Mapping[str, Coordinates] = MappingProxyType(dict(_read(_CENTRES)))
"""By ISO 3166-1 alpha-2 code, for all of COUNTRIES; of small ones in hundredths of a degree."""

"""The work of every peer: one policy, said once, and the answer it asks for. Knows no server's configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

HOST = "www.example.com"
CHOICE_COOKIE = "region"
"""Names the region that a visitor has chosen, if they have."""


@dataclass(frozen=True, slots=True)
class Region:
    """Where its visitors are sent, to which the target is appended; {country} is the visitor's."""

    name: str
    base: str
    countries: tuple[str, ...] = ()
    language: str | None = None


DEFAULT = Region("global", "https://global.example.com")
REGIONS = (
    Region(
        "americas",
        "https://us.example.com",
        ("US", "CA", "MX", "BR", "AR", "CL", "CO", "PE", "UY", "EC", "CR", "PA", "GT", "DO", "PR", "BO", "PY"),
        "en",
    ),
    Region("dach", "https://de.example.com", ("DE", "AT", "LI", "CH", "PL", "CZ", "SK", "HU", "SI", "HR"), "de"),
    Region(
        "france",
        "https://fr.example.com",
        ("FR", "MC", "LU", "CH", "BE", "CA", "MA", "TN", "DZ", "SN", "CI", "CM", "MG", "ML"),
        "fr",
    ),
    Region("benelux", "https://nl.example.com", ("NL", "BE", "SR", "AW", "CW"), "nl"),
    Region(
        "nordics",
        "https://nordics.example.com/{country}",
        ("DK", "FI", "IS", "NO", "SE", "EE", "LV", "LT"),
    ),
    Region(
        "pacific",
        "https://asia.example.com",
        ("JP", "KR", "TW", "HK", "MO", "SG", "TH", "VN", "MY", "ID", "PH", "AU", "NZ", "IN"),
    ),
)
BY_NAME = {region.name: region for region in (*REGIONS, DEFAULT)}


def _claims() -> dict[str, tuple[Region, ...]]:
    countries = dict.fromkeys(country for region in REGIONS for country in region.countries)
    return {country: tuple(region for region in REGIONS if country in region.countries) for country in countries}


CLAIMS = _claims()
"""The regions that claim each country, in the policy's order."""
SHARED = {country: regions for country, regions in CLAIMS.items() if len(regions) > 1}
"""Countries of several languages: there the visitor's own decides, and the first region takes the others."""


def policy(database: Path, lru_size: int, overrides: Path | None = None) -> str:
    """The same as a policy file of the door."""
    sections = [
        f'[site]\nhosts = ["{HOST}"]\ndefault = "{DEFAULT.name}"\norder = ["choice", "country"]\nexempt = []\n',
        f'[choice]\ncookie = "{CHOICE_COOKIE}"\n',
        *map(_section, (*REGIONS, DEFAULT)),
        '[server]\ntrusted_proxies = ["127.0.0.0/8"]\nclient_address = "x-forwarded-for"\n',
        f'[database]\ncountry = "{database}"\nlru_size = {lru_size}\n',
        f'overrides = ["{overrides}"]\n' if overrides else "",
    ]
    return "\n".join(sections)


def tls(port: int, certificate: Path) -> str:
    """What has that policy served over TLS."""
    key = certificate.with_suffix(".key")
    listener = f'[[server.listen]]\naddress = "127.0.0.1:{port}"\ntls = true\n'
    return f'{listener}[[tls.certificates]]\ncertificate = "{certificate}"\nkey = "{key}"\n'


def rules(number: int, *, matching: bool = False) -> str:
    """So many rules, of which no benchmark's request has anything to do with any; with `matching`, each with one."""
    paths = ["/", "/products/*", "/news/*", "/search", "/a/*"] if matching else ["/shop-x/*"]
    first = f'[[rules]]\nname = "of all"\nwhen = {{ path = {paths} }}\ncontinue = "seen"\n'.replace("'", '"')
    return first + "".join(_rule(number) for number in range(1, number))


def _rule(number: int) -> str:
    """One of several kinds by turns."""
    when = (
        f'path = "/section-{number}/*"',
        f'prefix = "/campaign-{number}", country = ["DE", "FR"]',
        f'path = "/sale-{number}", from = 2026-01-01T00:00:00Z, until = 2036-01-01T00:00:00Z',
        f'prefix = "/beta-{number}", share = 10',
        f'path = "/old-{number}/*.html", not_network = "192.0.2.0/24"',
    )[number % 5]
    return f'[[rules]]\nwhen = {{ {when} }}\nuri = "https://elsewhere.example.com{{+path}}{{+query}}"\n'


def site(number: int) -> str:
    """Another site, with a region and nothing else; what all sites read of a request is what the first one does."""
    return (
        f'[site]\nhosts = ["site-{number}.example.com"]\ndefault = "global"\nexempt = []\n'
        f'[choice]\ncookie = "{CHOICE_COOKIE}"\n'
        f'[regions.global]\nuri = "{DEFAULT.base}{{+path}}{{+query}}"\n'
    )


def _section(region: Region) -> str:
    lines = [f"[regions.{region.name}]", f'uri = "{region.base}{{+path}}{{+query}}"']
    if region.countries:
        lines.append(f"countries = {list(region.countries)}".replace("'", '"'))
    if region.language:
        lines.append(f'languages = ["{region.language}"]')
    return "\n".join(lines) + "\n"

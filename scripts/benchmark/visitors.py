"""Different visitors, each with the request that a browser would send for them. Knows no server and sends nothing."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address
from random import Random
from typing import TYPE_CHECKING

from scripts.benchmark.work import BY_NAME, CHOICE_COOKIE, HOST, SHARED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SHARED_PERCENT = 15
"""How many visitors come from countries of several languages; all others come as the address space has them."""
CHOOSING_PERCENT = 10
"""How many visitors have chosen a region."""
_CHOSEN = tuple(region.name for region in BY_NAME.values() if "{" not in region.base)

_LANGUAGES = {
    **dict.fromkeys(("DE", "AT", "LI"), ("de",)),
    **dict.fromkeys(("FR", "MC", "LU", "MA", "TN", "DZ", "SN", "CI", "CM", "MG", "ML"), ("fr",)),
    **dict.fromkeys(("MX", "AR", "CL", "CO", "PE", "UY", "EC", "CR", "PA", "GT", "DO", "PR", "BO", "PY"), ("es",)),
    "CH": ("de", "fr", "it"), "BE": ("nl", "fr", "de"), "CA": ("en", "fr"), "NL": ("nl",), "SR": ("nl",),
    "BR": ("pt",), "ES": ("es",), "PT": ("pt",), "IT": ("it",), "PL": ("pl",), "CZ": ("cs",), "SK": ("sk",),
    "HU": ("hu",), "SI": ("sl",), "HR": ("hr",), "DK": ("da",), "FI": ("fi", "sv"), "IS": ("is",), "NO": ("nb",),
    "SE": ("sv",), "EE": ("et", "ru"), "LV": ("lv", "ru"), "LT": ("lt",), "JP": ("ja",), "KR": ("ko",), "TW": ("zh",),
    "HK": ("zh", "en"), "CN": ("zh",), "RU": ("ru",), "TH": ("th",), "VN": ("vi",), "ID": ("id",), "IN": ("en", "hi"),
}  # fmt: skip
_ACCEPTED = (
    "{own}-{country},{own};q=0.9,en-US;q=0.8,en;q=0.7",
    "{own}-{country},{own};q=0.9",
    "{own}-{country},{own};q=0.8,en-US;q=0.5,en;q=0.3",
    "{own},en-US;q=0.7,en;q=0.3",
    "en-US,en;q=0.9,{own}-{country};q=0.8,{own};q=0.7",
    "en-GB,en-US;q=0.9,en;q=0.8",
)
_AGENT = "Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{major}.0.0.0 Safari/537.36"
_SYSTEMS = (
    "Windows NT 10.0; Win64; x64",
    "Macintosh; Intel Mac OS X 10_15_7",
    "X11; Linux x86_64",
    "Linux; Android 10; K",
)
_PATHS = (
    "/",
    "/products/{number}",
    "/news/2026/11/story-{number}",
    "/search?q=item+{number}&page=2",
    "/a/b/{number}.html",
)
_REQUEST = (
    "GET {target} HTTP/1.1\r\nHost: {host}\r\n{connection}X-Forwarded-For: {client}\r\nX-Forwarded-Proto: http\r\n"
    'sec-ch-ua: "Chromium";v="{major}", "Not:A-Brand";v="24", "Google Chrome";v="{major}"\r\n'
    'sec-ch-ua-mobile: ?0\r\nsec-ch-ua-platform: "Windows"\r\nUpgrade-Insecure-Requests: 1\r\nUser-Agent: {agent}\r\n'
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n"
    "Sec-Fetch-Site: none\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-User: ?1\r\nSec-Fetch-Dest: document\r\n"
    "Accept-Encoding: gzip, deflate, br\r\nAccept-Language: {languages}\r\n"
    "Cookie: _ga=GA1.2.{session}; {choice}session={session:016x}\r\n\r\n"
)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks for what. `country` is None where the database has none, `chosen` where they have chosen no region."""

    client: str
    country: str | None
    languages: str
    target: str
    system: str
    major: int
    session: int
    chosen: str | None = None

    def request(self, *, closes: bool = False) -> bytes:
        """The octets of the request, the last of its connection if it `closes`."""
        text = _REQUEST.format(
            target=self.target,
            host=HOST,
            connection="Connection: close\r\n" if closes else "",
            client=self.client,
            major=self.major,
            agent=_AGENT.format(system=self.system, major=self.major),
            languages=self.languages,
            session=self.session,
            choice=f"{CHOICE_COOKIE}={self.chosen}; " if self.chosen else "",
        )
        return text.encode("ascii")


def visitors(number: int, country_of: Callable[[str], str | None], seed: int = 307) -> list[Visitor]:
    """Different visitors in random order, the same ones for the same seed."""
    random = Random(seed)  # noqa: S311  a benchmark wants to be repeated, not to keep a secret
    clients = _clients(random, country_of)
    wanted_shared = number * SHARED_PERCENT // 100
    shared: dict[str, str | None] = {}
    others: dict[str, str | None] = {}
    while len(shared) < wanted_shared or len(others) < number - wanted_shared:
        client, country = next(clients)
        group, wanted = (shared, wanted_shared) if country in SHARED else (others, number - wanted_shared)
        if len(group) < wanted:
            group[client] = country
    found = [_visitor(random, client, country) for client, country in (shared | others).items()]
    random.shuffle(found)
    return found


def _clients(random: Random, country_of: Callable[[str], str | None]) -> Iterator[tuple[str, str | None]]:
    while True:
        client = IPv4Address(random.getrandbits(32))
        if client.is_global and not client.is_multicast:
            yield str(client), country_of(str(client))


def _visitor(random: Random, client: str, country: str | None) -> Visitor:
    own = random.choice(_LANGUAGES.get(country or "", ("en",)))
    return Visitor(
        client=client,
        country=country,
        languages=random.choice(_ACCEPTED).format(own=own, country=country or "US"),
        target=random.choice(_PATHS).format(number=random.randrange(100_000)),
        system=random.choice(_SYSTEMS),
        major=random.randrange(120, 144),
        session=random.getrandbits(60),
        chosen=random.choice(_CHOSEN) if random.randrange(100) < CHOOSING_PERCENT else None,
    )

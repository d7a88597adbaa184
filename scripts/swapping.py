"""Visitors of a door whose policy and database are swapped under them, and who know what they may be told, and when.

Every answer must be wholly of a state that was in force when it was asked for, or up to two seconds before.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import re
import time
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence
    from pathlib import Path

    from georedirect.policy.endpoint import Endpoint

GRACE_SECONDS = 2.0
KEEP_ALIVE, ONCE = 64, 16
_PAUSE_SECONDS = 0.03
_POLICY = """\
[site]
default = "other"
[regions.other]
uri = "https://other.example/{number}{{+path}}{{+query}}"
[regions.germany]
uri = "https://germany.example/{number}{{+path}}{{+query}}"
countries = ["DE"]
[regions.france]
uri = "https://france.example/{number}{{+path}}{{+query}}"
countries = ["FR"]
[server]
trusted_proxies = ["127.0.0.1"]
[limits]
head_seconds = 3
[database]
country = "country.mmdb"
max_age_days = 36500
lru_size = 4096
"""  # what is full soon can grow no more
_HEAD = "GET /x HTTP/1.1\r\nHost: www.example.com\r\nX-Forwarded-For: {address}\r\nConnection: {connection}\r\n\r\n"
_ADDRESSES = {
    "85.214.132.117": ("germany", "france"),
    "90.63.0.1": ("france", "germany"),
    "8.8.8.8": ("other", "other"),
}
"""Whose region is which by the bundled database, and by the one that takes Germany for France."""

_ISO_CODE = b"\x48iso_code\x42"  # how a record's key, and what is two octets long, are written in an MMDB file


class State(NamedTuple):
    """What is in force: the policy of that number, and the database that is as it should be (0) or exchanged (1)."""

    policy: int
    database: int


class Timeline:
    """Which state was in force from when on."""

    def __init__(self, grace_seconds: float = GRACE_SECONDS) -> None:
        self._since = [(0.0, State(0, 0))]
        self._grace_seconds = grace_seconds

    def begin(self, state: State) -> None:
        self._since.append((time.monotonic(), state))

    def allowed(self, sent: float, received: float) -> set[State]:
        """What an answer to a question of then may be of."""
        ends = [since for since, _ in self._since[1:]] + [float("inf")]
        return {
            value
            for (since, value), end in zip(self._since, ends, strict=True)
            if since <= received and end >= sent - self._grace_seconds
        }


@dataclass
class Site:
    """The files of a door under test, renamed into place, good or bad. While either is bad, nothing new is served."""

    folder: Path
    bundled: bytes
    timeline: Timeline = field(default_factory=Timeline)
    refused: int = 0

    def __post_init__(self) -> None:
        self._place("site.toml", _POLICY.format(number=0).encode())
        self._place("country.mmdb", self.bundled)
        self._numbers = itertools.count(1)
        self._policy: int | None = 0
        self._database: int | None = 0

    @property
    def policy(self) -> Path:
        return self.folder / "site.toml"

    def swap_policy(self, *, is_good: bool) -> None:
        number = next(self._numbers)
        text = _POLICY.format(number=number)
        self._place("site.toml", (text if is_good else text + "[regions.other\n").encode())
        self._policy = number if is_good else None
        self._note()

    def swap_database(self, *, is_good: bool, rng: random.Random) -> None:
        database = next(self._numbers) % 2
        good = _exchanged(self.bundled) if database else self.bundled
        self._place("country.mmdb", good if is_good else _damaged(self.bundled, rng))
        self._database = database if is_good else None
        self._note()

    def _note(self) -> None:
        if self._policy is None or self._database is None:
            self.refused += 1
        else:
            self.timeline.begin(State(self._policy, self._database))

    def _place(self, name: str, octets: bytes) -> None:
        (self.folder / f"{name}.new").write_bytes(octets)
        (self.folder / f"{name}.new").rename(self.folder / name)


def _exchanged(octets: bytes) -> bytes:
    """The same database with Germany and France the other way round."""
    swapped = octets.replace(_ISO_CODE + b"DE", _ISO_CODE + b"??").replace(_ISO_CODE + b"FR", _ISO_CODE + b"DE")
    return swapped.replace(_ISO_CODE + b"??", _ISO_CODE + b"FR")


def _damaged(octets: bytes, rng: random.Random) -> bytes:
    """The same database as a broken download leaves it."""
    cut = rng.randrange(len(octets) // 4, len(octets))
    return rng.choice([octets[:cut], octets[:cut] + b"\xff" * (len(octets) - cut), b"<html>", b""])


@dataclass
class Seen:
    """What the visitors saw: how long each answer took, in seconds, and what should not have been."""

    times: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def p99(self) -> float:
        return sorted(self.times)[len(self.times) * 99 // 100]


class Visitors:
    """Who come back on one connection, and who make one for each question."""

    def __init__(self, port: int, site: Site) -> None:
        self.seen = Seen()
        self._port = port
        self._site = site

    async def come(self, until: float) -> None:
        rngs = [random.Random(seed) for seed in range(KEEP_ALIVE + ONCE)]  # noqa: S311  the same load each time
        kinds: Sequence[Callable[[random.Random, float], Awaitable[None]]] = [self._return] * KEEP_ALIVE + [
            self._once
        ] * ONCE
        await asyncio.gather(*(come(rng, until) for come, rng in zip(kinds, rngs, strict=True)))

    async def _return(self, rng: random.Random, until: float) -> None:
        """One connection for all: a door that closes it has failed."""
        while time.monotonic() < until:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            is_open = True
            while is_open and time.monotonic() < until:
                is_open = await self._ask(reader, writer, rng, "keep-alive")
                await asyncio.sleep(rng.uniform(0.5, 1.5) * _PAUSE_SECONDS)
            writer.close()

    async def _once(self, rng: random.Random, until: float) -> None:
        while time.monotonic() < until:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
                await self._ask(reader, writer, rng, "close")
                writer.close()
            except OSError as error:
                self.seen.failures.append(f"no connection: {error!r}")
            await asyncio.sleep(rng.uniform(0.5, 1.5) * _PAUSE_SECONDS)

    async def _ask(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rng: random.Random, connection: str
    ) -> bool:
        """Whether an answer came; whatever is wrong with it is noted."""
        address = rng.choice(list(_ADDRESSES))
        head = _HEAD.format(address=address, connection=connection).encode()
        sent = time.monotonic()
        try:
            writer.write(head)
            answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
        except (OSError, EOFError, TimeoutError) as error:
            self.seen.failures.append(f"{connection}: {error!r}")
            return False
        received = time.monotonic()
        self.seen.times.append(received - sent)
        if wrong := self._judge(answer, address, sent, received):
            self.seen.failures.append(wrong)
        return True

    def _judge(self, answer: bytes, address: str, sent: float, received: float) -> str | None:
        found = re.match(rb"HTTP/1\.1 307 .*\r\nLocation: https://(\w+)\.example/(-?\d+)/x\r\n", answer, re.DOTALL)
        if found is None:
            return f"no redirect: {answer[:80]!r}"
        region, number = found[1].decode(), int(found[2])
        allowed = self._site.timeline.allowed(sent, received)
        if (region, number) in {(_ADDRESSES[address][state.database], state.policy) for state in allowed}:
            return None
        return f"{address} got {region} of policy {number}, but {sorted(allowed)} was in force"


def refusals(admin: Endpoint) -> int:
    """How many loads a door has refused, by its metrics: its log limits repeats, and has no line for each."""
    with urllib.request.urlopen(f"http://{admin}/metrics", timeout=10) as reply:
        counts = re.findall(r"^georedirect_refusals_total\{.*\} (\S+)$", reply.read().decode(), re.MULTILINE)
    return sum(int(float(count)) for count in counts)


async def swap(site: Site, swaps: int, reloads: int, until: float) -> None:
    """That many swaps of the database and of the policy, evenly until then, every third of each a bad one."""
    rng = random.Random(7)  # noqa: S311
    plan = list(_plan(swaps, reloads, rng))
    pause = (until - time.monotonic()) / (len(plan) + 1)
    for step, (is_database, is_good) in enumerate(plan):
        await asyncio.sleep(max(0.0, until - pause * (len(plan) - step) - time.monotonic()))
        if is_database:
            await asyncio.to_thread(site.swap_database, is_good=is_good, rng=rng)
        else:
            site.swap_policy(is_good=is_good)


def _plan(swaps: int, reloads: int, rng: random.Random) -> Iterator[tuple[bool, bool]]:
    steps = [True] * swaps + [False] * reloads
    rng.shuffle(steps)
    counts = {True: 0, False: 0}
    for is_database in steps:
        counts[is_database] += 1
        yield is_database, counts[is_database] % 3 != 0

"""Mixed load on a running door for a while, and a look at what it costs: memory, descriptors, words in the log.

The load is what a front door gets: visitors that come back, visitors that come once, forms, large uploads, slow and
broken clients, and meanwhile new policies and databases, good and bad. All of it comes from this machine, and ends with
the time given.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from georedirect.policy.endpoint import Endpoint, parse_endpoint
from scripts.swapping import GRACE_SECONDS, Seen, Site, Timeline, Visitors, refusals, swap

_ROOT = Path(__file__).resolve().parent.parent
_MOST_GROWTH = 0.05
_LOOK_SECONDS = 2.0
_HEAD = (
    "{method} /{path} HTTP/1.1\r\nHost: www.example.com\r\n"
    "Accept-Language: {language}\r\nX-Forwarded-For: {address}\r\n"
)
_BROKEN = [
    b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01",
    b"GET /\n\n",
    b"BREW / HTTP/1.1\r\n\r\n",
]


@dataclass
class Tally:
    """What the clients saw: answers by status, and connections that ended otherwise than they should."""

    answers: dict[str, int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def count(self, head: bytes) -> None:
        status = head[9:12].decode("ascii", "replace")
        self.answers[status] = self.answers.get(status, 0) + 1


def _head(rng: random.Random, method: str = "GET", *more: str) -> bytes:
    address = ".".join(str(rng.randrange(1, 224)) for _ in range(4))
    language = rng.choice(["de-CH,de;q=0.9", "fr", "en-US,en;q=0.5", "ja", "*"])
    head = _HEAD.format(
        method=method, path=f"{rng.getrandbits(40):x}?q={rng.random()}", language=language, address=address
    )
    return (head + "".join(f"{line}\r\n" for line in more) + "\r\n").encode()


async def _keep_alive(port: int, rng: random.Random, tally: Tally) -> None:
    """A visitor that asks many things on one connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(200):
        writer.write(_head(rng))
        tally.count(await reader.readuntil(b"\r\n\r\n"))
    writer.close()


async def _once(port: int, rng: random.Random, tally: Tally) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(_head(rng, "GET", "Connection: close"))
    tally.count(await reader.read())
    writer.close()


async def _form(port: int, rng: random.Random, tally: Tally) -> None:
    """A small form, and on the same connection the next request."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(_head(rng, "POST", "Content-Length: 1000") + bytes(1000) + _head(rng))
    for _ in range(2):
        tally.count(await reader.readuntil(b"\r\n\r\n"))
    writer.close()


async def _upload(port: int, rng: random.Random, tally: Tally) -> None:
    """More than the door reads: the answer has to arrive all the same."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(_head(rng, "PUT", "Content-Length: 1000000") + bytes(1_000_000))
    tally.count(await reader.readuntil(b"\r\n\r\n"))
    writer.close()


async def _broken(port: int, rng: random.Random, tally: Tally) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(rng.choice(_BROKEN))
    tally.count(await reader.read())
    writer.close()


async def _slow(port: int, rng: random.Random, tally: Tally) -> None:
    """An octet now and then, until the door has had enough."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for octet in _head(rng)[:20]:
        writer.write(bytes([octet]))
        await asyncio.sleep(0.2)
        if reader.at_eof():
            break
    tally.count(await reader.read())
    writer.close()


_CLIENTS = (_keep_alive, _keep_alive, _once, _form, _upload, _broken, _slow, _slow)


async def _client(port: int, seed: int, until: float, tally: Tally) -> None:
    rng = random.Random(seed)  # noqa: S311  the same load each time
    while time.monotonic() < until:
        try:
            await asyncio.wait_for(_CLIENTS[seed % len(_CLIENTS)](port, rng, tally), 30)
        except (OSError, EOFError, TimeoutError) as error:
            tally.failures.append(f"{_CLIENTS[seed % len(_CLIENTS)].__name__}: {error!r}")
        await asyncio.sleep(0.01)


@dataclass(frozen=True)
class Look:
    """What the workers hold at one moment: octets of their own memory, and open descriptors."""

    octets: int
    descriptors: int


def _look(pids: list[int]) -> Look:
    memory = "".join(Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in pids)
    octets = 1024 * sum(int(size) for size in re.findall(r"^Private_\w+: +(\d+)", memory, re.MULTILINE))
    return Look(octets, sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids))


@dataclass
class Soak:
    """What was seen: by clients of all kinds, by visitors before and while things are swapped, and at the workers."""

    tally: Tally = field(default_factory=Tally)
    looks: list[Look] = field(default_factory=list)
    quiet: Seen = field(default_factory=Seen)
    swapped: Seen = field(default_factory=Seen)


async def _soak(port: int, pids: list[int], site: Site, given: argparse.Namespace) -> Soak:
    """Load for a while, the first sixth without swaps; and look after a third of the time has warmed everything up."""
    soak = Soak()
    start = time.monotonic()
    until = start + given.seconds
    clients = [asyncio.create_task(_client(port, seed, until, soak.tally)) for seed in range(given.clients)]
    visitors = Visitors(port, site)
    await visitors.come(start + given.seconds / 6)
    soak.quiet, visitors.seen = visitors.seen, soak.swapped
    tasks = [
        *clients,
        asyncio.create_task(visitors.come(until)),
        asyncio.create_task(swap(site, given.swaps, given.reloads, until - GRACE_SECONDS)),
    ]
    await asyncio.sleep(given.seconds / 6)
    while time.monotonic() < until:
        soak.looks.append(_look(pids))
        await asyncio.sleep(_LOOK_SECONDS)
    await asyncio.gather(*tasks)
    return soak


def _complaints(soak: Soak, given: argparse.Namespace) -> list[str]:
    """What was seen that was not as it should be."""
    third = len(soak.looks) // 3  # with some swaps in it: what is remembered grows from one to the next
    first, last = soak.looks[:third], soak.looks[-third:]
    growth = max(look.octets for look in last) / max(look.octets for look in first) - 1
    descriptors = [max(look.descriptors for look in part) for part in (first, last)]
    print(f"memory grew by {growth:.1%}, descriptors from {descriptors[0]} to {descriptors[1]}")
    found = [f"memory grew by {growth:.1%}"] if growth > given.growth else []
    if descriptors[1] > 1.5 * descriptors[0] + 10:
        found.append(f"descriptors grew from {descriptors[0]} to {descriptors[1]}")
    failures = [*soak.tally.failures, *soak.quiet.failures, *soak.swapped.failures]
    found += failures[:10]
    print(f"{len(soak.swapped.times)} answers while things were swapped, {len(failures)} failures of any kind")
    return found


def judge_log(log: str, bad_files: int, refused: int, *, is_patient: bool) -> list[str]:
    """Complaints unless every bad file was refused, and the log tells of that, and besides of nothing bad.

    One line may stand for many refusals, as the server limits repeats; and one refusal for several bad files where
    `is_patient`, as one load may have to do with what these left.
    """
    lines = log.splitlines()
    said = [line for line in lines if "not loaded, what was loaded before" in line]
    found = []
    if refused > bad_files or (refused < bad_files and not (is_patient and refused)):
        found.append(f"{bad_files} bad files, but {refused} refusals")
    if len(said) > bad_files or (refused and not said):
        found.append(f"{refused} refusals of {bad_files} bad files, but {len(said)} lines that say so")
    others = [line for line in lines if line not in said and "loaded again" not in line]
    return [*found, *(f"the log says: {line[:500]}" for line in others[:10])]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--swaps", type=int, default=100, help="of the database")
    parser.add_argument("--reloads", type=int, default=50, help="of the policy")
    parser.add_argument("--grace", type=float, default=GRACE_SECONDS, help="seconds in which a change is to be served")
    parser.add_argument("--growth", type=float, default=_MOST_GROWTH, help="by how much memory may grow")
    parser.add_argument("--p99", action="store_true", help="complain if swaps make the slowest hundredth twice as slow")
    given = parser.parse_args()
    with tempfile.TemporaryFile("w+") as log, tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder), (_ROOT / "data" / "country.mmdb").read_bytes(), Timeline(given.grace))
        command = [sys.executable, "-m", "georedirect", "serve", str(site.policy)]
        options = ["--workers", "2", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]
        service = subprocess.Popen([*command, *options], cwd=_ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            door, admin = _announced(service)
            children = Path(f"/proc/{service.pid}/task/{service.pid}/children").read_text().split()
            soak = asyncio.run(_soak(door.port, [int(pid) for pid in children], site, given))
            refused = refusals(admin)
        finally:
            service.send_signal(signal.SIGTERM)
            code = service.wait(30)
        log.seek(0)
        is_patient = given.grace > GRACE_SECONDS
        complaints = _complaints(soak, given) + judge_log(log.read(), site.refused, refused, is_patient=is_patient)
    print(f"{site.refused} bad files, {refused} refusals")
    quiet, swapped = soak.quiet.p99(), soak.swapped.p99()
    print(f"p99 {quiet * 1e3:.2f} ms when quiet, {swapped * 1e3:.2f} ms while things were swapped")
    if given.p99 and swapped > 2 * quiet:
        complaints.append("swaps make visitors wait")
    print("answers by status:", dict(sorted(soak.tally.answers.items())))
    complaints += [f"the service ended with {code}"] if code else []
    print("\n".join(complaints) or "nothing to complain of")
    return 1 if complaints else 0


def _announced(service: subprocess.Popen[str]) -> tuple[Endpoint, Endpoint]:
    """Read what the service prints, up to the line to try: where the door listens, and where its admin does."""
    printed = ""
    assert service.stdout is not None  # noqa: S101  it is piped
    for line in service.stdout:
        printed += line
        if line.strip().startswith("curl"):
            break
    door, admin = re.findall(r" on http://([0-9.]+:[0-9]+)", printed)
    return parse_endpoint(door), parse_endpoint(admin)


if __name__ == "__main__":
    sys.exit(main())

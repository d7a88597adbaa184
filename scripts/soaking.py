"""Mixed load on a running door for a while, and a look at what it costs: memory, descriptors, words in the log.

The load is what a front door gets: visitors that come back, visitors that come once, forms, large uploads, slow and
broken clients. All of it comes from this machine, and ends with the time given.
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

_ROOT = Path(__file__).resolve().parent.parent
_MOST_GROWTH = 0.05
_LOOK_SECONDS = 2.0
_LOOKS_AT_EACH_END = 5
_HEAD = (
    "{method} /{path} HTTP/1.1\r\nHost: www.example.com\r\n"
    "Accept-Language: {language}\r\nX-Forwarded-For: {address}\r\n"
)
_SETTINGS = "[database]\nlru_size = 4096\n[limits]\nhead_seconds = 3\n"  # what is full soon can grow no more
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


async def _soak(port: int, pids: list[int], seconds: float, clients: int) -> tuple[Tally, list[Look]]:
    """Load, and look after a third of the time has warmed everything up."""
    tally, looks = Tally(), list[Look]()
    until = time.monotonic() + seconds
    tasks = [asyncio.create_task(_client(port, seed, until, tally)) for seed in range(clients)]
    await asyncio.sleep(seconds / 3)
    while time.monotonic() < until:
        looks.append(_look(pids))
        await asyncio.sleep(_LOOK_SECONDS)
    await asyncio.gather(*tasks)
    return tally, looks


def _complaints(tally: Tally, looks: list[Look], log: str) -> list[str]:
    """What was not as it should be."""
    first, last = looks[:_LOOKS_AT_EACH_END], looks[-_LOOKS_AT_EACH_END:]
    growth = max(look.octets for look in last) / max(look.octets for look in first) - 1
    descriptors = [max(look.descriptors for look in part) for part in (first, last)]
    print(f"memory grew by {growth:.1%}, descriptors from {descriptors[0]} to {descriptors[1]}")
    found = [f"memory grew by {growth:.1%}"] if growth > _MOST_GROWTH else []
    if descriptors[1] > 1.5 * descriptors[0] + 10:
        found.append(f"descriptors grew from {descriptors[0]} to {descriptors[1]}")
    found += tally.failures[:10]
    return [*found, f"the log says: {log[:2000]}"] if log else found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--clients", type=int, default=32)
    given = parser.parse_args()
    with tempfile.TemporaryFile("w+") as log, tempfile.NamedTemporaryFile("w", suffix=".toml") as settings:
        settings.write(_SETTINGS)
        settings.flush()
        command = [
            sys.executable,
            "-m",
            "georedirect",
            "serve",
            str(_ROOT / "georedirect" / "demo.toml"),
            settings.name,
        ]
        options = ["--workers", "2", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]
        service = subprocess.Popen([*command, *options], cwd=_ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            port = _port(service)
            children = Path(f"/proc/{service.pid}/task/{service.pid}/children").read_text().split()
            tally, looks = asyncio.run(_soak(port, [int(pid) for pid in children], given.seconds, given.clients))
        finally:
            service.send_signal(signal.SIGTERM)
            code = service.wait(30)
        log.seek(0)
        complaints = _complaints(tally, looks, log.read())
    print("answers by status:", dict(sorted(tally.answers.items())))
    complaints += [f"the service ended with {code}"] if code else []
    print("\n".join(complaints) or "nothing to complain of")
    return 1 if complaints else 0


def _port(service: subprocess.Popen[str]) -> int:
    """Read what the service prints, up to where the door listens and on to the line to try."""
    port = 0
    assert service.stdout is not None  # noqa: S101  it is piped
    for line in service.stdout:
        if found := re.search(r"listening on http://127\.0\.0\.1:(\d+)", line):
            port = int(found[1])
        if line.strip().startswith("curl"):
            break
    return port


if __name__ == "__main__":
    sys.exit(main())

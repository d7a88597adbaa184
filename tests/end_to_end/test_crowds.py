"""More clients than there are descriptors, and a thousand that are slow: the others are served all the same."""

from __future__ import annotations

import asyncio
import resource
import socket
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from tests.processes import running, wait_until
from tests.wire import request

if TYPE_CHECKING:
    from georedirect.policy.endpoint import Endpoint

_TICKS = 100  # a second, in /proc; the kernel's USER_HZ
_SLOW = 1000


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def is_served(door: Endpoint) -> bool:
    try:
        with socket.create_connection((door.host, door.port), 2) as sock:
            sock.sendall(request("/", "Connection: close"))
            return sock.recv(100).startswith(b"HTTP/1.1 307 ")
    except OSError:
        return False


def test_a_door_that_runs_out_of_descriptors_neither_spins_nor_stays_shut() -> None:
    with running() as service:
        (worker,) = [pid for pid in service.children() if len(list(Path(f"/proc/{pid}/fd").iterdir())) > 0][:1]
        for pid in service.children():
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (64, 64))
        with ExitStack() as crowd:
            for _ in range(200):
                crowd.enter_context(socket.create_connection((service.door.host, service.door.port), 5))
            time.sleep(0.5)
            before = cpu_seconds(worker)
            time.sleep(1)
            assert cpu_seconds(worker) - before < 0.5
        assert wait_until(lambda: is_served(service.door), 10)


async def test_a_thousand_slow_heads_are_gone_in_time_and_others_are_served_meanwhile(tmp_path: Path) -> None:
    policy = tmp_path / "slow.toml"
    policy.write_text(
        '[site]\ndefault = "a"\n[regions.a]\nuri = "https://a.example{+path}"\n[limits]\nhead_seconds = 4\n'
    )
    with running(policy) as service:
        host, port = service.door.host, service.door.port
        slow = [await asyncio.open_connection(host, port) for _ in range(_SLOW)]
        began = time.monotonic()
        async with asyncio.TaskGroup() as tasks:
            dripping = tasks.create_task(_drip([writer for _, writer in slow]))
            await _ask_much(service.door)
            answers = await asyncio.wait_for(asyncio.gather(*(_rest(reader) for reader, _ in slow)), 30)
            dripping.cancel()
        assert time.monotonic() - began < 1.5 * 4 + 1, "a second to send and to read"
        for _, writer in slow:
            writer.close()
    assert {answer[:13] for answer in answers} == {b"HTTP/1.1 408 "}


async def _ask_much(door: Endpoint) -> None:
    reader, writer = await asyncio.open_connection(door.host, door.port)
    for number in range(100):
        writer.write(request(f"/{number}"))
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
        assert f"\r\nLocation: https://a.example/{number}\r\n".encode() in head
    writer.close()


async def _drip(writers: list[asyncio.StreamWriter]) -> None:
    """An octet each, over and over: a deadline that every octet moves would never come."""
    for octet in request("/", "X-Slow: " + "x" * 100):
        for writer in writers:
            if not writer.is_closing():
                writer.write(bytes([octet]))
        await asyncio.sleep(0.5)


async def _rest(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionResetError:  # what we dripped after the answer
        return b""

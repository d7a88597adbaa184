"""Serves the door's plain Sanic route, without any faster protocol: `serve_plain.py POLICY PORT`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import uvloop

from georedirect.door.app import create_door
from georedirect.door.listen import listen
from georedirect.door.server import Door, start
from georedirect.door.snapshot import load_snapshot
from georedirect.policy.endpoint import Endpoint


async def main(policy: Path, port: int) -> None:
    await start(create_door(load_snapshot([policy])), [Door(listen(Endpoint("127.0.0.1", port)))])
    await asyncio.Event().wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(Path(sys.argv[1]), int(sys.argv[2])))

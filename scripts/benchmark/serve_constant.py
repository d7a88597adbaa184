"""The floor: answers whatever arrives with the same octets, decides nothing: `serve_constant.py closes|stays PORT`."""

from __future__ import annotations

import asyncio
import sys
from typing import cast

import uvloop

_HEAD = (
    b"HTTP/1.1 307 Temporary Redirect\r\nLocation: https://global.example.com/products/12345\r\n"
    b"Cache-Control: private, no-store\r\nVary: Accept-Language, Cookie, X-Forwarded-For, X-Forwarded-Proto\r\n"
    b"Date: Sun, 22 Nov 2026 12:00:00 GMT\r\nContent-Length: 0\r\n"
)


class Constant(asyncio.Protocol):
    """Takes each piece of data for one request."""

    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass

    def data_received(self, data: bytes) -> None:  # noqa: ARG002
        self.transport.write(_HEAD + b"\r\n")


class ConstantAndClose(Constant):
    def data_received(self, data: bytes) -> None:  # noqa: ARG002
        self.transport.write(_HEAD + b"Connection: close\r\n\r\n")
        self.transport.close()


async def main(protocol: type[Constant], port: int) -> None:
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(ConstantAndClose if sys.argv[1] == "closes" else Constant, int(sys.argv[2])))

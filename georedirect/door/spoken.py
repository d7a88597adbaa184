"""What is spoken on a listener, as far as the answers on its connections depend on it."""

from __future__ import annotations

from typing import NamedTuple


class Spoken(NamedTuple):
    """With TLS all requests are https. Where there is an `https_port`, all that is answered is that https has it."""

    is_tls: bool = False
    https_port: int | None = None


PLAIN = Spoken()

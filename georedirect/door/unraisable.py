"""What Python can raise nowhere, told in the log like everything else. Mends nothing.

By itself Python writes a traceback and raw octets for each, and clients can bring some of them about.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

log = logging.getLogger("georedirect")


def install() -> None:
    """Tell them from now on, in this process."""
    sys.unraisablehook = tell


def tell(unraisable: UnraisableHookArgs) -> None:
    """One line and its traceback; nothing of what is only the client's mistake, and told to it by an alert."""
    if _is_odd_name(unraisable):
        return
    error = unraisable.exc_value
    log.error("%s", unraisable.err_msg or "an error could be told to nobody", exc_info=error)


def _is_odd_name(unraisable: UnraisableHookArgs) -> bool:
    """Whether it is a host's name that TLS was asked for and that is not ASCII: ssl refuses the handshake for it."""
    return unraisable.exc_type is UnicodeDecodeError and isinstance(unraisable.object, bytes)

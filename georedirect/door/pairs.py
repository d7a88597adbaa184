"""A certificate with its key, in PEM, as OpenSSL understands them. Reads no file, and never says a word of a key.

What a certificate says is found out by a handshake with ourselves, which also shows that one can be made.
"""

from __future__ import annotations

import os
import re
import ssl
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----")
_KEY = b"PRIVATE KEY-----"
_NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME: what has expired is to be looked at, too
_NOT_ITS_KEY = "is not the key of that certificate, which comes first in its file"
_DAMAGED = "holds a private key that is damaged"
_WHY_NOT = {
    **dict.fromkeys(("KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH", "NO_CERTIFICATE_ASSIGNED"), _NOT_ITS_KEY),
    **dict.fromkeys(("damaged", "BAD_SIGNATURE"), _DAMAGED),  # with the latter, its two halves do not fit
}


class PairError(Exception):
    """What is wrong with a certificate or its key, as the end of a sentence that begins with the file's name."""

    def __init__(self, text: str, *, is_about_key: bool = False) -> None:
        super().__init__(text)
        self.is_about_key = is_about_key


@dataclass(frozen=True, slots=True)
class Pair:
    """`chain` begins with the certificate itself. `names` are the hosts' that it is for, in lower case.

    It is valid from when it `begins` until it `ends`, in seconds since 1970.
    """

    chain: bytes = field(repr=False)
    key: bytes = field(repr=False)
    names: tuple[str, ...]
    begins: float
    ends: float


def examine(chain: bytes, key: bytes) -> Pair:
    """The pair, if TLS can be spoken with it; PairError says why not."""
    blocks = [block.decode("ascii") for block in _BLOCK.findall(chain)]
    if not blocks:
        raise PairError("holds no certificate in PEM")
    if _KEY not in key:
        raise PairError("holds no private key in PEM", is_about_key=True)
    client = _client_for(blocks)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    load_pair(server, chain, key)
    said = _shake_hands(client, server)
    names = (name.lower() for kind, name in said.get("subjectAltName", ()) if kind == "DNS")
    begins, ends = (float(ssl.cert_time_to_seconds(said[key])) for key in ("notBefore", "notAfter"))
    return Pair(chain, key, tuple(names), begins, ends)


def load_pair(context: ssl.SSLContext, chain: bytes, key: bytes) -> None:
    """Have a context use what is in memory: OpenSSL itself only takes names of files."""
    with _in_memory(chain) as chain_name, _in_memory(key) as key_name:
        try:
            context.load_cert_chain(chain_name, key_name, password=_ask_nobody)
        except ssl.SSLError as error:
            raise _told(error) from None


def _ask_nobody() -> NoReturn:
    raise PairError("is encrypted, and there is nobody to ask for the password", is_about_key=True)


@contextmanager
def _in_memory(octets: bytes) -> Iterator[str]:
    """The name of a file that has these octets, and is on no disk."""
    descriptor = os.memfd_create("georedirect-pem", os.MFD_CLOEXEC)
    try:
        with os.fdopen(os.dup(descriptor), "wb") as file:
            file.write(octets)
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)


def _client_for(blocks: list[str]) -> ssl.SSLContext:
    """A client that trusts exactly this certificate, whoever has signed it and whenever it was valid."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN | ssl.VerifyFlags(_NO_CHECK_TIME)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata="\n".join(blocks))
        client.load_verify_locations(cadata=blocks[0])
    except ssl.SSLError as error:
        raise PairError(f"holds a certificate that is damaged: {_in_words(error)}") from None
    return client


def _shake_hands(client: ssl.SSLContext, server: ssl.SSLContext) -> dict[str, Any]:
    """What the client sees of the server's certificate."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = client.wrap_bio(to_client, to_server), server.wrap_bio(to_server, to_client, server_side=True)
    try:
        for end in ends * 2:
            _go_on(end)
    except ssl.SSLCertVerificationError as error:
        raise PairError(f"is refused by clients: {error.verify_message}") from None
    except ssl.SSLError as error:
        raise _told(error) from None
    return ends[0].getpeercert() or {}


def _go_on(end: ssl.SSLObject) -> None:
    try:
        end.do_handshake()
    except ssl.SSLWantReadError:
        return


def _told(error: ssl.SSLError) -> PairError:
    """What is wrong, as far as that can be told from OpenSSL's word: of damaged PEM it has none."""
    reason = str(error.reason or "damaged")
    if reason in _WHY_NOT:
        return PairError(_WHY_NOT[reason], is_about_key=True)
    return PairError(f"is of no use to OpenSSL: {_in_words(error)}")


def _in_words(error: ssl.SSLError) -> str:
    return str(error.reason or "it cannot be read").replace("_", " ").lower()

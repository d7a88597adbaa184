"""How TLS is spoken with the certificates that are served: a context for each, found by the name that is asked for."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from georedirect.door.pairs import load_pair
from georedirect.policy.server_model import TlsVersion

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from georedirect.door.certificates import Certificate
    from georedirect.door.snapshot import Snapshot

_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"  # of TLS 1.2: with forward secrecy, and authenticated; 1.3 has no others
_VERSIONS = {TlsVersion.V1_2: ssl.TLSVersion.TLSv1_2, TlsVersion.V1_3: ssl.TLSVersion.TLSv1_3}


class Contexts:
    """What new connections speak TLS with. `first` chooses another by itself where the client asks for its name.

    They hold the keys of session tickets, too: processes that have them from one parent take each other's.
    """

    def __init__(self, certificates: Sequence[Certificate], minimum: TlsVersion) -> None:
        self._of = ([certificate.pair for certificate in certificates], minimum)
        made = [_context(certificate, minimum) for certificate in certificates]
        self.first = made[0] if made else None
        self._by_name = dict(reversed(list(_by_name(certificates, made))))  # of two for one name, the first counts
        if self.first is not None and len(made) > 1:
            self.first.sni_callback = self._choose

    @classmethod
    def of(cls, snapshot: Snapshot) -> Contexts:
        return cls(snapshot.certificates, snapshot.configuration.tls.minimum)

    def after(self, snapshot: Snapshot) -> Contexts:
        """Those for another snapshot: the same ones if nothing about them has changed, so that tickets stay good.

        Or if there are no others: what listens with TLS goes on until a restart.
        """
        if not snapshot.certificates:
            return self
        wanted = ([certificate.pair for certificate in snapshot.certificates], snapshot.configuration.tls.minimum)
        return self if wanted == self._of else Contexts.of(snapshot)

    def _choose(self, connection: ssl.SSLObject, name: str | None, _first: ssl.SSLContext) -> None:
        found = self.find(name)
        if found is not None:
            connection.context = found

    def find(self, name: str | None) -> ssl.SSLContext | None:
        """The context for a host's name: its own, that of the wildcard above it (RFC 6125 6.4.3), or else the first."""
        name = (name or "").lower()
        _, _, above = name.partition(".")
        return self._by_name.get(name) or self._by_name.get(f"*.{above}") or self.first


def _context(certificate: Certificate, minimum: TlsVersion) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = _VERSIONS[minimum]
    context.set_ciphers(_CIPHERS)
    context.set_alpn_protocols(["http/1.1"])
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE | ssl.OP_NO_COMPRESSION
    load_pair(context, certificate.pair.chain, certificate.pair.key)
    return context


def _by_name(
    certificates: Sequence[Certificate], made: Sequence[ssl.SSLContext]
) -> Iterator[tuple[str, ssl.SSLContext]]:
    for certificate, context in zip(certificates, made, strict=True):
        for name in certificate.pair.names:
            yield name, context

"""What a policy says of the server itself, read and checked: frozen values. Knows no file format."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from georedirect.policy.endpoint import Endpoint, Where
from georedirect.visitor.networks import UNIX, Networks
from georedirect.visitor.original import Convention

if TYPE_CHECKING:
    from datetime import date
    from pathlib import PurePath

    from georedirect.policy.data_model import NamedFile

_ADMIN = Endpoint("127.0.0.1", 8308)
_NOBODY = Networks.parse(())


class Answering(StrEnum):
    """Whom the door answers, as written in `[server] answer`."""

    DOOR = "door"
    """Visitors, with a redirect."""
    FORWARD_AUTH = "forward-auth"
    """A proxy that asks, for each of its visitors' requests, whether to let it through."""


class TlsVersion(StrEnum):
    """The oldest version of TLS that is spoken, as written in `[tls] minimum`."""

    V1_2 = "1.2"
    V1_3 = "1.3"


@dataclass(frozen=True, slots=True)
class Listener:
    """One of `[server] listen`: where, and what is spoken there.

    With `to_https` nothing is answered but that https has it, at `https_port` where the policy says which.
    With `proxy_protocol` each connection begins with a PROXY header.
    """

    address: Where
    tls: bool = False
    to_https: bool = False
    https_port: int | None = None
    proxy_protocol: bool = False


_LISTENERS = (Listener(Endpoint("127.0.0.1", 8307)),)


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """One of `[[tls.certificates]]`: the chain, the server's own first, and its private key. Both are PEM."""

    certificate: NamedFile
    key: NamedFile


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """`[tls]`: the first of `certificates` is for names that no other has. `hsts_seconds` is None where not asked."""

    minimum: TlsVersion = TlsVersion.V1_2
    hsts_seconds: int | None = None
    hsts_subdomains: bool = False
    certificates: tuple[CertificateFiles, ...] = ()

    @property
    def hsts(self) -> str | None:
        """What Strict-Transport-Security says (RFC 6797 6.1); None where it is not sent."""
        if self.hsts_seconds is None:
            return None
        return f"max-age={self.hsts_seconds}{'; includeSubDomains' if self.hsts_subdomains else ''}"


@dataclass(frozen=True, slots=True)
class ProxyList:
    """A list of networks that `trusted_proxies` names in the policy `file` on `line`: a preset's, or a file's.

    `networks` are those that are known without the file at `path`, as of `read_on`. A preset's file need not be there.
    """

    file: str
    line: int
    preset: str | None = None
    path: PurePath | None = None
    networks: tuple[str, ...] = ()
    read_on: date | None = None


@dataclass(frozen=True, slots=True)
class Trusting:
    """Everything that `trusted_proxies` says: networks that are written there, and lists of others."""

    written: tuple[str, ...] = ()
    lists: tuple[ProxyList, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.written or self.lists)

    @property
    def networks(self) -> Networks:
        networks = [*self.written, *(network for each in self.lists for network in each.networks)]
        return Networks.parse((text for text in networks if text != UNIX), has_unix=UNIX in self.written)


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """`[server]`: where to listen, how many workers, whom to answer, and whom to believe about the client's address.

    `trusted_proxies` are the networks of `trusting`, as far as its lists have been read.
    """

    listen: tuple[Listener, ...] = _LISTENERS
    admin: Where | None = _ADMIN
    admin_hosts: frozenset[str] = frozenset()
    admin_token_file: NamedFile | None = None
    workers: int = 1
    trusted_proxies: Networks = _NOBODY
    trusting: Trusting = Trusting()
    client_address: str = "x-forwarded-for"
    answer: Answering = Answering.DOOR
    forward_auth: Convention = Convention.X_FORWARDED


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """`[limits]`: what one client, or all of a worker's clients together, may take. Times are in seconds."""

    head_seconds: int = 10
    keep_alive_seconds: int = 60
    write_seconds: int = 20
    linger_seconds: int = 5
    target_octets: int = 8192
    head_octets: int = 16384
    headers: int = 100
    body_octets: int = 65536
    connections: int = 10000
    watchdog_seconds: int = 10

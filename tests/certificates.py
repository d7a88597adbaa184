"""Certificates for tests, by an authority of their own, and files in which they stand."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

import trustme

if TYPE_CHECKING:
    from pathlib import Path


@cache
def authority() -> trustme.CA:
    return trustme.CA(organization_name="georedirect tests")


@dataclass(frozen=True, slots=True)
class Files:
    """The names of a certificate's file and its key's."""

    certificate: Path
    key: Path

    @property
    def toml(self) -> str:
        return f'[[tls.certificates]]\ncertificate = "{self.certificate}"\nkey = "{self.key}"\n'

    def write(self, issued: trustme.LeafCert) -> None:
        """Put another pair there, each file whole at once, as certbot does."""
        for path, octets in ((self.certificate, chain_of(issued)), (self.key, issued.private_key_pem.bytes())):
            new = path.with_suffix(".new")
            new.write_bytes(octets)
            new.rename(path)


def issue(*names: str, days: float = 100, key_type: trustme.KeyType = trustme.KeyType.ECDSA) -> trustme.LeafCert:
    """A certificate for these hosts, which expires in so many days."""
    ends = datetime.now(UTC) + timedelta(days=days)
    begins = min(datetime.now(UTC), ends) - timedelta(days=1)
    return authority().issue_cert(*names, not_before=begins, not_after=ends, key_type=key_type)


def chain_of(issued: trustme.LeafCert) -> bytes:
    return b"".join(blob.bytes() for blob in issued.cert_chain_pems)


def files_in(folder: Path, *names: str, days: float = 100) -> Files:
    """A new pair for these hosts, in files of a folder that are named after the first of them."""
    name = names[0].replace("*", "any")
    files = Files(folder / f"{name}.pem", folder / f"{name}.key")
    files.write(issue(*names, days=days))
    return files


def client_context() -> ssl.SSLContext:
    """What a client has that trusts the authority, and checks whom it talks to."""
    context = ssl.create_default_context()
    authority().configure_trust(context)
    return context

"""Reads the certificates that a policy names, and tries each: for which names it is, until when, and if its key fits.

The files are read once, by whoever loads a policy; all workers get the octets, so that all have the same pair.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from georedirect.door.pairs import Pair, PairError, examine
from georedirect.policy.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import PurePath

    from georedirect.policy.data_model import NamedFile
    from georedirect.policy.server_model import CertificateFiles, TlsSettings

MOST_OCTETS = 1 << 20
SOON_SECONDS = 14 * 86400


class Time(StrEnum):
    """Where in its time a certificate is, and what is to be said of that."""

    GOOD = "is valid"
    SOON = "expires in {days} days"
    EXPIRED = "has expired: browsers refuse it"
    EARLY = "is not valid yet: browsers refuse it"


class Certificate(NamedTuple):
    """A pair, and where it was read from: the name of its file, and its place in the policy."""

    file: str
    pair: Pair
    named: NamedFile

    def time_of(self, now: float) -> Time:
        if now >= self.pair.ends:
            return Time.EXPIRED
        if now < self.pair.begins:
            return Time.EARLY
        return Time.SOON if self.pair.ends - now < SOON_SECONDS else Time.GOOD

    def worry(self, now: float) -> str | None:
        """What an operator should know of its time; None while all is well."""
        time = self.time_of(now)
        days = f"{(self.pair.ends - now) / 86400:.1f}"
        return None if time is Time.GOOD else f"{self.file} {time.value.format(days=days)}"

    def warnings(self, now: float) -> list[Finding]:
        """What may well be meant so, but is worth knowing."""
        worry = self.worry(now)
        nameless = None if self.pair.names else f"{self.file} is for no host's name: browsers refuse it"
        return [_finding(self.named, text, is_mistake=False) for text in (worry, nameless) if text is not None]


def read_certificates(
    settings: TlsSettings, see: Callable[[PurePath], None], wrong: list[Finding]
) -> tuple[Certificate, ...]:
    """All that are good; what is wrong with the others is added to `wrong`. `see` is told of each file before."""
    read = [_read(files, see, wrong) for files in settings.certificates]
    return tuple(certificate for certificate in read if certificate is not None)


def _read(files: CertificateFiles, see: Callable[[PurePath], None], wrong: list[Finding]) -> Certificate | None:
    octets = [_read_file(named, see, wrong) for named in (files.certificate, files.key)]
    if octets[0] is None or octets[1] is None:
        return None
    try:
        pair = examine(octets[0], octets[1])
    except PairError as error:
        named = files.key if error.is_about_key else files.certificate
        wrong.append(_finding(named, f"{named.path} {error}"))
        return None
    return Certificate(str(files.certificate.path), pair, files.certificate)


def _read_file(named: NamedFile, see: Callable[[PurePath], None], wrong: list[Finding]) -> bytes | None:
    see(named.path)
    try:
        with Path(named.path).open("rb") as file:
            octets = file.read(MOST_OCTETS + 1)
    except (OSError, ValueError) as error:  # ValueError: NUL in its name
        why = error.strerror if isinstance(error, OSError) else None
        wrong.append(_finding(named, f"{named.path} cannot be read: {why or error}"))
        return None
    if len(octets) > MOST_OCTETS:
        wrong.append(_finding(named, f"{named.path} has more than {MOST_OCTETS} octets: it is no certificate or key"))
        return None
    return octets


def _finding(named: NamedFile, text: str, *, is_mistake: bool = True) -> Finding:
    return Finding(named.file, named.line, named.key, text, is_mistake)

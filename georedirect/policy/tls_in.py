"""Reads `[tls]`: with which certificates the door speaks it, and how. Whether files are there is for who opens them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from georedirect.policy.files import read_file_name
from georedirect.policy.server_model import CertificateFiles, TlsSettings, TlsVersion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from georedirect.policy.findings import Findings
    from georedirect.policy.table import Table

TLS_KEYS = ("minimum", "hsts_seconds", "hsts_subdomains", "certificates")
CERTIFICATE_KEYS = ("certificate", "key")
MOST_HSTS_SECONDS = 315_360_000
"""Ten years."""


def read_tls(root: Table, findings: Findings) -> TlsSettings:
    table = root.table("tls")
    default = TlsSettings()
    if table is None:
        return default
    table.expect_only(TLS_KEYS)
    if "hsts_subdomains" in table and "hsts_seconds" not in table:
        findings.warning((*table.path, "hsts_subdomains"), "only counts with hsts_seconds")
    return TlsSettings(
        minimum=_read_minimum(table, default.minimum),
        hsts_seconds=_read_hsts(table),
        hsts_subdomains=table.boolean("hsts_subdomains", default=default.hsts_subdomains),
        certificates=tuple(_read_certificates(table, findings)),
    )


def _read_minimum(table: Table, default: TlsVersion) -> TlsVersion:
    text = table.text("minimum")
    if text is None or text.value in list(TlsVersion):
        return TlsVersion(text.value) if text else default
    table.mistake("minimum", f'"{text.value}" is no version of TLS that is spoken here; write "1.2" or "1.3"')
    return default


def _read_hsts(table: Table) -> int | None:
    if "hsts_seconds" not in table:
        return None
    return table.whole_number("hsts_seconds", at_least=0, at_most=MOST_HSTS_SECONDS, default=0)


def _read_certificates(table: Table, findings: Findings) -> Iterator[CertificateFiles]:
    for each in table.array_of_tables("certificates"):
        each.expect_only(CERTIFICATE_KEYS)
        for key in CERTIFICATE_KEYS:
            if key not in each:
                each.mistake(key, f"is missing; name the file in PEM, such as {key} = {_EXAMPLES[key]}")
        certificate, key_file = (read_file_name(each, key, findings) for key in CERTIFICATE_KEYS)
        if certificate is not None and key_file is not None:
            yield CertificateFiles(certificate, key_file)


_EXAMPLES = {"certificate": '"fullchain.pem"', "key": '"privkey.pem"'}

"""Reads `[database]` and `[update]`: what says where an address is, and how fresh data of that kind comes in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from georedirect.policy.countries import COUNTRIES, likely_meant
from georedirect.policy.data_model import DatabaseSettings, NamedSource, UpdateSettings, WhenOld
from georedirect.policy.files import read_file_name, read_file_names
from georedirect.policy.settings import HEADER_NAME, NEVER_OF_A_PROXY
from georedirect.policy.sources import why_not_source, why_not_url
from georedirect.policy.table import did_you_mean
from georedirect.policy.veil import quotable

if TYPE_CHECKING:
    from georedirect.policy.findings import Findings
    from georedirect.policy.server_model import ServerSettings
    from georedirect.policy.table import Table

DATABASE_KEYS = (
    *("country", "source", "overrides", "private", "use_registered_country", "country_header"),
    *("city", "asn", "anonymous", "lru_size", "max_age_days", "when_old"),
)
UPDATE_KEYS = (
    *("edition", "account_id", "license_key_file", "token_file", "checksum"),
    *("keep", "most_moved_percent", "most_shrunk_percent", "downloads_a_day"),
)
COUNTRY_HEADERS = {
    "preset:app-engine": "x-appengine-country",
    "preset:bunny": "cdn-requestcountrycode",
    "preset:cloudflare": "cf-ipcountry",
    "preset:cloudfront": "cloudfront-viewer-country",
    "preset:vercel": "x-vercel-ip-country",
}
"""The headers in which CDNs say, by default or when told to, which country a visitor is in."""

UPDATE_RANGES = {
    "account_id": (1, 999_999_999_999),
    "keep": (0, 100),
    "most_moved_percent": (0, 100),
    "most_shrunk_percent": (0, 100),
    "downloads_a_day": (1, 1000),
}
MOST_LRU_ENTRIES = 16_777_216
MOST_AGE_DAYS = 36_500

_EDITION = re.compile(r"[A-Za-z0-9-]{1,64}")
_CHECKSUM = re.compile(r"sha256:[0-9a-fA-F]{64}|md5:[0-9a-fA-F]{32}")


def read_database(root: Table, findings: Findings) -> DatabaseSettings:
    table = root.table("database")
    default = DatabaseSettings()
    if table is None:
        return default
    table.expect_only(DATABASE_KEYS)
    return DatabaseSettings(
        country=read_file_name(table, "country", findings),
        city=read_file_name(table, "city", findings),
        asn=read_file_name(table, "asn", findings),
        anonymous=read_file_name(table, "anonymous", findings),
        source=_read_source(table, findings),
        overrides=read_file_names(table, "overrides", findings),
        private=_read_private(table),
        use_registered_country=table.boolean("use_registered_country", default=default.use_registered_country),
        country_header=_read_country_header(table),
        lru_size=table.whole_number("lru_size", at_least=0, at_most=MOST_LRU_ENTRIES, default=default.lru_size),
        max_age_days=table.whole_number(
            "max_age_days", at_least=1, at_most=MOST_AGE_DAYS, default=default.max_age_days
        ),
        when_old=table.one_of("when_old", WhenOld, "answer to that") or default.when_old,
    )


def read_update(root: Table, findings: Findings) -> UpdateSettings:
    table = root.table("update")
    default = UpdateSettings()
    if table is None:
        return default
    table.expect_only(UPDATE_KEYS)
    return UpdateSettings(
        edition=_read_edition(table),
        account_id=_whole_number_or_none(table, "account_id"),
        license_key_file=read_file_name(table, "license_key_file", findings),
        token_file=read_file_name(table, "token_file", findings),
        checksum=_read_checksum(table),
        keep=_whole_number(table, "keep", default.keep),
        most_moved_percent=_whole_number(table, "most_moved_percent", default.most_moved_percent),
        most_shrunk_percent=_whole_number(table, "most_shrunk_percent", default.most_shrunk_percent),
        downloads_a_day=_whole_number_or_none(table, "downloads_a_day"),
    )


def check_country_header(database: DatabaseSettings, server: ServerSettings, table: Table, findings: Findings) -> None:
    """What only shows in both tables: who may say a country, and that one header does not say two things."""
    header = database.country_header
    if header is None:
        return
    if header == server.client_address:
        table.mistake("country_header", f"{header} holds the client's address: [server] client_address says so")
    elif not server.trusting:
        path = (*table.path, "country_header")
        findings.warning(path, f"{header} never counts while [server] trusted_proxies names nobody")


def _read_source(table: Table, findings: Findings) -> NamedSource | None:
    text = table.text("source")
    if text is None:
        return None
    if why := why_not_source(text.value):
        table.mistake("source", why)
        return None
    if "country" not in table:
        table.mistake("source", 'needs a file to fill; name it: country = "GeoLite2-Country.mmdb"')
    place = findings.at(text.path, "")
    return NamedSource(text.value, place.file, place.line, place.key)


def _read_private(table: Table) -> str | None:
    text = table.text("private")
    if text is None or text.value in COUNTRIES:
        return text and text.value
    meant = likely_meant(text.value)
    hint = f'did you mean "{meant}"?' if meant else 'write one such as "DE"'
    table.mistake("private", f'"{text.value}" is not an ISO 3166-1 code; {hint}')
    return None


def _read_country_header(table: Table) -> str | None:
    text = table.text("country_header")
    if text is None:
        return None
    name = text.value.lower()
    if name.startswith("preset:"):
        if name not in COUNTRY_HEADERS:
            table.mistake("country_header", f'"{text.value}" is no preset; {did_you_mean(name, COUNTRY_HEADERS)}')
        return COUNTRY_HEADERS.get(name)
    if not HEADER_NAME.fullmatch(name) or name in NEVER_OF_A_PROXY:
        table.mistake(
            "country_header",
            f'"{text.value}" carries no country; write the name of a header of letters, digits and hyphens that '
            f'holds an ISO 3166-1 code, such as "cf-ipcountry", or one of {", ".join(COUNTRY_HEADERS)}',
        )
        return None
    return name


def _read_edition(table: Table) -> str | None:
    text = table.text("edition")
    if text is not None and not _EDITION.fullmatch(text.value):
        table.mistake("edition", f'"{text.value}" is no edition; write one such as "GeoLite2-Country"')
        return None
    return text and text.value


def _read_checksum(table: Table) -> str | None:
    text = table.text("checksum")
    if text is None or _CHECKSUM.fullmatch(text.value) or why_not_url(text.value) is None:
        return text and text.value
    shown = quotable(text.value)
    table.mistake("checksum", f'"{shown}" is none; write "sha256:...", "md5:..." or the https URL where it stands')
    return None


def _whole_number(table: Table, key: str, default: int) -> int:
    least, most = UPDATE_RANGES[key]
    return table.whole_number(key, at_least=least, at_most=most, default=default)


def _whole_number_or_none(table: Table, key: str) -> int | None:
    return _whole_number(table, key, UPDATE_RANGES[key][0]) if key in table else None

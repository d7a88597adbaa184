"""Reads `[choice]` and `[chooser]`: how visitors choose for themselves, and where. Knows no visitor."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from georedirect.policy.files import read_file_name
from georedirect.policy.model import ChoiceSettings, ChooserSettings

if TYPE_CHECKING:
    from georedirect.policy.findings import Findings
    from georedirect.policy.table import Table

CHOICE_KEYS = ("parameter", "cookie", "days", "parameter_stores")
CHOOSER_KEYS = ("prefix", "template", "stylesheet")
MOST_DAYS = 400
"""Browsers keep no cookie for longer (RFC 6265bis, 5.5)."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")  # in a query and in a Cookie header alike, nothing to encode
_PREFIX = re.compile(r"/(?:[A-Za-z0-9._~-]+/)+")


def read_choice(root: Table) -> ChoiceSettings:
    table = root.table("choice")
    default = ChoiceSettings()
    if table is None:
        return default
    table.expect_only(CHOICE_KEYS)
    return ChoiceSettings(
        parameter=_read_name(table, "parameter", default.parameter),
        cookie=_read_name(table, "cookie", default.cookie),
        days=table.whole_number("days", at_least=1, at_most=MOST_DAYS, default=default.days),
        parameter_stores=table.boolean("parameter_stores", default=default.parameter_stores),
    )


def _read_name(table: Table, key: str, default: str) -> str:
    text = table.text(key)
    if text is None:
        return default
    if not _NAME.fullmatch(text.value):
        table.mistake(key, f'"{text.value}" is no name here: up to 64 letters, digits, -, . and _, no sign first')
    return text.value


def read_chooser(root: Table, findings: Findings) -> ChooserSettings:
    table = root.table("chooser")
    if table is None:
        return ChooserSettings()
    table.expect_only(CHOOSER_KEYS)
    return ChooserSettings(
        prefix=_read_prefix(table),
        template=read_file_name(table, "template", findings),
        stylesheet=read_file_name(table, "stylesheet", findings),
    )


def _read_prefix(table: Table) -> str:
    text = table.text("prefix")
    if text is None:
        return ChooserSettings().prefix
    if not _PREFIX.fullmatch(text.value) or {".", ".."} & set(text.value.split("/")):
        table.mistake(
            "prefix",
            f'"{text.value}" is not a path with a slash at both ends, such as "/.georedirect/" or "/region/"',
        )
    return text.value

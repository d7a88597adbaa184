"""Reads `[sticky]`: what visitors are known by when something is drawn for them. Draws nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from georedirect.policy.rule_model import Sticky

if TYPE_CHECKING:
    from georedirect.policy.model import ChoiceSettings
    from georedirect.policy.table import Table

STICKY_KEYS = ("cookie", "ipv4_prefix", "ipv6_prefix", "key")
MOST_KEY_CHARACTERS = 200

_COOKIE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")


def read_sticky(root: Table, choice: ChoiceSettings) -> Sticky:
    table = root.table("sticky")
    default = Sticky()
    if table is None:
        return default
    table.expect_only(STICKY_KEYS)
    return Sticky(
        cookie=_read_cookie(table, choice),
        ipv4_prefix=table.whole_number("ipv4_prefix", at_least=8, at_most=32, default=default.ipv4_prefix),
        ipv6_prefix=table.whole_number("ipv6_prefix", at_least=16, at_most=64, default=default.ipv6_prefix),
        key=_read_key(table),
    )


def _read_cookie(table: Table, choice: ChoiceSettings) -> str | None:
    text = table.text("cookie")
    if text is None:
        return None
    if not _COOKIE.fullmatch(text.value):
        table.mistake("cookie", f'"{text.value}" is no cookie\'s name: up to 64 letters, digits, -, . and _')
    if text.value.removeprefix("__Host-") == choice.cookie:
        table.mistake("cookie", f'"{text.value}" is where a choice is kept; name a cookie that the site itself sets')
    return text.value


def _read_key(table: Table) -> str:
    text = table.text("key")
    if text is not None and len(text.value) > MOST_KEY_CHARACTERS:
        table.mistake("key", f"has {len(text.value)} characters; at most {MOST_KEY_CHARACTERS} may be")
    return text.value if text is not None else ""

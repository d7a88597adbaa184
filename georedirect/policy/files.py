"""Names of files that a policy mentions, with the place where it does. Opens none of them."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from georedirect.policy.data_model import NamedFile

if TYPE_CHECKING:
    from georedirect.policy.findings import Findings
    from georedirect.policy.table import Table, Text


def read_file_name(table: Table, key: str, findings: Findings) -> NamedFile | None:
    """The file that `key` names, relative to the policy's folder; whether it is there is for who opens it."""
    text = table.text(key)
    return None if text is None else _named(text, findings)


def read_file_names(table: Table, key: str, findings: Findings) -> tuple[NamedFile, ...]:
    """The files of an array, likewise."""
    return tuple(_named(text, findings) for text in table.texts(key))


def _named(text: Text, findings: Findings) -> NamedFile:
    place = findings.at(text.path, "")
    return NamedFile(PurePath(findings.file).parent / text.value, place.file, place.line, place.key)

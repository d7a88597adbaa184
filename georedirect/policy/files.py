"""Names of files that a policy mentions, with the place where it does. Opens none of them."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from georedirect.policy.model import NamedFile

if TYPE_CHECKING:
    from georedirect.policy.findings import Findings
    from georedirect.policy.table import Table


def read_file_name(table: Table, key: str, findings: Findings) -> NamedFile | None:
    """The file that `key` names, relative to the policy's folder; whether it is there is for who opens it."""
    text = table.text(key)
    if text is None:
        return None
    place = findings.at(text.path, "")
    return NamedFile(PurePath(findings.file).parent / text.value, place.file, place.line, place.key)

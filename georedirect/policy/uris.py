"""Reads a URI template where it stands in a file. What makes one good is in `template.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from georedirect.errors import TemplateError
from georedirect.policy.slips import find_slips
from georedirect.policy.template import VARIABLES, compile_template

if TYPE_CHECKING:
    from collections.abc import Collection

    from georedirect.policy.findings import Findings
    from georedirect.policy.table import Table
    from georedirect.policy.template import Template


def read_uri(table: Table, findings: Findings, known: Collection[str] = tuple(VARIABLES)) -> Template | None:
    """The template at `uri`, which may have `known` variables; None where it is missing, or wrong, which is told."""
    text = table.text("uri")
    if text is None:
        return None
    try:
        template = compile_template(text.value, known)
    except TemplateError as error:
        table.mistake("uri", f'"{text.value}" {error}')
        return None
    for slip in find_slips(text.value):
        findings.warning(text.path, slip)
    return template

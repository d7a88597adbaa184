"""Everything that we raise on purpose. A message names the place and what would be right; nothing else is in here."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class GeoredirectError(Exception):
    """Something the operator can mend; its text is for them, and the program ends with exit code 1."""


class PolicyError(GeoredirectError):
    """One or more policy files have mistakes. `findings` are lines to print, `FILE:LINE: key: text` each."""

    def __init__(self, findings: Sequence[object]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = tuple(findings)


class TemplateError(GeoredirectError):
    """A URI template that is malformed, or that a request could turn towards another host."""


class DatabaseError(GeoredirectError):
    """A database file that is missing, unreadable, damaged, or of a type that holds no countries."""


class NoCountriesError(DatabaseError):
    """A database file that is whole, and of a type that holds no countries."""


class CheckError(DatabaseError):
    """A database file that must not take the place of the one in use. `cause` is one word for why, `report` is all."""

    def __init__(self, text: str, cause: str, report: object = None) -> None:
        super().__init__(text)
        self.cause, self.report = cause, report


class ListenError(GeoredirectError):
    """An address that the door cannot listen on."""


class AskError(GeoredirectError):
    """A server that could not be asked: unreachable, too slow, without a good certificate, or speaking no HTTP."""


class UsageError(GeoredirectError):
    """A command line whose words are no good; the program ends with exit code 2, as argparse does."""


class ChooserError(GeoredirectError):
    """A template or stylesheet that the chooser page cannot use. `part` says which, `line` counts from 1."""

    def __init__(self, part: str, line: int, what: str) -> None:
        super().__init__(f"{part}: line {line}: {what}")
        self.part, self.line, self.what = part, line, what

"""Everything that we raise on purpose. A message names the place and what would be right; nothing else is in here."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class GeoredirectError(Exception):
    """Something the operator can mend; its text is for them, and the program ends with its exit code."""

    @property
    def exit_code(self) -> int:
        return 1


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


class OutputError(GeoredirectError):
    """A file that could not be written, or a picture that cannot be made here."""


class UsageError(GeoredirectError):
    """A command line whose words are no good; the program ends with exit code 2, as argparse does."""

    @property
    def exit_code(self) -> int:
        return 2


class UpdateCause(StrEnum):
    """Why an update came to nothing, in the word that its last step says; the exit codes are below."""

    INPUT = "input"
    LATER = "try-later"
    DENIED = "denied"
    DAMAGED = "damaged"
    REFUSED = "refused"
    BUSY = "busy"
    DISK = "disk"
    BUDGET = "budget"
    FAULT = "fault"

    @property
    def exit_code(self) -> int:
        return _UPDATE_EXIT_CODES[self]


_UPDATE_EXIT_CODES = {
    UpdateCause.INPUT: 1,  # the policy, a configuration, credentials
    UpdateCause.LATER: 3,  # cannot be reached, or failed for this time
    UpdateCause.DENIED: 4,  # the source says no, and would say so again
    UpdateCause.DAMAGED: 5,  # what came is no database, or not the one that was promised
    UpdateCause.REFUSED: 6,  # a database, but too unlike the present one to be let in unasked
    UpdateCause.BUSY: 7,  # another update of the same file is running
    UpdateCause.DISK: 8,  # full, read-only, forbidden
    UpdateCause.BUDGET: 9,  # as many downloads as may be begun in a day
    UpdateCause.FAULT: 1,  # what nobody thought of; Python itself ends a program so
}  # 2 is wrong usage, 10 says that there is something newer


class UpdateError(GeoredirectError):
    """An update that came to nothing; what was in place is still there."""

    def __init__(self, cause: UpdateCause, text: str) -> None:
        super().__init__(text)
        self.cause = cause

    @property
    def exit_code(self) -> int:
        return self.cause.exit_code


class ChooserError(GeoredirectError):
    """A template or stylesheet that the chooser page cannot use. `part` says which, `line` counts from 1."""

    def __init__(self, part: str, line: int, what: str) -> None:
        super().__init__(f"{part}: line {line}: {what}")
        self.part, self.line, self.what = part, line, what

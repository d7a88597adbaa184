"""What a program ends with, by what went wrong."""

from __future__ import annotations

import pytest

from georedirect.errors import (
    CheckError,
    ChooserError,
    DatabaseError,
    GeoredirectError,
    PolicyError,
    UpdateCause,
    UpdateError,
    UsageError,
)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (GeoredirectError("x"), 1),
        (PolicyError(["1.toml:1: x", "1.toml:2: y"]), 1),
        (CheckError("x", "samples"), 1),
        (UsageError("x"), 2),
        *((UpdateError(cause, "x"), cause.exit_code) for cause in UpdateCause),
    ],
)
def test_each_kind_has_its_exit_code(error: GeoredirectError, code: int) -> None:
    assert error.exit_code == code


def test_a_script_tells_the_causes_of_an_update_apart_by_the_exit_code() -> None:
    """0 is well, 2 is wrong usage and 10 is something newer."""
    codes = {cause: cause.exit_code for cause in UpdateCause}
    assert {cause for cause, code in codes.items() if code == 1} == {UpdateCause.INPUT, UpdateCause.FAULT}
    others = sorted(code for code in codes.values() if code != 1)
    assert others == [3, 4, 5, 6, 7, 8, 9]


def test_the_text_is_for_people_and_the_rest_for_programs() -> None:
    policy = PolicyError(["1.toml:1: x", "1.toml:2: y"])
    assert (str(policy), policy.findings) == ("1.toml:1: x\n1.toml:2: y", ("1.toml:1: x", "1.toml:2: y"))
    refused = CheckError("x is not let in", "samples", {"moved": 5})
    assert isinstance(refused, DatabaseError)
    assert (str(refused), refused.cause, refused.report) == ("x is not let in", "samples", {"moved": 5})
    assert UpdateError(UpdateCause.DISK, "full").cause is UpdateCause.DISK
    chooser = ChooserError("stylesheet", 3, "x")
    assert (str(chooser), chooser.part, chooser.line, chooser.what) == ("stylesheet: line 3: x", "stylesheet", 3, "x")

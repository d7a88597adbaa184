"""What Python can raise nowhere is told in the log, but for what any client can bring about."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from georedirect.door.unraisable import install, tell

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

ODD = UnicodeDecodeError("ascii", b"\xff", 0, 1, "ordinal not in range(128)")


def args_of(error: BaseException, thing: object, text: str | None = None) -> UnraisableHookArgs:
    args = SimpleNamespace(exc_type=type(error), exc_value=error, exc_traceback=None, err_msg=text, object=thing)
    return cast("UnraisableHookArgs", args)


@pytest.mark.parametrize(
    ("error", "thing", "text", "told"),
    [
        (ODD, b"\xff.example", None, []),
        (ODD, object(), None, ["an error could be told to nobody"]),
        (ValueError("no"), b"\xff.example", "Exception ignored in", ["Exception ignored in"]),
    ],
)
def test_only_a_clients_own_mistake_is_not_told(
    error: BaseException, thing: object, text: str | None, told: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    tell(args_of(error, thing, text))
    assert [record.getMessage() for record in caplog.records] == told
    assert all(record.exc_info and record.exc_info[1] is error for record in caplog.records)


def test_it_takes_the_place_of_pythons_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    install()
    assert sys.unraisablehook is tell

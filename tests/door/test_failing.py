"""A slip of ours costs one answer, and is logged without what the visitor wrote behind the question mark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Never

from georedirect.door import app
from georedirect.door.app import create_door
from tests.policies import GOOD
from tests.serving import serving, snapshot_for
from tests.wire import ask, request

if TYPE_CHECKING:
    import pytest


async def test_an_error_is_logged_by_its_path_and_answered_with_500(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def slip(*_: object) -> Never:
        raise RuntimeError("a slip of ours")

    monkeypatch.setattr(app, "answer_met", slip)
    async with serving(create_door(snapshot_for(GOOD), name="door-that-fails")) as door:
        reply = await ask(door, request("/shop?token=hush&ip=192.0.2.77", "Cookie: a=hush"))
    assert reply.status == 500
    assert "could not answer /shop\n" in caplog.text
    assert "a slip of ours" in caplog.text
    assert "hush" not in caplog.text
    assert "192.0.2.77" not in caplog.text

"""Whether there can be an access log is told before anything is served."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from georedirect.errors import LogError
from georedirect.journal.opening import check_access
from georedirect.policy.log_model import Stream

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_is_made(tmp_path: Path) -> None:
    check_access(tmp_path / "log")
    assert (tmp_path / "log").read_bytes() == b""
    (tmp_path / "log").write_text("kept")
    check_access(tmp_path / "log")
    assert (tmp_path / "log").read_text() == "kept"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("folder", "it is a folder; name a file in it"),
        ("link", "it is a symbolic link; name what it leads to"),
        ("nowhere/log", "No such file or directory"),
    ],
)
def test_what_cannot_be_opened_is_told_with_its_name(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("target")
    with pytest.raises(LogError) as raised:
        check_access(tmp_path / name)
    assert str(raised.value) == f"{tmp_path / name} cannot be opened for the access log: {why}"
    assert not (tmp_path / "target").exists()


def test_a_named_pipe_is_not_opened_as_its_reader_would_see_it_end(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    check_access(tmp_path / "pipe")


def test_a_stream_that_is_closed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream in Stream:
        check_access(stream)
    monkeypatch.setattr(sys, "__stdout__", None)
    with pytest.raises(LogError, match="stdout is closed, and cannot take the access log"):
        check_access(Stream.STDOUT)

"""The token of the admin pages: read at load, told by FILE:LINE where it is no good, and never told itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from georedirect.door.snapshot import load_snapshot
from georedirect.door.token import Token
from georedirect.errors import PolicyError
from tests.policies import GOOD

if TYPE_CHECKING:
    from pathlib import Path

    from georedirect.door.snapshot import Snapshot

WORD = "a-word-of-16-and"
NAMING = '[server]\nadmin_token_file = "token"\n'
LINE = GOOD.count("\n") + 2


def load(folder: Path, content: bytes | None, mode: int = 0o600) -> Snapshot:
    (folder / "site.toml").write_text(GOOD + NAMING)
    if content is not None:
        (folder / "token").write_bytes(content)
        (folder / "token").chmod(mode)
    return load_snapshot([folder / "site.toml"])


@pytest.mark.parametrize("content", [WORD, f"{WORD}\n", f"  {WORD}\r\n\r\n"])
def test_the_word_in_the_file_is_the_token(tmp_path: Path, content: str) -> None:
    snapshot = load(tmp_path, content.encode())
    assert snapshot.token is not None
    assert snapshot.token.is_said(WORD)
    assert not snapshot.token.is_said(WORD[:-1])
    assert not snapshot.token.is_said("")
    assert not snapshot.token.is_said("\udcff")
    assert [str(warning) for warning in snapshot.configuration.warnings if "token" in str(warning)] == []


def test_without_a_file_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text(GOOD)
    assert load_snapshot([tmp_path / "site.toml"]).token is None


def test_what_is_kept_of_it_does_not_tell_it() -> None:
    assert WORD not in repr(Token.of(WORD))


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"", "has 0 characters; there must be at least 16, such as openssl rand -hex 16 makes them"),
        (b"hush-hush-hush\n", "has 14 characters; there must be at least 16"),
        (b"hush hush hush hush", "does not hold a token and nothing else: one word of ASCII"),
        ("hush-hush-hush-hüsh".encode(), "does not hold a token and nothing else: one word of ASCII"),
        (b"hush" * 1200, "does not hold a token and nothing else: one word of ASCII"),
    ],
)
def test_a_file_that_is_no_good_is_a_mistake_of_the_line_that_names_it(
    tmp_path: Path, content: bytes | None, what: str
) -> None:
    with pytest.raises(PolicyError) as caught:
        load(tmp_path, content)
    (mistake,) = [line for line in str(caught.value).splitlines() if "warning" not in line]
    assert mistake.startswith(f"{tmp_path}/site.toml:{LINE}: server.admin_token_file: ")
    assert what in mistake
    assert "hush" not in mistake


@pytest.mark.parametrize(("mode", "warnings"), [(0o640, 0), (0o644, 1), (0o604, 1)])
def test_a_file_that_everyone_can_read_is_worth_a_warning(tmp_path: Path, mode: int, warnings: int) -> None:
    snapshot = load(tmp_path, WORD.encode(), mode)
    told = [str(warning) for warning in snapshot.configuration.warnings if "admin_token_file" in str(warning)]
    text = f"everyone on this machine can read {tmp_path}/token; chmod o= {tmp_path}/token"
    assert told == [f"{tmp_path}/site.toml:{LINE}: warning: server.admin_token_file: {text}"] * warnings


def test_a_change_of_the_file_is_one_that_a_reload_sees(tmp_path: Path) -> None:
    assert tmp_path / "token" in load(tmp_path, WORD.encode()).files

"""Files that are looked at: every way in which one can become another, and the patience to let a writer finish."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from georedirect.door.changes import Changes, sign, sign_all

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def changes_of(*files: Path) -> Changes:
    return Changes(sign_all(files), rest_seconds=0)


def rename_over(file: Path) -> None:
    (file.parent / "other").write_text("new")
    (file.parent / "other").rename(file)


def rewrite(file: Path) -> None:
    file.write_text("new")


def rewrite_with_the_same_size_and_time(file: Path) -> None:
    before = file.stat()
    file.write_text("dlo")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def delete(file: Path) -> None:
    file.unlink()


def delete_and_make_again(file: Path) -> None:
    file.unlink()
    file.write_text("old")


def cut(file: Path) -> None:
    os.truncate(file, 0)


CHANGES = [rename_over, rewrite, rewrite_with_the_same_size_and_time, delete, delete_and_make_again, cut]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_change_is_told_once_it_has_come_to_rest(tmp_path: Path, change: Callable[[Path], None]) -> None:
    file = tmp_path / "site.toml"
    file.write_text("old")
    changes = changes_of(file, tmp_path / "other.toml")
    assert [changes.look(), changes.look()] == [False, False]
    change(file)
    assert [changes.look(), changes.look(), changes.look()] == [False, True, True]
    changes.know(sign_all([file]))
    assert not changes.look()


def test_a_link_that_leads_elsewhere_is_a_change_as_kubernetes_makes_it(tmp_path: Path) -> None:
    for version in ("1", "2"):
        (tmp_path / version).mkdir()
        (tmp_path / version / "site.toml").write_text(version)
    data, file = tmp_path / "..data", tmp_path / "site.toml"
    data.symlink_to("1")
    file.symlink_to("..data/site.toml")
    changes = changes_of(file)
    (tmp_path / "next").symlink_to("2")
    (tmp_path / "next").rename(data)
    assert [changes.look(), changes.look()] == [False, True]


def test_who_goes_on_writing_is_not_disturbed(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    file.write_text("")
    changes = changes_of(file)
    seen = []
    for size in range(1, 6):
        file.write_text("x" * size)
        seen.append(changes.look())
    assert seen == [False] * 5
    assert changes.look()


def test_a_file_that_appears_is_a_change_and_one_that_was_put_back_is_none(tmp_path: Path) -> None:
    file = tmp_path / "late.toml"
    changes = changes_of(file)
    assert [changes.look(), changes.look()] == [False, False]
    file.write_text("here")
    changes.look()
    file.unlink()
    assert [changes.look(), changes.look()] == [False, False]


def test_two_looks_in_a_row_do_not_make_a_rest(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    file.write_text("old")
    changes = Changes(sign_all([file]), rest_seconds=0.1)
    file.write_text("half of wha")
    assert [changes.look() for _ in range(5)] == [False] * 5
    time.sleep(0.11)
    assert changes.look()


def test_what_cannot_be_looked_at_has_no_signature(tmp_path: Path) -> None:
    assert sign(tmp_path / "none") is None
    assert sign(tmp_path / "a\0b") is None

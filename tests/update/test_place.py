"""What an update does on the disk: the lock, links, modes, previous ones; and a disk that takes nothing."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from georedirect.errors import UpdateCause, UpdateError
from georedirect.update import rollback, run
from georedirect.update.place import forget_older, keep_previous, locked, shelf_of
from tests.update.disks import limited_files, not_as_root, read_only, small_disk
from tests.update.updating import NAME, expect_no_secret

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.update.updating import Site

PAGE = os.sysconf("SC_PAGE_SIZE")


def update(site: Site) -> None:
    site.write("maxmind")
    site.stand_in.maxmind(site.databases.new)
    assert site.run().code == 0
    assert site.bytes_in_place() == site.databases.new


def test_two_updates_do_not_run_at_once(site: Site) -> None:
    site.write("maxmind")
    with locked(shelf_of(site.target)):
        done = site.run()
    assert (done.code, done.outcome) == (7, "busy")
    assert site.run("rollback").outcome == "input"  # there is nothing to roll back, but nobody else is there


def test_what_killed_runs_have_left_is_removed_and_nothing_else(site: Site) -> None:
    strays = [f".{NAME}.abcd_123.part", f".{NAME}.00000000.part"]
    others = [f".{NAME}.abcd_123.new", f".{NAME}.longer0_name.part", f"{NAME}.part", ".other.mmdb.abcd_123.part"]
    for name in [*strays, *others]:
        (site.data / name).write_bytes(b"x")
    (site.data / f".{NAME}.folder00.part").mkdir()
    update(site)
    assert {path.name for path in site.data.iterdir()} >= {*others, f".{NAME}.folder00.part"}
    assert not any((site.data / name).exists() for name in strays)


def test_a_new_file_may_be_read_by_all_and_a_replaced_one_keeps_its_mode_and_owner(site: Site) -> None:
    site.target.unlink()
    update(site)
    assert stat.S_IMODE(site.target.stat().st_mode) == 0o644
    site.target.write_bytes(site.databases.old)
    site.target.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(site.target, 4711, 4712)
    before = site.target.stat()
    update(site)
    after = site.target.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)


@pytest.mark.parametrize("is_dangling", [False, True])
def test_where_the_target_is_a_link_what_it_leads_to_is_replaced(site: Site, tmp_path: Path, is_dangling: bool) -> None:
    real = tmp_path / "elsewhere" / "real.mmdb"
    real.parent.mkdir()
    if not is_dangling:
        site.target.rename(real)
    site.target.unlink(missing_ok=True)
    site.target.symlink_to(real)
    update(site)
    assert site.target.readlink() == real
    assert real.read_bytes() == site.databases.new
    assert {path.name for path in site.data.iterdir()} == {NAME}


def test_as_many_previous_ones_are_kept_as_the_policy_says(site: Site) -> None:
    shelf = shelf_of(site.target)
    for number in range(5):
        site.target.write_bytes(bytes([number]))
        assert keep_previous(shelf, 3)
        assert keep_previous(shelf, 3)  # again, as after a run that was killed before it put the new one in place
        site.target.unlink()
    assert [(number, path.read_bytes()[0]) for number, path in shelf.all_previous()] == [(1, 4), (2, 3), (3, 2)]
    forget_older(shelf, 1)
    assert [number for number, _ in shelf.all_previous()] == [1]


def test_none_is_kept_where_the_policy_says_so(site: Site) -> None:
    site.update_lines.append("keep = 0")
    (site.data / f"{NAME}.previous-1").write_bytes(b"x")
    update(site)
    assert shelf_of(site.target).all_previous() == []


@pytest.mark.parametrize(("make", "why"), [("folder", "is a folder"), ("loop", "leads nowhere"), ("gone", "no folder")])
def test_a_target_that_cannot_be_one_is_bad_input(site: Site, make: str, why: str) -> None:
    site.target.unlink()
    if make == "folder":
        site.target.mkdir()
    elif make == "loop":
        site.target.symlink_to(site.target)
    else:
        site.data.rmdir()
    site.write("dbip")
    done = site.run()
    assert done.code == 1
    assert why in done.err


def test_a_full_disk_is_told_and_changes_nothing(site: Site) -> None:
    """However much there still is: for the state, for what comes, for a part of what that unpacks to."""
    site.write("maxmind")
    site.stand_in.maxmind(site.databases.new)
    pages = len(site.databases.old) // PAGE + 1
    with small_disk(site.data, (3 * pages + 16) * PAGE) as is_mounted:
        if not is_mounted:
            expect_full_with_limited_files(site)
            return
        site.target.write_bytes(site.databases.old)
        for free in range(pages):
            with filled(site.data, free):
                expect_refused_by_disk(site, also=["filler"])
        assert site.run().code == 0
        assert site.bytes_in_place() == site.databases.new


@contextmanager
def filled(folder: Path, free: int) -> Iterator[None]:
    """Leave so many pages free."""
    filler = folder / "filler"
    filler.write_bytes(bytes((os.statvfs(folder).f_bavail - free) * PAGE))
    try:
        yield
    finally:
        filler.unlink()


def expect_full_with_limited_files(site: Site) -> None:
    for octets in (0, 100, len(site.databases.new) // 2):
        with limited_files(octets):
            expect_refused_by_disk(site)


def expect_refused_by_disk(site: Site, also: list[str] | None = None) -> None:
    done = site.run()
    assert (done.code, done.outcome) == (8, "disk"), done
    assert "takes nothing new" in done.err
    assert site.bytes_in_place() == site.databases.old
    assert site.strays() == (also or [])
    expect_no_secret(site, done)


def test_a_folder_that_may_not_be_written_is_told_and_changes_nothing(site: Site) -> None:
    site.write("maxmind")
    site.stand_in.maxmind(site.databases.new)
    assert site.run("update", "--check").code == 10  # and all is loaded: nobody may not read it
    with read_only(site.data):
        expect_refused_by_disk(site)
        assert site.run("update", "--check").code == 10  # which writes nothing


def test_a_lock_that_is_a_link_is_not_followed(site: Site, tmp_path: Path) -> None:
    shelf = shelf_of(site.target)
    shelf.lock_file.symlink_to(tmp_path / "made-by-root")
    site.write("maxmind")
    assert site.run().code == 8
    assert not (tmp_path / "made-by-root").exists()


def test_a_lock_that_may_only_be_read_is_taken_all_the_same(site: Site) -> None:
    """As one that root has made, by hand, when the timer's user comes."""
    shelf = shelf_of(site.target)
    shelf.lock_file.touch()
    shelf.lock_file.chmod(0o444)
    with not_as_root(site.data):
        with locked(shelf), pytest.raises(UpdateError, match="is running"), locked(shelf):
            pass
        with locked(shelf):
            pass


def fail(*_: object) -> None:
    raise OSError(errno.EIO, "Input/output error")


@pytest.mark.parametrize("name", ["sync_folder", "forget_older"])
def test_what_fails_once_the_new_one_is_in_place_is_noted(
    site: Site, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(run, name, fail)
    site.write("maxmind")
    site.stand_in.maxmind(site.databases.new)
    done = site.run()
    assert (done.code, done.outcome, done.outcomes_of("note")) == (0, "updated", ["failed"])
    assert site.bytes_in_place() == site.databases.new


@pytest.mark.parametrize("name", ["sync_folder", "_close_ranks"])
def test_what_fails_once_the_previous_one_is_in_place_is_noted(
    site: Site, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    site.write("maxmind")
    (site.data / f"{NAME}.previous-1").write_bytes(site.databases.ancient)
    monkeypatch.setattr(rollback, name, fail)
    done = site.run("rollback")
    assert (done.code, done.outcome, done.outcomes_of("note")) == (0, "rolled-back", ["failed"])
    assert site.bytes_in_place() == site.databases.ancient


@pytest.mark.parametrize("kind", ["pipe", "memory"])
def test_a_local_source_that_cannot_be_read_is_not_the_targets_disk(site: Site, kind: str) -> None:
    source = site.folder / kind
    if kind == "pipe":
        os.mkfifo(source)
    else:
        source.symlink_to("/proc/self/mem")  # where it begins, nothing is mapped
    site.write(kind)
    done = site.run()
    assert (done.code, done.outcome) == (1, "input")
    assert f"{source} " in done.err
    assert ("is a pipe or a device" if kind == "pipe" else "cannot be read: Input/output error") in done.err
    assert site.strays() == []


def test_an_error_of_the_disk_has_its_own_exit_code() -> None:
    assert UpdateError(UpdateCause.DISK, "").exit_code == 8

"""Whatever octets come, unpacking writes one file or says that they are damaged, and takes no more than it may."""

from __future__ import annotations

import gzip
import tarfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from georedirect.errors import UpdateError
from georedirect.update.offer import digests_of
from georedirect.update.unpack import unpack
from tests.update.stand_in import member, tar, tar_gz

if TYPE_CHECKING:
    from pathlib import Path

    from georedirect.update.offer import Digests
    from tests.update.updating import Databases

MOST = 1 << 20
MARK = b"\xab\xcd\xefMaxMind.com"


def unpacked(folder: Path, octets: bytes) -> bytes | None:
    """The database in it; None where it is damaged."""
    fetched, staged = folder / "fetched", folder / "staged"
    fetched.write_bytes(octets)
    wrong: UpdateError | None = None
    digests: Digests | None = None
    try:
        digests = unpack(fetched, staged, MOST, "it")
    except UpdateError as error:
        wrong = error
    assert {path.name for path in folder.iterdir()} <= {"fetched", "staged"}
    assert staged.stat().st_size <= MOST
    if wrong is not None:
        assert (wrong.exit_code, str(wrong)[:3]) == (5, "it ")
        return None
    assert digests == digests_of(staged)
    return staged.read_bytes()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("unpack")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(max_size=80), form=st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]), octets=st.binary())
def test_a_member_is_found_by_how_its_name_ends(folder: Path, name: str, form: int, octets: bytes) -> None:
    database = octets + MARK
    called = "a" + "".join(character for character in name if character.isprintable() and character != "/") + ".mmdb"
    assert unpacked(folder, gzip.compress(tar([member("a.txt", octets), member(called, database)], form))) == database


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("where", ["", "GeoLite2-Country_20261124/", "long/" * 60])
def test_what_macos_knows_of_a_database_is_not_taken_for_it(folder: Path, where: str, form: int) -> None:
    members = [member(f"{where}._a.mmdb", b"\0\5\x16\7" + MARK), member(f"{where}a.mmdb", b"x" + MARK)]
    assert unpacked(folder, gzip.compress(tar(members, form))) == b"x" + MARK


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_changed_archive_is_unpacked_or_damaged(folder: Path, databases: Databases, data: st.DataObject) -> None:
    plain = bytearray(gzip.decompress(tar_gz(databases.new)))
    for _ in range(data.draw(st.integers(1, 4))):
        plain[data.draw(st.integers(0, 2559))] = data.draw(st.integers(0, 255))  # the headers
    found = unpacked(folder, bytes(plain) if data.draw(st.booleans()) else gzip.compress(bytes(plain), 1))
    assert found is None or MARK in found


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(octets=st.binary(max_size=2000))
def test_any_octets_are_a_database_only_with_its_mark(folder: Path, octets: bytes) -> None:
    assert (unpacked(folder, octets) is not None) == (MARK in octets)


@pytest.mark.parametrize("share", [0.01, 0.3, 0.9, 0.999])
def test_half_of_something_is_damaged(folder: Path, databases: Databases, share: float) -> None:
    packed = tar_gz(databases.new)
    assert unpacked(folder, packed[: int(len(packed) * share)]) is None
    whole = gzip.decompress(packed)
    assert unpacked(folder, whole[: int(len(databases.new) * share) + 2048]) is None


def test_a_wrong_check_sum_of_gzip_is_damaged(folder: Path, databases: Databases) -> None:
    packed = bytearray(gzip.compress(databases.new))
    packed[-6] ^= 1
    assert unpacked(folder, bytes(packed)) is None
    packed = bytearray(tar_gz(databases.new))
    packed[-6] ^= 1
    assert unpacked(folder, bytes(packed)) is None

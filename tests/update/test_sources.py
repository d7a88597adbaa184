"""What the providers' documents and names say, and where a token comes from."""

from __future__ import annotations

from datetime import date
from pathlib import Path, PurePath

import pytest

from georedirect.errors import UpdateError
from georedirect.policy.data_model import NamedFile, UpdateSettings
from georedirect.update import ipinfo, web
from georedirect.update.choose import LocalFile, choose_source
from georedirect.update.dbip import months
from georedirect.update.offer import Digest
from georedirect.update.world import World

SHA, OTHER, MD5 = "a1" * 32, "b2" * 32, "c3" * 16


@pytest.mark.parametrize(
    ("today", "both"),
    [
        (date(2026, 11, 25), ("2026-11", "2026-10")),
        (date(2027, 1, 1), ("2027-01", "2026-12")),
        (date(2028, 3, 31), ("2028-03", "2028-02")),
    ],
)
def test_a_month_and_the_one_before(today: date, both: tuple[str, str]) -> None:
    assert months(today) == both


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (SHA, Digest("sha256", SHA)),
        (f"{SHA.upper()}  a.mmdb\n", Digest("sha256", SHA)),
        (f"{OTHER}  b.mmdb\n{SHA} *./dist/a.mmdb\r\n", Digest("sha256", SHA)),
        (f"SHA256 (a.mmdb) = {SHA}\nSHA256 (b.mmdb) = {OTHER}", Digest("sha256", SHA)),
        (f"sha256:{SHA}", Digest("sha256", SHA)),
        (f"MD5: {MD5}", Digest("md5", MD5)),
        (f"{SHA}\n{SHA}", Digest("sha256", SHA)),
        (f"{SHA} xa.mmdb\n{OTHER} a.mmdbx", None),
        (f"{SHA}0", None),
        (SHA[1:], None),
        ("", None),
    ],
)
def test_the_digest_of_a_file_is_found_in_a_text(text: str, found: Digest | None) -> None:
    assert web.find_digest(text, "a.mmdb") == found


@pytest.mark.parametrize("text", [b"", b"{}", b"[1]", b'{"checksums": {"sha256": 3}}', b"[" * 100_000, b"\xff"])
def test_check_sums_that_say_nothing_are_damaged(text: bytes) -> None:
    with pytest.raises(UpdateError) as raised:
        ipinfo.find_digest(text)
    assert raised.value.exit_code == 5


def test_a_token_comes_from_the_policy_before_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "policy").write_text("first\n")
    (tmp_path / "file").write_text("third")
    monkeypatch.setenv("IPINFO_TOKEN", " second\n")
    monkeypatch.setenv("IPINFO_TOKEN_FILE", str(tmp_path / "file"))
    named = NamedFile(PurePath(tmp_path, "policy"), "site.toml", 9, "update.token_file")
    assert ipinfo.read_token(UpdateSettings(token_file=named)) == "first"
    assert ipinfo.read_token(UpdateSettings()) == "second"
    monkeypatch.delenv("IPINFO_TOKEN")
    assert ipinfo.read_token(UpdateSettings()) == "third"
    monkeypatch.delenv("IPINFO_TOKEN_FILE")
    with pytest.raises(UpdateError, match="IPINFO_TOKEN_FILE") as raised:
        ipinfo.read_token(UpdateSettings())
    assert raised.value.exit_code == 1


def test_a_local_source_is_relative_to_where_it_is_named() -> None:
    def chosen(text: str) -> object:
        return choose_source(text, Path("etc"), UpdateSettings(), Path("a.mmdb"), World())

    assert chosen("b.mmdb") == LocalFile(Path("etc/b.mmdb"))
    assert chosen("/b.mmdb") == LocalFile(Path("/b.mmdb"))
    assert chosen("./dbip") == LocalFile(Path("etc/dbip"))


def test_the_world_is_the_providers_own() -> None:
    assert (World().dbip, World().ipinfo) == ("https://download.db-ip.com/free", "https://ipinfo.io/data")
    assert World().samples

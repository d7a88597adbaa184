"""MaxMind's account, key and edition: policy before environment before GeoIP.conf; errors hold no secret."""

from __future__ import annotations

import os
from base64 import b64decode
from pathlib import PurePath
from typing import TYPE_CHECKING

import pytest

from georedirect.errors import UpdateError
from georedirect.policy.data_model import NamedFile, UpdateSettings
from georedirect.update.maxmind import MaxMind, find_metadata, read_maxmind

if TYPE_CHECKING:
    from pathlib import Path

    from tests.update.updating import Site

SECRET = "hush_hush"  # noqa: S105  nobody's


@pytest.fixture
def conf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """GeoIP.conf, and nothing in the environment."""
    for name in [name for name in os.environ if name.startswith("GEOIPUPDATE_")]:
        monkeypatch.delenv(name)
    path = tmp_path / "GeoIP.conf"
    path.write_text(f"AccountID 1\nLicenseKey {SECRET}\nEditionIDs GeoLite2-ASN GeoLite2-City GeoLite2-Country\n")
    monkeypatch.setenv("GEOIPUPDATE_CONF_FILE", str(path))
    return path


def read(tmp_path: Path, name: str = "geo.mmdb", update: UpdateSettings | None = None) -> MaxMind:
    return read_maxmind(update or UpdateSettings(), tmp_path / name)


def credentials(maxmind: MaxMind) -> str:
    return b64decode(maxmind.authorization.removeprefix("Basic ")).decode()


def key_file(tmp_path: Path, text: str) -> NamedFile:
    (tmp_path / "key").write_text(text)
    return NamedFile(PurePath(tmp_path, "key"), "site.toml", 7, "update.license_key_file")


def why_not(tmp_path: Path, update: UpdateSettings | None = None) -> str:
    with pytest.raises(UpdateError) as raised:
        read(tmp_path, update=update)
    assert raised.value.exit_code == 1
    assert SECRET not in str(raised.value)
    return str(raised.value)


def test_geoip_conf_alone_is_enough(conf: Path, tmp_path: Path) -> None:
    assert conf.exists()
    maxmind = read(tmp_path)
    assert (maxmind.host, maxmind.edition, credentials(maxmind)) == (
        *("https://updates.maxmind.com", "GeoLite2-City"),
        f"1:{SECRET}",
    )


def test_the_environment_wins_over_geoip_conf(conf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    conf.write_text(f"{conf.read_text()}Host a.example\n")
    monkeypatch.setenv("GEOIPUPDATE_ACCOUNT_ID", "2")
    monkeypatch.setenv("GEOIPUPDATE_LICENSE_KEY_FILE", str(key_file(tmp_path, "other\n").path))
    monkeypatch.setenv("GEOIPUPDATE_EDITION_IDS", "GeoIP2-Country")
    maxmind = read(tmp_path)
    assert (maxmind.host, maxmind.edition, credentials(maxmind)) == ("https://a.example", "GeoIP2-Country", "2:other")


def test_the_policy_wins_over_the_environment(conf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert conf.exists()
    (tmp_path / "account").write_text("2")
    monkeypatch.setenv("GEOIPUPDATE_ACCOUNT_ID_FILE", str(tmp_path / "account"))
    monkeypatch.setenv("GEOIPUPDATE_LICENSE_KEY", "other")
    before = dict(os.environ)
    update = UpdateSettings(edition="GeoIP2-City", account_id=3, license_key_file=key_file(tmp_path, "third"))
    maxmind = read(tmp_path, "GeoLite2-Country.mmdb", update)
    assert (maxmind.edition, credentials(maxmind)) == ("GeoIP2-City", "3:third")
    assert dict(os.environ) == before


def test_the_edition_is_what_the_database_is_called(conf: Path, tmp_path: Path) -> None:
    conf.write_text(f"AccountID 1\nLicenseKey {SECRET}\n")
    assert read(tmp_path, "GeoIP2-Enterprise.mmdb").edition == "GeoIP2-Enterprise"
    assert 'write edition = "GeoLite2-Country"' in why_not(tmp_path)


def test_an_edition_without_countries_is_not_guessed(conf: Path, tmp_path: Path) -> None:
    conf.write_text(f"AccountID 1\nLicenseKey {SECRET}\nEditionIDs GeoLite2-ASN GeoIP2-ISP\n")
    assert 'has countries; write edition = "GeoLite2-Country"' in why_not(tmp_path)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("EditionIDs GeoLite2-City\n", "write account_id and license_key_file"),
        (f"LicenseKey {SECRET}\nEditionIDs GeoLite2-City\n", "wants an account ID"),
        (f"AccountID 1\nLicenseKey {SECRET}\nEditionIDs GeoLite2-City\nHost http://a.example\n", "write https"),
        (f"AccountID 1\nLicenseKey {SECRET}\nEditionIDs GeoLite2-City\nProxy socks5://a:{SECRET}@b\n", "http:// and"),
        (f"AccountID x\nLicenseKey {SECRET}\n", "invalid account ID"),
        (f"{SECRET}\n", "invalid format on line 1"),
    ],
)
def test_a_configuration_that_is_wrong_is_told_without_its_secrets(
    conf: Path, tmp_path: Path, text: str, why: str
) -> None:
    conf.write_text(text)
    assert why in why_not(tmp_path)


@pytest.mark.parametrize("text", ["", f"{SECRET} {SECRET}", f"{SECRET}\nmore", f"{SECRET}\u00e9", "\x00"])
def test_a_key_file_with_more_than_a_key_is_told_by_its_line(conf: Path, tmp_path: Path, text: str) -> None:
    assert conf.exists()
    update = UpdateSettings(license_key_file=key_file(tmp_path, text))
    assert why_not(tmp_path, update).startswith("site.toml:7: update.license_key_file: ")


def test_a_key_file_that_is_not_there_is_told_by_its_line(conf: Path, tmp_path: Path) -> None:
    assert conf.exists()
    named = NamedFile(PurePath(tmp_path, "none"), "site.toml", 7, "update.license_key_file")
    why = why_not(tmp_path, UpdateSettings(license_key_file=named))
    assert why == f"site.toml:7: update.license_key_file: {tmp_path}/none cannot be read: No such file or directory"


def test_what_is_shown_of_an_account_holds_no_secret(conf: Path, tmp_path: Path) -> None:
    assert conf.exists()
    maxmind = read(tmp_path)
    assert SECRET not in repr(maxmind)
    assert maxmind.authorization not in repr(maxmind)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"{}",
        b'{"databases": []}',
        b'{"databases": [{"edition_id": "E", "date": "2026-11-24", "md5": "x"}]}',
        b'{"databases": [{"edition_id": "F", "date": "2026-11-24", "md5": "%s"}]}' % (b"0" * 32),
        b'{"databases": [{"edition_id": "E", "date": "../../x", "md5": "%s"}]}' % (b"0" * 32),
        b'{"databases": [{"edition_id": "E", "date": 20261124, "md5": "%s"}]}' % (b"0" * 32),
        b"[" * 100_000,
    ],
)
def test_metadata_that_say_nothing_are_damaged(text: bytes) -> None:
    with pytest.raises(UpdateError) as raised:
        find_metadata(text, "E")
    assert raised.value.exit_code == 5


def test_geoip_conf_in_another_encoding_is_told(conf: Path, tmp_path: Path) -> None:
    conf.write_bytes(f"# Zürich\nLicenseKey {SECRET}\n".encode("latin-1"))
    assert "no UTF-8" in why_not(tmp_path)


def test_a_key_of_arbitrary_octets_is_told(conf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert conf.exists()
    (tmp_path / "key").write_bytes(SECRET.encode() + b"\xff\xfe\x00")
    monkeypatch.setenv("GEOIPUPDATE_LICENSE_KEY_FILE", str(tmp_path / "key"))
    assert "no UTF-8" in why_not(tmp_path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GEOIPUPDATE_HOST", "http://[bad"),
        ("GEOIPUPDATE_HOST", "https://a..example"),
        ("GEOIPUPDATE_PROXY", "http://proxy:99999"),
        ("GEOIPUPDATE_RETRY_FOR", "99999999999999999h"),
    ],
)
@pytest.mark.usefixtures("conf")
def test_a_variable_that_is_not_what_it_should_be_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert why_not(tmp_path).startswith("MaxMind's ")


def test_a_proxy_is_asked_where_there_is_one(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stand-in is its own proxy: what it is asked for is a whole URL."""
    site.write("maxmind")
    monkeypatch.setenv("GEOIPUPDATE_HOST", f"http://localhost:{site.stand_in.ports['127.0.0.1']}")
    monkeypatch.setenv("GEOIPUPDATE_PROXY", site.stand_in.url(""))
    monkeypatch.setenv("GEOIPUPDATE_PROXY_USER_PASSWORD", f"me:{SECRET}")
    done = site.run()
    assert (done.code, SECRET in done.out + done.err) == (4, False)
    assert site.stand_in.asked[0].target.startswith("http://localhost:")
    assert "Proxy-Authorization" in site.stand_in.asked[0].headers

"""Certificates are read by the loader, judged by file and line, and watched for their end."""

from __future__ import annotations

import logging
import pickle
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from georedirect.door.certificates import MOST_OCTETS, Certificate, Time, read_certificates
from georedirect.door.checking import CheckedReading
from georedirect.door.expiry import Expiry
from georedirect.door.snapshot import load_snapshot
from georedirect.errors import PolicyError
from tests.certificates import files_in
from tests.policies import load, policy

if TYPE_CHECKING:
    from pathlib import Path, PurePath

    from georedirect.policy.findings import Finding

DAY = 86400
LISTENER = '[server]\nlisten = [{ address = "127.0.0.1:0", tls = true }]\n'


def read(text: str) -> tuple[tuple[Certificate, ...], list[str], list[PurePath]]:
    """The certificates of a policy, what is wrong with them, and which files were looked at."""
    seen: list[PurePath] = []
    wrong: list[Finding] = []
    certificates = read_certificates(load(policy(rest=LISTENER + text)).tls, seen.append, wrong)
    return certificates, [str(finding) for finding in wrong], seen


def test_all_are_read_in_their_order_and_their_files_watched(tmp_path: Path) -> None:
    one, other = files_in(tmp_path, "a.example"), files_in(tmp_path, "*.b.example")
    certificates, wrong, seen = read(one.toml + other.toml)
    assert [certificate.pair.names for certificate in certificates] == [("a.example",), ("*.b.example",)]
    assert [certificate.file for certificate in certificates] == [str(one.certificate), str(other.certificate)]
    assert (wrong, seen) == ([], [one.certificate, one.key, other.certificate, other.key])
    assert pickle.loads(pickle.dumps(certificates)) == certificates  # noqa: S301  it is its own


def test_what_is_wrong_is_told_at_the_line_of_its_file(tmp_path: Path) -> None:
    good, other = files_in(tmp_path, "a.example"), files_in(tmp_path, "b.example")
    mixed = replace(good, key=other.key)
    gone = replace(good, certificate=tmp_path / "gone.pem")
    large = replace(good, key=tmp_path / "large")
    large.key.write_bytes(b"x" * (MOST_OCTETS + 1))
    odd = replace(good, certificate=large.key)
    certificates, wrong, _ = read("".join(files.toml for files in (mixed, good, gone, large, odd)))
    assert len(certificates) == 1
    too_large = f"{large.key} has more than {MOST_OCTETS} octets: it is no certificate or key"
    not_its_key = f"{other.key} is not the key of that certificate, which comes first in its file"
    assert wrong == [
        f"1.toml:9: tls.certificates.key: {not_its_key}",
        f"1.toml:14: tls.certificates.certificate: {gone.certificate} cannot be read: No such file or directory",
        f"1.toml:18: tls.certificates.key: {too_large}",
        f"1.toml:20: tls.certificates.certificate: {too_large}",
    ]


def test_a_name_that_no_file_can_have_is_told() -> None:
    _, wrong, _ = read('[[tls.certificates]]\ncertificate = "a\\u0000"\nkey = "b\\u0000"\n')
    assert [line.rpartition("cannot be read: ")[2] for line in wrong] == ["embedded null byte"] * 2


def site(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "site.toml"
    path.write_text(policy(rest=LISTENER + text))
    return path


def test_check_tells_what_is_wrong_and_what_will_be(tmp_path: Path) -> None:
    files = files_in(tmp_path, "a.example", days=3)
    snapshot = load_snapshot([site(tmp_path, files.toml)], None, CheckedReading())
    (told,) = [str(warning) for warning in snapshot.configuration.warnings if "tls" in warning.key]
    assert told.startswith(f"{tmp_path / 'site.toml'}:8: warning: tls.certificates.certificate: {files.certificate} ")
    assert told.endswith("expires in 3.0 days")
    assert {files.certificate, files.key} <= snapshot.files.keys()
    files.key.write_text("junk")
    with pytest.raises(PolicyError, match=r"site\.toml:9: tls\.certificates\.key: .*holds no private key in PEM"):
        load_snapshot([site(tmp_path, files.toml)], None, CheckedReading())


def test_who_only_explains_need_not_be_able_to_read_keys(tmp_path: Path) -> None:
    files = replace(files_in(tmp_path, "a.example"), key=tmp_path / "secret")
    assert load_snapshot([site(tmp_path, files.toml)]).certificates == ()


def test_a_certificate_for_no_host_is_a_warning(tmp_path: Path) -> None:
    (certificate,), _, _ = read(files_in(tmp_path, "192.0.2.1").toml)
    (warning,) = certificate.warnings(certificate.pair.begins)
    assert warning.text.endswith("is for no host's name: browsers refuse it")
    assert not warning.is_mistake


@pytest.mark.parametrize(
    ("before_end", "time", "worry"),
    [
        (100 * DAY, Time.GOOD, None),
        (14 * DAY, Time.GOOD, None),
        (14 * DAY - 1, Time.SOON, "a.example.pem expires in 14.0 days"),
        (DAY / 2, Time.SOON, "a.example.pem expires in 0.5 days"),
        (0, Time.EXPIRED, "a.example.pem has expired: browsers refuse it"),
        (102 * DAY, Time.EARLY, "a.example.pem is not valid yet: browsers refuse it"),
    ],
)
def test_time_passes(tmp_path: Path, before_end: float, time: Time, worry: str | None) -> None:
    (certificate,), _, _ = read(files_in(tmp_path, "a.example").toml)
    now = certificate.pair.ends - before_end
    assert certificate.time_of(now) is time
    assert (certificate.worry(now) or "").rpartition("/")[2] == (worry or "")


def test_each_stage_is_said_once_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    certificates, _, _ = read(files_in(tmp_path, "a.example").toml)
    ends, expiry = certificates[0].pair.ends, Expiry()
    with caplog.at_level(logging.WARNING, "georedirect"):
        for before_end in (20 * DAY, 13 * DAY, 12 * DAY, 0, -DAY):
            expiry.mind(certificates, ends - before_end)
        renewed, _, _ = read(files_in(tmp_path, "a.example", days=200).toml)
        expiry.mind(renewed, ends)
        expiry.mind(renewed, renewed[0].pair.ends)
    assert [record.getMessage().rpartition("/")[2] for record in caplog.records] == [
        "a.example.pem expires in 13.0 days",
        "a.example.pem has expired: browsers refuse it",
        "a.example.pem has expired: browsers refuse it",
    ]

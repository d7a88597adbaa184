"""Which certificate a client gets by the name that it asks for, and what stays the same when others are loaded."""

from __future__ import annotations

import ssl
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from georedirect.door.certificates import read_certificates
from georedirect.door.contexts import Contexts
from georedirect.policy.data_model import NamedFile
from georedirect.policy.server_model import CertificateFiles, TlsSettings, TlsVersion
from tests.certificates import Files, client_context, files_in
from tests.policies import policy
from tests.serving import snapshot_for

if TYPE_CHECKING:
    from pathlib import Path

    from georedirect.door.snapshot import Snapshot


def snapshot_with(*files: Files, minimum: TlsVersion = TlsVersion.V1_2) -> Snapshot:
    named = tuple(CertificateFiles(_named(each.certificate), _named(each.key)) for each in files)
    snapshot = snapshot_for(policy())
    tls = TlsSettings(minimum=minimum, certificates=named)
    certificates = read_certificates(tls, lambda _: None, [])
    assert len(certificates) == len(files)
    configuration = replace(snapshot.configuration, tls=tls)
    return replace(snapshot, configuration=configuration, certificates=certificates)


def _named(path: Path) -> NamedFile:
    return NamedFile(path, "a.toml", 1, "key")


class Shaken(NamedTuple):
    """What came of a handshake: whom the client has found there, and how."""

    names: tuple[str, ...]
    version: str | None
    cipher: str
    protocol: str | None
    was_resumed: bool
    session: ssl.SSLSession | None


def shake_hands(
    contexts: Contexts, name: str | None, client: ssl.SSLContext | None = None, session: ssl.SSLSession | None = None
) -> Shaken:
    client = client or client_context()
    client.check_hostname = False
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    assert contexts.first is not None
    server_end = contexts.first.wrap_bio(to_server, to_client, server_side=True)
    client_end = client.wrap_bio(to_client, to_server, server_hostname=name, session=session)
    for end in (client_end, server_end) * 2:
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            continue
    server_end.write(b"hello")
    assert client_end.read(5) == b"hello"
    found = client_end.getpeercert() or {}
    said: Any = found.get("subjectAltName", ())
    names = tuple(value for kind, value in said if kind == "DNS")
    cipher = client_end.cipher()
    assert cipher is not None
    protocol, resumed = client_end.selected_alpn_protocol(), bool(client_end.session_reused)
    return Shaken(names, client_end.version(), cipher[0], protocol, resumed, client_end.session)


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> tuple[Files, ...]:
    folder = tmp_path_factory.mktemp("several")
    return tuple(
        files_in(folder, *names)
        for names in (["a.example", "c.example"], ["*.b.example"], ["c.example", "d.b.example"])
    )


@pytest.mark.parametrize(
    ("asked", "got"),
    [
        ("a.example", "a.example"),
        ("x.b.example", "*.b.example"),
        ("X.B.Example", "*.b.example"),
        ("x.y.b.example", "a.example"),
        ("b.example", "a.example"),
        ("d.b.example", "c.example"),
        ("c.example", "a.example"),
        ("elsewhere.example", "a.example"),
        (None, "a.example"),
    ],
)
def test_a_client_gets_the_certificate_of_the_name_that_it_asks_for(
    several: tuple[Files, ...], asked: str | None, got: str
) -> None:
    assert shake_hands(Contexts.of(snapshot_with(*several)), asked).names[0] == got


def test_what_is_spoken_is_current(several: tuple[Files, ...]) -> None:
    contexts = Contexts.of(snapshot_with(*several))
    client = client_context()
    client.set_alpn_protocols(["h2", "http/1.1"])
    shaken = shake_hands(contexts, "a.example", client)
    assert (shaken.version, shaken.protocol) == ("TLSv1.3", "http/1.1")
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    shaken = shake_hands(contexts, "x.b.example", client)
    assert shaken.version == "TLSv1.2"
    assert shaken.cipher.startswith("ECDHE-ECDSA-")
    assert {"GCM", "POLY1305"} & set(shaken.cipher.replace("-", " ").split())


def test_what_is_older_than_the_minimum_is_refused(several: tuple[Files, ...]) -> None:
    client = client_context()
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(ssl.SSLError, match="UNSUPPORTED_PROTOCOL"):
        shake_hands(Contexts.of(snapshot_with(*several, minimum=TlsVersion.V1_3)), "a.example", client)


def test_a_client_that_knows_weak_ciphers_only_is_refused(several: tuple[Files, ...]) -> None:
    client = client_context()
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    client.set_ciphers("ECDHE-ECDSA-AES128-SHA256:AES128-GCM-SHA256")
    with pytest.raises(ssl.SSLError, match="NO_SHARED_CIPHER"):
        shake_hands(Contexts.of(snapshot_with(*several)), "a.example", client)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tickets_stay_good_for_as_long_as_certificates_stay_the_same(
    several: tuple[Files, ...], version: ssl.TLSVersion
) -> None:
    snapshot, client = snapshot_with(*several), client_context()
    client.maximum_version = version
    contexts = Contexts.of(snapshot)
    shaken = shake_hands(contexts, "x.b.example", client)
    assert not shaken.was_resumed
    same = contexts.after(snapshot_with(*several))
    assert same is contexts
    assert shake_hands(same, "x.b.example", client, shaken.session).was_resumed
    changed = contexts.after(snapshot_with(*several, minimum=TlsVersion.V1_2)).after(snapshot_with(*several[:2]))
    assert changed is not contexts
    assert not shake_hands(changed, "x.b.example", client, shaken.session).was_resumed


def test_without_certificates_the_last_ones_stay(several: tuple[Files, ...]) -> None:
    contexts = Contexts.of(snapshot_with(*several))
    assert contexts.after(snapshot_for(policy())) is contexts
    assert Contexts.of(snapshot_for(policy())).first is None

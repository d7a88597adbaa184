"""A certificate and its key are tried before they are served, and what is wrong with them is told without the key."""

from __future__ import annotations

import re
import ssl
import subprocess
import time
from pathlib import Path

import pytest
import trustme

from georedirect.door.pairs import PairError, examine, load_pair
from tests.certificates import authority, chain_of, issue

ISSUED = issue("www.example.com", "*.Example.com")
CHAIN, KEY = chain_of(ISSUED), ISSUED.private_key_pem.bytes()
OTHER = issue("www.example.com")
RSA = issue("www.example.com", key_type=trustme.KeyType.RSA)


def test_a_pair_says_for_whom_it_is_and_until_when() -> None:
    pair = examine(CHAIN, KEY)
    assert pair.names == ("www.example.com", "*.example.com")
    assert pair.begins < time.time()
    assert 99 < (pair.ends - time.time()) / 86400 < 101


@pytest.mark.parametrize("issued", [RSA, issue("a.example", days=-1)], ids=["RSA", "expired"])
def test_pairs_of_other_kinds_are_good_too(issued: trustme.LeafCert) -> None:
    pair = examine(chain_of(issued), issued.private_key_pem.bytes())
    assert len(pair.names) == 1
    load_pair(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), pair.chain, pair.key)


def test_what_stands_between_certificates_is_passed_over() -> None:
    text = "# für www\n".encode()
    chain = text + CHAIN.replace(b"-----END CERTIFICATE-----\n", b"-----END CERTIFICATE-----\n" + text)
    assert examine(chain, KEY).names == examine(CHAIN, KEY).names


def test_chain_and_key_may_stand_in_one_file() -> None:
    assert examine(KEY + CHAIN, KEY + CHAIN).names == ("www.example.com", "*.example.com")


def encrypted(tmp_path: Path) -> bytes:
    plain, secret = tmp_path / "plain", tmp_path / "secret"
    plain.write_bytes(KEY)
    command: list[str | Path] = ["openssl", "pkcs8", "-topk8", "-in", plain, "-out", secret, "-passout", "pass:x"]
    subprocess.run(command, check=True, capture_output=True)
    return secret.read_bytes()


def for_clients_only(tmp_path: Path) -> bytes:
    key, made = tmp_path / "key", tmp_path / "made"
    key.write_bytes(KEY)
    names = ["-subj", "/CN=x", "-addext", "subjectAltName=DNS:x", "-addext", "extendedKeyUsage=clientAuth"]
    subprocess.run(["openssl", "req", "-x509", "-new", "-key", key, *names, "-out", made], check=True)
    return made.read_bytes()


BROKEN = [
    (b"", KEY, "holds no certificate in PEM", False),
    (b"junk", KEY, "holds no certificate in PEM", False),
    (KEY, KEY, "holds no certificate in PEM", False),
    (CHAIN[:300], KEY, "holds no certificate in PEM", False),
    (CHAIN[:100] + b"AAAA" + CHAIN[104:], KEY, "holds a certificate that is damaged", False),
    (CHAIN + CHAIN[:100] + b"AAAA" + CHAIN[104:], KEY, "holds a certificate that is damaged", False),
    (CHAIN, b"", "holds no private key in PEM", True),
    (CHAIN, CHAIN, "holds no private key in PEM", True),
    (CHAIN, KEY[:100], "holds a private key that is damaged", True),
    (CHAIN, KEY[:60] + b"AAAA" + KEY[64:], "holds a private key that is damaged", True),
    (CHAIN, OTHER.private_key_pem.bytes(), "is not the key of that certificate, which comes first", True),
    (CHAIN, RSA.private_key_pem.bytes(), "is not the key of that certificate", True),
    (authority().cert_pem.bytes() + CHAIN, KEY, "is not the key of that certificate", True),
]


@pytest.mark.parametrize(("chain", "key", "why", "is_about_key"), BROKEN, ids=range(len(BROKEN)))
def test_what_no_tls_can_be_spoken_with_is_told(chain: bytes, key: bytes, why: str, is_about_key: bool) -> None:
    with pytest.raises(PairError, match=re.escape(why)) as raised:
        examine(chain, key)
    assert raised.value.is_about_key is is_about_key
    assert raised.value.__cause__ is None


def test_nobody_is_asked_for_the_password_of_a_key(tmp_path: Path) -> None:
    with pytest.raises(PairError, match="is encrypted, and there is nobody to ask") as raised:
        examine(CHAIN, encrypted(tmp_path))
    assert raised.value.is_about_key


def test_what_clients_would_refuse_for_what_it_is_made_for_is_told(tmp_path: Path) -> None:
    with pytest.raises(PairError, match="is refused by clients: unsuitable certificate purpose") as raised:
        examine(for_clients_only(tmp_path), KEY)
    assert not raised.value.is_about_key


def test_a_pair_does_not_show_its_key_and_leaves_no_file_open() -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    shown = repr(examine(CHAIN, KEY))
    assert "PRIVATE" not in shown
    assert KEY.split()[5].decode() not in shown
    assert len(list(Path("/proc/self/fd").iterdir())) == before

"""Who gets to see which request, and over what: credentials, TLS, and the words for what went wrong."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from georedirect.update import courier
from georedirect.update.courier import shown
from tests.update.stand_in import BASIC, BEARER, ELSEWHERE, HERE, Reply, standing_in
from tests.update.updating import Site, expect_no_secret, set_up_environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.update.updating import Databases

PLAIN = "/country.mmdb"


@pytest.fixture
def secure_site(
    tmp_path: Path,
    databases: Databases,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Site]:
    """A stand-in over TLS, whose certificate is trusted."""
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    pem = tmp_path / "certificate.pem"
    subprocess.run([*command, "-keyout", str(pem), "-out", f"{pem}.crt"], check=True, capture_output=True)
    with pem.open("ab") as file:
        file.write((tmp_path / "certificate.pem.crt").read_bytes())
    monkeypatch.setenv("SSL_CERT_FILE", f"{pem}.crt")
    with standing_in(pem) as stand_in:
        set_up_environment(monkeypatch, tmp_path, stand_in)
        site = Site(tmp_path, stand_in, capsys, databases)
        site.data.mkdir()
        site.target.write_bytes(databases.old)
        yield site


def test_an_update_over_tls(secure_site: Site) -> None:
    secure_site.write(secure_site.stand_in.url(PLAIN))
    secure_site.stand_in.on(PLAIN, Reply(secure_site.databases.new))
    assert secure_site.run().outcome == "updated"


def test_from_https_nothing_leads_to_http_not_even_on_this_machine(secure_site: Site) -> None:
    stand_in = secure_site.stand_in
    secure_site.write(stand_in.url(PLAIN))
    location = f"http://{ELSEWHERE}:{stand_in.ports[ELSEWHERE]}{PLAIN}"
    stand_in.on(PLAIN, Reply(status=302, headers={"Location": location}))
    done = secure_site.run()
    assert (done.code, "that is http" in done.err) == (4, True)
    assert stand_in.paths(ELSEWHERE) == []


def test_a_certificate_that_is_not_trusted_is_told(secure_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    secure_site.write(secure_site.stand_in.url(PLAIN))
    done = secure_site.run()
    assert (done.code, done.outcomes_of("wait")) == (3, [])
    assert "no certificate that can be trusted" in done.err


def test_credentials_go_to_the_provider_and_to_nobody_else(site: Site) -> None:
    for source, authorization in (("maxmind", BASIC), ("ipinfo", BEARER)):
        site.stand_in.asked.clear()
        site.write(source)
        getattr(site.stand_in, source)(site.databases.new)
        site.target.write_bytes(site.databases.old)
        done = site.run()
        assert done.outcome == "updated"
        sent = {asked.host: asked.headers.get("Authorization") for asked in site.stand_in.asked}
        assert sent == {HERE: authorization, ELSEWHERE: None}
        expect_no_secret(site, done)


def test_credentials_do_not_go_to_another_port_of_the_provider(site: Site) -> None:
    """A redirect to the same host, but another server on it."""
    site.write("maxmind")
    site.stand_in.maxmind(site.databases.new)
    with standing_in() as other:
        other.on("/there", Reply(status=404))
        site.stand_in.on(site.stand_in.maxmind_download, Reply(status=302, headers={"Location": other.url("/there")}))
        assert site.run().code == 4
        assert ["Authorization" in asked.headers for asked in other.asked] == [False]


def test_a_token_in_a_url_is_not_told(site: Site) -> None:
    url = site.stand_in.url(f"{PLAIN}?token=secrettoken98765")
    for reply in (Reply(status=404), Reply(site.databases.new), Reply(b"x"), Reply(status=503)):
        site.stand_in.on(PLAIN, reply)
        done = site.run_with_source(url)
        assert "secrettoken98765" not in done.out + done.err
        assert not site.state_file.exists() or "secrettoken98765" not in site.state_file.read_text()


NO_HOSTS = ["example..com", f"{'a' * 64}.example", "xn--a.invalid"]


@pytest.mark.parametrize("host", NO_HOSTS)
def test_a_host_that_cannot_be_is_told_wherever_it_comes_from(site: Site, host: str) -> None:
    url = f"https://{host}/a.mmdb"
    site.write(site.stand_in.url(PLAIN))
    site.stand_in.on(PLAIN, Reply(status=302, headers={"Location": url}))
    redirected, asked = site.run(), site.run("update", "--from", url)
    assert (redirected.code, asked.code) == (4, 2)
    assert all(f'"{host}" is no host\'s name' in done.err for done in (redirected, asked))


@pytest.mark.parametrize("host", NO_HOSTS[:2])
def test_a_proxy_that_cannot_be_is_told(site: Site, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    site.write(site.stand_in.url(PLAIN))
    monkeypatch.setattr(courier, "why_not_url", lambda _: "not of this machine")
    monkeypatch.setenv("HTTP_PROXY", f"http://{host}:1080")
    proxied = site.run()
    assert (proxied.code, "has a name that cannot be" in proxied.err) == (4, True)


@pytest.mark.parametrize(
    "text",
    [
        "Fri, 31 Dec 9999 23:59:59 -0100",
        "Fri, 31 Dec 99999999999 23:59:59 GMT",
        "Fri, 01 Jan 0001 00:00:00 +0100",
        f"Wed, 25 Nov 2026 12:00:00 +{'9' * 20}",
        "soon",
    ],
)
def test_a_time_to_wait_for_that_is_none_is_not_waited_for(site: Site, text: str) -> None:
    site.write(site.stand_in.url(PLAIN))
    site.stand_in.on(
        PLAIN, Reply(status=503, headers={"Retry-After": text}), Reply(site.databases.new, headers={"ETag": "1"})
    )
    done = site.run()
    assert (done.outcome, done.outcomes_of("wait")) == ("updated", ["again"])


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("https://a.example:8443/b/c.mmdb?token=1#d", "https://a.example:8443/b/c.mmdb"),
        ("https://a.example/%2e%2e/b", "https://a.example/%2e%2e/b"),
    ],
)
def test_a_url_is_shown_without_its_query(url: str, text: str) -> None:
    assert shown(url) == text

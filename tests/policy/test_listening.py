"""`[server] listen` and `[tls]`: one place or several, and what contradicts itself is told where it stands."""

from __future__ import annotations

import pytest

from georedirect.policy.endpoint import Activated, Endpoint, UnixSocket
from georedirect.policy.listening import why_not_listen
from georedirect.policy.load import load_configuration
from georedirect.policy.server_model import Listener, TlsSettings, TlsVersion
from tests.policies import load, mistakes_of, policy, warnings_of

CERTIFICATE = '[[tls.certificates]]\ncertificate = "a.pem"\nkey = "a.key"'


def listeners(text: str) -> tuple[Listener, ...]:
    return load(policy(rest=text)).server.listen


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[server]\nlisten = "[::1]:80"', [Listener(Endpoint("::1", 80))]),
        (
            '[server]\nlisten = ["0.0.0.0:80", "[::]:80", "unix:/run/door.sock", "systemd"]',
            [
                Listener(Endpoint("0.0.0.0", 80)),
                Listener(Endpoint("::", 80)),
                Listener(UnixSocket("/run/door.sock")),
                Listener(Activated("")),
            ],
        ),
        (
            '[server]\nlisten = [":80", { address = "systemd:web", proxy_protocol = true }]\ntrusted_proxies = ["::1"]',
            [Listener(Endpoint("0.0.0.0", 80)), Listener(Activated("web"), proxy_protocol=True)],
        ),
        (
            '[[server.listen]]\naddress = ":443"\ntls = true\n[[server.listen]]\naddress = ":80"\nto_https = true\n'
            + CERTIFICATE,
            [Listener(Endpoint("0.0.0.0", 443), tls=True), Listener(Endpoint("0.0.0.0", 80), to_https=True)],
        ),
        (
            '[server.listen]\naddress = ":8080"\nto_https = true\nhttps_port = 443',
            [Listener(Endpoint("0.0.0.0", 8080), to_https=True, https_port=443)],
        ),
        (
            '[[server.listen]]\naddress = ":80"\ntls = false\nto_https = false\nproxy_protocol = false',
            [Listener(Endpoint("0.0.0.0", 80))],
        ),
    ],
)
def test_listeners_are_read_in_their_order(text: str, expected: list[Listener]) -> None:
    assert listeners(text) == tuple(expected)


TWO = '[server]\nlisten = [\n"127.0.0.1:80",\n{}\n]'
HTTPS = '[[server.listen]]\naddress = ":443"\ntls = true\n'


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("[server]\nlisten = []", "6: server.listen: is empty; name at least one"),
        ('[server]\nlisten = ["unix:door.sock"]', '6: server.listen: "unix:door.sock" needs an absolute path'),
        ('[server]\nlisten = ""', "6: server.listen: must be a string in quotes"),
        (TWO.format("80"), "8: server.listen: must be a string in quotes, or an array of strings and of tables"),
        (TWO.format('"127.0.0.1:80"'), "8: server.listen: 127.0.0.1:80: the door listens on 127.0.0.1:80 already"),
        (TWO.format('"0.0.0.0:80"'), "8: server.listen: 0.0.0.0:80: the door listens on 127.0.0.1:80 already"),
        (TWO.format("{ tls = true }"), "8: server.listen.address: is missing; write where to listen"),
        (TWO.format("{ address = 1 }"), "8: server.listen.address: must be a string in quotes"),
        (TWO.format('{ address = ":x" }'), '8: server.listen.address: ":x" is not HOST:PORT'),
        (TWO.format('{ address = ":1", port = 1 }'), "8: server.listen.port: is not a key of [[server.listen]]"),
        (TWO.format('{ address = ":1", tls = "yes" }'), '8: server.listen.tls: must be true or false, not "yes"'),
        (TWO.format('{ address = ":1", tls = true }'), "8: server.listen.tls: needs a certificate"),
        (
            TWO.format('{ address = ":1", to_https = true }'),
            "8: server.listen.to_https: leads nowhere: no listener has tls = true",
        ),
        (
            TWO.format('{ address = ":1", to_https = true, https_port = 0 }'),
            "8: server.listen.https_port: must be a whole number from 1 to 65535, not 0",
        ),
        (
            TWO.format('{ address = ":1", https_port = 1 }'),
            "8: server.listen.https_port: only counts with to_https = true",
        ),
        (
            f"{HTTPS}to_https = true\n{CERTIFICATE}",
            "8: server.listen.to_https: is for http; with tls = true this listener has https already",
        ),
        (
            TWO.format('{ address = ":1", proxy_protocol = true }'),
            "8: server.listen.proxy_protocol: believes proxies, but trusted_proxies names none",
        ),
        (
            '[server]\nclient_address = "Proxy-Protocol"\nlisten = ":1"',
            '6: server.client_address: "proxy-protocol" needs a listener with proxy_protocol = true',
        ),
        (
            TWO.format('{ address = ":1", proxy_protocol = true }')
            + '\nclient_address = "proxy-protocol"\ntrusted_proxies = ["::1"]\nanswer = "forward-auth"',
            '10: server.client_address: "proxy-protocol" is always the proxy in forward-auth use',
        ),
        (
            '[server]\nlisten = ["systemd:a", "unix:/a", "unix:/b"]\nadmin = "unix:/b"',
            "7: server.admin: unix:/b is where the door listens",
        ),
        ('[server]\nadmin = "systemd:"', '6: server.admin: "systemd:" is not systemd:NAME'),
        ("tls = 1", "1: tls: must be a table, [tls], not 1"),
        ("[tls]\ncertificates = []", "6: tls.certificates: must be an array of tables"),
        (
            '[tls]\nminimum = "1.1"',
            '6: tls.minimum: "1.1" is no version of TLS that is spoken here; write "1.2" or "1.3"',
        ),
        ("[tls]\nhsts_seconds = -1", "6: tls.hsts_seconds: must be a whole number from 0 to 315360000, not -1"),
        ("[tls]\nciphers = 1", "6: tls.ciphers: is not a key of [tls]"),
        ('[[tls.certificates]]\nkey = "a"', "5: tls.certificates.certificate: is missing; name the file in PEM"),
        ('[[tls.certificates]]\ncertificate = "a"', "5: tls.certificates.key: is missing; name the file in PEM"),
        (
            '[[tls.certificates]]\ncertificate = "a"\nkey = "b"\npassword = "c"',
            "8: tls.certificates.password: is not a key of [[tls.certificates]]",
        ),
    ],
)
def test_a_mistake_about_listeners_or_tls_is_told_by_its_line(text: str, mistake: str) -> None:
    whole = policy(rest=text) if text.startswith("[") else f"{text}\n{policy()}"
    mistakes = mistakes_of(whole)
    assert [line[: len(f"1.toml:{mistake}")] for line in mistakes] == [f"1.toml:{mistake}"], mistakes


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        (f"[server]\n{CERTIFICATE}", "6: warning: tls: is of no use: no listener of [server] has tls = true"),
        (f"{HTTPS}{CERTIFICATE}", None),
        (f"[tls]\nhsts_subdomains = true\n{CERTIFICATE}\n{HTTPS}", "6: warning: tls.hsts_subdomains: only counts with"),
        ('[server]\ntrusted_proxies = ["unix"]', '6: warning: server.trusted_proxies: "unix" never counts'),
        ('[server]\ntrusted_proxies = ["unix"]\nlisten = "unix:/a"', None),
        (
            TWO.format('{ address = "unix:/a", proxy_protocol = true }')
            + '\nclient_address = "proxy-protocol"\ntrusted_proxies = ["unix"]',
            None,
        ),
        ('[server]\ntrusted_proxies = ["unix"]\nlisten = "systemd"', None),
    ],
)
def test_what_is_of_no_use_is_a_warning(text: str, warning: str | None) -> None:
    told = [line for line in warnings_of(policy(rest=text)) if "tls" in line or "server" in line]
    assert len(told) == (warning is not None), told
    assert all((warning or "") in line for line in told)


def test_tls_is_read_from_whichever_file_it_stands_in() -> None:
    tls = f'[tls]\nminimum = "1.3"\nhsts_seconds = 60\nhsts_subdomains = true\n{CERTIFICATE}'
    read = load_configuration({"site.toml": policy(rest=HTTPS).encode(), "conf/tls.toml": tls.encode()}).tls
    assert (read.minimum, read.hsts) == (TlsVersion.V1_3, "max-age=60; includeSubDomains")
    (named,) = read.certificates
    assert (str(named.certificate.path), str(named.key.path)) == ("conf/a.pem", "conf/a.key")
    assert (named.certificate.line, named.key.line, named.key.key) == (6, 7, "tls.certificates.key")


def test_without_being_asked_nothing_is_said_of_https() -> None:
    assert load(policy()).tls == TlsSettings()
    assert TlsSettings().hsts is None
    assert TlsSettings(hsts_seconds=0).hsts == "max-age=0"


def test_listeners_of_the_command_line_collide_like_those_of_a_file() -> None:
    one, other = Listener(Endpoint("0.0.0.0", 80)), Listener(Endpoint("127.0.0.1", 80))
    assert why_not_listen((one, other)) == "127.0.0.1:80: the door listens on 0.0.0.0:80 already"
    assert why_not_listen((one, Listener(Endpoint("::", 80)), Listener(UnixSocket("/a")))) is None
    assert why_not_listen((Listener(UnixSocket("a")), Listener(Activated("a")))) is None

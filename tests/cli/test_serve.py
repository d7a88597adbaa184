"""What `georedirect serve` does with its words before it serves, and the line that it says to try."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from georedirect.cli import build_parser, main, serve
from georedirect.door.snapshot import load_snapshot
from georedirect.errors import ListenError, LogError
from georedirect.policy.endpoint import Endpoint, UnixSocket
from georedirect.policy.load import load_configuration
from georedirect.policy.log_model import LogSettings, ServerFormat, Stream
from tests.policies import GOOD, policy

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from georedirect.policy.model import Configuration

    Captured = pytest.CaptureFixture[str]

DOOR = Endpoint("127.0.0.1", 8307)
GERMAN = "85.214.132.117"


def configuration(text: str) -> Configuration:
    return load_configuration({"site.toml": text.encode()})


LOCAL = '[server]\ntrusted_proxies = ["127.0.0.1", "::1"]\n'
CURL_LINES = [
    (policy(), DOOR, "curl -si 'http://127.0.0.1:8307/hello?from=curl'"),
    (policy(), Endpoint("0.0.0.0", 80), "curl -si 'http://127.0.0.1:80/hello?from=curl'"),
    (policy(), Endpoint("::", 80), "curl -si 'http://[::1]:80/hello?from=curl'"),
    (policy(), Endpoint("::1", 8307), "curl -si 'http://[::1]:8307/hello?from=curl'"),
    (policy(), Endpoint("192.0.2.9", 1), "curl -si 'http://192.0.2.9:1/hello?from=curl'"),
    (GOOD, DOOR, "curl -si -H 'Host: www.example.com' 'http://127.0.0.1:8307/hello?from=curl'"),
    (
        policy(rest=LOCAL),
        DOOR,
        f"curl -si -H 'x-forwarded-for: {GERMAN}' 'http://127.0.0.1:8307/hello?from=curl'",
    ),
    (
        policy(rest=LOCAL),
        Endpoint("::", 1),
        f"curl -si -H 'x-forwarded-for: {GERMAN}' 'http://[::1]:1/hello?from=curl'",
    ),
    (policy(rest=LOCAL), Endpoint("192.0.2.9", 1), "curl -si 'http://192.0.2.9:1/hello?from=curl'"),
    (
        policy('hosts = ["b.example", "c.example"]', rest=LOCAL + 'client_address = "forwarded"'),
        DOOR,
        f"curl -si -H 'Host: b.example' -H 'forwarded: for={GERMAN}' 'http://127.0.0.1:8307/hello?from=curl'",
    ),
    (
        policy(rest=LOCAL + 'client_address = "CF-Connecting-IP"'),
        DOOR,
        f"curl -si -H 'cf-connecting-ip: {GERMAN}' 'http://127.0.0.1:8307/hello?from=curl'",
    ),
    (policy(rest=LOCAL + 'client_address = "peer"'), DOOR, "curl -si 'http://127.0.0.1:8307/hello?from=curl'"),
    (
        policy(rest='[server]\ntrusted_proxies = ["10.0.0.0/8"]'),
        DOOR,
        "curl -si 'http://127.0.0.1:8307/hello?from=curl'",
    ),
]


@pytest.mark.parametrize(("text", "door", "line"), CURL_LINES)
def test_the_line_to_try_asks_a_host_of_the_policy_from_germany_if_it_may(text: str, door: Endpoint, line: str) -> None:
    assert serve.curl_line(configuration(text), door) == line
    assert shlex.split(line)[:2] == ["curl", "-si"]


def test_the_line_to_try_on_the_demo_policy_plays_a_visitor_from_germany() -> None:
    assert f"x-forwarded-for: {GERMAN}" in serve.curl_line(load_snapshot([]).configuration, DOOR)


WRONG_USAGE = [
    (["--listen", "80"], 'argument --listen: "80" is not HOST:PORT'),
    (["--listen", "www.example.com:80"], 'argument --listen: "www.example.com" is not an address of this machine'),
    (["--listen", "127.0.0.1:65536"], "argument --listen: port 65536 is too high"),
    (["--listen", "127.0.0.1:"], 'argument --listen: "127.0.0.1:" is not HOST:PORT'),
    (["--listen", "off"], 'argument --listen: "off" is not HOST:PORT'),
    (["--listen", "::1:80"], 'argument --listen: "::1:80" is not HOST:PORT'),
    (["--listen"], "argument --listen: expected one argument"),
    (["--admin", "on"], 'argument --admin: "on" is not HOST:PORT'),
    (["--workers", "0"], 'argument --workers: "0" is not a whole number from 1 to 256'),
    (["--workers", "257"], 'argument --workers: "257" is not a whole number from 1 to 256'),
    (["--workers", "-1"], "argument --workers: "),
    (["--workers", "two"], 'argument --workers: "two" is not a whole number from 1 to 256'),
    (["--workers", "1.5"], 'argument --workers: "1.5" is not a whole number from 1 to 256'),
    (["--nonsense"], "unrecognized arguments: --nonsense"),
]


@pytest.mark.parametrize(("arguments", "why"), WRONG_USAGE)
def test_wrong_usage_is_exit_code_2_and_says_what_would_be_right(
    capsys: Captured, arguments: list[str], why: str
) -> None:
    with pytest.raises(SystemExit) as raised:
        main(["serve", *arguments])
    out, err = capsys.readouterr()
    assert (raised.value.code, out) == (2, "")
    assert why in err.splitlines()[-1]


def test_an_address_of_another_machine_is_one_line_and_exit_code_1(capsys: Captured) -> None:
    assert main(["serve", "--admin", "off", "--listen", "192.0.2.1:8307"]) == 1
    assert capsys.readouterr() == (
        "",
        "georedirect: cannot listen on 192.0.2.1:8307: this machine has no such address\n",
    )


@pytest.mark.parametrize(
    "options",
    [
        ["--listen", "127.0.0.1:8308"],
        ["--admin", "127.0.0.1:8307"],
        ["--listen", "127.0.0.1:9", "--admin", "127.0.0.1:9"],
        ["--listen", "0.0.0.0:8308"],
        ["--listen", "127.0.0.1:9", "--admin", "[::]:9"],
    ],
)
def test_door_and_admin_on_one_port_is_told_as_that_and_not_as_somebody_elses(
    capsys: Captured, options: list[str]
) -> None:
    assert main(["serve", *options]) == 1
    assert "is where the door listens; the admin pages need a port of their own" in capsys.readouterr().err


def test_a_broken_policy_is_told_before_anything_listens(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "site.toml"
    path.write_text("[site\n")
    assert main(["serve", str(path)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"{path}:1: is not TOML: ")
    assert err.count("\n") == 1


def parsed(*arguments: str) -> argparse.Namespace:
    return build_parser().parse_args(["serve", *arguments])


FLAGS = [
    ([], ("127.0.0.1:1", "127.0.0.1:2", 3)),
    (["--listen", "[::1]:0"], ("[::1]:0", "127.0.0.1:2", 3)),
    (["--listen", "localhost:80"], ("127.0.0.1:80", "127.0.0.1:2", 3)),
    (["--listen", ":80"], ("0.0.0.0:80", "127.0.0.1:2", 3)),
    (
        ["--listen", ":80", "--listen", "[::]:80", "--listen", "unix:/a"],
        ("0.0.0.0:80 [::]:80 unix:/a", "127.0.0.1:2", 3),
    ),
    (["--listen", "systemd:web", "--admin", "unix:/b"], ("systemd:web", "unix:/b", 3)),
    (["--admin", "off"], ("127.0.0.1:1", "None", 3)),
    (["--admin", "127.0.0.1:7", "--workers", "256"], ("127.0.0.1:1", "127.0.0.1:7", 256)),
    (["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"], ("127.0.0.1:0", "127.0.0.1:0", 3)),
]


@pytest.mark.parametrize(("arguments", "expected"), FLAGS)
def test_flags_win_over_the_file(arguments: list[str], expected: tuple[str, str, int]) -> None:
    text = policy(rest='[server]\nlisten = "127.0.0.1:1"\nadmin = "127.0.0.1:2"\nworkers = 3')
    server = serve.server_settings(configuration(text).server, parsed(*arguments))
    listen = " ".join(str(listener.address) for listener in server.listen)
    assert (listen, str(server.admin), server.workers) == expected


@pytest.mark.parametrize(
    ("door", "is_tls", "line"),
    [
        (DOOR, True, "curl -si -k 'https://127.0.0.1:8307/hello?from=curl'"),
        (
            UnixSocket("/run/a b.sock"),
            False,
            f"curl -si --unix-socket '/run/a b.sock' -H 'x-forwarded-for: {GERMAN}' 'http://localhost/hello?from=curl'",
        ),
        (
            UnixSocket("/a"),
            True,
            f"curl -si -k --unix-socket /a -H 'x-forwarded-for: {GERMAN}' 'https://localhost/hello?from=curl'",
        ),
    ],
)
def test_the_line_to_try_knows_the_way(door: Endpoint | UnixSocket, is_tls: bool, line: str) -> None:
    text = policy(rest='[server]\ntrusted_proxies = ["unix"]\nlisten = "unix:/a"')
    assert serve.curl_line(configuration(text), door, is_tls=is_tls) == line


def test_listeners_that_collide_on_the_command_line_are_told(capsys: Captured) -> None:
    assert main(["serve", "--listen", "0.0.0.0:9", "--listen", "127.0.0.1:9"]) == 1
    assert "127.0.0.1:9: the door listens on 0.0.0.0:9 already" in capsys.readouterr().err


PROXIED = """[server]
listen = [{ address = "127.0.0.1:1", proxy_protocol = true }]
trusted_proxies = ["127.0.0.1"]
client_address = "proxy-protocol"
"""


def test_no_flag_may_take_the_listener_away_on_which_clients_are_announced() -> None:
    server = configuration(policy(rest=PROXIED)).server
    assert serve.server_settings(server, parsed()).listen == server.listen
    with pytest.raises(
        ListenError, match='client_address: "proxy-protocol" needs a listener with proxy_protocol = true'
    ):
        serve.server_settings(server, parsed("--listen", "127.0.0.1:2"))


def test_the_line_to_try_begins_with_a_proxy_header_where_connections_must() -> None:
    line = serve.curl_line(configuration(policy(rest=PROXIED)), DOOR, is_announced=True)
    assert line == "curl -si --haproxy-protocol 'http://127.0.0.1:8307/hello?from=curl'"


def test_the_access_logs_flag_wins_over_the_file_and_leaves_the_rest_of_it() -> None:
    settings = configuration(policy(rest='[log]\naccess = "stderr"\nformat = "combined"')).log
    assert serve.log_settings(settings, parsed()) is settings
    assert serve.log_settings(settings, parsed("--access-log", "off")) == replace(settings, access=Stream.OFF)
    named = serve.log_settings(settings, parsed("--access-log", "a.log"))
    assert (str(named.where), named.format) == ("a.log", "combined")


def test_a_reload_looks_at_a_log_only_where_it_is_another_and_says_what_takes_a_restart(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What has been written for long may be on a disk that is full by now: that keeps no policy from being served."""
    missing = str(tmp_path / "nowhere" / "a.log")
    named, other = (parsed("--access-log", missing), parsed("--access-log", "stderr"))
    current = serve.log_settings(LogSettings(), named)
    with pytest.raises(LogError):
        serve._logging_again(LogSettings(), named, LogSettings())  # noqa: SLF001
    assert serve._logging_again(LogSettings(), named, current) == current  # noqa: SLF001
    said = LogSettings(server=ServerFormat.JSON)
    assert serve._logging_again(said, other, current).access is Stream.STDERR  # noqa: SLF001
    assert [record.getMessage() for record in caplog.records] == ["[log] server has changed: that takes a restart"]

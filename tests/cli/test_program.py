"""The program as it is typed: its exit codes, its help, and no traceback whatever it is given."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import georedirect
from georedirect.cli import build_parser, main
from tests.broken import many_in_one_file
from tests.policies import GOOD

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = {
    **dict.fromkeys(("serve", "check", "explain"), ("--database FILE", "POLICY")),
    "update": ("--from SOURCE", "POLICY"),
    "rollback": ("--json", "POLICY"),
    "doctor": ("--connect HOST:PORT", "URL"),
}


def georedirect_(*arguments: str | bytes, **environment: str) -> tuple[int, str, str]:
    """Run the program in a process of its own: exit code, standard output, standard error."""
    finished = subprocess.run(
        [sys.executable, "-m", "georedirect", *arguments],
        capture_output=True,
        check=False,
        cwd=ROOT,
        env=os.environ | environment,
        timeout=30,
    )
    out, err = finished.stdout.decode(), finished.stderr.decode()
    assert "Traceback" not in err, err
    return finished.returncode, out, err


def test_a_good_policy_is_exit_code_0(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(GOOD)
    code, out, err = georedirect_("check", str(path))
    assert (code, err) == (0, "")
    assert out.splitlines()[-1].startswith(f"{path}: good, ")


def test_a_mistake_is_exit_code_1_on_standard_error(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(GOOD.replace('"DE"', '"UK"', 1))
    code, out, err = georedirect_("check", str(path))
    assert (code, out) == (1, "")
    assert f'{path}:14: regions.germany.countries: "UK" is not an ISO 3166-1 code; did you mean "GB"?\n' in err


def test_hundreds_of_mistakes_in_one_file_are_told_at_once_each_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    text, told = many_in_one_file()
    path.write_text(text, encoding="utf-8")
    code, out, err = georedirect_("check", str(path))
    lines = [line for line in err.splitlines() if ": warning: " not in line]
    assert (code, out) == (1, "")
    assert len(told) >= 300
    assert [line[: len(f"{path}:{one}")] for line, one in zip(lines, told, strict=True)] == [
        f"{path}:{one}" for one in told
    ]


def test_wrong_usage_is_exit_code_2_on_standard_error() -> None:
    code, out, err = georedirect_("explain", "georedirect/demo.toml", "--ip", "10.1")
    assert (code, out) == (2, "")
    assert err == 'georedirect: "10.1" is not an IP address, such as 85.214.132.117 or 2a00:1450::1\n'


def test_an_explanation_is_one_object_in_any_locale(tmp_path: Path) -> None:
    path = tmp_path / "日本.toml"
    path.write_text(GOOD, encoding="utf-8")
    code, out, err = georedirect_(
        "explain", str(path), "--ip", "85.214.132.117", "--json", LC_ALL="C", PYTHONIOENCODING="ascii"
    )
    assert (code, err) == (0, "")
    assert json.loads(out)["location"] == "https://de.example.com/"


@pytest.mark.parametrize("option", ["--listen", "--admin"])
def test_a_port_in_use_is_one_line_and_exit_code_1(option: str) -> None:
    others = ["--listen", "127.0.0.1:0"] if option == "--admin" else ["--admin", "off"]
    with socket.create_server(("127.0.0.1", 0)) as sock:
        taken = f"127.0.0.1:{sock.getsockname()[1]}"
        assert georedirect_("serve", *others, option, taken) == (
            1,
            "",
            f"georedirect: cannot listen on {taken}: another program listens there; end it or choose another port\n",
        )


ODD_WORDS: list[tuple[str, bytes]] = [
    ("--ip", b"\xff"),
    ("--url", b"/\xff"),
    ("--method", b"\xff"),
    ("--database", b"/\xff.mmdb"),
]


@pytest.mark.parametrize(("option", "word"), ODD_WORDS)
def test_octets_that_are_no_text_are_refused_like_any_other_word(option: str, word: bytes) -> None:
    code, out, err = georedirect_("explain", "georedirect/demo.toml", "--ip", "192.0.2.1", option, word)
    assert (code, out) == (1 if option == "--database" else 2, "")
    assert err.startswith("georedirect: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize("environment", [{}, {"PYTHONUNBUFFERED": "1"}])
def test_a_reader_that_has_seen_enough_is_no_error_to_speak_of(environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "georedirect", "explain", "georedirect/demo.toml", "--ip", "192.0.2.1"]
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as pipe:
        finished = subprocess.run(
            command, stdout=pipe, stderr=subprocess.PIPE, check=False, cwd=ROOT, env=os.environ | environment
        )
    assert (finished.returncode, finished.stderr) == (128 + 13, b"")


def test_the_version_is_the_packages() -> None:
    assert georedirect_("--version") == (0, f"georedirect {georedirect.__version__}\n", "")


def test_help_tells_of_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        main(["--help"])
    out, err = capsys.readouterr()
    assert (raised.value.code, err) == (0, "")
    assert all(f"\n    {command} " in out for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_says_something_of_every_option(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        main([command, "--help"])
    out, err = capsys.readouterr()
    assert (raised.value.code, err) == (0, "")
    assert out.startswith(f"usage: georedirect {command} ")
    assert all(word in out for word in COMMANDS[command])


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["check"],
        ["explain"],
        ["explain", "site.toml"],
        ["explain", "--ip", "192.0.2.1"],
        ["check", "site.toml", "--json"],
        ["doctor"],
        ["doctor", "http://127.0.0.1/", "--rounds", "0"],
        ["doctor", "http://127.0.0.1/", "--rounds", "11"],
        ["doctor", "http://127.0.0.1/", "--timeout", "1.5"],
        ["doctor", "http://127.0.0.1/", "--timeout", "61"],
        ["doctor", "http://127.0.0.1/", "--connect", "127.0.0.1"],
        ["doctor", "http://127.0.0.1/", "--connect", "127.0.0.1:0"],
        ["doctor", "http://127.0.0.1/", "--visitor"],
    ],
)
def test_a_command_line_that_is_none_is_exit_code_2_with_the_usage(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    with pytest.raises(SystemExit) as raised:
        main(arguments)
    out, err = capsys.readouterr()
    assert (raised.value.code, out) == (2, "")
    assert err.startswith("usage: georedirect ")


def test_the_words_of_an_option_are_not_read_as_policies() -> None:
    parsed = build_parser().parse_args(["explain", "a.toml", "b.toml", "--ip", "::1", "--header", "A: 1", "--json"])
    assert parsed.policies == [Path("a.toml"), Path("b.toml")]
    assert parsed.header == ["A: 1"]


def test_commands_but_serve_do_without_sanic() -> None:
    program = "import sys, georedirect.cli; sys.exit('sanic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False, cwd=ROOT).returncode == 0

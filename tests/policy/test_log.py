"""`[log]`: each key is read, has its documented default, and is told by its line where it makes no sense."""

from __future__ import annotations

from pathlib import PurePath

import pytest

from georedirect.policy.data_model import NamedFile
from georedirect.policy.load import load_configuration
from georedirect.policy.log_model import AccessFormat, LogSettings, ServerFormat, ShownClient, Stream
from tests.policies import load, mistakes_of, policy, warnings_of


def settings(text: str) -> LogSettings:
    return load(policy(rest=f"[log]\n{text}")).log


def test_the_defaults_are_the_documented_ones() -> None:
    assert settings("") == load(policy()).log == LogSettings()
    assert LogSettings() == LogSettings(
        access=Stream.OFF,
        format=AccessFormat.JSON,
        sample=1.0,
        client=ShownClient.TRUNCATED,
        server=ServerFormat.TEXT,
    )


def test_every_key_is_read() -> None:
    assert settings('access = "stdout"\nformat = "combined"\nsample = 0.25\nclient = "absent"\nserver = "json"') == (
        LogSettings(Stream.STDOUT, AccessFormat.COMBINED, 0.25, ShownClient.ABSENT, ServerFormat.JSON)
    )


@pytest.mark.parametrize(
    ("text", "access"),
    [
        ("off", Stream.OFF),
        ("stdout", Stream.STDOUT),
        ("stderr", Stream.STDERR),
        ("/dev/stdout", Stream.STDOUT),
        ("/dev/stderr", Stream.STDERR),
    ],
)
def test_a_stream_is_no_file(text: str, access: Stream) -> None:
    assert settings(f'access = "{text}"').access is access
    assert settings(f'access = "{text}"').where is access


def test_a_file_is_beside_the_policy_that_names_it() -> None:
    text = policy(rest='[log]\naccess = "logs/access.log"').encode()
    log = load_configuration({"/etc/site.toml": text}).log
    assert log.access == NamedFile(PurePath("/etc/logs/access.log"), "/etc/site.toml", 6, "log.access")
    assert log.where == PurePath("/etc/logs/access.log")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('acces = "off"', 'log.acces: is not a key of [log]; did you mean "access"?'),
        ("access = true", "log.access: must be a string in quotes that is not empty, not true"),
        ('access = "logs/"', 'log.access: "logs/" is a folder; name a file in it, such as "logs/access.log"'),
        ('access = "a\\u0000b"', "log.access: is no name of a file: it has characters that nobody can see"),
        ('format = "xml"', 'log.format: "xml" is no format; there are json, combined'),
        ("sample = 0", 'log.sample: must be at least 0.000001; for none at all write access = "off"'),
        ("sample = 1.1", "log.sample: must be a number from 0 to 1, not 1.1"),
        ("sample = nan", "log.sample: must be a number from 0 to 1, not nan"),
        ('client = "none"', 'log.client: "none" is no way to show a client; there are absent, truncated, whole'),
        ('server = "yes"', 'log.server: "yes" is no format; there are text, json'),
    ],
)
def test_what_makes_no_sense_is_told_by_its_line(text: str, line: str) -> None:
    access = "" if text.startswith("access") else 'access = "stdout"\n'
    number = 6 if not access else 7
    assert mistakes_of(policy(rest=f"[log]\n{access}{text}")) == [f"1.toml:{number}: {line}"]


def test_what_does_nothing_is_warned_of() -> None:
    text = policy(rest='[log]\nformat = "json"\nsample = 0.5\nclient = "whole"')
    assert [line for line in warnings_of(text) if "log" in line] == [
        f"{number}: warning: log.{key}: only counts where serve --access-log names a file: access is off"
        for number, key in ((6, "format"), (7, "sample"), (8, "client"))
    ]


def test_a_file_that_is_nearly_called_as_a_stream_is_warned_of() -> None:
    (line,) = [line for line in warnings_of(policy(rest='[log]\naccess = "STDOUT"')) if "log" in line]
    assert line == '6: warning: log.access: "STDOUT" is a file\'s name; was "stdout" meant?'


def test_only_one_file_says_how_to_log() -> None:
    other = policy('hosts = ["b.example"]', rest='[log]\nserver = "json"')
    assert mistakes_of(policy(rest="[log]"), other) == ["2.toml:6: log: stands in 1.toml too; keep it in one file"]


def test_what_is_no_table_is_a_mistake() -> None:
    assert mistakes_of(f"log = true\n{policy()}") == ["1.toml:1: log: must be a table, [log], not true"]

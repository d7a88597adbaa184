"""Every mistake in a policy is told by file and line, all of them at once; several files are one configuration."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from georedirect.errors import PolicyError
from georedirect.policy.load import load_configuration
from tests.policies import GOOD, broken_policies, findings_of, load, mistakes_of, policy


@pytest.mark.parametrize(("text", "finding"), broken_policies())
def test_a_mistake_is_told_by_its_line(text: str, finding: str) -> None:
    mistakes = mistakes_of(text)
    assert [line[: len(f"1.toml:{finding}")] for line in mistakes] == [f"1.toml:{finding}"], mistakes


def test_all_mistakes_are_told_at_once_in_the_order_of_lines() -> None:
    text = """\
[server]
workers = 0
[site]
hosts = ["a b"]
default = "b"
order = ["county"]
[regions.a]
countries = [
  "UK",
  "DE",
  "XX",
]
languages = ["jp"]
[regions.c]
uri = "ftp://x"
[groups]
g = ["DEU"]
[sites]
"""
    assert [line.split(" ")[0] for line in mistakes_of(text)] == [
        "1.toml:2:", "1.toml:4:", "1.toml:5:", "1.toml:6:", "1.toml:7:", "1.toml:9:", "1.toml:11:", "1.toml:13:",
        "1.toml:15:", "1.toml:17:", "1.toml:18:",
    ]  # fmt: skip


def test_warnings_are_told_together_with_mistakes_and_keep_nothing_from_starting() -> None:
    assert any(": warning: " in line for line in findings_of(policy("mode = 1")))
    assert load(policy()).warnings


def test_mistakes_of_several_files_are_told_file_by_file() -> None:
    told = mistakes_of(policy('hosts = ["b c"]'), "[site\n", policy(default='"x"'))
    assert [re.split(": ", line)[0] for line in told] == ["1.toml:3", "2.toml:1", "3.toml:2"]


A = policy('hosts = ["a.example.com"]')
B = policy('hosts = ["b.example.com"]')


def test_several_files_are_told_apart_by_hosts() -> None:
    configuration = load(A, B, policy())
    first, second, rest = configuration.policies
    assert [one.file for one in configuration.policies] == ["1.toml", "2.toml", "3.toml"]
    assert configuration.policy_for("a.example.com") is first
    assert configuration.policy_for("b.example.com") is second
    assert configuration.policy_for("c.example.com") is configuration.policy_for(None) is rest


def test_settings_may_stand_in_a_file_of_their_own() -> None:
    configuration = load(A, "[server]\nworkers = 3\n[database]\nlru_size = 7\n", B)
    assert len(configuration.policies) == 2
    assert (configuration.server.workers, configuration.database.lru_size) == (3, 7)


@pytest.mark.parametrize(
    ("texts", "mistakes"),
    [
        ([A, B, A], ['3.toml:3: site.hosts: "a.example.com" is answered by 1.toml already']),
        (
            [policy(), A, policy()],
            ["3.toml:1: site.hosts: is missing, and 1.toml answers for every other host already"],
        ),
        ([A + "[server]\n", B + "[server]\n"], ["2.toml:6: server: stands in 1.toml too; keep it in one file"]),
        (["[database]\n", "[database]\n", A], ["2.toml:1: database: stands in 1.toml too; keep it in one file"]),
        (["[server]\n", ""], ["1.toml:1: site: is missing: no file has a [site] with regions to send anyone to"]),
        (["[server]\nworkers = 0\n"], ["1.toml:2: server.workers: must be a whole number from 1 to 256, not 0"]),
    ],
)
def test_files_that_do_not_go_together_are_told(texts: list[str], mistakes: list[str]) -> None:
    assert mistakes_of(*texts) == mistakes


@pytest.mark.parametrize("text", ["[server]\nworkers = 2\n", policy(), ""])
def test_of_what_a_file_holds_that_cannot_be_read_nothing_is_said(text: str) -> None:
    with pytest.raises(PolicyError) as raised:
        load_configuration({"1.toml": text.encode()}, {"2.toml": "Permission denied"})
    told = [line for line in str(raised.value).splitlines() if ": warning: " not in line]
    assert told == ["2.toml:1: cannot be read: Permission denied"]


def test_mistakes_beside_a_file_that_cannot_be_read_are_told_with_it() -> None:
    with pytest.raises(PolicyError) as raised:
        load_configuration({"1.toml": b"[server]\nworkers = 0\n"}, {"2.toml": "Is a directory"})
    assert [line.split(":")[0] for line in str(raised.value).splitlines()] == ["2.toml", "1.toml"]


@pytest.mark.parametrize("begin", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_byte_order_marks_and_line_ends_change_no_line(begin: bytes, end: bytes) -> None:
    good = begin + GOOD.encode().replace(b"\n", end)
    assert len(load(good).policies) == 1
    line = GOOD[: GOOD.index("DE")].count("\n") + 1
    assert mistakes_of(good.replace(b'"DE"', b'"UK"')) == [
        f'1.toml:{line}: regions.germany.countries: "UK" is not an ISO 3166-1 code; did you mean "GB"?'
    ]
    assert mistakes_of(good.replace(b"= [", b"= ", 1))[0].startswith("1.toml:2: is not TOML: ")


@pytest.mark.parametrize("begin", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"\xff", "1: is not UTF-8: octet 0xff"),
        (b"x = 1\ny = '\xe4'\n", "2: is not UTF-8: octet 0xe4"),
        (b"#\n\n\x80", "3: is not UTF-8: octet 0x80"),
        (GOOD.encode("utf-16"), "1: is not UTF-8: octet 0xff"),
    ],
)
def test_what_is_not_utf_8_names_its_line_and_octet(begin: bytes, text: bytes, told: str) -> None:
    assert mistakes_of(begin + text) == [f"1.toml:{told} begins no character"]


@pytest.mark.parametrize(
    "text",
    [
        f"x = {'[' * 5000}{']' * 5000}",
        f"x = {'1' * 5000}",
        policy(rest=f"[server]\nworkers = 0x{'f' * 5000}"),
        policy(default='"a\\nb\\u001b[31m"'),
        policy(default='"a"', rest='["\\n"]\n'),
        policy(rest="[server]\nworkers = 1979-05-27T07:32:00Z"),
        policy(rest="[server]\nworkers = nan"),
        policy(region="countries = ['''\n\nDE''']"),
    ],
)
def test_an_odd_text_is_told_in_one_plain_line(text: str) -> None:
    (told,) = mistakes_of(text)
    assert told.isprintable()


LINE = re.compile(r"1\.toml:[1-9][0-9]*: .+")


def is_read_or_told(text: bytes) -> None:
    try:
        load_configuration({"1.toml": text})
    except PolicyError as error:
        lines = str(error).split("\n")
        assert all(LINE.fullmatch(line) and line.isprintable() for line in lines), lines
        assert len(lines) == len(error.findings)  # noqa: PT017
        most = text.count(b"\n") + 1
        assert all(int(line.split(":")[1]) <= most for line in lines), lines


@settings(max_examples=300)
@given(st.binary(max_size=60) | st.text(st.sampled_from("[]{}=\"'.,#\n\r -0123site_x\\"), max_size=60).map(str.encode))
@example(b"[site]\na=[\r\n1]")
def test_any_octets_are_read_or_told(text: bytes) -> None:
    is_read_or_told(text)


PIECES = [*"[]{}=\"'\n\\,.#1é", *"\x00\ufeff\u2028", "\r\n", '"""', "'''", "1.5", "true", "inf", "0xff", "1979-05-27"]
PIECES += ["[]", "{}", '""', "[[1]]", "{ a = 1 }", "[site]", "[[regions]]", "[regions.global.x]"]
edits = st.lists(
    st.tuples(st.integers(0, len(GOOD)), st.integers(0, 30), st.sampled_from(PIECES) | st.text(max_size=3)),
    min_size=1,
    max_size=3,
)


@settings(max_examples=150)
@given(edits)
def test_a_policy_with_any_mutation_is_read_or_told(edits: list[tuple[int, int, str]]) -> None:
    text = GOOD
    for start, length, piece in edits:
        text = text[:start] + piece + text[start + length :]
    is_read_or_told(text.encode("utf-8", "surrogatepass"))


VALUES = re.findall(r"(?m)^\w+ = (.+)$", GOOD)


@settings(max_examples=60)
@given(
    st.sampled_from(VALUES),
    st.sampled_from(["1", "[]", "[[]]", "{}", "{a=[{b=1}]}", '""', '"\\u0000"', "true", "[{}]"]),
)
def test_a_policy_with_any_value_of_another_kind_is_read_or_told(value: str, other: str) -> None:
    is_read_or_told(GOOD.replace(value, other).encode())

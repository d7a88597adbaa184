"""What is shown of a policy: all lines, in their places, and no secret."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from georedirect.errors import PolicyError
from georedirect.policy.lines import locate
from georedirect.policy.veil import veil
from tests.policies import GOOD, load

CASES = [
    (
        '[sticky]\nby = "cookie"\nkey = "hush"  # why\nname = "x"\n',
        '[sticky]\nby = "cookie"\nkey = "•••"  # why\nname = "x"\n',
    ),
    ('sticky.key = "hush"\n', 'sticky.key = "•••"\n'),
    ("sticky = { key = 'hush', by = \"client\" }\n", 'sticky = { key = "•••", by = "client" }\n'),
    ('[sticky]\n"k\\u0065y" = """hu\nsh"""\n', '[sticky]\n"k\\u0065y" = "•••"\n\n'),
    ('[database]\nsource = "https://a.example/b?hush=1"\n', '[database]\nsource = "https://a.example/b?•••"\n'),
    ("update = {checksum = 'https://a.example/?hush'}", "update = {checksum = 'https://a.example/?•••'}"),
    (
        'regions.a.mirrors = [{ check = { path = "/ok?hush" } }]',
        'regions.a.mirrors = [{ check = { path = "/ok?•••" } }]',
    ),
    ('[[regions.a.mirrors]]\ncheck.path = "/h?hush"\n', '[[regions.a.mirrors]]\ncheck.path = "/h?•••"\n'),
    (
        '[update]\nchecksum = "https://a.example/b\\u003fhush"\n',
        '[update]\nchecksum = "•••"\n',
    ),
    ('[database]\nsource = "maxmind"\n', '[database]\nsource = "maxmind"\n'),
    ('[site]\ncache = { key = ["country"] }\n', '[site]\ncache = { key = ["country"] }\n'),
    ("# é\r\n[sticky]\r\nkey = 'é'\r\n", '# é\r\n[sticky]\r\nkey = "•••"\r\n'),
]


@pytest.mark.parametrize(("text", "shown"), CASES)
def test_secrets_are_struck_out_and_nothing_else(text: str, shown: str) -> None:
    assert veil(text, locate(text)) == shown


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="'"), min_size=1))
def test_no_key_is_shown_whatever_it_is_and_every_line_stays(key: str) -> None:
    text = f"# before\n[sticky]\nkey = '''{key}\n{key}'''\n[site]\n"
    shown = veil(text, locate(text))
    assert tomllib.loads(shown)["sticky"] == {"key": "•••"}
    assert shown.count("\n") == text.count("\n")


REGION = '[regions.{name}]\nuri = "https://b.example{{+path}}"\ncountries = ["US"]\ncheck = {{ path = {path} }}\n'
SLIPS = [
    REGION.format(name="us", path='"health?hush"'),
    REGION.format(name="us", path='"/he alth?hush"'),
    REGION.format(name="us", path='"/health?hush"') + REGION.format(name="ca", path='"/health?hush", rise = 9'),
    '[update]\nchecksum = "http://a.example/b?hush"\n',
    '[database]\ncountry = "c.mmdb"\nsource = "http://a.example/b?hush"\n',
    '[sticky]\nkey = ["hush"]\n',
    '[sticky]\nkee = "hush"\n',
]


@pytest.mark.parametrize("rest", SLIPS)
def test_no_mistake_quotes_a_secret(rest: str) -> None:
    """The log has it, and so has whoever asks how the last reload ended."""
    with pytest.raises(PolicyError) as caught:
        load(GOOD + rest)
    assert "hush" not in str(caught.value)


def test_a_configuration_keeps_what_its_files_say() -> None:
    assert load(GOOD, "[limits]\n").texts == {"1.toml": GOOD, "2.toml": "[limits]\n"}

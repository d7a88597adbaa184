"""Modes, choices, the chooser and caches, as a policy says them."""

from __future__ import annotations

from pathlib import Path

import pytest

from georedirect.door.snapshot import load_snapshot
from georedirect.errors import PolicyError
from georedirect.place import NOWHERE, Place
from georedirect.policy.countries import COUNTRIES
from georedirect.policy.model import CacheSettings, ChoiceSettings, ChooserSettings, ExemptTo, Mode, Source, Undecided
from tests.policies import load_policy, policy, warnings_of


def place(text: str) -> Place:
    """`DE`, `continent:EU` or nothing."""
    if text.startswith("continent:"):
        return Place(None, text.removeprefix("continent:"), 8)
    return Place(text, COUNTRIES[text].continent, 24) if text else NOWHERE


def test_the_defaults_are_the_documented_ones() -> None:
    read = load_policy(policy())
    assert (read.undecided, read.exempt.to, read.cache) == (Undecided.DEFAULT, ExemptTo.DEFAULT, None)
    assert read.exempt.globs == ("/robots.txt", "/sitemap*.xml", "/.well-known/*", "/favicon.ico")
    assert read.choice == ChoiceSettings("region", "georedirect", 365, parameter_stores=False)
    assert read.chooser == ChooserSettings("/.georedirect/", None, None)
    assert read.modes.of_places == {Mode.REDIRECT}
    assert read.guesses == (Source.COUNTRY, Source.LANGUAGE)
    assert read.reads_choice


def test_every_key_is_read_as_written() -> None:
    read = load_policy(
        policy(
            'hosts = ["b.example"]\norder = ["country"]\nundecided = "chooser"\nexempt = ["/a*b.c"]\nexempt_to = '
            '"not-found"\ncache = { shared_seconds = 60, key = ["country", "language"] }',
            'mode = "stay"',
            '[choice]\nparameter = "to"\ncookie = "c"\ndays = 7\nparameter_stores = true\n[chooser]\nprefix = "/~/go/"',
        )
    )
    assert (read.undecided, read.exempt.to) == (Undecided.CHOOSER, ExemptTo.NOT_FOUND)
    assert read.exempt.paths is not None
    assert [bool(read.exempt.paths.fullmatch(path)) for path in ("/ab.c", "/a/x/b.c", "/ab-c", "/ab.c/")] == [
        *(True, True, False, False)
    ]
    assert read.choice == ChoiceSettings("to", "c", 7, parameter_stores=True)
    assert read.chooser.prefix == "/~/go/"
    assert read.cache == CacheSettings(60, frozenset({Source.COUNTRY, Source.LANGUAGE}))
    assert read.default.mode is Mode.STAY
    assert not read.reads_choice


MODES = """\
[modes]
EU = "suggest"
DE = "redirect"
nordics = "suggest"
"continent:EU" = "stay"
[groups]
nordics = ["NO", "SE"]
"""


@pytest.mark.parametrize(
    ("where", "mode"),
    [
        ("DE", "redirect"),
        ("FR", "suggest"),
        ("SE", "suggest"),
        ("NO", "suggest"),
        ("CH", "stay"),
        ("continent:EU", "stay"),
        ("US", "redirect"),
        ("continent:AS", "redirect"),
        ("", "redirect"),
    ],
)
def test_the_narrower_mode_wins(where: str, mode: str) -> None:
    read = load_policy(policy(rest=MODES))
    assert read.modes.mode_for(read.default, place(where)) == mode


@pytest.mark.parametrize(
    ("site", "rest", "where", "mode"),
    [
        ("", "", "DE", "suggest"),
        ("", "", "NO", "suggest"),
        ("", "", "CH", "redirect"),
        ("", "", "US", "redirect"),
        ("", "", "", "suggest"),
        ("", "", "continent:EU", "suggest"),
        ("", "", "continent:AS", "redirect"),
        ('mode = "stay"', "", "US", "stay"),
        ('mode = "stay"', "", "DE", "suggest"),
        ("", '[modes]\nDE = "redirect"', "DE", "redirect"),
        ("", '[modes]\nDE = "redirect"', "FR", "suggest"),
        ("", '[modes]\nEU = "redirect"', "FR", "redirect"),
        ("", '[modes]\nEU = "redirect"', "NO", "suggest"),
        ("", '[modes]\n"continent:EU" = "redirect"', "FR", "suggest"),
        ("", '[modes]\n"continent:EU" = "redirect"', "continent:EU", "redirect"),
    ],
)
def test_what_is_written_out_wins_over_the_preset(site: str, rest: str, where: str, mode: str) -> None:
    read = load_policy(policy(f'preset = "eu-shop"\n{site}', rest=rest))
    assert read.modes.mode_for(read.default, place(where)) == mode


def test_a_region_that_can_only_be_chosen_is_worth_no_warning_nor_a_group_that_has_a_mode() -> None:
    text = policy(rest='[regions.b]\nuri = "https://b.example"\n[groups]\ng = ["DE"]\n[modes]\ng = "stay"')
    assert [line for line in warnings_of(text) if "countries in no region" not in line] == []


@pytest.mark.parametrize("key", ["template", "stylesheet"])
def test_a_file_of_the_choosers_must_be_there_beside_the_policy(tmp_path: Path, key: str) -> None:
    site = tmp_path / "site.toml"
    site.write_text(policy(rest=f'[chooser]\n{key} = "own.txt"'))
    with pytest.raises(PolicyError, match=rf"site.toml:6: chooser.{key}: .*own.txt cannot be read: No such file"):
        load_snapshot([site])
    (tmp_path / "own.txt").write_bytes(b"\xff")
    with pytest.raises(PolicyError, match=rf"site.toml:6: chooser.{key}: .*own.txt cannot be read: it is not UTF-8"):
        load_snapshot([site])
    (tmp_path / "own.txt").write_text("{{ words.title" if key == "template" else "</style>")
    with pytest.raises(PolicyError, match=rf"site.toml:6: chooser.{key}: .*own.txt:1: "):
        load_snapshot([site])
    (tmp_path / "own.txt").write_text("p{}")
    (read,) = load_snapshot([site]).configuration.policies
    named = getattr(read.chooser, key)
    assert Path(named.path) == tmp_path / "own.txt"


def test_stars_match_whatever_stands_between_them() -> None:
    paths = load_policy(policy('exempt = ["/a*b*b*.c", "/x**", "/*/y*"]')).exempt.paths
    assert paths is not None
    matching = ("/abb.c", "/a-b-b-.c.c", "/abbb.c", "/x", "/x/y/z", "//y", "/q/yy", "/a/bb/b.c/b.c")
    assert [path for path in matching if not paths.fullmatch(path)] == []
    assert [path for path in ("/ab.c", "/abb.cc", "/a", "/q/x", "/bb.c") if paths.fullmatch(path)] == []


def test_no_path_makes_many_stars_slow() -> None:
    paths = load_policy(policy('exempt = ["/*a*a*a*a*a*a*b"]')).exempt.paths
    assert paths is not None
    assert not paths.fullmatch("/" + "a" * 8000 + "c")  # trying every way to share the letters out takes years

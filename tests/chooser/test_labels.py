"""What a region is called: by the operator, after its countries, after its languages, or by NAME."""

from __future__ import annotations

import pytest

from georedirect.chooser.labels import name_in, own_labels
from georedirect.chooser.names import country_name, language_name, language_of

TABLE = [
    # title, languages, countries; the name with its language and direction; the languages beside it
    (None, ("de",), ("DE",), ("Deutschland", "de", "ltr"), ["Deutsch"]),
    (None, ("fr", "de"), ("CH",), ("Suisse", "fr", "ltr"), ["Français", "Deutsch"]),
    (None, ("ar",), ("EG",), ("مصر", "ar", "rtl"), ["العربية"]),
    (None, ("pt-BR",), ("BR",), ("Brasil", "pt-BR", "ltr"), ["Português"]),
    (None, ("en-US", "es", "en-CA"), ("US",), ("United States", "en-US", "ltr"), ["English", "Español"]),
    (None, ("en-US", "en-CA"), (), ("American English", "en-US", "ltr"), ["Canadian English"]),
    (None, ("pt-BR",), (), ("Português (Brasil)", "pt-BR", "ltr"), []),
    (None, ("zh-Hant", "en"), (), ("繁體中文", "zh-Hant", "ltr"), ["English"]),
    (None, ("de-CH-1996",), (), ("Schweizer Hochdeutsch", "de-CH-1996", "ltr"), []),
    (None, (), ("JP",), ("日本", "ja", "ltr"), []),
    (None, (), ("GE", "AM"), ("საქართველო, სომხეთი", "ka", "ltr"), []),
    (None, ("sv",), ("SE", "NO", "DK", "FI"), ("Sverige, Norge, Danmark, Finland", "sv", "ltr"), ["Svenska"]),
    (None, ("en",), ("SE", "NO", "DK", "FI", "IS"), ("Sweden, Norway, Denmark, …", "en", "ltr"), ["English"]),
    (None, ("tr",), ("TR",), ("Türkiye", "tr", "ltr"), ["Türkçe"]),
    (None, (), (), ("NAME", None, "auto"), []),
    (None, (), ("XX", "日"), ("NAME", None, "auto"), []),
    (None, ("tlh", "?"), (), ("NAME", None, "auto"), []),
    (None, ("tlh", "en"), ("GB",), ("English", "en", "ltr"), []),
    ("Romandie", ("fr",), ("CH",), ("Romandie", "fr", "auto"), ["Français"]),
    ("Elsewhere", (), (), ("Elsewhere", None, "auto"), []),
    (" ", ("de",), (), ("Deutsch", "de", "ltr"), []),
]


@pytest.mark.parametrize(("title", "languages", "countries", "name", "beside"), TABLE)
def test_a_region_is_named_in_its_own_language(
    title: str | None,
    languages: tuple[str, ...],
    countries: tuple[str, ...],
    name: tuple[str, str | None, str],
    beside: list[str],
) -> None:
    (label,) = own_labels((("NAME", title, languages, countries),))
    assert label.name == name
    assert [text.text for text in label.languages] == beside


def test_regions_that_would_read_the_same_are_told_apart_by_their_names() -> None:
    labels = own_labels((("a", None, ("en",), ()), ("b", None, ("en",), ()), ("c", None, ("de",), ())))
    assert [label.name.text for label in labels] == ["English (a)", "English (b)", "Deutsch"]


@pytest.mark.parametrize(
    ("title", "languages", "countries", "name"),
    [
        (None, ("de",), ("DE", "AT"), "Germania, Austria"),
        (None, ("de", "pt-BR"), (), "Tedesco, Portoghese brasiliano"),
        ("Deutschland", ("de",), ("DE",), "Deutschland"),
        (None, (), (), "NAME"),
    ],
)
def test_a_banner_names_a_region_in_the_language_of_its_visitor(
    title: str | None, languages: tuple[str, ...], countries: tuple[str, ...], name: str
) -> None:
    assert name_in("it", "NAME", title, languages, countries) == name


def test_names_are_capitalised_as_their_language_does() -> None:
    assert country_name("DE", "mt") == "Il-Ġermanja"
    assert language_name("ka", "ka") == "ქართული"  # whose capitals nobody writes alone
    assert language_name("en", "az") == "İngilis"


def test_what_cldr_does_not_know_has_no_name() -> None:
    assert (country_name("XX", "en"), country_name("DE", "tlh"), country_name("DE", "?")) == (None, None, None)
    assert (language_name("xxx", "en"), language_name("en", "tlh"), language_name("?", "en")) == (None, None, None)
    assert (language_of("JP"), language_of("<b>")) == ("ja", None)


def test_a_territory_that_has_no_name_with_its_language_stands_behind_it() -> None:
    assert language_name("de-BE", "en") == "German (Belgium)"
    assert language_name("de-BE", "en", with_territory=False) == "German"

"""Tags are checked against BCP 47, and what is offered is found by what real browsers send."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langcodes.data_dicts import LANGUAGE_REPLACEMENTS, LIKELY_SUBTAGS

from georedirect.policy.languages import check_tag, offer
from georedirect.visitor.languages import lookup, parse_accept_language


@pytest.mark.parametrize(
    "tag",
    [
        "de",
        "de-CH",
        "pt-BR",
        "zh-Hant",
        "zh-Hant-HK",
        "sr-Latn",
        "es-419",
        "gsw",
        "de-1996",
        "iw",
        "art-lojban",
        "en-XK",
    ],
)
def test_a_registered_tag_is_good(tag: str) -> None:
    check_tag(tag)


@pytest.mark.parametrize(
    ("tag", "why"),
    [
        ("", "is not a BCP 47 language tag; write one such as"),
        ("german", "is not a BCP 47 language tag; write one such as"),
        ("*", "is not a BCP 47 language tag; write one such as"),
        ("de-", "is not a BCP 47 language tag"),
        ("de CH", "is not a BCP 47 language tag"),
        ("x-mine", "is not a BCP 47 language tag"),
        ("und", "is not a BCP 47 language tag"),
        ("mul-DE", "is not a BCP 47 language tag"),
        ("de\n", "is not a BCP 47 language tag"),
        ("pt_BR", 'did you mean "pt-BR"?'),
        ("xx_yy", "write one such as"),
        ("jp", 'did you mean "ja"?'),
        ("US", 'did you mean "en-US"?'),
        ("en-UK", '"UK", which is not an ISO 3166-1 code; did you mean "en-GB"?'),
        ("en-uk", '"UK", which is not an ISO 3166-1 code; did you mean "en-GB"?'),
        ("uk-Cyrl-UK", 'did you mean "uk-Cyrl-GB"?'),
        ("de-QQ", '"QQ", which is not an ISO 3166-1 code; did you mean "de"?'),
    ],
)
def test_a_wrong_tag_is_told_what_would_be_right(tag: str, why: str) -> None:
    with pytest.raises(ValueError, match="is not") as raised:
        check_tag(tag)
    assert why in str(raised.value)


@pytest.mark.parametrize(
    ("tags", "keys"),
    [
        ([], {}),
        (["de"], {"de-latn": "de"}),
        (["DE-ch"], {"de-latn-ch": "DE-ch"}),
        (["zh"], {"zh-hans": "zh"}),
        (["zh-HK"], {"zh-hant-hk": "zh-HK"}),
        (["zh-Hant", "zh-Hans"], {"zh-hant": "zh-Hant", "zh-hans": "zh-Hans"}),
        (["sr"], {"sr-cyrl": "sr"}),
        (["sr-Latn"], {"sr-latn": "sr-Latn"}),
        (["sr-ME"], {"sr-latn-me": "sr-ME"}),
        (["iw"], {"he-hebr": "iw"}),
        (["iw", "he"], {"he-hebr": "iw"}),
        (["he", "iw"], {"he-hebr": "he"}),
        (["en-GB-oed"], {"en-latn-gb-oxendict": "en-GB-oed"}),
        (["es-419"], {"es-latn-419": "es-419"}),
    ],
)
def test_what_is_offered_has_its_script_written_out(tags: list[str], keys: dict[str, str]) -> None:
    assert offer(tags).tags == keys


def test_scripts_and_aliases_are_known_for_what_is_offered_alone() -> None:
    offered = offer(["zh", "he"])
    assert offered.scripts["zh"] == "hans"
    assert offered.scripts["zh-tw"] == offered.scripts["zh-hk"] == "hant"
    assert "zh-cn" not in offered.scripts  # it is written as Chinese is anyway
    assert offered.aliases["iw"] == "he"
    assert "de" not in offered.scripts


def test_langcodes_has_the_tables_that_its_documentation_does_not_promise() -> None:
    """Deprecated primary subtags, and the tags whose likely subtags CLDR lists, each as `language-REGION` or longer."""
    assert LANGUAGE_REPLACEMENTS["iw"] == "he"
    assert all(key == key.lower() for key in LANGUAGE_REPLACEMENTS)
    assert {"zh", "zh-HK", "zh-TW", "sr-ME"} <= LIKELY_SUBTAGS.keys()
    assert {LIKELY_SUBTAGS[tag] for tag in ("zh-HK", "sr-ME")} == {"zh-Hant-HK", "sr-Latn-ME"}


CHROME_DE = "de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7"
FIREFOX_DE = "de,en-US;q=0.7,en;q=0.3"
SAFARI_HK = "zh-HK,zh-Hant;q=0.9"
CHROME_TW = "zh-TW,zh;q=0.9,en-US;q=0.8,en;q=0.7"
CHROME_CN = "zh-CN,zh;q=0.9"
SAFARI_IOS_BR = "pt-BR,pt;q=0.9"
FIREFOX_RS = "sr,sr-RS;q=0.8,sr-CS;q=0.6,en-US;q=0.4,en;q=0.2"
OLD_HEBREW = "iw-IL,iw;q=0.9"


@pytest.mark.parametrize(
    ("header", "tags", "found"),
    [
        (CHROME_DE, ["en", "de"], "de"),
        (CHROME_DE, ["en", "de-DE"], "de-DE"),
        (CHROME_DE, ["en", "de-CH"], "en"),
        (CHROME_DE, ["fr"], None),
        (FIREFOX_DE, ["de-DE", "en-US"], "en-US"),
        (FIREFOX_DE, ["DE", "en"], "DE"),
        (SAFARI_HK, ["zh"], None),
        ("zh-cmn-Hant", ["zh", "zh-Hant"], "zh-Hant"),
        ("cmn-Hans", ["zh", "zh-Hant"], "zh"),
        ("zh-yue-HK", ["zh", "zh-Hant"], None),
        ("zh-yue-HK", ["zh", "yue"], "yue"),
        ("yue", ["zh", "yue"], "yue"),
        (SAFARI_HK, ["zh", "zh-Hant"], "zh-Hant"),
        (SAFARI_HK, ["zh-TW", "zh-HK"], "zh-HK"),
        (CHROME_TW, ["zh-Hant", "zh-Hans"], "zh-Hant"),
        (CHROME_TW, ["en", "zh-Hans"], "zh-Hans"),  # "zh" is on the visitor's list, too
        (CHROME_CN, ["zh-Hant", "zh"], "zh"),
        (CHROME_CN, ["zh-Hant"], None),
        (SAFARI_IOS_BR, ["pt-PT", "pt"], "pt"),
        (SAFARI_IOS_BR, ["pt-BR", "pt"], "pt-BR"),
        (FIREFOX_RS, ["sr-Latn", "en"], "en"),
        (FIREFOX_RS, ["sr", "sr-Latn", "en"], "sr"),
        ("sr-Latn-RS,sr-Latn;q=0.9", ["sr", "sr-Latn"], "sr-Latn"),
        ("sr-ME", ["sr", "sr-Latn"], "sr-Latn"),
        (OLD_HEBREW, ["he"], "he"),
        (OLD_HEBREW, ["iw"], "iw"),
        ("he", ["iw"], "iw"),
        ("en-GB,en;q=0.5", ["en-US", "en-GB"], "en-GB"),
        ("*", ["de", "en"], None),
        ("de;q=0,*", ["de"], None),
        ("de-CH,fr;q=0.9,de;q=0", ["de", "fr"], "fr"),
        ("", ["de"], None),
    ],
)
def test_a_browser_finds_what_it_reads(header: str, tags: list[str], found: str | None) -> None:
    assert lookup(parse_accept_language([header] if header else []), offer(tags)) == found


known = st.sampled_from(["de", "de-CH", "fr", "zh", "zh-HK", "zh-Hant", "sr", "sr-Latn", "iw", "he", "pt-BR"])


@settings(max_examples=50)
@given(st.lists(known, max_size=6), known)
def test_what_is_offered_is_found_by_its_own_name(tags: list[str], tag: str) -> None:
    found = lookup(parse_accept_language([tag]), offer([*tags, tag]))
    assert found == next(one for one in [*tags, tag] if offer([one]).tags.keys() == offer([tag]).tags.keys())

"""Every hreflang is a valid tag, stands once, and leads where readers of that language in that country belong."""

from __future__ import annotations

import langcodes
import pytest
from hypothesis import given
from hypothesis import strategies as st

from georedirect.chooser.alternates import Region, hreflangs
from tests.chooser.questions import countries, tags, texts

DE = Region("germany", ("de",), ("DE", "AT"))
CH = Region("swiss", ("de", "fr"), ("CH",))
GLOBAL = Region("global", ("en",), ())
US = Region("us", ("en", "es-US"), ("US",))

TABLE = [
    ((DE,), "germany", {"x-default": "germany", "de": "germany"}),
    ((DE,), "other", {"de": "germany"}),
    ((Region("a", (), ("DE",)),), "a", {"x-default": "a"}),
    (
        (GLOBAL, DE, CH),
        "global",
        {
            "x-default": "global",
            "en": "global",
            "de-DE": "germany",
            "de-AT": "germany",
            "de-CH": "swiss",
            "fr": "swiss",
        },
    ),
    ((US, GLOBAL), "us", {"x-default": "us", "en": "us", "en-US": "us", "es-US": "us"}),
    ((US, GLOBAL), "x", {"en": "global", "en-US": "us", "es-US": "us"}),
    ((DE, Region("austria", ("de-AT",), ("AT",))), "x", {"de": "germany", "de-AT": "austria"}),
    (
        (DE, CH, Region("austria", ("de-AT",), ())),
        "x",
        {"de-DE": "germany", "de-AT": "austria", "de-CH": "swiss", "fr": "swiss"},
    ),
    ((DE, Region("twin", ("DE",), ("DE", "LU"))), "x", {"de-DE": "germany", "de-AT": "germany", "de-LU": "twin"}),
    ((Region("a", ("pt-BR",), ()), Region("b", ("pt-br",), ())), "x", {"pt-BR": "a"}),
    ((Region("a", ("iw", "he"), ()),), "x", {"he": "a"}),
    (
        (Region("a", ("zh-Hant",), ("HK",)), Region("b", ("zh-Hant",), ("TW",))),
        "x",
        {"zh-Hant-HK": "a", "zh-Hant-TW": "b"},
    ),
    (
        (Region("a", ("de-1996",), ("DE",)), Region("b", ("de-1996",), ("AT",))),
        "x",
        {"de-DE-1996": "a", "de-AT-1996": "b"},
    ),
    ((Region("a", ("und", "", "*", "日", "english"), ("XX",)),), "x", {}),
    ((DE, Region("b", ("de",), ("de", "EUR", "<b>"))), "x", {"de-DE": "germany", "de-AT": "germany"}),
]


@pytest.mark.parametrize(("regions", "default", "found"), TABLE)
def test_each_language_leads_to_its_region(regions: tuple[Region, ...], default: str, found: dict[str, str]) -> None:
    assert dict(hreflangs(regions, default)) == found


@given(
    regions=st.lists(
        st.builds(
            Region,
            name=st.sampled_from("abcdef"),
            languages=st.lists(tags | texts, max_size=4).map(tuple),
            countries=st.lists(countries | texts, max_size=4).map(tuple),
        ),
        max_size=6,
        unique_by=lambda region: region.name,
    ).map(tuple)
)
def test_no_regions_make_a_tag_twice_or_an_invalid_one(regions: tuple[Region, ...]) -> None:
    found = [tag for tag, _ in hreflangs(regions, "a")]
    assert len({tag.lower() for tag in found}) == len(found)
    assert all(tag == "x-default" or langcodes.tag_is_valid(tag) for tag in found)
    assert {name for _, name in hreflangs(regions, "a")} <= {region.name for region in regions}

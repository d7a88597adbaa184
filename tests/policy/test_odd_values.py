"""Whatever stands at a key of a rule, a mirror, a check or `[sticky]`, it is read or told of by line, and no more."""

from __future__ import annotations

import re

import pytest

from georedirect.errors import PolicyError
from georedirect.policy.checks import CHECK_KEYS
from georedirect.policy.load import load_configuration
from georedirect.policy.mirrors_in import MIRROR_KEYS
from georedirect.policy.regions import REGION_KEYS
from georedirect.policy.rules import RULE_KEYS
from georedirect.policy.sticky import STICKY_KEYS
from georedirect.policy.when import CONDITION_KEYS
from georedirect.policy.when_time import DAILY_KEYS
from tests.broken import BEFORE

ODD = [
    *("0", "-0.0", "1", "-1", "1.5", "nan", "-nan", "inf", "1e308", f"{'9' * 60}", "true", "false"),
    *(
        '""',
        '"a"',
        '"*"',
        '"/*"',
        '"%"',
        '"/%"',
        '"\\u0000"',
        '"\\n"',
        '"ß"',
        '"\\ud7ff"',
        '"K"',
        f'"{"/a" * 3000}"',
        '"-"',
    ),
    *(
        "[]",
        "[[]]",
        "[1]",
        '["a", 1]',
        "[{}]",
        "{}",
        "{ a = 1 }",
        '{ a = "x" }',
        "{ a = true, b = true }",
        "{ a.b = 1 }",
    ),
    *("0001-01-01", "9999-12-31", "00:00:00", "23:59:59.999999", "0001-01-01T00:00:00", "9999-12-31T23:59:59"),
    *(
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "[0001-01-01]",
        '"Europe"',
        '"UTC"',
        '"../../etc/passwd"',
    ),
]
PLACES = {
    "[[rules]]\n{0} = {1}": RULE_KEYS,
    "[[rules]]\nuri = 'https://x.example/{{+1}}{{rest}}'\n[rules.when]\n{0} = {1}": (
        *CONDITION_KEYS,
        *(f"not_{key}" for key in CONDITION_KEYS),
    ),
    "[[rules]]\nstay = true\n[rules.when]\nzone = 'Europe/Berlin'\n{0} = {1}": ("from", "until", "not_until", "daily"),
    "[[rules]]\nstay = true\n[rules.when]\nzone = 'Asia/Tokyo'\n[rules.when.daily]\n{0} = {1}": DAILY_KEYS,
    "[[rules]]\nstay = true\n[rules.when.query]\n{0} = {1}": ("a", '""', '"\\u0000"', '"%"', "region"),
    "[[rules]]\nstay = true\n[rules.when.header]\n{0} = {1}": ("a", '""', '"\\u0000"', "host"),
    "[regions.c]\n{0} = {1}": REGION_KEYS,
    "[[regions.c.mirrors]]\n{0} = {1}": MIRROR_KEYS,
    "[regions.c]\nuri = 'https://x.example/'\n[regions.c.check]\n{0} = {1}": CHECK_KEYS,
    "[sticky]\n{0} = {1}": STICKY_KEYS,
}


@pytest.mark.parametrize(("place", "key"), [(place, key) for place, keys in PLACES.items() for key in keys])
def test_an_odd_value_is_read_or_told_of(place: str, key: str) -> None:
    for value in ODD:
        try:
            load_configuration({"x.toml": (BEFORE + place.format(key, value) + "\n").encode()})
        except PolicyError as error:
            for line in str(error).splitlines():
                assert re.match(r"x\.toml:[1-9][0-9]*: ", line), line
                assert line.isprintable(), line

"""A file of networks and places, line by line: what each says, and all that may be wrong with one."""

from __future__ import annotations

from ipaddress import ip_network
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from georedirect.geo.geofeed import MOST_MISTAKES, Geofeed
from georedirect.place import Place
from georedirect.policy.countries import COUNTRIES

UNKNOWN = Place(None, None, 0)
GERMANY = Place("DE", "EU", 0)
CALIFORNIA = Place("US", "NA", 0, "CA")


def read(text: str) -> dict[str, tuple[Place, int]]:
    """Each network with its place and line; there must be no mistakes."""
    geofeed = Geofeed(text)
    assert geofeed.mistakes == []
    places = list(geofeed.distinct)
    return {
        str(ip_network(((number >> 8).to_bytes(bits // 8), number & 0xFF))): (
            places[geofeed.places[row]],
            geofeed.lines[row],
        )
        for bits, rows in geofeed.rows.items()
        for number, row in rows.items()
    }


def mistakes(text: str) -> list[str]:
    return [f"{line}: {what}" for line, what in Geofeed(text).mistakes]


LINES = [
    ("192.0.2.0/24,DE", "192.0.2.0/24", GERMANY),
    ("192.0.2.0/24,de", "192.0.2.0/24", GERMANY),
    ("192.0.2.0/24,DE,,,", "192.0.2.0/24", GERMANY),
    ("192.0.2.0/24,DE,,,80331", "192.0.2.0/24", GERMANY),
    ("192.0.2.0/24,DE,,,80331,,more,of,it", "192.0.2.0/24", GERMANY),
    ("192.0.2.1,DE", "192.0.2.1/32", GERMANY),
    ("2001:db8::1,DE", "2001:db8::1/128", GERMANY),
    ("2001:db8::/32,US,US-CA,San Jose,", "2001:db8::/32", CALIFORNIA._replace(city="San Jose")),
    ("2001:DB8:0::/32,us,us-ca", "2001:db8::/32", CALIFORNIA),
    ("192.0.2.0/24,GB,GB-ENG,London", "192.0.2.0/24", Place("GB", "EU", 0, "ENG", "London")),
    ('192.0.2.0/24,US,US-DC,"Washington, D.C."', "192.0.2.0/24", Place("US", "NA", 0, "DC", "Washington, D.C.")),
    ('"192.0.2.0/24","DE"', "192.0.2.0/24", GERMANY),
    ('"192.0.2.0/24", "DE", "", ""', "192.0.2.0/24", GERMANY),
    (" 192.0.2.0/24 ,\tDE ", "192.0.2.0/24", GERMANY),
    ("192.0.2.0/24,", "192.0.2.0/24", UNKNOWN),
    ("192.0.2.0/24,,,,", "192.0.2.0/24", UNKNOWN),
    ("192.0.2.0/24,ZZ", "192.0.2.0/24", UNKNOWN),
    ("192.0.2.0/24,zz,,Nowhere", "192.0.2.0/24", UNKNOWN),
    ("0.0.0.0/0,XK", "0.0.0.0/0", Place("XK", "EU", 0)),
    ("::/0,NA", "::/0", Place("NA", "AF", 0)),
    ("0.0.0.0,DE", "0.0.0.0/32", GERMANY),
    ("::ffff:192.0.2.0/120,DE", "192.0.2.0/24", GERMANY),
    ("::ffff:0:0/96,DE", "0.0.0.0/0", GERMANY),
    ("::ffff:192.0.2.1,DE", "192.0.2.1/32", GERMANY),
    ("2002:c000:200::/40,DE", "2002:c000:200::/40", GERMANY),
]


@pytest.mark.parametrize(("line", "network", "place"), LINES)
def test_a_line_says_where_a_network_is(line: str, network: str, place: Place) -> None:
    assert read(line) == {network: (place, 1)}
    before = "198.51.100.0/24,DE\n198.51.101.0/24,US,US-CA,San Jose\n203.0.113.0/24,\n"  # which counts for nothing
    assert read(before + line)[network] == (place, 4)
    assert read(f"{line}\n{line}")[network] == (place, 1)


def test_what_is_no_network_says_nothing() -> None:
    text = "\r\n# networks of ours\r\nnetwork,country\r\n\r\n192.0.2.0/24,DE\r\n  # more\r\n \t\r\n10.0.0.0/8,DE\r\n"
    assert read(text) == {"192.0.2.0/24": (GERMANY, 5), "10.0.0.0/8": (GERMANY, 8)}
    assert read("") == read("\n\n#\n") == {}


@pytest.mark.parametrize("title", ["ip_prefix,alpha2code,region,city,postal_code", "Network,Country", '"prefix","cc"'])
def test_only_the_first_line_may_name_the_columns(title: str) -> None:
    assert read(f"{title}\n192.0.2.0/24,DE") == {"192.0.2.0/24": (GERMANY, 2)}
    assert len(mistakes(f"192.0.2.0/24,DE\n{title}")) == 1
    assert len(mistakes(f"{title}\n{title}")) == 1


WRONG = [
    ("10.1/16,DE", '"10.1/16" is not a network; write one such as "10.0.0.0/8", "2001:db8::/32" or "192.0.2.1"'),
    ("010.0.0.0/8,DE", '"010.0.0.0/8" is not a network; write one such as'),
    ("192.0.2.0,192.0.2.255,DE", '"192.0.2.255" is not an ISO 3166-1 code; write one such as "DE", or nothing'),
    ("192.0.2.1/24,DE", '"192.0.2.1/24" has bits set beyond /24; did you mean "192.0.2.0/24" or "192.0.2.1"?'),
    ("2001:db8::1/32,DE", '"2001:db8::1/32" has bits set beyond /32; did you mean "2001:db8::/32"'),
    ("192.0.2.0/33,DE", '"192.0.2.0/33" ends in "/33", which is no prefix length; write a number from 0 to 32'),
    ("192.0.2.0/,DE", '"192.0.2.0/" ends in "/", which is no prefix length'),
    ("192.0.2.0/255.255.255.0,DE", "which is no prefix length"),
    ("fe80::1%eth0,DE", '"fe80::1%eth0" is not a network'),
    ("example.com,DE", '"example.com" is not a network'),
    (",DE", '"" is not a network'),
    ("192.0.2.0\0/24,DE", "is not a network"),
    ("\ud800,DE", "is not a network"),
    ("192.0.2.0/24", 'names no country; write "192.0.2.0/24,DE", or "192.0.2.0/24," where it is not known'),
    ("192.0.2.0/24;DE", '"192.0.2.0/24;DE" ends in "/24;DE"'),
    ("192.0.2.0/24,UK", '"UK" is not an ISO 3166-1 code; did you mean "GB"?'),
    ("192.0.2.0/24,DEU", '"DEU" is not an ISO 3166-1 code; did you mean "DE"?'),
    ("192.0.2.0/24,EU", '"EU" is not an ISO 3166-1 code; write one such as "DE", or nothing where it is not known'),
    ("192.0.2.0/24,\xdf", '"\xdf" is not an ISO 3166-1 code; '),
    ("192.0.2.0/24,US,US-\xdf", '"US-\xdf" is not an ISO 3166-2 code; write one such as "US-CA", or leave it out'),
    ("192.0.2.0/24,US,CA", '"CA" is not an ISO 3166-2 code; did you mean "US-CA"?'),
    ("192.0.2.0/24,US,California", '"California" is not an ISO 3166-2 code; write one such as "US-CA", or leave'),
    ("192.0.2.0/24,CA,US-CA", '"US-CA" is not in CA; write a region of CA, or US before it'),
    ("192.0.2.0/24,,US-CA", '"US-CA" is a region of no country; name the country before it, or leave the region out'),
    ("192.0.2.0/24,US,US-CA,---", '"---" is not the name of a city; write one such as "Berlin", or leave it out'),
    ("192.0.2.0/24,US,,a\x1bb", "is not the name of a city"),
    (f"192.0.2.0/24,US,,{'x' * 200}", f'"{"x" * 40}" is not the name of a city'),
    ('192.0.2.0/24,"DE', "is not CSV: unexpected end of data; a quote that begins a field ends it too"),
    ('192.0.2.0/24,"DE"x', "is not CSV: "),
]


@pytest.mark.parametrize(("line", "what"), WRONG)
def test_a_line_that_is_wrong_is_told_with_what_would_be_right(line: str, what: str) -> None:
    (told,) = mistakes(f"198.51.100.0/24,DE\n{line}\n2001:db8::/32,US")
    assert told.startswith("2: ")
    assert what in told


def test_one_network_cannot_be_in_two_places() -> None:
    text = "192.0.2.0/24,DE\n10.0.0.0/8,DE\n192.0.2.0/24,DE,,,80331\n::ffff:192.0.2.0/120,FR\n192.0.2.0/24,DE,DE-BY"
    what = "is of the same network as line 1, with another place; keep one"
    assert mistakes(text) == [f"4: {what}", f"5: {what}"]


def test_all_mistakes_are_told_at_once_but_no_more_than_anybody_reads() -> None:
    few = Geofeed("x,DE\n" * MOST_MISTAKES)
    assert list(few.told) == few.mistakes
    many = Geofeed("192.0.2.0/24,DE\n" + "x,DE\n" * 50).told
    assert [line for line, _ in many] == [*range(2, MOST_MISTAKES + 2), MOST_MISTAKES + 2]
    assert many[-1].text == "and 30 more like these"


@given(st.text(st.sampled_from('0123456789abc:./,"#\r\n DEUSZ-\x00é'), max_size=60) | st.text(max_size=40))
def test_whatever_a_file_holds_it_is_read_or_told(text: str) -> None:
    geofeed = Geofeed(text)
    assert all(1 <= line <= text.count("\n") + text.count("\r") + 1 for line, _ in geofeed.told)
    assert len(geofeed.lines) == len(geofeed.places)
    assert {place.country for place in geofeed.distinct} <= COUNTRIES.keys() | {None}


def test_a_long_file_is_read_in_about_no_time() -> None:
    lines = [f"10.{n >> 8}.{n & 255}.0/24,{('DE', 'FR', 'JP')[n % 3]},,Town {n % 500},{n}" for n in range(65536)]
    begun = process_time()
    assert len(Geofeed("\n".join(lines)).lines) == 65536
    assert process_time() - begun < 5  # a few tenths of a second, unless the machine is busy


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_in_any_way(end: str) -> None:
    feed = Geofeed(end.join(["# office", "192.0.2.0/24,DE", "198.51.100.0/24,XX"]))
    assert len(feed.rows[32]) == 1
    assert [mistake.line for mistake in feed.told] == [3]


def test_a_mistake_does_not_repeat_all_of_a_long_line() -> None:
    (mistake,) = Geofeed(f"{'9' * 200_000},DE").told
    assert len(mistake.text) < 400

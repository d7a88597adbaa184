"""Lists of networks: what a file says and what is wrong with it, and what of a vendor's list is believed."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from georedirect.policy import proxy_list
from georedirect.policy.presets import PRESETS
from georedirect.policy.proxy_list import Mistake, read_list, read_published, share_kept, write_list

DAY = date(2026, 11, 25)


def test_a_file_has_a_network_a_line_and_comments() -> None:
    listed = read_list(
        b"\xef\xbb\xbf# ours\r\n\r\n10.0.0.0/8  # office\r\n 2001:db8::/32\n192.0.2.1\n::ffff:192.0.2.0/120\n"
    )
    assert listed.networks == ("10.0.0.0/8", "2001:db8::/32", "192.0.2.1/32", "192.0.2.0/24")
    assert (listed.read_on, listed.wrong) == (None, ())


@pytest.mark.parametrize("name", [name for name, preset in PRESETS.items() if preset.networks])
def test_what_is_written_is_read_again(name: str) -> None:
    networks = PRESETS[name].networks
    listed = read_list(write_list(networks, name, DAY, ["https://a.example/v4", "https://a.example/v6"]))
    assert (listed.networks, listed.read_on, listed.wrong) == (networks, DAY, ())


@pytest.mark.parametrize(
    ("octets", "line", "text"),
    [
        (b"", 1, "lists no network; write one a line, such as 192.0.2.0/24"),
        (b"# nothing\n", 1, "lists no network"),
        (b"10.0.0.0/8\nproxy.example\n", 2, '"proxy.example" is not a network'),
        (b"10.0.0.1/8\n", 1, '"10.0.0.1/8" has bits set beyond /8'),
        (b"10.0.0.0/8\n\n0.0.0.0/0\n", 3, '"0.0.0.0/0" trusts everyone'),
        (b"::/0\n", 1, '"::/0" trusts everyone'),
        (b"10.0.0.0/8\n\xff\n", 2, "is not UTF-8: octet 0xff begins no character"),
    ],
)
def test_a_mistake_in_a_file_has_its_line(octets: bytes, line: int, text: str) -> None:
    (mistake,) = read_list(octets).wrong
    assert mistake.line == line
    assert mistake.text.startswith(text)


def test_so_many_mistakes_are_told_and_so_many_networks_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(read_list(b"x\n" * 100).wrong) == 20
    monkeypatch.setattr(proxy_list, "MOST_NETWORKS", 2)
    assert read_list(b"10.0.0.1\n10.0.0.2\n10.0.0.3\n").wrong == (Mistake(1, "lists 3 networks; at most 2 are taken"),)


@pytest.mark.parametrize("day", ["2026-02-30", "9999-99-99"])
def test_a_day_that_is_none_is_not_known(day: str) -> None:
    assert read_list(f"# read on {day} from x\n10.0.0.0/8\n".encode()).read_on is None


@given(st.binary(max_size=300))
def test_no_file_breaks_the_reading(octets: bytes) -> None:
    listed = read_list(octets)
    assert listed.networks or listed.wrong


AMAZON = {
    "syncToken": "1",
    "prefixes": [
        {"ip_prefix": "130.176.0.0/18", "region": "GLOBAL", "service": "CLOUDFRONT_ORIGIN_FACING"},
        {"ip_prefix": "3.5.0.0/16", "region": "GLOBAL", "service": "AMAZON"},
        3,
    ],
    "ipv6_prefixes": [{"ipv6_prefix": "2600:9000:1000::/36", "service": "CLOUDFRONT_ORIGIN_FACING"}],
}


@pytest.mark.parametrize(
    ("octets", "networks"),
    [
        (b"173.245.48.0/20\n103.21.244.0/22", ("173.245.48.0/20", "103.21.244.0/22")),
        (b"\xef\xbb\xbf2400:cb00::/32\r\n2400:cb00::/32\r\n", ("2400:cb00::/32",)),
        (b'["89.187.188.227", "2400:52e0::1"]', ("89.187.188.227/32", "2400:52e0::1/128")),
        (
            b'{"addresses": ["151.101.0.0/16"], "ipv6_addresses": ["2a04:4e42::/32"], "n": 1}',
            ("151.101.0.0/16", "2a04:4e42::/32"),
        ),
        (json.dumps(AMAZON).encode(), ("130.176.0.0/18", "2600:9000:1000::/36")),
    ],
)
def test_a_published_list_is_read_in_the_shape_it_has(octets: bytes, networks: tuple[str, ...]) -> None:
    assert read_published(octets) == networks


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        (b"", "it lists 0 networks"),
        (b"{}", "it lists 0 networks"),
        (b"[" * 100_000, "it is no JSON"),
        (b'{"a": [', "it is no JSON"),
        (b"maintenance", '"maintenance" is not a network'),
        (b'[{"service": "CLOUDFRONT_ORIGIN_FACING"}]', '"None" is not a network'),
        (b"0.0.0.0/0", 'it lists "0.0.0.0/0", which is no network of a vendor'),
        (b"128.0.0.0/1", 'it lists "128.0.0.0/1"'),
        (b"::/0", 'it lists "::/0"'),
        (b"2000::/3", 'it lists "2000::/3"'),
        (b"173.245.48.0/20 10.0.0.0/8", 'it lists "10.0.0.0/8"'),
        (b"127.0.0.1", 'it lists "127.0.0.1/32"'),
        (b"::1", 'it lists "::1/128"'),
        (b"224.0.0.0/8", 'it lists "224.0.0.0/8"'),
        (b"fe80::/64", 'it lists "fe80::/64"'),
        (b"60.0.0.0/8 ", "its networks hold more IPv4 addresses than any vendor"),
        (b"\n".join(b"1.%d.%d.1" % (n // 250, n % 250) for n in range(20_001)), "it lists 20001 networks"),
    ],
)
def test_a_published_list_that_cannot_be_true_is_refused(octets: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=r"^") as caught:
        read_published(octets)
    assert str(caught.value).startswith(why)


@pytest.mark.parametrize(
    ("before", "after", "share"),
    [
        ([], ["192.0.2.0/24"], 1.0),
        (["192.0.2.0/25", "2001:db8::/48"], ["192.0.2.0/24"], 0.5),
        (["192.0.2.0/24"], ["192.0.2.0/25"], 0.0),
        (["192.0.2.0/24"], ["192.0.0.0/16", "2001:db8::/32"], 1.0),
    ],
)
def test_a_network_is_kept_that_lies_within_one_of_the_new_ones(
    before: list[str], after: list[str], share: float
) -> None:
    assert share_kept(before, after) == share

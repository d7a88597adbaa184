from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from georedirect.visitor.address import UNKNOWN, Address, parse_address
from georedirect.visitor.client import WITHOUT_HEADER, Client, ClientReason, resolve_client
from georedirect.visitor.networks import Networks

PEER, ANNOUNCED, UNTRUSTED_PEER, NO_HEADER, HEADER, UNREADABLE = ClientReason
TRUSTED = Networks.parse(["10.0.0.0/8", "fd00::/8"])
VISITOR = "203.0.113.7"


def address(text: str) -> Address:
    parsed = parse_address(text)
    assert parsed is not None
    return parsed


def resolve(lines: list[str], header: str = "x-forwarded-for", peer: str = "10.0.0.1") -> Client:
    return resolve_client(address(peer), header, lines, TRUSTED)


def test_the_peer_is_the_client_where_the_policy_says_so() -> None:
    assert resolve([VISITOR], header="peer") == Client(address("10.0.0.1"), PEER)
    assert resolve_client(None, "peer", [], TRUSTED) == Client(None, PEER)


def test_the_peer_is_whom_a_proxy_has_announced_where_the_policy_says_so() -> None:
    assert resolve([VISITOR], header="proxy-protocol") == Client(address("10.0.0.1"), ANNOUNCED)


@pytest.mark.parametrize(("header", "reason"), [*WITHOUT_HEADER.items(), ("x-forwarded-for", UNTRUSTED_PEER)])
def test_of_whom_a_proxy_does_not_know_who_they_are_no_header_counts(header: str, reason: ClientReason) -> None:
    everyone = Networks.parse(["0.0.0.0/0", "::/0"])
    assert resolve_client(UNKNOWN, header, [VISITOR], everyone) == Client(None, reason)


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "x-real-ip"])
def test_no_header_of_an_untrusted_peer_counts(header: str) -> None:
    expected = Client(address("198.51.100.1"), UNTRUSTED_PEER)
    assert resolve([f"for={VISITOR}", VISITOR], header, peer="198.51.100.1") == expected


def test_a_unix_socket_has_no_address_and_is_not_trusted() -> None:
    assert resolve_client(None, "x-forwarded-for", [VISITOR], TRUSTED) == Client(None, UNTRUSTED_PEER)


def test_nobody_is_trusted_where_no_proxies_are_named() -> None:
    peer = address("127.0.0.1")
    assert resolve_client(peer, "x-forwarded-for", [VISITOR], Networks.parse([])) == Client(peer, UNTRUSTED_PEER)


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "x-real-ip"])
def test_a_trusted_peer_without_the_header_is_the_client(header: str) -> None:
    assert resolve([], header) == Client(address("10.0.0.1"), NO_HEADER)


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded"])
def test_an_empty_list_is_like_no_header(header: str) -> None:
    assert resolve(["", " ,, "], header) == Client(address("10.0.0.1"), NO_HEADER)


@pytest.mark.parametrize(
    ("lines", "client"),
    [
        ([VISITOR], VISITOR),
        ([f"{VISITOR}, 10.0.0.2"], VISITOR),
        ([f"{VISITOR}, 10.0.0.3, 10.0.0.2"], VISITOR),
        ([f"1.1.1.1, {VISITOR}"], VISITOR),
        ([f"banana, {VISITOR}, 10.0.0.2"], VISITOR),
        ([f"unknown, 10.9.9.9, {VISITOR}"], VISITOR),
        ([VISITOR, "10.0.0.2"], VISITOR),
        (["1.1.1.1", f"{VISITOR},10.0.0.3", "10.0.0.2"], VISITOR),
        (["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ([f"{VISITOR},, ,10.0.0.2,"], VISITOR),
        ([f"{VISITOR}:4711"], VISITOR),
        ([f'"{VISITOR}"'], VISITOR),
        (["[2001:db8::1]:4711"], "2001:db8::1"),
        (["2001:db8::1, fd00::2"], "2001:db8::1"),
        (["fe80::1%eth0"], "fe80::1"),
        ([f"::ffff:{VISITOR}, ::ffff:10.0.0.2"], VISITOR),
    ],
)
def test_client_is_the_first_hop_we_do_not_trust(lines: list[str], client: str) -> None:
    assert resolve(lines) == Client(address(client), HEADER)


@pytest.mark.parametrize(
    "lines",
    [
        ["unknown"],
        ["_hidden"],
        ["0.0.0.0"],
        ["::"],
        [f"{VISITOR}, unknown"],
        [f"{VISITOR}, banana, 10.0.0.2"],
        [f"{VISITOR}, 0.0.0.0, 10.0.0.2"],
        [f"{VISITOR}, 010.0.0.2"],
        [f"{VISITOR}, 10.0.2"],
        [f"{VISITOR} 10.0.0.2"],
        [f"{VISITOR}, \xa0"],
        [VISITOR, "for=10.0.0.2"],
    ],
)
def test_an_unreadable_hop_leaves_the_client_unknown_never_an_entry_further_left(lines: list[str]) -> None:
    assert resolve(lines) == Client(None, UNREADABLE)


@pytest.mark.parametrize(
    ("lines", "client"),
    [
        ([f"for={VISITOR}"], VISITOR),
        ([f"for={VISITOR};proto=https, for=10.0.0.2"], VISITOR),
        (['For="[2001:db8::1]:4711"'], "2001:db8::1"),
        ([f"for={VISITOR}", 'for="10.0.0.2:80"'], VISITOR),
        ([f'for="1.1.1.1, for={VISITOR};by=10.0.0.1'], VISITOR),
        ([f"proto=https, for={VISITOR}"], VISITOR),
    ],
)
def test_forwarded_is_walked_alike(lines: list[str], client: str) -> None:
    assert resolve(lines, "forwarded") == Client(address(client), HEADER)


@pytest.mark.parametrize(
    "lines",
    [
        [VISITOR],
        ["for=unknown"],
        ["for=_hidden"],
        [f"for={VISITOR}, proto=https"],
        [f'for={VISITOR}, for="10.0.0.2'],
        [f"for={VISITOR};for={VISITOR}"],
    ],
)
def test_an_unreadable_element_leaves_the_client_unknown(lines: list[str]) -> None:
    assert resolve(lines, "forwarded") == Client(None, UNREADABLE)


@pytest.mark.parametrize("value", [VISITOR, f" {VISITOR} ", f"{VISITOR}:80", f"[::ffff:{VISITOR}]"])
def test_a_header_of_one_address_is_believed(value: str) -> None:
    assert resolve([value], "x-real-ip") == Client(address(VISITOR), HEADER)


def test_a_header_of_one_address_may_name_a_trusted_one() -> None:
    assert resolve(["10.0.0.9"], "x-real-ip") == Client(address("10.0.0.9"), HEADER)


@pytest.mark.parametrize(
    "lines", [[VISITOR, VISITOR], ["", VISITOR], [f"{VISITOR}, {VISITOR}"], [f"{VISITOR},"], [""], ["unknown"]]
)
def test_a_header_of_one_address_must_hold_exactly_one(lines: list[str]) -> None:
    assert resolve(lines, "x-real-ip") == Client(None, UNREADABLE)


def test_sixty_four_hops_are_walked_and_no_more() -> None:
    assert resolve([VISITOR, *["10.0.0.2"] * 63]) == Client(address(VISITOR), HEADER)
    assert resolve(["10.0.0.3", *["10.0.0.2"] * 63]) == Client(address("10.0.0.3"), HEADER)
    assert resolve([VISITOR, *["10.0.0.2"] * 64]) == Client(None, UNREADABLE)


def test_only_the_last_4096_characters_are_read() -> None:
    filler = "," * (4096 - len(VISITOR))
    assert resolve([VISITOR + filler]) == Client(address(VISITOR), HEADER)
    assert resolve([f"1.1.1.1,{VISITOR}{filler}"]) == Client(address(VISITOR), HEADER)
    assert resolve([f"10.1.1.1, {VISITOR}{filler},"]) == Client(None, UNREADABLE)
    assert resolve(["10.0.0.2" + "," * 5000]) == Client(None, UNREADABLE)


def test_a_cut_may_not_turn_one_address_into_another() -> None:
    assert resolve(["1" + VISITOR + "," * (4096 - len(VISITOR))]) == Client(None, UNREADABLE)


@pytest.mark.parametrize("junk", ["x" * 100_000, "banana," * 10_000, '"' * 5000, "10.0.0.5," * 1000])
def test_junk_further_left_than_the_walk_does_no_harm(junk: str) -> None:
    assert resolve([junk, f"{VISITOR}, 10.0.0.2"]) == Client(address(VISITOR), HEADER)


HEADERS = st.sampled_from(["x-forwarded-for", "forwarded", "x-real-ip", "peer", "proxy-protocol"])
HOSTILE = st.lists(st.text(max_size=60) | st.text(alphabet='for=10.:[]",; \t', max_size=60), max_size=4)


@given(HEADERS, HOSTILE, st.sampled_from([None, "10.0.0.1", "198.51.100.1"]))
def test_an_address_from_a_header_came_from_a_peer_we_trust(header: str, lines: list[str], text: str | None) -> None:
    peer = parse_address(text) if text else None
    client = resolve_client(peer, header, lines, TRUSTED)
    assert client.reason is not HEADER or peer in TRUSTED
    assert (client.reason is UNREADABLE) <= (client.address is None)
    assert peer in TRUSTED or client.address == peer


@given(HOSTILE, st.sampled_from([("x-forwarded-for", VISITOR), ("forwarded", f"for={VISITOR}")]))
def test_a_client_cannot_hide_behind_what_it_writes(claims: list[str], proxy_says: tuple[str, str]) -> None:
    header, last = proxy_says
    assert resolve([*claims, last], header) == Client(address(VISITOR), HEADER)
    assert resolve([",".join([*claims, last])], header) == Client(address(VISITOR), HEADER)


def test_a_proxy_on_a_unix_socket_is_believed_where_the_policy_says_so() -> None:
    trusted = Networks.parse(["10.0.0.0/8"], has_unix=True)
    assert resolve_client(None, "x-forwarded-for", ["203.0.113.9, 10.0.0.1"], trusted) == Client(
        address("203.0.113.9"), HEADER
    )
    assert resolve_client(None, "x-forwarded-for", ["203.0.113.9, unknown"], trusted) == Client(None, UNREADABLE)
    assert resolve_client(None, "x-forwarded-for", [], trusted) == Client(None, NO_HEADER)

"""Lists of networks as files and vendors have them, from octets to networks. Opens nothing, fetches nothing."""

from __future__ import annotations

import json
import re
from datetime import date
from ipaddress import ip_network
from typing import TYPE_CHECKING, NamedTuple

from georedirect.visitor.networks import parse_network

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_NETWORKS = 20_000
MOST_OCTETS = 1 << 20
_READ_ON = re.compile(r"# read on (\d{4}-\d\d-\d\d) from ")
_MOST_WRONG = 20

_SHORTEST = {4: 8, 6: 20}
"""No vendor's network is wider than this: it would take in others than the vendor's proxies."""
_MOST_ADDRESSES = 1 << 23
"""Of IPv4, in all of a vendor's networks together."""


class Mistake(NamedTuple):
    """A line that is wrong, counted from 1."""

    line: int
    text: str


class Listed(NamedTuple):
    """What a file lists; `read_on` is the day on which it was fetched, where it says so."""

    networks: tuple[str, ...]
    read_on: date | None = None
    wrong: tuple[Mistake, ...] = ()


def read_list(octets: bytes) -> Listed:
    """One network a line; what follows a `#` is for people, but for the day that `write_list` notes."""
    try:
        text = octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = error.object.count(b"\n", 0, error.start) + 1
        return _wrong(number, f"is not UTF-8: octet 0x{error.object[error.start]:02x} begins no character")
    networks: list[str] = []
    wrong: list[Mistake] = []
    for number, line in enumerate(text.splitlines(), 1):
        written = line.partition("#")[0].strip()
        if written:
            try:
                networks.append(_read_network(written))
            except ValueError as error:
                wrong.append(Mistake(number, str(error)))
    if len(networks) > MOST_NETWORKS:
        return _wrong(1, f"lists {len(networks)} networks; at most {MOST_NETWORKS} are taken")
    if not networks and not wrong:
        return _wrong(1, "lists no network; write one a line, such as 192.0.2.0/24")
    return Listed(tuple(networks), _read_day(text), tuple(wrong[:_MOST_WRONG]))


def _wrong(line: int, text: str) -> Listed:
    return Listed((), None, (Mistake(line, text),))


def _read_network(text: str) -> str:
    network = parse_network(text)
    if network.prefixlen == 0:
        raise ValueError(f'"{text}" trusts everyone: any visitor may then claim any address')
    return str(network)


def _read_day(text: str) -> date | None:
    found = _READ_ON.match(text)
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


def write_list(networks: Iterable[str], preset: str, read_on: date, sources: Iterable[str]) -> bytes:
    """A file that `read_list` reads again, and that says where it is from."""
    lines = [f"# read on {read_on} from {' and '.join(sources)}", f"# the networks of preset:{preset}", *networks, ""]
    return "\n".join(lines).encode()


def read_published(octets: bytes) -> tuple[str, ...]:
    """The networks that a vendor lists, a line each or in JSON; ValueError says what is wrong with that list.

    It is not the operator's, but whoever could put a line into it could have any visitor believed.
    """
    text = octets.decode("utf-8-sig", "replace").strip()
    found = list(_in_json(text) if text[:1] in ("{", "[") else text.split())
    if not 1 <= len(found) <= MOST_NETWORKS:
        raise ValueError(f"it lists {len(found)} networks, which cannot be all, or is too many")
    networks = [parse_network(written) for written in found]
    for network in networks:
        if network.prefixlen < _SHORTEST[network.version] or not network.is_global or network.is_multicast:
            raise ValueError(f'it lists "{network}", which is no network of a vendor\'s proxies')
    if sum(network.num_addresses for network in networks if network.version == 4) > _MOST_ADDRESSES:
        raise ValueError("its networks hold more IPv4 addresses than any vendor's proxies have")
    return tuple(dict.fromkeys(map(str, networks)))


def _in_json(text: str) -> Iterator[str]:
    """Those of the shapes that vendors publish: a list of texts, lists of them by name, Amazon's objects."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"it is no JSON: {error}") from None
    lists = data.values() if isinstance(data, dict) else [data]
    for item in (item for some in lists if isinstance(some, list) for item in some):
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict) and item.get("service") == "CLOUDFRONT_ORIGIN_FACING":
            yield str(item.get("ip_prefix") or item.get("ipv6_prefix"))


def share_kept(before: Iterable[str], after: Iterable[str]) -> float:
    """Of the networks before, the share that is still within one of those after; 1 where there were none."""
    new = [ip_network(text) for text in after]
    old = [ip_network(text) for text in before]
    kept = [net for net in old if any(net.version == other.version and net.subnet_of(other) for other in new)]  # type: ignore[arg-type]
    return len(kept) / len(old) if old else 1.0

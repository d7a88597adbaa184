"""The proxies of CDNs and the like that a policy may trust by name: whose networks, as of which day. Only data.

Networks are facts, published by those whose they are. A list is dated by the day on which it was read; from then on it
grows old, and `georedirect proxies` fetches the one of today.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Preset:
    """`networks` as of `read_on`, which is None where they are those of a standard and do not change.

    `headers` are those in which these proxies say who the client is, the best one first; none where that is for whoever
    sets them up. `published` is where people read the networks, `sources` where programs do. A preset without networks
    is nothing before they have been fetched.
    """

    networks: tuple[str, ...]
    published: str
    headers: tuple[str, ...] = ()
    read_on: date | None = None
    sources: tuple[str, ...] = ()


PREFIX = "preset:"

_CLOUDFLARE = """
103.21.244.0/22 103.22.200.0/22 103.31.4.0/22 104.16.0.0/13 104.24.0.0/14 108.162.192.0/18 131.0.72.0/22
141.101.64.0/18 162.158.0.0/15 172.64.0.0/13 173.245.48.0/20 188.114.96.0/20 190.93.240.0/20 197.234.240.0/22
198.41.128.0/17
2400:cb00::/32 2405:8100::/32 2405:b500::/32 2606:4700::/32 2803:f800::/32 2a06:98c0::/29 2c0f:f248::/32
"""

_CLOUDFRONT = """
3.29.57.0/26 3.172.0.0/18 3.172.64.0/18 13.124.199.0/24 15.158.0.0/16 18.68.0.0/16 24.110.128.0/17
52.46.0.0/18 52.82.128.0/23 52.82.134.0/23 54.182.128.0/20 54.182.144.0/21 54.182.154.0/23 54.182.156.0/22
54.182.160.0/21 54.182.172.0/22 54.182.176.0/21 54.182.184.0/22 54.182.188.0/23 54.182.224.0/21
54.182.240.0/21 54.182.248.0/22 54.239.134.0/23 54.239.170.0/23 54.239.204.0/22 54.239.208.0/21 64.252.64.0/18
64.252.128.0/18 70.132.0.0/18 130.176.0.0/18 130.176.64.0/21 130.176.72.0/22 130.176.76.0/24 130.176.78.0/23
130.176.80.0/22 130.176.86.0/23 130.176.88.0/21 130.176.96.0/19 130.176.128.0/21 130.176.136.0/23
130.176.140.0/22 130.176.144.0/20 130.176.160.0/19 130.176.192.0/19 204.246.166.0/24 205.251.218.0/24
2600:9000:1000::/36 2600:9000:5200::/40 2600:9000:6000::/36
"""

_FASTLY = """
23.235.32.0/20 43.249.72.0/22 103.244.50.0/24 103.245.222.0/23 103.245.224.0/24 104.156.80.0/20
140.248.64.0/18 140.248.128.0/17 146.75.0.0/17 151.101.0.0/16 157.52.64.0/18 167.82.0.0/17 167.82.128.0/20
167.82.160.0/20 167.82.224.0/20 172.111.64.0/18 185.31.16.0/22 199.27.72.0/21 199.232.0.0/16
2a04:4e40::/32 2a04:4e42::/32
"""


def _read(text: str) -> tuple[str, ...]:
    return tuple(text.split())


PRESETS = {
    "bunny": Preset(
        (),  # hundreds of single addresses, others each week
        published="https://docs.bunny.net/cdn/troubleshooting/run-traceroute",
        headers=("x-real-ip", "x-forwarded-for"),
        sources=(
            "https://api.bunny.net/system/edgeserverlist/plain",
            "https://api.bunny.net/system/edgeserverlist/IPv6/plain",
        ),
    ),
    "cloudflare": Preset(
        _read(_CLOUDFLARE),
        published="https://www.cloudflare.com/ips/",
        headers=("cf-connecting-ip", "x-forwarded-for", "true-client-ip"),
        read_on=date(2026, 9, 29),
        sources=("https://www.cloudflare.com/ips-v4", "https://www.cloudflare.com/ips-v6"),
    ),
    "cloudfront": Preset(  # those that ask origins, not those that answer visitors
        _read(_CLOUDFRONT),
        published="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/LocationsOfEdgeServers.html",
        headers=("x-forwarded-for", "true-client-ip"),
        read_on=date(2026, 8, 22),
        sources=("https://ip-ranges.amazonaws.com/ip-ranges.json",),
    ),
    "fastly": Preset(
        _read(_FASTLY),
        published="https://api.fastly.com/public-ip-list",
        headers=("fastly-client-ip", "x-forwarded-for"),
        read_on=date(2026, 7, 2),
        sources=("https://api.fastly.com/public-ip-list",),
    ),
    "google-load-balancer": Preset(
        ("35.191.0.0/16", "130.211.0.0/22", "2600:2d00:1:1::/64", "2600:2d00:1:b029::/64"),
        published="https://cloud.google.com/load-balancing/docs/firewall-rules",
        headers=("x-forwarded-for", "x-client-ip"),
        read_on=date(2026, 11, 25),
    ),
    "loopback": Preset(
        ("127.0.0.0/8", "::1/128"), published="https://www.iana.org/assignments/iana-ipv4-special-registry/"
    ),
    "private": Preset(
        ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"),
        published="https://www.iana.org/assignments/iana-ipv4-special-registry/",
    ),
}

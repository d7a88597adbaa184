"""The networks whose addresses are of no place in the world: private, or reserved. Does not know who uses them.

From IANA's special-purpose address registries (iana-ipv4-special-registry, iana-ipv6-special-registry) those that are
not globally reachable, without the ones that lie inside others.
"""

from __future__ import annotations

PRIVATE_NETWORKS = (
    "0.0.0.0/8",  # this network
    "10.0.0.0/8",  # private use, RFC 1918
    "100.64.0.0/10",  # shared address space of carriers, RFC 6598
    "127.0.0.0/8",  # loopback
    "169.254.0.0/16",  # link-local
    "172.16.0.0/12",  # private use, RFC 1918
    "192.0.0.0/29",  # DS-Lite
    "192.0.0.8/32",  # dummy address
    "192.0.0.170/31",  # discovery of NAT64
    "192.0.2.0/24",  # documentation
    "192.168.0.0/16",  # private use, RFC 1918
    "198.18.0.0/15",  # benchmarking
    "198.51.100.0/24",  # documentation
    "203.0.113.0/24",  # documentation
    "240.0.0.0/4",  # reserved, and broadcast
    "::1/128",  # loopback
    "64:ff9b:1::/48",  # translation between IPv4 and IPv6, local use
    "100::/64",  # discard only
    "100:0:0:1::/64",  # dummy prefix
    "2001:2::/48",  # benchmarking
    "2001:db8::/32",  # documentation
    "3fff::/20",  # documentation
    "5f00::/16",  # segment routing
    "fc00::/7",  # unique local, RFC 4193
    "fe80::/10",  # link-local
)

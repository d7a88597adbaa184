"""Networks and what a database says of them, for laws that hold of any database."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network

from hypothesis import strategies as st

from tests.databases import FRANCE, GERMANY, JAPAN, SOMEWHERE_IN_EUROPE

_IPV4 = IPv6Network("::/96")

networks4 = st.builds(
    lambda number, length: IPv4Network((number >> (32 - length) << (32 - length), length)),
    st.integers(0, 2**32 - 1),
    st.integers(1, 32),
)
networks6 = st.builds(
    lambda number, length: IPv6Network((number >> (128 - length) << (128 - length), length)),
    st.integers(0, 2**128 - 1) | st.integers(0x2001 << 112, 0x2004 << 112) | st.integers(0, 1 << 50),
    st.integers(1, 128),
).filter(lambda network: not network.subnet_of(_IPV4))
_records = st.sampled_from([GERMANY, FRANCE, JAPAN, SOMEWHERE_IN_EUROPE])

worlds = st.builds(
    lambda four, six: {**four, **six, "192.0.2.0/24": GERMANY},
    st.dictionaries(networks4.map(str), _records, max_size=8),
    st.dictionaries(networks6.map(str), _records, max_size=8),
)
"""What `write_database` makes a file of; there is a country in each."""

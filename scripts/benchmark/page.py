"""Writes docs/benchmarks.md: ratios only, for absolute figures are this machine's and nobody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.benchmark.peers import PEERS
from scripts.benchmark.scenarios import SCENARIOS
from scripts.benchmark.visitors import CHOOSING_PERCENT, SHARED_PERCENT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Ratios = Mapping[str, Mapping[str, float]]
    """By column, then by peer."""

_PAGE = """\
# Benchmarks

<!-- Written by scripts/bench; change that, not this. -->

How the door compares with other ways to do the same work: find the client behind a trusted proxy, its country, the
language it reads where a country has several, and answer `307`. All figures are ratios to nginx with its
geoip2 module and maps, which is 1.00. To measure on your own machine:

    scripts/bench            # all of it; writes this page
    scripts/bench --quick    # about a minute; writes nothing

## Requests per CPU-second

Higher is better. CPU time is user and system time of the server's processes; each figure is the median of {rounds}
rounds of {seconds} s, in which the peers took turns.

{throughput}

## Latency at half load, and memory

Lower is better. Half load is half of the requests per second that the peer answered under full load; they come at
random moments and are measured from when they were due. Runs in which other programs held up client or peer for
a fiftieth of the time do not count; where fewer than three are left, the place is empty. Memory is resident with {idle}
idle connections, pages shared between processes counted once.

{cost}

## With an access log, and over TLS

Measured apart, in twelve rounds of 1 s with connections that stay open and 20,000 visitors, by

    scripts/bench --rounds 12 --seconds 1 --only door,logged,tls,nginx,nginx-logged,nginx-tls --scenario keepalive-20k

with Debian's Python 3.11 and the modules in C; medians of the ratios within a round. There the door was at 0.97 of
nginx; over TLS (1.3, a certificate for P-256) at 0.95 of nginx over TLS; and with the access log, JSON to a file, at
1.20 of nginx with an equal log that writes each line as it comes, and at 0.90 of its own speed without a log (at 0.91
where these two took turns alone). Logs are cut to nothing five times a second meanwhile: else much of the time would go
into memory that the host of a virtual machine hands out as it is first touched.

## The work

- 6 regions and a default, {countries} countries; in Belgium, Canada and Switzerland Accept-Language chooses. The
  database is the bundled one for all; HAProxy reads its IPv4 networks from a map.
- Requests of 16 headers and about {octets} octets, from as many IPv4 addresses as there are visitors, nearly all in a
  /24 of their own, in random order: harder on whatever remembers than real visitors are. {shared} % come from the three
  countries where languages count. {choosing} % send a cookie with the region that they have chosen.
- Before it was measured, each peer had to send a sample of visitors to the right places.
- The door trusts 127.0.0.0/8 and walks X-Forwarded-For from there; so does nginx. One worker or thread each.

## Where the door's time goes

Of a keep-alive request's time about half is the kernel's, the same for all peers. What is left of the door's, measured
in memory on one machine (CPython 3.11 without profile-guided optimisation; with it, a fifth less) and without the
modules in C, in microseconds:

| part | time |
| --- | ---: |
| uvloop: read, call, write | 1.5 |
| one regular expression over the lower-case head: which headers decide, is any there twice, is it one head | 2.5 |
| llhttp: is the head well-formed, where does the request end, does the connection stay open | 1.1 |
| counting the headers | 0.5 |
| the target: may it be passed on as it is | 0.3 |
| site, place and answer: three lookups | 0.2 |
| putting the answer together | 0.2 |
| Python's own steps in between | 1.5 |

A visitor from a network that nobody came from lately costs 6 to 10 more: the address read (0.4), looked up (2.8), and
kept. A new connection costs 4: its object, its parser, its peer's address. Where the modules were compiled, the
scanner does the four rows after the first in one pass, in 0.7, and the answer is counted and put together in one step:
with connections that stay open that takes the door from 0.59 of nginx to 0.98.

A line of the access log costs 1.0 to 1.1: a tenth of that is finding what is told of the browser, a quarter putting
the line together, another quarter writing it, by a thread that has the same core here; the rest is what all this
displaces from the processor's caches.

## The machine

{machine}
"""


def render_page(throughput: Ratios, cost: Ratios, machine: Sequence[str], **facts: object) -> str:
    """The page; `facts` fill its text."""
    return _PAGE.format(
        throughput=table({SCENARIOS[name].title: ratios for name, ratios in throughput.items()}),
        cost=table(cost),
        machine="\n".join(f"- {line}" for line in machine),
        shared=SHARED_PERCENT,
        choosing=CHOOSING_PERCENT,
        **facts,
    )


def table(columns: Ratios) -> str:
    """A Markdown table with a row for each peer that any column knows."""
    peers = [peer for peer in PEERS if any(peer in column for column in columns.values())]
    rows = [["", *columns], ["---", *("---:" for _ in columns)]]
    rows += [[PEERS[peer], *(_cell(column.get(peer)) for column in columns.values())] for peer in peers]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cell(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.2f}"


def why_not_written(rounds: int, peers: Sequence[str], scenarios: Sequence[str]) -> str | None:
    """What is missing for a page that tells all; None if nothing is."""
    if rounds < 5:
        return "it wants at least 5 rounds"
    missing = [name for name in (*PEERS, *SCENARIOS) if name not in (*peers, *scenarios)]
    return f"{', '.join(missing)} left out" if missing else None

"""What the compiled reader takes of a head is what llhttp and the regex find in it; whatever it doubts, it leaves."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest
from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from hypothesis import given, settings
from hypothesis import strategies as st

from georedirect.door import scanning
from georedirect.door.scanning import Scanned, Wanted, finder, once, scanner
from georedirect.policy.server_model import LimitSettings

PACKAGE = Path(scanning.__file__).parents[1]
SOURCES = (PACKAGE / "door" / "finisher.c", PACKAGE / "door" / "native.c", PACKAGE / "journal" / "pen.c")
LIMITS = LimitSettings(target_octets=256, head_octets=1024, headers=16)
WANTED = (
    Wanted(b"host"),
    Wanted(b"x-forwarded-for"),
    Wanted(b"accept-language"),
    Wanted(b"cookie", having=(b"region=", b"lot=")),
    Wanted(b"sec-fetch-dest", unless=(b"document", b"empty")),
)
PLAIN = b"GET /a?b=%20c HTTP/1.1\r\nHost: www.Example.com\r\nAccept: */*\r\nAccept-Language: \t de-AT \r\n\r\n"
HEADERS = (
    *(b"Host: a", b"HOST:b", b"X-Forwarded-For: 192.0.2.1, 2001:DB8::1", b"x-forwarded-for:", b"Accept-Language: De"),
    *(
        b"Cookie: a=b; Region=x",
        b"Cookie: a=b",
        b"cookie: LOT=1",
        b"Sec-Fetch-Dest: document ",
        b"sec-fetch-dest:image",
    ),
    *(b"Sec-Fetch-Dest: Empty", b"Content-Length: 0", b"Transfer-Encoding: chunked", b"Connection: keep-alive"),
    *(b"Connection: close", b"Connection: Upgrade, keep-alive", b"Upgrade: h2c", b"Expect: 100-continue", b" folded"),
    *(
        b"Name : a",
        b": a",
        b"Name",
        b"N\x00: a",
        b"N: \x01",
        b"N: \x7f",
        b"N: \xff\x80",
        b"N: a\tb",
        b"\tN: a",
        b"n=: x",
    ),
    *(b"N: a\nM: b", b"N: a\rM: b", b"Proxy-Connection: close", b"Keep-Alive: 5", b"TE: trailers", b""),
)
STARTS = (
    *(b"GET /a HTTP/1.1", b"GET / HTTP/1.0", b"GET /%zz HTTP/1.1", b"GET /a#b HTTP/1.1", b"GET /a%2 HTTP/1.1"),
    *(b"get / HTTP/1.1", b"GET * HTTP/1.1", b"GET http://a/ HTTP/1.1", b"GET  / HTTP/1.1", b"GET /\xff HTTP/1.1"),
    *(b"POST / HTTP/1.1", b"GET /a HTTP/1.1 ", b"GET /a HTTP/11", b"GET /" + b"a" * 300 + b" HTTP/1.1", b"GET /"),
)

needs_native = pytest.mark.skipif(
    find_spec("georedirect.door.native") is None and "CI" not in os.environ,
    reason="native.c was not compiled: there was no compiler",
)


class Read(NamedTuple):
    """What llhttp says of a whole request."""

    target: bytes
    keeps_alive: bool


class Reading:
    """Has llhttp read one request."""

    def __init__(self) -> None:
        self.target, self.read, self._parser = b"", list[Read](), HttpRequestParser(self)

    def on_url(self, url: bytes) -> None:
        self.target += url

    def on_message_complete(self) -> None:
        self.read.append(Read(self.target, self._parser.should_keep_alive()))

    def feed(self, octets: bytes) -> list[Read]:
        self._parser.feed_data(octets)
        return self.read


def by_llhttp(head: bytes) -> Scanned | None:
    """The same, by llhttp and the regex; None where it is no one whole request that keeps its connection."""
    try:
        read = Reading().feed(head)
    except (HttpParserError, HttpParserUpgrade):
        return None
    found = finder(WANTED)(head.lower())
    fields = dict(found)
    if len(read) != 1 or not read[0].keeps_alive or len(fields) != len(found) or fields.pop(b"", None) is None:
        return None
    return read[0].target, fields


def is_taken(head: bytes) -> bool:
    return scanner(WANTED, LIMITS)(head) is not None


@needs_native
def test_a_plain_request_is_read_in_one_pass() -> None:
    assert scanner(WANTED, LIMITS)(PLAIN) == (
        b"/a?b=%20c",
        {b"host": b"www.example.com", b"accept-language": b"de-at "},
    )


@needs_native
@pytest.mark.parametrize("line", HEADERS)
def test_of_a_header_it_says_what_llhttp_and_the_regex_say_or_nothing(line: bytes) -> None:
    head = PLAIN[:-2] + line + b"\r\n\r\n"
    scanned = scanner(WANTED, LIMITS)(head)
    assert scanned is None or scanned == by_llhttp(head)


@needs_native
@pytest.mark.parametrize("start", STARTS)
def test_only_a_plain_get_is_taken(start: bytes) -> None:
    head = start + b"\r\nHost: a\r\n\r\n"
    assert is_taken(head) is (start == STARTS[0])


@needs_native
@pytest.mark.parametrize(
    ("line", "is_wanted"),
    [
        (b"Cookie: a=b; REGION=x", True),
        (b"Cookie: a=b", False),
        (b"Sec-Fetch-Dest: document", False),
        (b"Sec-Fetch-Dest:\t DOCUMENT \t", False),
        (b"Sec-Fetch-Dest: documents", True),
        (b"Connection: keep-alive", False),
        (b"User-Agent: \xc3\xa9", False),
    ],
)
def test_a_header_that_says_nothing_more_is_passed_over(line: bytes, *, is_wanted: bool) -> None:
    scanned = scanner(WANTED, LIMITS)(PLAIN[:-2] + line + b"\r\n\r\n")
    assert scanned is not None
    assert (line.lower().partition(b":")[0] in scanned[1]) is is_wanted


@needs_native
@pytest.mark.parametrize(
    "line",
    [
        *(b"Content-Length: 0", b"content-length: 5", b"Transfer-Encoding: chunked", b"Expect: 100-continue"),
        *(b"Upgrade: websocket", b"Connection: close", b"Connection: keep-alive, TE", b"Proxy-Connection: keep-alive"),
        *(b"Host: b", b"HOST: www.example.com", b"Name : a", b" a: b", b"a b: c", b"a: \0", b"a: \x7f", b"a"),
    ],
)
def test_what_framing_or_doubt_may_hang_on_is_left_to_llhttp(line: bytes) -> None:
    assert not is_taken(PLAIN[:-2] + line + b"\r\n\r\n")


@needs_native
def test_limits_are_those_of_the_policy() -> None:
    assert is_taken(PLAIN[:-2] + b"A: b\r\n" * 13 + b"\r\n")
    assert not is_taken(PLAIN[:-2] + b"A: b\r\n" * 14 + b"\r\n")
    assert not is_taken(PLAIN[:-2] + b"A: " + b"b" * 1024 + b"\r\n\r\n")
    assert is_taken(b"GET /" + b"a" * 255 + b" HTTP/1.1\r\nHost: a\r\n\r\n")
    assert not is_taken(b"GET /" + b"a" * 256 + b" HTTP/1.1\r\nHost: a\r\n\r\n")


@needs_native
@pytest.mark.parametrize("end", range(len(PLAIN)))
def test_what_is_not_one_whole_head_is_left(end: int) -> None:
    assert not is_taken(PLAIN[:end])
    assert not is_taken(PLAIN + PLAIN[: end + 1])


@needs_native
@settings(max_examples=500)
@given(st.sampled_from(STARTS), st.lists(st.sampled_from(HEADERS), max_size=6), st.data())
def test_whatever_it_takes_llhttp_takes_likewise(start: bytes, lines: list[bytes], data: st.DataObject) -> None:
    head = b"\r\n".join([start, *lines, b"", b""])
    at = data.draw(st.integers(0, len(head)))
    mutated = head[:at] + data.draw(st.binary(max_size=2)) + head[at + data.draw(st.integers(0, 2)) :]
    for octets in (head, mutated):
        scanned = scanner(WANTED, LIMITS)(octets)
        assert scanned is None or scanned == by_llhttp(octets)


@needs_native
@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        (((b"a", (), ()),) * 65, ValueError),
        (((b"a" * 64, (), ()),), ValueError),
        (((b"a", ("b",), ()),), TypeError),
        (((b"a", (), (1,)),), TypeError),
        (((b"a", (), (), {}),), TypeError),
        (("a",), TypeError),
    ],
)
def test_what_cannot_be_wanted_is_an_error(wanted: object, error: type[Exception]) -> None:
    from georedirect.door.native import Scanner  # noqa: PLC0415  which need not be there

    with pytest.raises(error):
        Scanner(wanted, 1, 1, 1)  # type: ignore[arg-type]


def test_what_is_wanted_twice_is_found_once_by_what_comes_first() -> None:
    twice = Wanted(b"sec-fetch-dest"), Wanted(b"sec-fetch-dest", unless=(b"document",)), Wanted(b"host", key=b"x")
    assert once(twice) == (twice[0], twice[2])


@needs_native
def test_a_head_is_octets() -> None:
    with pytest.raises(TypeError, match="bytes, not str"):
        scanner(WANTED, LIMITS)("GET / HTTP/1.1\r\n\r\n")  # type: ignore[arg-type]


def test_without_a_compiler_all_is_left_to_llhttp(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "Scanner", None)
    assert not is_taken(PLAIN)


FUZZ = """
import random, sys
sys.path.insert(0, sys.argv[1])
import time
from finisher import Finisher
from native import Glossary, Scanner
from pen import Pen, Sheet
known = Glossary()
wanted = (b"host", (), ()), (b"cookie", (), (b"region=",)), (b"sec-fetch-dest", (b"empty",), ())
scan = Scanner((*wanted, (b"accept", (), (), known)), 512, 64, 8).scan
sheet = Sheet(50, 4096)
left = []
def leave(*line):
    left.append(line)
    return b"at 000", int(time.time())
pen = Pen(sheet, {b"www.example.com": b"request"}, b"cookie", b"accept", 2, 3, 5, True, leave)
finish = Finisher(memoryview(bytearray(16)).cast("Q"), [b" open"], [b" closes"], pen.jot).finish
written = 0
chance, plain = random.Random(7), bytes.fromhex(sys.argv[2])
parts = (b"", b"\\r\\n", b"\\r", b":", b" ", b"%", b"\\0", b"cookie: region=")
for _ in range(100_000):
    head = bytearray(plain)
    for _ in range(chance.randrange(4)):
        at = chance.randrange(len(head) + 1)
        head[at : at + chance.randrange(3)] = chance.choice((*parts, bytes(head[:at])))
    octets = bytes(head[: chance.randrange(len(head) + 1)] if chance.random() < 0.5 else head)
    found = scan(octets)
    if found:
        left.clear()
        host = found[1].get(b"host", b"")
        finish((b"at ", 0, True, 1, b"told 1.1"), found[0], chance.random() < 0.5, b"who", host, octets, found[1])
        written += not left
    if left:
        value = octets[chance.randrange(len(octets) + 1) :][: chance.randrange(40)]
        known.learn(value, b"[%b]" % value)
        known.learn(b"*/*", b"agent */*")
        sheet.take()
assert written > 100, written
"""


def test_no_octets_lead_it_beyond_their_end(tmp_path: Path) -> None:
    """Compiled with the compiler's own guards against reading where nothing is, and fed what is nearly a request."""
    compiler = shutil.which("gcc")
    if compiler is None or sys.platform != "linux":
        assert "CI" not in os.environ
        pytest.skip("there is no gcc")
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    guards = ["-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined", "-D_GNU_SOURCE"]
    include = f"-I{sysconfig.get_paths()['include']}"
    for source in SOURCES:
        made = str(tmp_path / f"{source.stem}{suffix}")
        command = [compiler, "-shared", "-fPIC", *guards, include, str(source), "-o", made]
        subprocess.run(command, check=True, timeout=60)
    guard = subprocess.run([compiler, "-print-file-name=libasan.so"], check=True, capture_output=True, text=True).stdout
    environment = {"LD_PRELOAD": guard.strip(), "ASAN_OPTIONS": "detect_leaks=0", "PYTHONMALLOC": "malloc"}
    fuzz = [sys.executable, "-c", FUZZ, str(tmp_path), PLAIN.hex()]
    outcome = subprocess.run(fuzz, check=False, timeout=120, env=environment, capture_output=True, text=True)
    assert (outcome.returncode, outcome.stderr) == (0, "")

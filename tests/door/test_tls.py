"""TLS as a layer of its own: what goes in comes out, in whatever pieces; and what is no TLS ends quietly."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from georedirect.door.pairs import load_pair
from georedirect.door.tls import Tls
from tests.certificates import chain_of, client_context, issue

_ISSUED = issue("www.example.com")


def server_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    load_pair(context, chain_of(_ISSUED), _ISSUED.private_key_pem.bytes())
    context.options |= ssl.OP_NO_RENEGOTIATION
    return context


SERVER, CLIENT = server_context(), client_context()


class Socket:
    """The transport of a socket: what is written to it waits to be taken."""

    def __init__(self) -> None:
        self.written = b""
        self.calls: list[str] = []
        self.limits: tuple[int | None, int | None] | None = None

    def write(self, data: bytes) -> None:
        assert "close" not in self.calls
        assert "write_eof" not in self.calls
        self.written += data

    def take(self) -> bytes:
        taken, self.written = self.written, b""
        return taken

    def is_closing(self) -> bool:
        return "close" in self.calls or "abort" in self.calls

    def can_write_eof(self) -> bool:
        return True

    def get_extra_info(self, name: str, default: object = None) -> object:
        return {"peername": ("192.0.2.1", 4711)}.get(name, default)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self.limits = (high, low)

    def get_write_buffer_size(self) -> int:
        return 7

    def close(self) -> None:
        self.calls.append("close")

    def abort(self) -> None:
        self.calls.append("abort")

    def write_eof(self) -> None:
        self.calls.append("write_eof")

    def pause_reading(self) -> None:
        self.calls.append("pause_reading")

    def resume_reading(self) -> None:
        self.calls.append("resume_reading")


class Echo:
    """Says back what it hears, behind what was said before, and notes what else happens to it."""

    def __init__(self) -> None:
        self.heard = b""
        self.calls: list[str] = []
        self.out: Any = None

    def connection_made(self, transport: object) -> None:
        self.out = transport

    def data_received(self, data: bytes) -> None:
        assert data
        self.heard += data
        self.out.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.calls.append(f"lost {exc}")

    def eof_received(self) -> None:
        self.calls.append("eof")

    def pause_writing(self) -> None:
        self.calls.append("pause")

    def resume_writing(self) -> None:
        self.calls.append("resume")

    def refuse_plain(self) -> None:
        self.out.write(b"speak TLS")
        self.out.write_eof()


class Pair:
    """A client and the layer, with nothing between them."""

    def __init__(self, client: ssl.SSLContext = CLIENT, inner: Echo | None = None) -> None:
        self.inner, self.socket = inner or Echo(), Socket()
        self.layer = Tls(self.inner, lambda: SERVER)
        self.layer.connection_made(self.socket)  # type: ignore[arg-type]
        self._to_client, self._to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.client = client.wrap_bio(self._to_client, self._to_server, server_hostname="www.example.com")

    def sent(self) -> bytes:
        """What the client has to send now."""
        return self._to_server.read()

    def pass_on(self, *, by: int = 1 << 20) -> None:
        """Let both have what the other has said, the layer in pieces of so many octets."""
        octets = self.sent()
        for start in range(0, len(octets), by):
            self.layer.data_received(octets[start : start + by])
        self._to_client.write(self.socket.take())

    def shake_hands(self, *, by: int = 1 << 20) -> Pair:
        for _ in range(3):
            try:
                self.client.do_handshake()
            except ssl.SSLWantReadError:
                self.pass_on(by=by)
            else:
                break
        self.pass_on(by=by)
        return self

    def heard(self) -> bytes:
        """What the client has been told since."""
        octets = b""
        try:
            while part := self.client.read(65536):
                octets += part
        except (ssl.SSLWantReadError, ssl.SSLZeroReturnError):
            pass
        return octets


VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


def speaking(version: ssl.TLSVersion) -> ssl.SSLContext:
    context = client_context()
    context.maximum_version = version
    return context


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("by", [1, 7, 1 << 20])
def test_what_is_said_is_heard_in_whatever_pieces_it_comes(version: ssl.TLSVersion, by: int) -> None:
    pair = Pair(speaking(version)).shake_hands(by=by)
    for text in (b"a", b"GET / HTTP/1.1\r\n\r\n" * 50, b"c" * 5000):
        pair.client.write(text)
        pair.pass_on(by=by)
        assert pair.heard() == text
    assert pair.client.version() == {VERSIONS[0]: "TLSv1.2", VERSIONS[1]: "TLSv1.3"}[version]


@settings(max_examples=50, deadline=None)
@given(texts=st.lists(st.binary(min_size=1, max_size=20_000), min_size=1, max_size=6), cuts=st.data())
def test_records_and_pieces_need_not_fit(texts: list[bytes], cuts: st.DataObject) -> None:
    """Several records in one piece, one in several: all that was said is heard, in order and once."""
    pair = Pair().shake_hands()
    for text in texts:
        rest = text
        while rest:
            rest = rest[pair.client.write(rest) :]
    octets = pair.sent()
    places = sorted(cuts.draw(st.lists(st.integers(0, len(octets)), max_size=12)))
    for start, end in zip([0, *places], [*places, len(octets)], strict=True):
        if start < end:
            pair.layer.data_received(octets[start:end])
    pair.pass_on()
    assert pair.inner.heard == b"".join(texts) == pair.heard()


@pytest.mark.parametrize("size", [16384, 16385, 100_000])
def test_a_long_answer_is_sent_whole_and_at_once(size: int) -> None:
    pair = Pair().shake_hands()
    pair.layer.write(b"x" * size)
    pair.pass_on()
    assert pair.heard() == b"x" * size


@pytest.mark.parametrize("record", [1, 512, 16384])
def test_an_answer_is_sent_whole_however_short_its_records_are(record: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """How much one write encrypts depends on how OpenSSL was set up, and on the client."""
    pair = Pair().shake_hands()
    encrypt = vars(pair.layer)["_encrypt"]
    monkeypatch.setattr(pair.layer, "_encrypt", lambda data: encrypt(data[:record]))
    pair.layer.write(bytes(range(256)) * 80)
    pair.pass_on()
    assert pair.heard() == bytes(range(256)) * 80


@pytest.mark.parametrize("is_open", [True, False])
def test_openssl_never_gets_much_at_once(is_open: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """For what it once had room for, it keeps the room, on each of very many connections."""
    pair = Pair().shake_hands() if is_open else Pair()
    feed, sizes = vars(pair.layer)["_feed"], []

    def note(data: bytes) -> None:
        sizes.append(len(data))
        feed(data)

    monkeypatch.setattr(pair.layer, "_feed", note)
    if is_open:
        for _ in range(20):
            pair.client.write(b"x" * 10_000)
        pair.pass_on()
        assert pair.heard() == b"x" * 200_000
    else:
        pair.layer.data_received(b"\x16\x03\x01\x40\x00\x01\x00\xff\xff" + b"a" * 200_000)
        assert pair.socket.calls == ["close"]
    assert 0 < max(sizes) <= 1 << 15


class Slow(Echo):
    """Reads no more once it has heard something, until it is told to."""

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self.out.pause_reading()


async def test_who_reads_no_more_is_spared_what_has_come_already() -> None:
    pair = Pair(inner=Slow()).shake_hands()
    for number in range(200):
        pair.client.write(b"%1000d" % number)
    pair.layer.data_received(pair.sent())
    heard = len(pair.inner.heard)
    assert 0 < heard <= 1 << 15
    for _ in range(2):  # the second, before anything has become of the first, is the same
        pair.layer.resume_reading()
    assert len(pair.inner.heard) == heard
    while pair.inner.heard[-1000:] != b"%1000d" % 199:
        assert pair.socket.calls.count("resume_reading") == 0
        before = len(pair.inner.heard)
        await asyncio.sleep(0)
        assert before < len(pair.inner.heard) <= before + (1 << 15)
        pair.layer.resume_reading()
    await asyncio.sleep(0)
    assert pair.inner.heard == b"".join(b"%1000d" % number for number in range(200))
    assert pair.socket.calls[-1] == "resume_reading"


@pytest.mark.parametrize("end", ["abort", "close"])
async def test_what_waits_is_of_no_use_to_who_has_closed(end: str) -> None:
    pair = Pair(inner=Slow()).shake_hands()
    for _ in range(200):
        pair.client.write(b"x" * 1000)
    pair.layer.data_received(pair.sent())
    heard = pair.inner.heard
    pair.layer.resume_reading()
    getattr(pair.layer, end)()
    pair.layer.connection_lost(None)
    await asyncio.sleep(0)
    assert pair.inner.heard == heard
    assert "resume_reading" not in pair.socket.calls


def test_a_request_that_comes_with_the_end_of_the_handshake_is_answered() -> None:
    pair = Pair()
    for _ in range(2):
        try:
            pair.client.do_handshake()
        except ssl.SSLWantReadError:
            pair.pass_on()
    pair.client.write(b"early")
    pair.pass_on()
    assert pair.heard() == b"early"


def test_the_end_that_a_client_announces_is_passed_on_and_answered() -> None:
    pair = Pair().shake_hands()
    pair.client.write(b"last")
    with pytest.raises(ssl.SSLWantReadError):
        pair.client.unwrap()
    pair.pass_on()
    assert (pair.inner.heard, pair.inner.calls, pair.socket.calls) == (b"last", ["eof"], ["close"])
    assert pair.heard() == b"last"
    pair.client.unwrap()  # fails unless close_notify has come


@pytest.mark.parametrize("way", ["close", "write_eof"])
def test_our_own_end_is_announced_and_what_comes_afterwards_not_heard(way: str) -> None:
    pair = Pair().shake_hands()
    getattr(pair.layer, way)()
    pair.client.write(b"too late")
    pair.layer.data_received(pair.sent())
    pair.layer.write(b"too late, too")
    assert (pair.inner.heard, pair.socket.calls) == (b"", [way])
    pair.pass_on()
    assert pair.client.read(1) == b""  # close_notify, and no error
    pair.layer.abort()
    assert pair.socket.calls == [way, "abort"]


def test_a_second_end_says_nothing_more() -> None:
    pair = Pair().shake_hands()
    pair.layer.close()
    pair.layer.close()
    assert pair.socket.calls == ["close"]
    assert pair.layer.is_closing()


@pytest.mark.parametrize("octets", [b"GET / HTTP/1.1\r\n\r\n", b"POST /a HTTP/1.0\r\n", b"HEAD / HTTP/1.1\r\n"])
def test_who_speaks_http_is_told_so_in_plain_text(octets: bytes) -> None:
    pair = Pair()
    pair.layer.data_received(octets)
    pair.layer.data_received(b"more of it")
    assert (pair.socket.written, pair.socket.calls) == (b"speak TLS", ["write_eof"])


@pytest.mark.parametrize(
    "octets",
    [
        b"\0" * 50,
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00",
        b"\x16\x03\x01\xff\xff" + b"a" * 70000,
        b"\x15\x03\x03\x00\x02\x02\x28",
        b"\x80\x2e\x01\x00\x02" + b"\0" * 43,
    ],
)
def test_what_is_neither_tls_nor_http_ends_the_connection(octets: bytes) -> None:
    pair = Pair()
    for start in range(0, len(octets), 1000):
        pair.layer.data_received(octets[start : start + 1000])
    assert pair.socket.calls == ["close"]
    assert b"speak" not in pair.socket.written
    assert pair.inner.heard == b""


@settings(max_examples=60, deadline=None)
@given(junk=st.binary(max_size=400))
def test_no_octets_do_harm(junk: bytes) -> None:
    for pair in (Pair(), Pair().shake_hands()):
        pair.layer.data_received(junk)
        assert pair.inner.heard == b""
        assert pair.socket.calls in ([], ["close"], ["write_eof"])


def test_a_damaged_record_ends_the_connection_with_an_alert() -> None:
    pair = Pair().shake_hands()
    pair.client.write(b"good")
    pair.client.write(b"bad")
    octets = pair.sent()
    pair.layer.data_received(octets[:-1] + bytes([octets[-1] ^ 1]))
    assert (pair.inner.heard, pair.socket.calls) == (b"good", ["close"])
    pair.layer.data_received(octets)
    pair.pass_on()
    assert pair.client.read(10) == b"good"
    with pytest.raises(ssl.SSLError, match="BAD_RECORD_MAC"):
        pair.client.read(10)


def test_before_the_handshake_is_done_nothing_can_be_said() -> None:
    pair = Pair()
    pair.layer.write(b"503")
    pair.layer.close()
    assert (pair.socket.written, pair.socket.calls) == (b"", ["close"])
    with pytest.raises(ssl.SSLWantReadError):
        pair.client.do_handshake()
    pair.layer.data_received(pair.sent())
    assert pair.socket.written == b""


def test_a_socket_that_ends_without_a_word_is_no_end_for_what_was_not_begun() -> None:
    pair = Pair()
    assert not pair.layer.eof_received()
    assert pair.inner.calls == []
    pair.shake_hands()
    assert not pair.layer.eof_received()
    assert pair.inner.calls == ["eof"]


def test_the_end_of_the_socket_is_the_end_of_both() -> None:
    pair = Pair().shake_hands()
    pair.layer.connection_lost(None)
    pair.layer.write(b"nobody is there")
    assert pair.inner.calls == ["lost None"]


def test_whoever_waits_is_told_on_both_sides() -> None:
    pair = Pair().shake_hands()
    pair.layer.pause_writing()
    pair.layer.resume_writing()
    pair.layer.pause_reading()
    pair.layer.resume_reading()
    pair.layer.set_write_buffer_limits(2, 1)
    assert (pair.inner.calls, pair.socket.calls) == (["pause", "resume"], ["pause_reading", "resume_reading"])
    assert (pair.socket.limits, pair.layer.get_write_buffer_size(), pair.layer.can_write_eof()) == ((2, 1), 7, True)
    assert pair.layer.get_extra_info("peername") == ("192.0.2.1", 4711)
    assert pair.layer.get_extra_info("ssl_object", "none") == "none"


def test_an_inner_protocol_that_closes_hears_no_more_of_the_same_piece() -> None:
    class Closing(Echo):
        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self.out.close()

    pair = Pair(inner=Closing()).shake_hands()
    pair.client.write(b"one")
    pair.client.write(b"two")
    pair.pass_on()
    assert (pair.inner.heard, pair.heard(), pair.socket.calls) == (b"one", b"one", ["close"])

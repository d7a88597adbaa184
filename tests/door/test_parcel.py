"""Snapshots that go from one process to another: whole, without a file being read again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from georedirect.door.explain import explain
from georedirect.door.line import GONE, Line, Message, close_all
from georedirect.door.parcel import pack, unpack
from georedirect.door.question import imagine_request
from georedirect.door.snapshot import load_snapshot
from tests.databases import FRANCE, GERMANY, write_database

if TYPE_CHECKING:
    from georedirect.door.snapshot import Snapshot

POLICY = """\
[site]
default = "a"
mode = "suggest"
[regions.a]
uri = "https://a.example{+path}{+query}"
[regions.b]
uri = "https://{region}.example/b{/country}{+path}{+query}"
countries = ["FR"]
languages = ["fr"]
[chooser]
template = "page.html"
stylesheet = "page.css"
[database]
country = "country.mmdb"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "site.toml").write_text(POLICY.replace("{region}", "b"))
    (tmp_path / "page.html").write_text('<style>{{ stylesheet }}</style><form method="post" action="{{ form }}">')
    (tmp_path / "page.css").write_text("p { color: red }")
    write_database(tmp_path / "country.mmdb", {"192.0.2.0/24": FRANCE, "198.51.100.0/24": GERMANY})
    return tmp_path


def answers(snapshot: Snapshot) -> list[object]:
    explained = [
        explain(snapshot, imagine_request(snapshot.configuration, ip, "/x?y=z", "GET", ["Accept-Language: fr"]))
        for ip in ("192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1")
    ]
    for answer in explained:
        del answer["headers"]["Date"]
    return list(explained)


def test_what_arrives_answers_as_what_was_sent_whatever_has_become_of_the_files(folder: Path) -> None:
    sent = load_snapshot([folder / "site.toml"])
    expected = answers(sent)
    for file in folder.iterdir():
        file.unlink()
    first, second = Line.pair()
    parcel = pack(sent)
    assert first.say("serve", b"1", parcel)
    close_all(parcel[:1])
    del sent
    message = second.hear()
    assert message is not None
    arrived = unpack(message.descriptors)
    close_all(message.descriptors[:1])
    assert answers(arrived) == expected
    assert arrived.configuration.policies[0].regions["b"] is arrived.configuration.policies[0].by_language["fr"]
    first.close()
    second.close()


def test_a_database_on_its_way_is_still_in_memory_once(folder: Path) -> None:
    sent = load_snapshot([folder / "site.toml"])
    parcel = pack(sent)
    arrived = unpack([parcel[0], *map(os.dup, parcel[1:])])
    close_all(parcel[:1])
    inodes = {os.fstat(snapshot.database.file.descriptor).st_ino for snapshot in (sent, arrived)}
    assert len(inodes) == 1


def test_nothing_stays_open_of_what_nobody_serves_any_more(folder: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        parcel = pack(snapshot := load_snapshot([folder / "site.toml"]))
        arrived = unpack([parcel[0], *map(os.dup, parcel[1:])])
        close_all(parcel[:1])
        del snapshot, arrived
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_line_keeps_messages_apart_and_tells_when_nobody_is_there() -> None:
    first, second = Line.pair()
    assert second.hear() is None
    assert first.say("ask")
    assert first.say("serve", b"1\n2")
    assert second.hear() == Message("ask")
    assert second.hear() == Message("serve", b"1\n2")
    assert second.hear() is None
    first.close()
    assert second.hear() is GONE
    assert not second.say("taken")
    second.close()


def test_who_does_not_listen_keeps_nobody_waiting() -> None:
    first, second = Line.pair()
    said = [first.say("told", bytes(1000)) for _ in range(10_000)]
    assert said[0]
    assert not said[-1]
    first.close()
    second.close()

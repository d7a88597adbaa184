"""What may happen to an update: for each, the outcome, the exit code, the bytes in place, and nothing left behind."""

from __future__ import annotations

import gzip
import hashlib
import socket
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from georedirect.update.steps import STEPS
from tests.update.stand_in import ELSEWHERE, Reply, StandIn, member, tar, tar_gz
from tests.update.updating import QUICK, expect_no_secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.update.updating import Site

    Arrange = Callable[[Site], None]

MAXMIND_METADATA, MAXMIND_DOWNLOAD, MAXMIND_BUCKET = (
    StandIn.maxmind_metadata,
    StandIn.maxmind_download,
    StandIn.maxmind_bucket,
)
PLAIN = "/country.mmdb"


def maxmind(offered: str = "new", *, at: str = "", replies: tuple[Reply, ...] = (), **more: object) -> Arrange:
    """MaxMind has that database; `replies` come first at the path `at`."""

    def arrange(site: Site) -> None:
        site.write("maxmind")
        site.stand_in.maxmind(getattr(site.databases, offered), **more)  # type: ignore[arg-type]
        if replies:
            site.stand_in.first(at, *replies, host=ELSEWHERE if at == MAXMIND_BUCKET else "127.0.0.1")

    return arrange


def maxmind_only(at: str, reply: Reply) -> Arrange:
    """MaxMind never answers anything else there."""

    def arrange(site: Site) -> None:
        maxmind()(site)
        site.stand_in.on(at, reply, host=ELSEWHERE if at == MAXMIND_BUCKET else "127.0.0.1")

    return arrange


def cut_of(site: Site, octets: bytes) -> Reply:
    del site
    return Reply(octets, fault="cut")


def archive(make: Callable[[bytes], bytes]) -> Arrange:
    """MaxMind sends an archive of its own making, around the right database."""

    def arrange(site: Site) -> None:
        site.write("maxmind")
        site.stand_in.maxmind(site.databases.new, archive=make(site.databases.new))

    return arrange


def plain(make: Callable[[bytes], Reply], path: str = PLAIN, *more: Reply) -> Arrange:
    """A URL of our own, which answers with what `make` makes of the new database."""

    def arrange(site: Site) -> None:
        site.write(site.stand_in.url(path))
        site.stand_in.on(path, make(site.databases.new), *more)

    return arrange


def with_checksum(checksum: Callable[[Site, bytes], str]) -> Arrange:
    def arrange(site: Site) -> None:
        site.update_lines.append(f'checksum = "{checksum(site, site.databases.new)}"')
        plain(Reply)(site)

    return arrange


def checksum_text(form: str) -> Arrange:
    """A URL of a text with the digest; `{}` is where it stands."""

    def url(site: Site, database: bytes) -> str:
        site.stand_in.on("/sums", Reply(form.format(hashlib.sha256(database).hexdigest()).encode()))
        return site.stand_in.url("/sums")

    return with_checksum(url)


def local(make: Callable[[Site], bytes | None]) -> Arrange:
    """A file beside the policy."""

    def arrange(site: Site) -> None:
        site.write("fresh/country")
        (site.folder / "fresh").mkdir()
        octets = make(site)
        if octets is not None:
            (site.folder / "fresh" / "country").write_bytes(octets)

    return arrange


def dbip(offered: str, month: int) -> Arrange:
    def arrange(site: Site) -> None:
        site.write("dbip")
        site.stand_in.dbip(getattr(site.databases, offered), month)

    return arrange


def ipinfo(offered: str, replies: tuple[Reply, ...] = (), at: str = "/data/ipinfo_lite.mmdb") -> Arrange:
    def arrange(site: Site) -> None:
        site.write("ipinfo")
        site.stand_in.ipinfo(getattr(site.databases, offered))
        if replies:
            site.stand_in.on(at, *replies)

    return arrange


def and_then(*arrangements: Arrange) -> Arrange:
    def arrange(site: Site) -> None:
        for one in arrangements:
            one(site)

    return arrange


def nothing_in_place(site: Site) -> None:
    site.target.unlink()


def nobody_listens(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
    site.write(f"http://127.0.0.1:{port}/country.mmdb")


def redirect(location: str, status: int = 302) -> Reply:
    return Reply(status=status, headers={"Location": location})


def redirects_elsewhere(site: Site) -> None:
    plain(lambda _: redirect(site.stand_in.url("/there", ELSEWHERE), 307))(site)
    site.stand_in.on("/there", Reply(site.databases.new), host=ELSEWHERE)


def redirects_in_a_chain(number: int) -> Arrange:
    def arrange(site: Site) -> None:
        site.write(site.stand_in.url("/0"))
        for step in range(number):
            site.stand_in.on(f"/{step}", redirect(f"{step + 1}", 301))
        site.stand_in.on(f"/{number}", Reply(site.databases.new))

    return arrange


def damaged_state(octets: bytes) -> Arrange:
    return lambda site: void(site.state_file.write_bytes(octets))


def void(_: object) -> None:
    return None


def links(database: bytes) -> bytes:
    """Members that would lead out of a folder, each named like what is looked for."""
    members = []
    for number, kind in enumerate([tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE]):
        info = tarfile.TarInfo(f"{number}.mmdb")
        info.type, info.linkname = kind, "/etc/passwd"
        members.append((info, b""))
    return gzip.compress(tar([*members, member("real.mmdb", database)]))


def two(database: bytes) -> bytes:
    return gzip.compress(tar([member("first.mmdb", database), member("second.mmdb", b"x" * 5000)]))


def long_named(form: int) -> Callable[[bytes], bytes]:
    return lambda database: gzip.compress(tar([member(f"{'long/' * 60}a.mmdb", database)], form))


def huge_header(database: bytes) -> bytes:
    """An extension header that says it is 700 MB: who believes it takes that much memory."""
    info = tarfile.TarInfo("pax")
    info.type, info.size = tarfile.XHDTYPE, 700_000_000
    return gzip.compress(info.tobuf(tarfile.USTAR_FORMAT) + tar([member("a.mmdb", database)]))


@dataclass(frozen=True)
class Scenario:
    """`place` says which database is in place at the end."""

    name: str
    arrange: Arrange
    code: int
    outcome: str
    place: str | None
    arguments: tuple[str, ...] = ()
    why: str = ""
    """What the error says."""


LATER, DENIED, DAMAGED = "try-later", "denied", "damaged"
IN_TIME = Reply(status=429, headers={"Retry-After": "1"})
BOMB = gzip.compress(bytes(QUICK.most_octets + 1))

SCENARIOS = [
    Scenario("the first one", and_then(maxmind(), nothing_in_place), 0, "updated", "new"),
    Scenario("a newer one", maxmind(), 0, "updated", "new"),
    Scenario("the same one", maxmind("old"), 0, "unchanged", "old"),
    Scenario("an older one", maxmind("ancient"), 6, "refused", "old", why="--accept"),
    Scenario("an older one that is wanted", maxmind("ancient"), 0, "updated", "ancient", ("--accept",)),
    Scenario("a damaged one", maxmind("damaged"), 5, DAMAGED, "old"),
    Scenario("a damaged one that is wanted", maxmind("damaged"), 5, DAMAGED, "old", ("--accept",)),
    Scenario("a dry run", maxmind(), 0, "would-update", "old", ("--dry-run",)),
    Scenario(
        "a dry run with nothing in place",
        and_then(maxmind(), nothing_in_place),
        0,
        "would-update",
        None,
        ("--dry-run",),
    ),
    Scenario("--check of a newer one", maxmind(), 10, "newer", "old", ("--check",)),
    Scenario("--check of the same one", maxmind("old"), 0, "unchanged", "old", ("--check",)),
    Scenario("--check with nothing in place", and_then(maxmind(), nothing_in_place), 10, "newer", None, ("--check",)),
    Scenario("the key is not accepted", maxmind_only(MAXMIND_METADATA, Reply(status=401)), 4, DENIED, "old", why="401"),
    Scenario("the account may not", maxmind_only(MAXMIND_DOWNLOAD, Reply(status=403)), 4, DENIED, "old", why="403"),
    Scenario("no such edition", maxmind_only(MAXMIND_METADATA, Reply(status=404)), 4, DENIED, "old", why="404"),
    Scenario("metadata that nobody can read", maxmind_only(MAXMIND_METADATA, Reply(b"{}")), 5, DAMAGED, "old"),
    Scenario("408, then well", maxmind(at=MAXMIND_METADATA, replies=(Reply(status=408),)), 0, "updated", "new"),
    Scenario("429 with Retry-After, then well", maxmind(at=MAXMIND_DOWNLOAD, replies=(IN_TIME,)), 0, "updated", "new"),
    Scenario(
        "429 with a Retry-After that is too long",
        maxmind_only(MAXMIND_METADATA, Reply(status=429, headers={"Retry-After": "3600"})),
        *(3, LATER, "old"),
        why="429",
    ),
    Scenario("503 twice, then well", maxmind(at=MAXMIND_BUCKET, replies=(Reply(status=503),) * 2), 0, "updated", "new"),
    Scenario("500 for ever", maxmind_only(MAXMIND_BUCKET, Reply(status=500)), 3, LATER, "old", why="500"),
    Scenario(
        "hung up, then well", maxmind(at=MAXMIND_METADATA, replies=(Reply(fault="hang-up"),)), 0, "updated", "new"
    ),
    Scenario("cut off for ever", maxmind_only(MAXMIND_BUCKET, Reply(b"x" * 9999, fault="cut")), 3, LATER, "old"),
    Scenario(
        "cut off, then well",
        maxmind(at=MAXMIND_BUCKET, replies=(Reply(b"x" * 9999, fault="cut"),)),
        0,
        "updated",
        "new",
    ),
    Scenario("not what was promised", maxmind(md5="0" * 32), 5, DAMAGED, "old", why="md5"),
    Scenario("a bomb", plain(lambda _: Reply(BOMB)), 5, DAMAGED, "old", why="unpacks to more than"),
    Scenario("a bomb behind the database", archive(lambda new: tar_gz(new) + BOMB), 5, DAMAGED, "old"),
    Scenario("endless", plain(lambda _: Reply(fault="endless")), 5, DAMAGED, "old", why="sends more than"),
    Scenario(
        "too large, and says so", plain(lambda _: Reply(headers={"Content-Length": "9999999999"})), 5, DAMAGED, "old"
    ),
    Scenario("too slow", plain(lambda new: Reply(new, fault="slow", seconds=0.1)), 3, LATER, "old", why="too long"),
    Scenario("slow", plain(lambda new: Reply(new, fault="slow", seconds=0.005)), 0, "updated", "new"),
    Scenario("silent", plain(lambda _: Reply(fault="silent")), 3, LATER, "old", why="too long"),
    Scenario("nobody there", nobody_listens, 3, LATER, "old", why="cannot be reached: Connection refused"),
    Scenario("names with dot-dot", archive(lambda new: tar_gz(new, "../../../../tmp/evil.mmdb")), 0, "updated", "new"),
    Scenario("an absolute name", archive(lambda new: tar_gz(new, "/tmp/evil.mmdb")), 0, "updated", "new"),  # noqa: S108
    Scenario("links and devices", archive(links), 0, "updated", "new"),
    Scenario("two databases", archive(two), 0, "updated", "new"),
    Scenario("a long name, as GNU writes it", archive(long_named(tarfile.GNU_FORMAT)), 0, "updated", "new"),
    Scenario("a long name, as POSIX writes it", archive(long_named(tarfile.PAX_FORMAT)), 0, "updated", "new"),
    Scenario("a header that lies", archive(huge_header), 5, DAMAGED, "old", why="a name in it is too long"),
    Scenario("no database", archive(lambda new: tar_gz(new, "a.txt")), 5, DAMAGED, "old", why="no .mmdb file"),
    Scenario("half an archive", archive(lambda new: tar_gz(new)[:-500]), 5, DAMAGED, "old", why="cannot be unpacked"),
    Scenario("a zip", plain(lambda _: Reply(b"PK\x03\x04" + bytes(100))), 5, DAMAGED, "old", why="zip"),
    Scenario("no database at all", plain(lambda _: Reply(b"hello")), 5, DAMAGED, "old", why="no MMDB file"),
    Scenario("nothing at all", plain(lambda _: Reply(b"")), 5, DAMAGED, "old", why="is empty"),
    Scenario("a login page", plain(lambda _: Reply(b"\n <html>", headers={})), 5, DAMAGED, "old", why="web page"),
    Scenario(
        "a page by its type",
        plain(lambda _: Reply(b"log in", headers={"Content-Type": "text/html"})),
        5,
        DAMAGED,
        "old",
    ),
    Scenario("redirects round and round", plain(lambda _: redirect(PLAIN)), 4, DENIED, "old", why="round and round"),
    Scenario("five redirects", redirects_in_a_chain(5), 0, "updated", "new"),
    Scenario("six redirects", redirects_in_a_chain(6), 4, DENIED, "old", why="too often"),
    Scenario("a redirect to http", plain(lambda _: redirect("http://example.com/a")), 4, DENIED, "old", why="http"),
    Scenario("a redirect to a file", plain(lambda _: redirect("file:///etc/passwd")), 4, DENIED, "old"),
    Scenario("a redirect to nowhere", plain(lambda _: redirect("http://[")), 4, DENIED, "old"),
    Scenario("a redirect to another host", redirects_elsewhere, 0, "updated", "new"),
    Scenario("204", plain(lambda _: Reply(status=204)), 4, DENIED, "old", why="204"),
    Scenario("a plain file", plain(Reply), 0, "updated", "new"),
    Scenario("a .gz", plain(lambda new: Reply(gzip.compress(new)), "/c.mmdb.gz"), 0, "updated", "new"),
    Scenario("a .tar.gz called something else", plain(lambda new: Reply(tar_gz(new)), "/latest"), 0, "updated", "new"),
    Scenario(
        "the digest that the policy has",
        with_checksum(lambda _, new: f"sha256:{hashlib.sha256(new).hexdigest().upper()}"),
        *(0, "updated", "new"),
    ),
    Scenario("another digest than the policy's", with_checksum(lambda *_: f"md5:{'0' * 32}"), 5, DAMAGED, "old"),
    Scenario("a digest alone", checksum_text("{}\n"), 0, "updated", "new"),
    Scenario("a digest among others", checksum_text("{}  country.mmdb\n" + "0" * 64 + "  b\n"), 0, "updated", "new"),
    Scenario(
        "digests of others", checksum_text("0" * 64 + " *a\n" + "1" * 64 + "  b\n"), 5, DAMAGED, "old", why="/sums"
    ),
    Scenario("this month's", dbip("new", 0), 0, "updated", "new"),
    Scenario("only last month's yet", dbip("new", 1), 0, "updated", "new"),
    Scenario("no month's", lambda site: site.write("dbip"), 4, DENIED, "old", why="404"),
    Scenario("IPinfo's", ipinfo("new"), 0, "updated", "new"),
    Scenario("IPinfo's same one", ipinfo("old"), 0, "unchanged", "old"),
    Scenario("IPinfo's, with another digest", ipinfo("new", (Reply(b"x" * 100),)), 5, DAMAGED, "old", why="sha256"),
    Scenario("a token that is not accepted", ipinfo("new", (Reply(status=403),)), 4, DENIED, "old", why="token"),
    Scenario(
        "IPinfo's check sums unreadable",
        ipinfo("new", (Reply(b"[]"),), "/data/ipinfo_lite.mmdb/checksums"),
        5,
        DAMAGED,
        "old",
    ),
    Scenario("a local file", local(lambda site: site.databases.new), 0, "updated", "new"),
    Scenario("a local .tar.gz", local(lambda site: tar_gz(site.databases.new)), 0, "updated", "new"),
    Scenario("the same local file", local(lambda site: site.databases.old), 0, "unchanged", "old"),
    Scenario("--check of a local file", local(lambda site: site.databases.new), 10, "newer", "old", ("--check",)),
    Scenario("no local file", local(lambda _: None), 1, "input", "old", why="cannot be read"),
    Scenario("a state file of garbage", and_then(maxmind(), damaged_state(b"\xff{[")), 0, "updated", "new"),
    Scenario(
        "a state file of other things",
        and_then(maxmind(), damaged_state(b'{"downloads": "x", "etag": 3, "content": [1], "day": []}')),
        *(0, "updated", "new"),
    ),
    Scenario("a state file of a list", and_then(maxmind(), damaged_state(b"[" * 100_000)), 0, "updated", "new"),
]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_an_update_comes_to(scenario: Scenario, site: Site) -> None:
    scenario.arrange(site)
    done = site.run("update", *scenario.arguments)
    assert (done.code, done.outcome) == (scenario.code, scenario.outcome), done
    assert site.bytes_in_place() == (scenario.place and getattr(site.databases, scenario.place))
    assert site.strays() == []
    assert scenario.why in done.err
    assert (done.err == "") == (done.code in {0, 10})
    assert done.steps[-1]["exit_code"] == done.code
    for step in done.steps[:-1]:
        assert step["outcome"] in STEPS[str(step["step"])]
    expect_no_secret(site, done)

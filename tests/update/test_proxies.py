"""`georedirect proxies` against a stand-in for the vendors: what comes is checked, and put into place whole or not."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from georedirect.cli import build_parser, run_parsed
from georedirect.policy.presets import PRESETS
from georedirect.policy.proxy_list import read_list, write_list
from georedirect.update.world import World
from tests.update.stand_in import Reply, StandIn
from tests.update.updating import QUICK, Done

if TYPE_CHECKING:
    from pathlib import Path

TODAY = datetime.now(UTC).date()
CLOUDFLARE = PRESETS["cloudflare"].networks
V4 = [network for network in CLOUDFLARE if ":" not in network]
V6 = [network for network in CLOUDFLARE if ":" in network]


class Trusting:
    """A policy that trusts presets, the folder for their lists, and the command."""

    def __init__(self, folder: Path, stand_in: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.stand_in, self._capsys = folder, stand_in, capsys
        self.file = folder / "lists" / "cloudflare.txt"
        self.file.parent.mkdir()
        self.publish(V4, V6)
        self.write("preset:cloudflare")

    def write(self, *proxies: str, folder: str = "lists") -> None:
        text = '[site]\ndefault = "a"\n[regions.a]\nuri = "https://a.example{+path}"\n[server]\n'
        lists = f'proxy_lists = "{folder}"\n' if folder else ""
        (self.folder / "site.toml").write_text(f"{text}trusted_proxies = {json.dumps(proxies)}\n{lists}")

    def publish(self, ipv4: list[str], ipv6: list[str]) -> None:
        self.stand_in.on("/ips-v4", Reply("\n".join(ipv4).encode()))
        self.stand_in.on("/ips-v6", Reply("\n".join(ipv6).encode()))

    def run(self, *arguments: str) -> Done:
        parsed = build_parser().parse_args(["proxies", str(self.folder / "site.toml"), *arguments])
        sources = {
            "cloudflare": (self.stand_in.url("/ips-v4"), self.stand_in.url("/ips-v6")),
            "fastly": (self.stand_in.url("/public-ip-list"),),
        }
        parsed.world = World(proxies=sources, limits=QUICK)
        code = run_parsed(parsed)
        out, err = self._capsys.readouterr()
        return Done(code, [json.loads(line) for line in out.splitlines()], out, err)

    def left(self) -> list[str]:
        return sorted(path.name for path in self.file.parent.iterdir())


@pytest.fixture
def site(tmp_path: Path, stand_in: StandIn, capsys: pytest.CaptureFixture[str]) -> Trusting:
    return Trusting(tmp_path, stand_in, capsys)


def test_a_list_is_fetched_and_dated(site: Trusting) -> None:
    done = site.run()
    assert (done.code, done.outcome, done.err) == (0, "updated", "")
    listed = read_list(site.file.read_bytes())
    assert (set(listed.networks), listed.read_on, listed.wrong) == (set(CLOUDFLARE), TODAY, ())
    assert site.left() == [".cloudflare.txt.lock", "cloudflare.txt"]
    assert site.file.stat().st_mode & 0o777 == 0o644


def test_one_that_has_not_changed_is_left_alone_for_a_month_and_then_dated_anew(site: Trusting) -> None:
    for days, outcome in ((1, "unchanged"), (30, "unchanged"), (31, "updated"), (-1, "updated")):
        before = write_list(CLOUDFLARE, "cloudflare", TODAY - timedelta(days), ["x"])
        site.file.write_bytes(before)
        assert site.run().outcome == outcome
        assert (site.file.read_bytes() == before) is (outcome == "unchanged")


def test_what_would_change_is_told_and_not_done(site: Trusting) -> None:
    site.publish([*V4[1:], "192.0.3.0/24"], V6)
    done = site.run("--dry-run")
    assert (done.code, done.outcome) == (0, "would-update")
    (check,) = [step for step in done.steps if step["step"] == "check"]
    assert check["report"] == {"preset": "cloudflare", "networks": 22, "added": ["192.0.3.0/24"], "removed": [V4[0]]}
    assert not site.file.exists()


def test_a_list_of_which_half_is_gone_is_refused_unless_it_is_accepted(site: Trusting) -> None:
    site.run()
    before = site.file.read_bytes()
    site.publish(V4[:3], V6[:1])
    done = site.run()
    assert (done.code, done.outcome) == (6, "refused")
    assert "of the 22 networks of preset:cloudflare 82% would be gone" in done.err
    assert site.file.read_bytes() == before
    accepted = site.run("--accept")
    assert (accepted.code, accepted.outcomes_of("check")) == (0, ["let-through"])
    assert set(read_list(site.file.read_bytes()).networks) == {*V4[:3], *V6[:1]}


@pytest.mark.parametrize(
    ("reply", "code", "why"),
    [
        (Reply(b"0.0.0.0/0\n"), 5, 'it lists "0.0.0.0/0", which is no network of a vendor'),
        (Reply(b"10.0.0.0/8\n"), 5, 'it lists "10.0.0.0/8"'),
        (Reply(b"not here\n"), 5, '"not" is not a network'),
        (Reply(b""), 5, "it lists 0 networks"),
        (Reply(b"<html>log in</html>"), 5, "is a web page, not a list of networks"),
        (Reply(b"x", fault="endless"), 5, "that is no list of networks"),
        (Reply(status=404), 4, "there is no such list of networks"),
        (Reply(status=403), 4, "answers 403"),
        (Reply(status=302, headers={"Location": "http://example.com/"}), 4, "redirects where we do not follow"),
        (Reply(status=503), 3, "answers 503"),
        (Reply(b"173.245.48.0/20\n" * 9, fault="cut"), 3, ""),
        (Reply(fault="silent"), 3, "takes too long"),
        (Reply(fault="hang-up"), 3, ""),
    ],
    ids=lambda value: value.body[:12] if isinstance(value, Reply) else None,
)
def test_whatever_else_comes_changes_nothing(site: Trusting, reply: Reply, code: int, why: str) -> None:
    site.file.write_bytes(before := write_list(CLOUDFLARE, "cloudflare", TODAY, ["x"]))
    site.stand_in.on("/ips-v6", reply)
    done = site.run()
    assert done.code == code
    assert why in done.err
    assert done.err.count("\n") == 1
    assert site.file.read_bytes() == before
    assert site.left() == [".cloudflare.txt.lock", "cloudflare.txt"]


def test_a_vendor_who_does_not_answer_keeps_no_other_list_from_being_fetched(site: Trusting) -> None:
    site.write("preset:cloudflare", "preset:fastly", "preset:private", "10.0.0.0/8")
    site.stand_in.on("/ips-v4", Reply(status=404))
    site.stand_in.on("/public-ip-list", Reply(json.dumps({"addresses": PRESETS["fastly"].networks}).encode()))
    done = site.run()
    assert (done.code, done.outcome) == (4, "denied")
    assert site.left() == [".cloudflare.txt.lock", ".fastly.txt.lock", "fastly.txt"]


def test_a_file_that_is_no_list_is_replaced(site: Trusting) -> None:
    site.file.write_text("nonsense\n")
    assert site.run().outcome == "updated"
    assert read_list(site.file.read_bytes()).wrong == ()


@pytest.mark.parametrize(
    ("proxies", "folder", "told"),
    [
        (("10.0.0.0/8",), "lists", ":1: server.trusted_proxies: names no preset whose list is published"),
        (("preset:private",), "lists", ":1: server.trusted_proxies: names no preset whose list is published"),
        (("preset:cloudflare",), "", ":6: server.proxy_lists: is missing: in which folder are the lists to be kept?"),
        (("preset:cloudflare",), "nowhere", "nowhere is no folder; make it, and cloudflare.txt is put there"),
    ],
)
def test_without_a_preset_or_a_place_for_it_there_is_nothing_to_do(
    site: Trusting, proxies: tuple[str, ...], folder: str, told: str
) -> None:
    site.write(*proxies, folder=folder)
    done = site.run()
    assert (done.code, done.outcome) == (1, "input")
    assert told in done.err

"""Lists of trusted networks in files: opened with the policy, told of by file and line, and seen when they change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from georedirect.cli import main
from georedirect.door.snapshot import load_snapshot
from georedirect.errors import PolicyError
from georedirect.policy.proxy_list import MOST_OCTETS
from georedirect.visitor.address import parse_address
from tests.policies import policy
from tests.processes import running, wait_until
from tests.wire import ask, request

if TYPE_CHECKING:
    from pathlib import Path

    from georedirect.door.snapshot import Snapshot


def write(folder: Path, *proxies: str, extra: str = "") -> Path:
    path = folder / "site.toml"
    named = ", ".join(f'"{name}"' for name in proxies)
    path.write_text(policy(rest=f'[server]\ntrusted_proxies = [{named}]\nproxy_lists = "lists"\n{extra}'))
    return path


def trusts(snapshot: Snapshot, address: str) -> bool:
    return parse_address(address) in snapshot.configuration.server.trusted_proxies


def refused(path: Path) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        load_snapshot([path])
    return [str(finding) for finding in caught.value.findings if ": warning: " not in str(finding)]


def test_a_file_of_ones_own_is_trusted_with_the_rest(tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text("192.0.2.0/24\n")
    snapshot = load_snapshot([write(tmp_path, "file:own.txt", "198.51.100.7")])
    assert [trusts(snapshot, f"{net}.7") for net in ("192.0.2", "198.51.100", "203.0.113")] == [True, True, False]
    assert tmp_path / "own.txt" in snapshot.files


def test_a_list_that_has_been_fetched_takes_the_place_of_the_one_that_came_with_us(tmp_path: Path) -> None:
    path = write(tmp_path, "preset:cloudflare")
    before = load_snapshot([path])
    assert (trusts(before, "104.16.0.1"), trusts(before, "192.0.2.1")) == (True, False)
    assert tmp_path / "lists" / "cloudflare.txt" in before.files  # it may come
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "cloudflare.txt").write_text("# read on 2027-01-01 from x\n192.0.2.0/24\n")
    after = load_snapshot([path])
    assert (trusts(after, "104.16.0.1"), trusts(after, "192.0.2.1")) == (False, True)


@pytest.mark.parametrize(
    ("octets", "told"),
    [
        (b"192.0.2.0/24\nx\n", '{file}:2: "x" is not a network'),
        (b"0.0.0.0/0\n", '{file}:1: "0.0.0.0/0" trusts everyone'),
        (b"#" * (MOST_OCTETS + 1), "{policy}:6: server.trusted_proxies: {file} holds more than 1048576 octets"),
        (None, "{policy}:6: server.trusted_proxies: {file} is not there"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_by_its_line(tmp_path: Path, octets: bytes | None, told: str) -> None:
    file = tmp_path / "own.txt"
    if octets is not None:
        file.write_bytes(octets)
    path = write(tmp_path, "file:own.txt")
    assert refused(path)[0].startswith(told.format(file=file, policy=path))


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    path = write(tmp_path, f"file:{tmp_path}")
    assert refused(path) == [f"{path}:6: server.trusted_proxies: {tmp_path} cannot be read: Is a directory"]


def test_a_preset_without_networks_takes_a_fetched_list(tmp_path: Path) -> None:
    path = write(tmp_path, "preset:bunny")
    assert "preset:bunny has no networks before georedirect proxies has fetched them into" in refused(path)[0]


@pytest.mark.parametrize(("read_on", "is_old"), [("2020-02-29", True), ("2999-01-01", False)])
def test_check_warns_of_a_list_that_is_old(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], read_on: str, is_old: bool
) -> None:
    path = write(tmp_path, "preset:bunny")
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "bunny.txt").write_text(f"# read on {read_on} from x\n192.0.2.0/24\n")
    assert main(["check", str(path)]) == 0
    says = f"{path}:6: warning: server.trusted_proxies: the list of preset:bunny was read on {read_on}, over a year ago"
    assert (says in capsys.readouterr().out) is is_old


async def test_a_running_door_trusts_whom_a_new_list_names(tmp_path: Path) -> None:
    """Until then the peer is the client; from then on its header says who is, and Vary names it."""
    own = tmp_path / "own.txt"
    own.write_text("192.0.2.1\n")
    with running(write(tmp_path, "file:own.txt"), quiet=False) as service:
        reply = await ask(service.door, request("/", "X-Forwarded-For: 85.214.132.117", host="a.example"))
        assert "X-Forwarded-For" not in reply["vary"]
        own.write_text("127.0.0.1\n")
        assert wait_until(lambda: "loaded again" in service.logged())
        reply = await ask(service.door, request("/", "X-Forwarded-For: 85.214.132.117", host="a.example"))
        assert "X-Forwarded-For" in reply["vary"]

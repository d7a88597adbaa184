"""A site whose database is to be brought up to date, and the command that does it, as an operator has them."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from georedirect.cli import build_parser, run_parsed
from georedirect.update.world import Limits, World
from tests.databases import EPOCH, FRANCE, GERMANY, JAPAN, write_database
from tests.update.stand_in import ACCOUNT, BASIC, BEARER, KEY, SIGNATURE, TOKEN

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.update.stand_in import StandIn

NAME = "GeoLite2-Country.mmdb"
DAY = 86_400
QUICK = Limits(
    most_octets=1 << 20,
    connect_seconds=2,
    silent_seconds=0.4,
    attempt_seconds=0.8,
    attempts=3,
    first_wait_seconds=0.01,
    most_wait_seconds=1.5,
    all_seconds=10,
)
SECRETS = (KEY, TOKEN, SIGNATURE, BASIC.partition(" ")[2], BEARER)
LEFT_ON_PURPOSE = (f".{NAME}.lock", f".{NAME}.update.json", f"{NAME}.withdrawn", f"{NAME}.previous-")

_NETWORKS = {f"{number}.0.0.0/8": (GERMANY, FRANCE, JAPAN)[number % 3] for number in range(20, 90)}


class Databases(NamedTuple):
    """Three that differ in when they were built, and the newest of them damaged."""

    ancient: bytes
    old: bytes
    new: bytes
    damaged: bytes


def make_databases(folder: Path) -> Databases:
    built = [
        write_database(folder / f"{days}.mmdb", _NETWORKS, epoch=EPOCH + days * DAY).read_bytes() for days in (0, 7, 14)
    ]
    damaged = bytearray(built[2])
    damaged[100 : len(damaged) // 2] = b"\xff" * (len(damaged) // 2 - 100)
    return Databases(built[0], built[1], built[2], bytes(damaged))


class Done(NamedTuple):
    """How a run has ended: its exit code, the steps that it told, and both its outputs."""

    code: int
    steps: list[dict[str, object]]
    out: str
    err: str

    @property
    def outcome(self) -> object:
        return self.steps[-1]["outcome"]

    def outcomes_of(self, step: str) -> list[object]:
        return [told["outcome"] for told in self.steps if told["step"] == step]


@dataclass
class Site:
    """A folder with a policy, and the folder in which its database is or will be."""

    folder: Path
    stand_in: StandIn
    capsys: pytest.CaptureFixture[str]
    databases: Databases
    limits: Limits = QUICK
    update_lines: list[str] = field(default_factory=list)

    @property
    def policy(self) -> Path:
        return self.folder / "site.toml"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def target(self) -> Path:
        return self.data / NAME

    @property
    def state_file(self) -> Path:
        return self.data / f".{NAME}.update.json"

    def write(self, source: str | None, regions: str = "") -> None:
        lines = [
            '[site]\ndefault = "a"',
            '[regions.a]\nuri = "https://a.example{+path}{+query}"',
            regions,
            "[database]",
        ]
        lines += [f'country = "data/{NAME}"', *([f'source = "{source}"'] if source else [])]
        self.policy.write_text("\n".join([*lines, "[update]", *self.update_lines, ""]))

    def run(self, command: str = "update", *arguments: str) -> Done:
        parsed = build_parser().parse_args([command, str(self.policy), *arguments])
        parsed.world = self.world()
        code = run_parsed(parsed)
        out, err = self.capsys.readouterr()
        steps = [json.loads(line) for line in out.splitlines()]
        return Done(code, steps, out, err)

    def run_with_source(self, source: str) -> Done:
        self.write(source)
        return self.run()

    def world(self) -> World:
        return World(
            dbip=self.stand_in.url("/free"), ipinfo=self.stand_in.url("/data"), limits=self.limits, samples=False
        )

    def strays(self) -> list[str]:
        """What is left beside the target, and should not be."""
        names = sorted(path.name for path in self.data.iterdir())
        return [name for name in names if name != NAME and not name.startswith(LEFT_ON_PURPOSE)]

    def bytes_in_place(self) -> bytes | None:
        return self.target.read_bytes() if self.target.exists() else None


def set_up_environment(monkeypatch: pytest.MonkeyPatch, folder: Path, stand_in: StandIn) -> None:
    """The credentials of both providers, as people have them; nothing of this machine's own counts."""
    for name in [name for name in os.environ if name.startswith(("GEOIPUPDATE_", "IPINFO_"))]:
        monkeypatch.delenv(name)
    (folder / "GeoIP.conf").write_text("# nothing\n")
    (folder / "key").write_text(f"{KEY}\n")
    monkeypatch.setenv("GEOIPUPDATE_CONF_FILE", str(folder / "GeoIP.conf"))
    monkeypatch.setenv("GEOIPUPDATE_ACCOUNT_ID", str(ACCOUNT))
    monkeypatch.setenv("GEOIPUPDATE_LICENSE_KEY_FILE", str(folder / "key"))
    monkeypatch.setenv("GEOIPUPDATE_HOST", stand_in.url("").rstrip("/"))
    monkeypatch.setenv("IPINFO_TOKEN", TOKEN)


def expect_no_secret(site: Site, done: Done) -> None:
    """No credential has been told, written down, or sent to another host."""
    written = site.state_file.read_text() if site.state_file.is_file() else ""
    for secret in SECRETS:
        assert secret not in done.out + done.err + written
    for asked in site.stand_in.asked:
        assert asked.host != "127.0.0.2" or "Authorization" not in asked.headers
        assert not any(secret in asked.target for secret in SECRETS if secret != SIGNATURE)

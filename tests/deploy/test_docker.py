"""The image and the compose file, as far as can be said without Docker: their form, and that the files are enough."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from fnmatch import fnmatch
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, NamedTuple

import pytest
import yaml
from compose_spec import PyCompose

from georedirect.cli import build_parser, main
from georedirect.door.snapshot import read_policies
from georedirect.geo.bundled import bundled_database
from georedirect.policy.endpoint import Endpoint
from georedirect.visitor.address import parse_address
from tests.processes import ROOT

if TYPE_CHECKING:
    from pathlib import Path

DOCKER = ROOT / "deploy" / "docker"
INSTRUCTIONS = {
    *("ARG", "FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD"),
}
"""Those that we want to use: no ADD, which fetches and unpacks, no VOLUME, which nobody can undo."""


class Instruction(NamedTuple):
    word: str
    rest: str


def instructions() -> list[Instruction]:
    text = re.sub(r"\\\n", " ", (DOCKER / "Dockerfile").read_text(encoding="utf-8"))
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [Instruction(*line.split(maxsplit=1)) for line in lines]


def of(word: str) -> list[str]:
    return [instruction.rest for instruction in instructions() if instruction.word == word]


def copied_from_here() -> list[str]:
    """What the build takes from the project's folder."""
    return [name for rest in of("COPY") if not rest.startswith("--from=") for name in rest.split()[:-1]]


def test_the_dockerfile_has_two_stages_and_no_surprises() -> None:
    assert {instruction.word for instruction in instructions()} <= INSTRUCTIONS
    images = ["python:${PYTHON}-bookworm AS build", "python:${PYTHON}-slim-bookworm"]  # of one system, from a registry
    assert of("FROM") == images
    assert of("ARG") == ["PYTHON=3.13"]
    assert "http" not in "".join(of("RUN"))


def test_the_image_runs_as_a_user_of_a_number_and_says_how_it_is() -> None:
    (user,) = of("USER")
    assert re.fullmatch(r"[1-9]\d{4}:[1-9]\d{4}", user)
    assert all(f"--chown={user}" in rest for rest in of("COPY") if "--chown" in rest)
    (health,) = of("HEALTHCHECK")
    assert health.startswith("--interval=15s --timeout=6s --start-period=30s CMD ")
    assert json.loads(health.partition(" CMD ")[2]) == ["georedirect", "health"]
    entry, command = (json.loads(rest) for rest in (*of("ENTRYPOINT"), *of("CMD")))
    assert entry == ["georedirect"]
    assert [place.port for place in build_parser().parse_args(command).listen] == [int(of("EXPOSE")[0])]


def test_what_the_dockerfile_copies_is_not_ignored_and_nothing_else_is_sent() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    kept = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    assert "*" in ignored
    assert kept == {name.removeprefix("./") for name in copied_from_here()}


def test_what_the_dockerfile_copies_is_enough_to_build_the_wheel(tmp_path: Path) -> None:
    source = tmp_path / "src"
    source.mkdir()
    names = [path.name for pattern in copied_from_here() for path in ROOT.glob(pattern)]
    for name in names:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, source / name)
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(tmp_path)]
    (built,) = (shlex.split(run)[:2] for run in of("RUN"))
    assert built == ["pip", "wheel"]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(source)], check=True, timeout=120)
    (wheel,) = tmp_path.glob("*.whl")
    held = zipfile.ZipFile(wheel).namelist()
    assert {"georedirect/data/country.mmdb", "georedirect/cli/health.py"} <= set(held)
    assert any(fnmatch(name, "*.dist-info/licenses/LICENSE") for name in held)


# The compose file


COMPOSE = (DOCKER / "compose.yaml").read_text(encoding="utf-8")


def check_compose(text: str) -> None:
    PyCompose.from_yaml(text).validate()


def test_the_compose_file_keeps_to_the_specification() -> None:
    check_compose(COMPOSE)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("read_only:", "readonly:"),
        ("restart: unless-stopped", "restart: sometimes"),
        ("- data:/var", "- dada:/var"),
        ("service_healthy", "service_is_well"),
    ],
)
def test_a_compose_file_that_does_not_is_caught(right: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        check_compose(COMPOSE.replace(right, wrong))


def test_every_service_has_what_it_mounts_and_as_few_rights_as_it_can() -> None:
    compose = yaml.safe_load(COMPOSE)
    for service in compose["services"].values():
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        for name in (volume.partition(":")[0] for volume in service["volumes"]):
            assert (DOCKER / name).exists() if name.startswith("./") else name in compose["volumes"]
    assert "ports" not in compose["services"]["door"]  # only Caddy is reached from outside
    for name in ("door", "update"):
        service = compose["services"][name]
        assert service["read_only"] is True
        assert build_parser().parse_args(service["command"]).policies
        assert (DOCKER / service["build"]["context"]).resolve() == ROOT
        assert (ROOT / service["build"]["dockerfile"]).exists()


def test_the_policy_of_the_compose_file_is_good_and_trusts_caddy_alone(capsys: pytest.CaptureFixture[str]) -> None:
    policy = DOCKER / "policy" / "site.toml"
    assert main(["check", str(policy), "--database", str(bundled_database())]) == 0
    assert "server." not in capsys.readouterr().out
    server = read_policies([policy]).server
    compose = yaml.safe_load(COMPOSE)
    caddy = compose["services"]["caddy"]["networks"]["inside"]["ipv4_address"]
    (subnet,) = compose["networks"]["inside"]["ipam"]["config"]
    assert ip_address(caddy) in ip_network(subnet["subnet"])
    assert parse_address(caddy) in server.trusted_proxies
    assert len(server.trusted_proxies.texts) == 1
    (listener,) = server.listen
    assert isinstance(listener.address, Endpoint)
    assert f"reverse_proxy door:{listener.address.port}\n" in (DOCKER / "Caddyfile").read_text()

"""The manifests of deploy/kubernetes: by the schemas of Kubernetes, and held against each other and the program."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import kubernetes_validate  # type: ignore[import-untyped]
import pytest
import yaml

from georedirect.cli import build_parser, main
from georedirect.door.snapshot import load_snapshot, read_policies
from georedirect.geo.bundled import bundled_database
from georedirect.policy.endpoint import Endpoint
from georedirect.watch.admin import create_admin
from georedirect.watch.desk import Desk
from tests.processes import ROOT

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = ROOT / "deploy" / "kubernetes"
VERSIONS = ("1.29", "1.34")
Manifest = dict[str, Any]


def read(path: Path) -> list[Manifest]:
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


KUSTOMIZATION = read(FOLDER / "kustomization.yaml")[0]
MANIFESTS = [manifest for name in KUSTOMIZATION["resources"] for manifest in read(FOLDER / name)]


def the(kind: str, name: str = "georedirect") -> Manifest:
    (found,) = (each for each in MANIFESTS if (each["kind"], each["metadata"]["name"]) == (kind, name))
    return found


def pods() -> list[Manifest]:
    job = the("CronJob", "georedirect-update")["spec"]["jobTemplate"]["spec"]
    return [the("Deployment")["spec"]["template"], job["template"]]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda each: f"{each['kind']}-{each['metadata']['name']}")
def test_a_manifest_keeps_to_the_schema_of_its_kind(manifest: Manifest, version: str) -> None:
    kubernetes_validate.validate(manifest, version, strict=True)


def test_a_manifest_that_does_not_is_caught() -> None:
    wrong = deepcopy(the("Deployment"))
    wrong["spec"]["template"]["spec"]["containers"][0]["livenessprobe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[0], strict=True)


def test_every_file_is_applied_by_the_kustomization() -> None:
    assert sorted([*KUSTOMIZATION["resources"], "kustomization.yaml"]) == sorted(
        path.name for path in FOLDER.glob("*.yaml")
    )
    (image,) = KUSTOMIZATION["images"]
    assert {image["name"]} == {container["image"] for pod in pods() for container in pod["spec"]["containers"]}
    kinds = {manifest["kind"] for manifest in MANIFESTS}
    assert kinds >= {"Deployment", "Service", "HorizontalPodAutoscaler", "PodDisruptionBudget", "ConfigMap", "CronJob"}
    assert kinds >= {"NetworkPolicy", "PersistentVolumeClaim"}


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "site.toml"
    path.write_text(the("ConfigMap")["data"]["site.toml"], encoding="utf-8")
    return path


def test_the_policy_is_good(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(policy), "--database", str(bundled_database())]) == 0
    warnings = [line for line in capsys.readouterr().out.splitlines() if "server." in line]
    assert len(warnings) == 1
    assert "0.0.0.0:8308 is not loopback" in warnings[0]  # which the network policy makes good


def test_probes_services_and_policies_name_ports_that_the_door_has(policy: Path) -> None:
    server = read_policies([policy]).server
    (door,) = the("Deployment")["spec"]["template"]["spec"]["containers"]
    ports = {port["name"]: port["containerPort"] for port in door["ports"]}
    (listener,) = server.listen
    assert isinstance(listener.address, Endpoint)
    assert isinstance(server.admin, Endpoint)
    assert ports == {"http": listener.address.port, "admin": server.admin.port}
    pages = {
        f"/{route.path.lstrip('/')}" for route in create_admin(Desk(load_snapshot([])), "kubernetes").router.routes
    }
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert door[probe]["httpGet"]["port"] == "admin"
        assert door[probe]["httpGet"]["path"] in pages
    for service in (each for each in MANIFESTS if each["kind"] == "Service"):
        assert all(port["targetPort"] in ports for port in service["spec"]["ports"])
    rules = the("NetworkPolicy")["spec"]["ingress"]
    assert [rule["ports"][0]["port"] for rule in rules] == list(ports)
    assert all(rule["from"] for rule in rules)


def test_selectors_meet_the_doors_alone() -> None:
    door, update = (pod["metadata"]["labels"] for pod in pods())
    spec = the("Deployment")["spec"]
    selectors = [spec["selector"]["matchLabels"], the("PodDisruptionBudget")["spec"]["selector"]["matchLabels"]]
    selectors += [each["spec"]["selector"] for each in MANIFESTS if each["kind"] == "Service"]
    selectors += [the("NetworkPolicy")["spec"]["podSelector"]["matchLabels"]]
    for selector in selectors:
        assert selector.items() <= door.items()
        assert not selector.items() <= update.items()
    assert the("HorizontalPodAutoscaler")["spec"]["scaleTargetRef"]["name"] == the("Deployment")["metadata"]["name"]
    assert "replicas" not in spec  # or each apply would undo what the autoscaler does


@pytest.mark.parametrize("pod", pods(), ids=["door", "update"])
def test_a_pod_keeps_to_the_restricted_standard_and_runs_a_command_that_there_is(pod: Manifest) -> None:
    spec = pod["spec"]
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    (container,) = spec["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in spec["volumes"]}
    assert not any("subPath" in mount for mount in container["volumeMounts"])
    assert build_parser().parse_args(container["args"]).policies
    assert container["resources"]["limits"].keys() == {"memory"}
    names = {
        volume["persistentVolumeClaim"]["claimName"] for volume in spec["volumes"] if "persistentVolumeClaim" in volume
    }
    assert names == {the("PersistentVolumeClaim")["metadata"]["name"]}


def test_a_door_has_the_time_that_it_takes_to_end() -> None:
    spec = the("Deployment")["spec"]["template"]["spec"]
    waits = int(spec["containers"][0]["lifecycle"]["preStop"]["exec"]["command"][1])
    assert spec["terminationGracePeriodSeconds"] > waits + 10

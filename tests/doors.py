"""A door with two workers, whose visitors are whoever the test says they are, and what its admin tells."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families

from tests.databases import write_database
from tests.processes import running

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.databases import Record
    from tests.processes import Service

TRUSTING = '[server]\ntrusted_proxies = ["127.0.0.1"]\n'
"""X-Forwarded-For says who somebody is."""


def knowing(folder: Path, networks: Mapping[str, Record]) -> str:
    """Settings with which X-Forwarded-For counts, and just these networks are known."""
    write_database(folder / "country.mmdb", networks)
    return f'{TRUSTING}[database]\ncountry = "country.mmdb"\nmax_age_days = 36500\n'


@contextmanager
def served(folder: Path, policy: str, settings: str = TRUSTING, *, quiet: bool = True) -> Iterator[Service]:
    """The policy is in site.toml in this folder."""
    (folder / "site.toml").write_text(policy)
    (folder / "settings.toml").write_text(settings)
    with running(folder / "site.toml", folder / "settings.toml", "--workers", "2", quiet=quiet) as service:
        yield service


def counted(service: Service, name: str, label: str = "") -> dict[str, int]:
    """A counter's values, by one of its labels."""
    with urlopen(f"http://{service.admin}/metrics", timeout=10) as reply:
        families = text_string_to_metric_families(reply.read().decode())
    samples = [sample for family in families for sample in family.samples if sample.name == f"georedirect_{name}"]
    return {sample.labels.get(label, ""): int(sample.value) for sample in samples}


def explained(service: Service, address: str, url: str) -> dict[str, Any]:
    """What would happen to a visitor now, mirrors and all."""
    with urlopen(f"http://{service.admin}/explain?{urlencode({'ip': address, 'url': url})}", timeout=10) as reply:
        found: dict[str, Any] = json.load(reply)
    return found

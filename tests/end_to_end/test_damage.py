"""A thousand damaged databases, placed one after the other under a door that serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from georedirect.door.checking import CheckedReading
from georedirect.door.snapshot import load_snapshot
from georedirect.errors import PolicyError
from georedirect.geo.bundled import bundled_database
from georedirect.journal.server_log import BURST
from scripts.swapping import refusals
from tests.damaged import DAMAGES, damaged
from tests.databases import FRANCE, GERMANY, write_database
from tests.end_to_end.test_reloading import VISITOR, errors, reload, write_policy
from tests.processes import running
from tests.wire import ask, connection, request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from random import Random

    from tests.processes import Service

PLACES = {f"https://{region}.example/1/x" for region in ("germany", "france", "other")}
ADDRESSES = ("192.0.2.1", "198.51.100.1", "8.8.8.8", "2001:db8::1", "0.0.0.1", "255.255.255.254")
EACH = 1000 // len(DAMAGES) + 1


def place(folder: Path, content: bytes) -> None:
    (folder / "staged.mmdb").write_bytes(content)
    (folder / "staged.mmdb").rename(folder / "country.mmdb")


async def test_a_thousand_damaged_databases_end_no_worker_and_are_never_served(tmp_path: Path) -> None:
    """One in which the damage hits nothing that is read is whole, and may be served: the good one is put back."""
    good = write_database(tmp_path / "good", {"192.0.2.0/24": GERMANY, "198.51.100.0/24": FRANCE}).read_bytes()
    place(tmp_path, good)
    tried, refused = 0, 0
    with running(write_policy(tmp_path, 1), "--workers", "2", quiet=False) as service:
        before = service.children()
        async with connection(service.door) as client:
            for make in DAMAGES:
                for content in damaged(good, make, EACH):
                    place(tmp_path, content)
                    tried += 1
                    status, said = reload(service)
                    if status == 422:
                        refused += 1
                        assert "country.mmdb" in said["why"]
                    else:
                        for address in ADDRESSES:
                            served = await client.ask(request("/x", f"X-Forwarded-For: {address}"))
                            assert served["location"] in PLACES, (make.__name__, address)
                        place(tmp_path, good)
                        assert reload(service)[0] == 200
                    answer = await client.ask(request("/x", VISITOR))
                    assert answer["location"] == "https://germany.example/1/x", (make.__name__, said)
        assert tried >= 1000
        assert refused > 750
        assert service.children() == before
        lines = errors(service)
        assert refused == refusals(service.admin)
        assert len(lines) == BURST  # then there is one a minute
        assert all("country.mmdb" in line for line in lines)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, Path]]:
    """A door that serves by the bundled database, and the folder in which that may be replaced."""
    folder = tmp_path_factory.mktemp("world")
    place(folder, bundled_database().read_bytes())
    with running(write_policy(folder, 1), quiet=False) as service:
        yield service, folder


@pytest.mark.parametrize("make", DAMAGES, ids=lambda make: make.__name__)
async def test_so_it_is_with_damage_to_a_whole_worlds_database(
    world: tuple[Service, Path], make: Callable[[bytes, Random], bytes]
) -> None:
    service, folder = world
    good = bundled_database().read_bytes()
    before, known = service.children(), refusals(service.admin)
    place(folder, next(iter(damaged(good, make, 1))))
    status, _ = reload(service)
    assert status == (422 if refusals(service.admin) > known else 200)
    answer = await ask(service.door, request("/x", "X-Forwarded-For: 85.214.132.117"))
    assert answer["location"] == "https://germany.example/1/x"
    assert service.children() == before
    if status == 200:
        place(folder, good)
        assert reload(service)[0] == 200


@pytest.mark.parametrize("make", DAMAGES, ids=lambda make: make.__name__)
def test_what_a_running_door_refuses_does_not_start_one_either(
    tmp_path: Path, make: Callable[[bytes, Random], bytes]
) -> None:
    good = write_database(tmp_path / "good", {"192.0.2.0/24": GERMANY, "198.51.100.0/24": FRANCE}).read_bytes()
    place(tmp_path, good)
    site = [write_policy(tmp_path, 1)]
    current = load_snapshot(site, reading=CheckedReading())
    for content in damaged(good, make, 20):
        place(tmp_path, content)
        outcomes = []
        for before in (None, current):
            try:
                load_snapshot(site, reading=CheckedReading(current=before))
                outcomes.append("good")
            except PolicyError as error:
                outcomes.append(str(error))
        assert outcomes[0] == outcomes[1]

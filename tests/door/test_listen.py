"""A port that cannot be had is told at once, and why."""

from __future__ import annotations

import re

import pytest

from georedirect.door.listen import endpoint_of, listen
from georedirect.errors import ListenError
from georedirect.policy.endpoint import Endpoint


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "0.0.0.0", "::"])
def test_any_free_port_is_found(host: str) -> None:
    with listen(Endpoint(host, 0)) as sock:
        assert endpoint_of(sock).host == host
        assert endpoint_of(sock).port > 0


def test_a_port_in_use_is_told_by_its_number() -> None:
    with listen(Endpoint("127.0.0.1", 0)) as sock:
        taken = endpoint_of(sock)
        with pytest.raises(ListenError, match=re.escape(f"cannot listen on {taken}: another program listens there")):
            listen(taken)


def test_an_address_of_another_machine_is_told() -> None:
    with pytest.raises(ListenError, match=r"cannot listen on 192\.0\.2\.1:80: this machine has no such address"):
        listen(Endpoint("192.0.2.1", 80))

"""Every mistake in a policy is told by file and line, all of them at once."""

from __future__ import annotations

import pytest

from georedirect.errors import PolicyError
from georedirect.policy.load import load_configuration
from tests.policies import broken_policies


def findings_of(text: bytes | str, name: str = "site.toml") -> list[str]:
    octets = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(PolicyError) as raised:
        load_configuration({name: octets})
    return str(raised.value).splitlines()


@pytest.mark.parametrize(("text", "finding"), broken_policies())
def test_a_mistake_is_told_by_its_line(text: str, finding: str) -> None:
    mistakes = [line for line in findings_of(text) if ": warning: " not in line]
    assert [line[: len(f"site.toml:{finding}")] for line in mistakes] == [f"site.toml:{finding}"], mistakes

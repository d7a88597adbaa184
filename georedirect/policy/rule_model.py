"""Rules that have been read and checked: what they ask, and what they do. Frozen values; knows no file format."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from math import inf
from typing import TYPE_CHECKING, TypeVar

from georedirect.policy.conditions import Below, During, PathLike

if TYPE_CHECKING:
    from georedirect.policy.asker import Asker
    from georedirect.policy.conditions import Condition
    from georedirect.policy.template import Template
    from georedirect.sharing import Lot
    from georedirect.visitor.address import Address


_Test = TypeVar("_Test")
_LONGEST = 32  # in octets, of what is kept of a cookie


class Deed(StrEnum):
    """What a rule does, by its key in the policy."""

    URI = "uri"
    """The visitor is sent to a URI of the rule's own."""
    REGION = "region"
    """The visitor is sent to a region."""
    SPLIT = "split"
    """The visitor is sent to one of several regions, by lot."""
    STAY = "stay"
    """Nothing moves the visitor."""
    SUGGEST = "suggest"
    """Only a choice moves the visitor; of a region they are told."""
    STATUS = "status"
    """The visitor is told no, with this status and a page that says so."""
    CONTINUE = "continue"
    """The request gets a tag, and further rules are asked."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One of `[[rules]]`. `number` counts from 1; `when` are conditions that all must hold.

    What is needed for its `deed` is not None: `uri`; `region` (its name; beside SUGGEST it may be None); `status`;
    `tag`. `lot` has the variants of `split`, whatever the deed. `retry_after` is in seconds.
    """

    number: int
    name: str
    when: tuple[Condition, ...]
    deed: Deed
    uri: Template | None = None
    region: str | None = None
    lot: Lot | None = None
    status: int | None = None
    retry_after: int | None = None
    tag: str | None = None

    def tests(self, kind: type[_Test], *, negated: bool = False) -> list[_Test]:
        """What it asks of one kind: of its conditions with `not_` if negated, else of all others."""
        return [each.test for each in self.when if isinstance(each.test, kind) and each.is_negated is negated]

    @property
    def asks(self) -> tuple[Condition, ...]:
        """The conditions that read anything besides place, languages and time."""
        return tuple(condition for condition in self.when if condition.test.is_of_request)

    @property
    def reads_request(self) -> bool:
        """Whether more than place, languages and time counts for what it does."""
        return bool(self.asks) or self.lot is not None

    @property
    def regions(self) -> tuple[str, ...]:
        """The names of the regions that it may send somebody to."""
        if self.region is not None:
            return (self.region,)
        return () if self.deed is not Deed.SPLIT or self.lot is None else tuple(each.name for each in self.lot.options)

    def failing(self, asker: Asker) -> Condition | None:
        """The first condition that does not hold; None if the rule does."""
        for condition in self.when:
            if not condition.holds(asker):
                return condition
        return None

    def variant(self, identity: bytes) -> str | None:
        """The name of the variant that is drawn for a visitor; None where there are none."""
        drawn = self.lot.draw(identity) if self.lot is not None else None
        return None if self.lot is None or drawn is None else self.lot.options[drawn].name

    def captured(self, path: str) -> dict[str, str | None]:
        """What `{1}`, `{2}`, ... and `{rest}` are for a path of which the rule holds."""
        found: dict[str, str | None] = {}
        for condition in self.when:
            test = condition.test
            if isinstance(test, PathLike) and not condition.is_negated:
                found |= {str(number): text for number, text in enumerate(test.captured(path), 1)}
            elif isinstance(test, Below) and not condition.is_negated:
                found["rest"] = test.rest(path)
        return found

    def end_after(self, now: float) -> float:
        """When, for all that can be known, a rule that holds will not; infinite for never."""
        windows = [test.test.window for test in self.when if isinstance(test.test, During) and not test.is_negated]
        return min((window.end_after(now) for window in windows), default=inf)


@dataclass(frozen=True, slots=True)
class Sticky:
    """`[sticky]`: what a visitor is known by when something is drawn for them. Prefixes are in bits."""

    cookie: str | None = None
    ipv4_prefix: int = 24
    ipv6_prefix: int = 56
    key: str = ""

    def identity(self, address: Address | None, said: str | None) -> bytes:
        """What the cookie says, where it says anything; else the network. All whose address is not known are one."""
        if said:
            octets = said.encode("latin-1")
            return b"c" + (octets if len(octets) <= _LONGEST else blake2b(octets, digest_size=_LONGEST).digest())
        if address is None:
            return b""
        bits, prefix = 8 * len(address), self.ipv4_prefix if len(address) == 4 else self.ipv6_prefix
        network = int.from_bytes(address, "big") >> (bits - prefix)
        return b"%d/%d" % (network, bits)

"""What a rule may ask about a request: one small class a condition, each with its answer and what it saw. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar, Protocol

from georedirect.policy.globs import parts_of, pattern_of, stood_for
from georedirect.sharing import position
from georedirect.visitor.address import format_address
from georedirect.visitor.languages import lookup

if TYPE_CHECKING:
    from georedirect.policy.asker import Asker
    from georedirect.policy.times import Window
    from georedirect.visitor.languages import LanguageRange, Offered
    from georedirect.visitor.networks import Networks


class Test(Protocol):
    """One question; `seen` is what it looked at. `is_of_request`: it reads more than place, languages and time."""

    is_of_request: ClassVar[bool]

    def holds(self, asker: Asker) -> bool: ...

    def seen(self, asker: Asker) -> str: ...


@dataclass(frozen=True, slots=True)
class Condition:
    """One entry of `when`: `key` without its `not_`, `wanted` as the policy has it, for people."""

    key: str
    wanted: str
    test: Test
    is_negated: bool = False

    def holds(self, asker: Asker) -> bool:
        return self.test.holds(asker) is not self.is_negated

    @property
    def name(self) -> str:
        return f"not_{self.key}" if self.is_negated else self.key

    def why_not(self, asker: Asker) -> str:
        """Why it does not hold."""
        return f"{self.name} is {self.wanted}, and this is {self.test.seen(asker)}"


@dataclass(frozen=True, slots=True)
class PathLike:
    """`path`: one of some globs."""

    globs: tuple[str, ...]
    pattern: re.Pattern[str]
    parts: tuple[tuple[str, ...], ...]
    is_of_request: ClassVar[bool] = True

    @classmethod
    def of(cls, globs: tuple[str, ...]) -> PathLike:
        return cls(globs, re.compile("|".join(map(pattern_of, globs))), tuple(map(parts_of, globs)))

    def holds(self, asker: Asker) -> bool:
        return self.pattern.fullmatch(asker.path) is not None

    def seen(self, asker: Asker) -> str:
        return asker.path

    def captured(self, path: str) -> tuple[str, ...]:
        """What the `*` of the first glob that matches stand for."""
        return next((found for parts in self.parts if (found := stood_for(parts, path)) is not None), ())


@dataclass(frozen=True, slots=True)
class Below:
    """`prefix`: a path or all that is below it, of some paths without a slash at their end."""

    prefixes: tuple[str, ...]
    is_of_request: ClassVar[bool] = True

    def holds(self, asker: Asker) -> bool:
        return self.rest(asker.path) is not None

    def seen(self, asker: Asker) -> str:
        return asker.path

    def rest(self, path: str) -> str | None:
        """What is below the first of the prefixes that this is below, with its slash; None for no such path."""
        for prefix in self.prefixes:
            if path.startswith(prefix) and path[len(prefix) : len(prefix) + 1] in ("", "/"):
                return path[len(prefix) :]
        return None


@dataclass(frozen=True, slots=True)
class OnHost:
    """`host`: names, and endings of names (`.example.com`)."""

    names: frozenset[str]
    endings: tuple[str, ...] = ()
    is_of_request: ClassVar[bool] = True

    def holds(self, asker: Asker) -> bool:
        return asker.host is not None and self.has(asker.host)

    def has(self, host: str) -> bool:
        return host in self.names or host.endswith(self.endings or ("\n",))

    def seen(self, asker: Asker) -> str:
        return asker.host or "no host"


@dataclass(frozen=True, slots=True)
class ByMethod:
    """`method`: HEAD counts as the GET that it stands for."""

    methods: frozenset[str]
    is_of_request: ClassVar[bool] = True

    def holds(self, asker: Asker) -> bool:
        return asker.method in self.methods or (asker.method == "HEAD" and "GET" in self.methods)

    def seen(self, asker: Asker) -> str:
        return asker.method


@dataclass(frozen=True, slots=True)
class InQuery:
    """`query`: a parameter by its raw name, with one of some raw values; any where there are none. The first counts."""

    parameter: str
    values: frozenset[str] = frozenset()
    is_of_request: ClassVar[bool] = True

    def holds(self, asker: Asker) -> bool:
        found = self._find(asker)
        return found is not None and (not self.values or found in self.values)

    def seen(self, asker: Asker) -> str:
        found = self._find(asker)
        return "absent" if found is None else f'"{found}"'

    def _find(self, asker: Asker) -> str | None:
        if self.parameter not in (asker.query or ""):
            return None
        for member in (asker.query or "?")[1:].split("&"):
            name, _, value = member.partition("=")
            if name == self.parameter:
                return value if member else None
        return None


@dataclass(frozen=True, slots=True)
class InHeader:
    """`header`: by its name in lower case, with one of some values; any where there are none."""

    header: str
    values: frozenset[str] = frozenset()
    is_of_request: ClassVar[bool] = True

    def holds(self, asker: Asker) -> bool:
        found = asker.said.get(self.header)
        return found is not None and (not self.values or found in self.values)

    def seen(self, asker: Asker) -> str:
        found = asker.said.get(self.header)
        return "absent" if found is None else f'"{found}"'


@dataclass(frozen=True, slots=True)
class InNetwork:
    """`network`: where the client's address is in."""

    networks: Networks
    is_of_request: ClassVar[bool] = True

    def holds(self, asker: Asker) -> bool:
        return asker.address in self.networks

    def seen(self, asker: Asker) -> str:
        return "an unknown address" if asker.address is None else format_address(asker.address)


@dataclass(frozen=True, slots=True)
class Likes:
    """`language`: what the visitor likes best, or one of what they like equally well (RFC 4647 lookup)."""

    offered: Offered
    is_of_request: ClassVar[bool] = False

    def holds(self, asker: Asker) -> bool:
        return lookup(_best(asker.languages), self.offered) is not None

    def seen(self, asker: Asker) -> str:
        return ", ".join(language.tag for language in _best(asker.languages)) or "not stated"


def _best(languages: tuple[LanguageRange, ...]) -> tuple[LanguageRange, ...]:
    """The first and its equals, of a list that is sorted; `*` names none."""
    named = [language for language in languages if language.tag != "*" and language.q]
    return tuple(language for language in named if language.q == named[0].q)


@dataclass(frozen=True, slots=True)
class During:
    """`from` and `until`, or `daily`."""

    window: Window
    is_of_request: ClassVar[bool] = False

    def holds(self, asker: Asker) -> bool:
        return self.window.holds(asker.time)

    def seen(self, asker: Asker) -> str:
        return datetime.fromtimestamp(asker.time, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


@dataclass(frozen=True, slots=True)
class Drawn:
    """`share`: so large a part of all visitors, from 0 to 1. Who is in a share is in any larger one of the same key."""

    key: bytes
    share: float
    is_of_request: ClassVar[bool] = True

    def holds(self, asker: Asker) -> bool:
        return position(self.key, asker.identity) < self.share

    def seen(self, asker: Asker) -> str:
        return f"at {100 * position(self.key, asker.identity):.2f} %"

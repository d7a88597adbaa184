"""URI templates (RFC 6570): proved at load, compiled to pieces that a request only joins. Knows no request.

What may be filled in, and what each value looks like, is the table VARIABLES; values are clean by the time they get
here (see `visitor/target.py`), so that `{+path}` and `{+query}` are carried over as they are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from stduritemplate import StdUriTemplate

from georedirect.errors import TemplateError
from georedirect.place import DETAILS
from georedirect.policy.pieces import ENDS_SEGMENT, PATH, QUERY, REGION, Copied, Encoded, compile_piece
from georedirect.policy.table import did_you_mean
from georedirect.visitor.host import parse_host

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from georedirect.policy.pieces import Piece, Values

VARIABLES: Mapping[str, str] = MappingProxyType(
    {
        "path": "the path as received, percent-encoding untouched; always begins with a slash",
        "query": "the query as received, with its question mark; undefined when there is none",
        "country": "the visitor's country, ISO 3166-1 alpha-2; undefined when not known",
        "continent": "the visitor's continent: AF, AN, AS, EU, NA, OC or SA; undefined when not known",
        "subdivision": "the region or state the visitor is in, ISO 3166-2 behind the country; undefined when not known",
        "city": "the English name of the visitor's city; undefined when not known",
        "asn": "the number of the network's operator; undefined when not known",
        "language": "the visitor's language among the region's, else the region's first; undefined when it has none",
        "region": "the region's name",
        "host": "the host that was asked for, without port; undefined when the request names none",
        "variant": "the variant that a rule has drawn for the visitor; undefined when none has",
    }
)
OF_RULES: Mapping[str, str] = MappingProxyType(
    {
        **{str(number): f"what `*` number {number} of the rule's path stands for" for number in range(1, 10)},
        "rest": "what is below the rule's prefix, with its slash; empty when nothing is",
    }
)
"""Variables that only a rule's own URI knows."""
IN_RULES = tuple(name for name in (*VARIABLES, *OF_RULES) if name not in {"language", "region"})
"""What a rule's own URI may have: it is no region's."""

_EXPRESSION = re.compile(r"(\{[^{}]*\})")
_BASE = re.compile(r"([Hh][Tt][Tt][Pp][Ss]?)://([^/?#{]*)")
_LITERAL = re.compile(r"(?:[!$&'()*+,\-./0-9:;=?@A-Z_a-z~#]|%[0-9A-Fa-f]{2}|[^\x00-\x9f])*")
_WORD = re.compile(r"(?<=[^/]/)[A-Za-z0-9_-]+")
_MAY_BE_EMPTY = re.compile(r"^\{\+rest\}(?:\{(?:\+rest|\+query|[/?#][^{}]*)\})*")
"""What touches the host, and is empty or begins with a slash, question mark or number sign."""
_BASE_OF_SHAPES = "https://www.example.com"
_DEFAULT_PORTS = {"http": 80, "https": 443}

_HOSTILE = (
    *(
        "",
        "@evil.example",
        ".evil.example",
        ":80@evil.example",
        "//evil.example/",
        "\\\\evil.example",
        "/..//evil.example",
    ),
    *(
        "\r\nSet-Cookie: a=b",
        "\t//evil.example",
        "%0d%0a",
        "#@evil.example",
        "?@evil.example",
        "\u2044evil.example",
        "\x00",
    ),
)
"""What a template is filled with at load: its values can never look so, and even then nobody may be led elsewhere."""


DETAIL_VARIABLES = DETAILS & VARIABLES.keys()
"""Those of a place's details that a template can be filled with."""

OF_VISITORS = frozenset({"country", "continent", "language", "variant"}) | DETAIL_VARIABLES
"""Variables that are not the same for all visitors of a URL."""

_TOKENS = OF_VISITORS | {"region"}


class Origin(NamedTuple):
    """Where every URI of a template leads: `port` is None where it is the scheme's default."""

    scheme: str
    host: str
    port: int | None


@dataclass(frozen=True, slots=True)
class Template:
    """A template that leads to `origin` whatever fills it. `base` is the text of scheme and authority."""

    text: str
    base: str
    origin: Origin
    pieces: tuple[Piece, ...]
    variables: frozenset[str]

    def expand(self, values: Values) -> str:
        """The URI for these values: what RFC 6570 says, octet for octet."""
        return "".join([piece if isinstance(piece, str) else piece.expand(values) for piece in self.pieces])

    @property
    def ends_with_target(self) -> bool:
        """Whether the URI is what a request's place and language say, followed by its path and query as they are."""
        return self.pieces[-2:] == (PATH, QUERY) and _is_steady(self.pieces[:-2])

    @property
    def is_without_target(self) -> bool:
        """Whether the URI is what a request's place and language say, and nothing else."""
        return _is_steady(self.pieces)

    def path_prefix(self, region: str) -> str:
        """The path under which all URIs of this template lie, `region` filled in; empty when that is every path."""
        known = ""
        rest = list(self.pieces)
        while rest and (rest[0] == REGION or isinstance(rest[0], str)):
            piece = rest.pop(0)
            known += region if piece == REGION else str(piece)
        path, *ended = re.split(r"[?#]", known[len(self.base) :], maxsplit=1)
        if not ended and _goes_on(rest):
            path = path[: path.rfind("/") + 1]
        return path.rstrip("/")


def _is_steady(pieces: Iterable[Piece]) -> bool:
    return all(
        isinstance(piece, str) or (isinstance(piece, Copied | Encoded) and piece.name in _TOKENS) for piece in pieces
    )


def _goes_on(rest: Iterable[Piece]) -> bool:
    """Whether something unknown may stand behind a path before its last segment ends."""
    for piece in rest:
        if piece == PATH:
            return False
        if isinstance(piece, str):
            return not piece.startswith(ENDS_SEGMENT)
        if not piece.ends_segment:
            return True
    return False


def compile_template(text: str, known: Collection[str] = tuple(VARIABLES)) -> Template:
    """Parse, prove and compile one template; `TemplateError` says what is wrong and what would be right.

    `known` are the variables that it may have.
    """
    base = _BASE.match(text)
    if base is None:
        raise TemplateError(
            "must begin with https:// or http:// and a host, as in https://de.example.com{+path}{+query}"
        )
    rest = text[base.end() :]
    _check_syntax(rest)
    variables = _variables(rest, known)
    origin = _origin(base[1].lower(), base[2])
    _check_authority_ends(rest)
    _check_segments(rest)
    _prove(text, base.group(), variables)
    pieces = tuple(compile_piece(piece) for piece in _EXPRESSION.split(text) if piece)
    return Template(text, base.group(), origin, pieces, variables)


def _check_syntax(text: str) -> None:
    try:
        StdUriTemplate.expand(text, dict.fromkeys((*VARIABLES, *OF_RULES), "x"))
    except ValueError as error:
        raise TemplateError(f"is not a URI template (RFC 6570): {error}") from error
    for literal in _EXPRESSION.split(text)[::2]:
        end = _LITERAL.match(literal)
        if end is not None and end.end() < len(literal):
            wrong = literal[end.end()]
            raise TemplateError(f"has {wrong!r}, which no URI may hold; write it percent-encoded (%{ord(wrong):02X})")


def _check_segments(rest: str) -> None:
    """Clients take `.` and `..` for steps up the path, and would land outside of what the template seems to say."""
    path = re.split(r"[?#]", _EXPRESSION.sub(_as_segments, rest))[0]
    for segment in path.split("/"):
        if re.sub("%2e", ".", segment, flags=re.IGNORECASE) in {".", ".."}:
            raise TemplateError(f'has the path segment "{segment}", which clients resolve; write the path without it')


def _as_segments(expression: re.Match[str]) -> str:
    """What an expression leaves of the segment it stands in, when it says nothing itself."""
    return "/" if expression[0].startswith(("{+path", "{/")) else ""


def _variables(text: str, known: Collection[str]) -> frozenset[str]:
    """The names in all expressions. A modifier such as `:3` or `*` is no name."""
    names = frozenset(
        part.split(":")[0].removesuffix("*")
        for expression in _EXPRESSION.findall(text)
        for part in expression.strip("{+#./;?&}").split(",")
    )
    for name in sorted(names.difference(known)):
        raise TemplateError(f"{{{name}}} is not a variable; {did_you_mean(name, known)}")
    return names


def _origin(scheme: str, authority: str) -> Origin:
    if "@" in authority:
        raise TemplateError("holds a user name or password before the host; leave it out")
    host = parse_host(authority)
    if host is None:
        raise TemplateError(
            f"{_host_for_people(authority)}; name one, as in {scheme}://de.example.com{{+path}}{{+query}}"
        )
    return Origin(scheme, host.name, None if host.port == _DEFAULT_PORTS[scheme] else host.port)


def _host_for_people(authority: str) -> str:
    if not authority:
        return "has no host, or one that a request could choose"
    if not authority.isascii():
        return f'"{authority}" is not a host name in ASCII: write it in its xn-- form'
    return f'"{authority}" is not a host with an optional port'


def _check_authority_ends(rest: str) -> None:
    """Only what begins with a slash may stand right behind the authority, or behind what may be empty there.

    `{+path}` always does, and `{+rest}` where it is not empty.
    """
    behind = _MAY_BE_EMPTY.sub("", rest)
    if behind.startswith(("{+path}", "/", "?", "#")) or not behind:
        return
    touching = _EXPRESSION.match(behind)
    shown = touching[0] if touching is not None else f'"{_EXPRESSION.split(behind)[0]}"'
    where = "" if behind == rest else " where {rest} is empty"
    raise TemplateError(f"{shown} touches the host{where}, which no request may change; put a slash before it")


def _prove(text: str, base: str, variables: frozenset[str]) -> None:
    """Fill in hostile values, all at once and one at a time: scheme and authority must stay what they are."""
    if _somewhere_else(_shape(text, base), _BASE_OF_SHAPES, variables) is not None:
        uri = _somewhere_else(text, base, variables)
        raise TemplateError(f"could be turned into {uri!r} by a request; end the host with a slash")


def _shape(text: str, base: str) -> str:
    """The template on a host that is always the same, and with one word for all that begin a segment.

    None of them can make a difference, and thousands of rules are of a few shapes.
    """
    parts = _EXPRESSION.split(text.replace(base, _BASE_OF_SHAPES, 1))
    parts[::2] = [_WORD.sub("x", literal) for literal in parts[::2]]
    return "".join(parts)


@lru_cache(maxsize=4096)
def _somewhere_else(text: str, base: str, variables: frozenset[str]) -> str | None:
    """A URI that hostile values make of a template, and that is not where it should lead; None if there is none."""
    begins = {"path": "/", **({"rest": "/", "query": "?"} if text.startswith(f"{base}{{+rest}}") else {})}
    for hostile in _HOSTILE:
        everywhere = {name: begins.get(name, "") + hostile for name in variables}
        alone = [{"path": "/", name: everywhere[name]} for name in variables]
        for values in [everywhere, *alone, {"path": "/"}]:
            uri = StdUriTemplate.expand(text, dict(values))
            if uri[: len(base)] != base or uri[len(base) :][:1] not in ("", "/", "?", "#"):
                return uri
    return None

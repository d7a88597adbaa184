"""URI templates (RFC 6570): proved at load, compiled to pieces that a request only joins. Knows no request.

What may be filled in, and what each value looks like, is the table VARIABLES; values are clean by the time they get
here (see `visitor/target.py`), so that `{+path}` and `{+query}` are carried over as they are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from stduritemplate import StdUriTemplate

from georedirect.errors import TemplateError
from georedirect.visitor.host import parse_host

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Values = dict[str, str | None]
"""What fills the variables; None means undefined."""

VARIABLES: Mapping[str, str] = MappingProxyType(
    {
        "path": "the path as received, percent-encoding untouched; always begins with a slash",
        "query": "the query as received, with its question mark; undefined when there is none",
        "country": "the visitor's country, ISO 3166-1 alpha-2; undefined when not known",
        "continent": "the visitor's continent: AF, AN, AS, EU, NA, OC or SA; undefined when not known",
        "language": "the visitor's language among the region's, else the region's first; undefined when it has none",
        "region": "the region's name",
        "host": "the host that was asked for, without port; undefined when the request names none",
    }
)

_EXPRESSION = re.compile(r"(\{[^{}]*\})")
_COPIED = re.compile(r"\{(\+path|\+query|\+?(?:country|continent|language|region))\}")
_HIDDEN = "\x00"  # no clean value holds it
_HIDDEN_ESCAPE = re.compile("\x00(?=[0-9A-Fa-f]{2})")
_BASE = re.compile(r"([Hh][Tt][Tt][Pp][Ss]?)://([^/?#{]*)")
_LITERAL = re.compile(r"(?:[!$&'()*+,\-./0-9:;=?@A-Z_a-z~#]|%[0-9A-Fa-f]{2}|[^\x00-\x9f])*")
_ASCII_LITERALS = "!#$%&'()*+,/:;=?@[]"
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


class Origin(NamedTuple):
    """Where every URI of a template leads: `port` is None where it is the scheme's default."""

    scheme: str
    host: str
    port: int | None


class Expression(NamedTuple):
    """One `{...}` that RFC 6570 has to encode."""

    text: str

    def expand(self, values: Values) -> str:
        if self.text[1] not in "+#":
            return StdUriTemplate.expand(self.text, values)
        # RFC 6570 3.2.3 copies escapes; the library takes one for text where its octet alone is not UTF-8 (%C3%A9).
        hidden = {name: value and value.replace("%", _HIDDEN) for name, value in values.items()}
        return _HIDDEN_ESCAPE.sub("%", StdUriTemplate.expand(self.text, hidden)).replace(_HIDDEN, "%25")


class Copied(NamedTuple):
    """One `{name}` or `{+name}` whose values stand as they are: their syntax has nothing to encode."""

    name: str

    def expand(self, values: Values) -> str:
        return values.get(self.name) or ""


_REGION = Copied("region")
_PATH = Copied("path")
_QUERY = Copied("query")
_ENDS_SEGMENT = "/?#"
"""What an expression with one of these operators yields begins with it, or is empty."""


@dataclass(frozen=True, slots=True)
class Template:
    """A template that leads to `origin` whatever fills it. `base` is the text of scheme and authority."""

    text: str
    base: str
    origin: Origin
    pieces: tuple[str | Copied | Expression, ...]
    variables: frozenset[str]

    def expand(self, values: Values) -> str:
        """The URI for these values: what RFC 6570 says, octet for octet."""
        return "".join([piece if isinstance(piece, str) else piece.expand(values) for piece in self.pieces])

    def path_prefix(self, region: str) -> str:
        """The path under which all URIs of this template lie, `region` filled in; empty when that is every path."""
        known = ""
        rest = list(self.pieces)
        while rest and (rest[0] == _REGION or isinstance(rest[0], str)):
            piece = rest.pop(0)
            known += region if piece == _REGION else str(piece)
        path, *ended = re.split(r"[?#]", known[len(self.base) :], maxsplit=1)
        if not ended and _goes_on(rest):
            path = path[: path.rfind("/") + 1]
        return path.rstrip("/")


def _goes_on(rest: Iterable[str | Copied | Expression]) -> bool:
    """Whether something unknown may stand behind a path before its last segment ends."""
    for piece in rest:
        if piece == _PATH:
            return False
        if isinstance(piece, str):
            return piece[0] not in _ENDS_SEGMENT
        if piece != _QUERY and not (isinstance(piece, Expression) and piece.text[1] in _ENDS_SEGMENT):
            return True
    return False


def compile_template(text: str) -> Template:
    """Parse, prove and compile one template; `TemplateError` says what is wrong and what would be right."""
    base = _BASE.match(text)
    if base is None:
        raise TemplateError(
            "must begin with https:// or http:// and a host, as in https://de.example.com{+path}{+query}"
        )
    rest = text[base.end() :]
    _check_syntax(rest)
    variables = _variables(rest)
    origin = _origin(base[1].lower(), base[2])
    _check_authority_ends(rest)
    _prove(text, base.group(), variables)
    pieces = tuple(_compile_piece(piece) for piece in _EXPRESSION.split(text) if piece)
    return Template(text, base.group(), origin, pieces, variables)


def _check_syntax(text: str) -> None:
    try:
        StdUriTemplate.expand(text, dict.fromkeys(VARIABLES, "x"))
    except ValueError as error:
        raise TemplateError(f"is not a URI template (RFC 6570): {error}") from error
    for literal in _EXPRESSION.split(text)[::2]:
        end = _LITERAL.match(literal)
        if end is not None and end.end() < len(literal):
            wrong = literal[end.end()]
            raise TemplateError(f"has {wrong!r}, which no URI may hold; write it percent-encoded (%{ord(wrong):02X})")


def _variables(text: str) -> frozenset[str]:
    """The names in all expressions. A modifier such as `:3` or `*` is no name."""
    names = frozenset(
        part.split(":")[0].removesuffix("*")
        for expression in _EXPRESSION.findall(text)
        for part in expression.strip("{+#./;?&}").split(",")
    )
    for name in sorted(names - VARIABLES.keys()):
        raise TemplateError(f"{{{name}}} is not a variable; {_variables_for_people(name)}")
    return names


def _variables_for_people(name: str) -> str:
    close = get_close_matches(name, VARIABLES, n=1)
    return f'did you mean "{close[0]}"?' if close else f"there are {', '.join(VARIABLES)}"


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
    """Only `{+path}`, which always begins with a slash, may stand right behind the authority."""
    if rest.startswith("{") and not rest.startswith("{+path}"):
        expression = rest[: rest.index("}") + 1]
        raise TemplateError(f"{expression} touches the host, which no request may change; put a slash before it")


def _prove(text: str, base: str, variables: frozenset[str]) -> None:
    """Fill in hostile values, all at once and one at a time: scheme and authority must stay what they are."""
    for hostile in _HOSTILE:
        everywhere = {name: "/" + hostile if name == "path" else hostile for name in variables}
        alone = [{"path": "/", name: everywhere[name]} for name in variables]
        for values in [everywhere, *alone]:
            uri = StdUriTemplate.expand(text, dict(values))
            if uri[: len(base)] != base or uri[len(base) :][:1] not in ("", "/", "?", "#"):
                raise TemplateError(f"could be turned into {uri!r} by a request; end the host with a slash")


def _compile_piece(piece: str) -> str | Copied | Expression:
    if copied := _COPIED.fullmatch(piece):
        return Copied(copied[1].lstrip("+"))
    # not by the library, which loses commas that stand between expressions
    return Expression(piece) if piece.startswith("{") else quote(piece, safe=_ASCII_LITERALS)

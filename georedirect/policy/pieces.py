"""What a URI template is made of: texts, and expressions that a request fills in. Does not care where they lead."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import quote

from stduritemplate import StdUriTemplate

Values = dict[str, str | None]
"""What fills the variables; None means undefined."""

_ENCODED = re.compile(r"\{([./;?&]?)([a-z]+)\}")
_COPIED = re.compile(r"\{(\+path|\+query|\+?(?:country|continent|language|region|variant))\}")
_HIDDEN = "\x00"  # no clean value holds it
_HIDDEN_ESCAPE = re.compile("\x00(?=[0-9A-Fa-f]{2})")
_ASCII_LITERALS = "!#$%&'()*+,/:;=?@[]"

ENDS_SEGMENT = ("/", "?", "#")
"""What an expression with one of these operators yields begins with it, or is empty."""


class Expression(NamedTuple):
    """One `{...}` that is left to the library."""

    text: str

    @property
    def ends_segment(self) -> bool:
        return self.text.startswith(ENDS_SEGMENT, 1)

    def expand(self, values: Values) -> str:
        if self.text[1] not in "+#":
            return StdUriTemplate.expand(self.text, values)
        # RFC 6570 3.2.3 copies escapes; the library takes one for text where its octet alone is not UTF-8 (%C3%A9).
        hidden = {name: value and value.replace("%", _HIDDEN) for name, value in values.items()}
        return _HIDDEN_ESCAPE.sub("%", StdUriTemplate.expand(self.text, hidden)).replace(_HIDDEN, "%25")


class Encoded(NamedTuple):
    """One `{name}`, `{/name}` and so on: `before` the value, all but its unreserved octets as escapes.

    `alone` is what stands there for an empty value.
    """

    name: str
    before: str
    alone: str

    @property
    def ends_segment(self) -> bool:
        return self.before.startswith(ENDS_SEGMENT)

    def expand(self, values: Values) -> str:
        value = values.get(self.name)
        if not value:
            return "" if value is None else self.alone
        return self.before + quote(value, safe="")


class Copied(NamedTuple):
    """One `{name}` or `{+name}` whose values stand as they are: their syntax has nothing to encode."""

    name: str

    @property
    def ends_segment(self) -> bool:
        return self == QUERY

    def expand(self, values: Values) -> str:
        return values.get(self.name) or ""


REGION = Copied("region")
PATH = Copied("path")
QUERY = Copied("query")

Piece = str | Copied | Encoded | Expression


def compile_piece(piece: str) -> Piece:
    """Compile a literal or one `{...}` of a template that is known to be good."""
    if copied := _COPIED.fullmatch(piece):
        return Copied(copied[1].lstrip("+"))
    if encoded := _ENCODED.fullmatch(piece):
        return _compile_encoded(*encoded.groups())
    # not by the library, which loses commas that stand between expressions
    return Expression(piece) if piece.startswith("{") else quote(piece, safe=_ASCII_LITERALS)


def _compile_encoded(operator: str, name: str) -> Encoded:
    """One variable without modifiers, by the table of RFC 6570 A: `;`, `?` and `&` name it, `;` without a last `=`."""
    if operator in ("", ".", "/"):
        return Encoded(name, operator, operator)
    named = f"{operator}{name}"
    return Encoded(name, f"{named}=", named if operator == ";" else f"{named}=")

"""JSON Schema of what the code answers, read out of its own types: a TypedDict says what an object holds."""

from __future__ import annotations

from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints, is_typeddict

Schema = dict[str, Any]

_PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean", NoneType: "null"}


class Schemas:
    """`components` are those of all objects that have been asked for, by name."""

    def __init__(self) -> None:
        self.components: dict[str, Schema] = {}

    def of(self, kind: Any) -> Schema:  # noqa: ANN401  a type as annotations have it
        """The schema of a type; that of an object is a reference to its component."""
        if kind in _PLAIN:
            return {"type": _PLAIN[kind]}
        if is_typeddict(kind):
            return self._object(kind)
        origin, inner = get_origin(kind), get_args(kind)
        if origin is UnionType:
            return {"anyOf": [self.of(one) for one in inner]}
        if origin is list:
            return {"type": "array", "items": self.of(inner[0])}
        if origin is dict:
            return {"type": "object", "additionalProperties": self.of(inner[1])}
        raise TypeError(f"{kind} has no schema here")

    def _object(self, kind: Any) -> Schema:  # noqa: ANN401  likewise
        name = kind.__name__
        if name not in self.components:
            hints = get_type_hints(kind)
            self.components[name] = {}  # for one that holds itself
            self.components[name] = {
                "type": "object",
                "description": " ".join((kind.__doc__ or "").split()),
                "properties": {key: self.of(hint) for key, hint in hints.items()},
                "required": [*hints],
                "additionalProperties": False,
            }
        return {"$ref": f"#/components/schemas/{name}"}

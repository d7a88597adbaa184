"""What the admin listener answers to programs, as an OpenAPI document. Its schemas are the code's own types."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from georedirect import __version__
from georedirect.door.explain import Explanation
from georedirect.watch.mirrors import Mirrors
from georedirect.watch.schemas import Schemas
from georedirect.watch.status import Status
from georedirect.watch.told import Alive, Attempted, Problem, Ready

if TYPE_CHECKING:
    from georedirect.watch.schemas import Schema

_REFUSED = (Problem, "The Host is none of this listener's: see admin_hosts.")
_TEXT, _JSON = "text/plain", "application/json"


class Operation(NamedTuple):
    """One path with its method. Answers are by status: of which type (or media type, or None) and in words."""

    path: str
    method: str
    summary: str
    answers: dict[int, tuple[type | str | None, str]]
    parameters: tuple[Schema, ...] = ()
    is_guarded: bool = False


def _query(name: str, what: str, *, is_needed: bool = False, is_repeated: bool = False) -> Schema:
    kind: Schema = {"type": "string"}
    return {
        "name": name,
        "in": "query",
        "description": what,
        "required": is_needed,
        "schema": {"type": "array", "items": kind} if is_repeated else kind,
    }


OPERATIONS = (
    Operation("/healthz", "get", "Whether it lives", {200: (Alive, "It does.")}),
    Operation(
        "/readyz",
        "get",
        "Whether there is a policy and a database to answer with",
        {200: (Ready, "There is."), 503: (Ready, "The door is being stopped.")},
    ),
    Operation(
        "/explain",
        "get",
        "What would happen to a visitor, and why",
        {
            200: (Explanation, "What georedirect explain --json prints."),
            400: (Problem, "What is wrong with the query."),
        },
        (
            _query("ip", "The address that the request comes from.", is_needed=True),
            _query("url", "A URL, or a path on the policy's first host; / without it."),
            _query("method", "GET without it."),
            _query("header", "A request header, as NAME: VALUE.", is_repeated=True),
            _query("at", "When, as ISO 8601 has it; in UTC without an offset, now without it."),
        ),
    ),
    Operation("/mirrors", "get", "How each mirror is that is checked", {200: (Mirrors, "In the files' order.")}),
    Operation(
        "/status", "get", "Traffic, cache, workers, mirrors and data, of this moment", {200: (Status, "All of it.")}
    ),
    Operation("/openapi.json", "get", "This document", {200: (_JSON, "OpenAPI 3.1.")}),
    Operation("/metrics", "get", "What there is to measure, as Prometheus reads it", {200: (_TEXT, "All metrics.")}),
    Operation(
        "/reload",
        "post",
        "Load everything again, and wait for what becomes of it",
        {
            200: (Attempted, "All workers serve it."),
            303: (None, "What became of it is shown on the page that this leads to: for a form on our pages."),
            401: (Problem, "A token is configured, and was not said."),
            403: (Problem, "A browser asks for it, and not from our pages."),
            422: (Attempted, "It was refused; what was served before goes on being served."),
            429: (Problem, "Too many wrong tokens."),
            503: (Problem, "Nobody loads anything: the door is being stopped."),
        },
        is_guarded=True,
    ),
)


@cache
def document() -> dict[str, Any]:
    """OpenAPI 3.1."""
    schemas = Schemas()
    paths = {each.path: {each.method: _operation(each, schemas)} for each in OPERATIONS}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "georedirect's admin listener",
            "version": __version__,
            "description": "What a running door tells of itself. All of it is on the admin listener alone.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(operation: Operation, schemas: Schemas) -> Schema:
    answers = {**operation.answers, 421: _REFUSED}
    told: Schema = {
        "summary": operation.summary,
        "operationId": operation.path.strip("/").replace(".", "_"),
        "responses": {str(status): _answer(*answer, schemas) for status, answer in answers.items()},
    }
    if operation.parameters:
        told["parameters"] = list(operation.parameters)
    if operation.is_guarded:
        told["security"] = [{"token": []}, {}]  # which of them counts is for the policy to say
    return told


def _answer(kind: type | str | None, what: str, schemas: Schemas) -> Schema:
    if kind is None:
        return {"description": what}
    content = {kind: {}} if isinstance(kind, str) else {_JSON: {"schema": schemas.of(kind)}}
    return {"description": what, "content": content}

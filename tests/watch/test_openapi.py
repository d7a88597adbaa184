"""The OpenAPI document is a valid one, says every path there is for programs, and holds for what is answered."""

from __future__ import annotations

import json
from itertools import count
from typing import TYPE_CHECKING, Any, TypedDict

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from georedirect.door.history import Cause, Outcome
from georedirect.watch.admin import create_admin
from georedirect.watch.openapi import document
from georedirect.watch.schemas import Schemas
from tests.serving import serving
from tests.watch.desks import full_desk
from tests.watch.test_admin import Supervisor
from tests.wire import ask, request

if TYPE_CHECKING:
    from collections.abc import Iterable

    from georedirect.watch.desk import Desk
    from tests.wire import Reply

FOR_PEOPLE = {"/", "/try", "/policy", "/login", "/logout", "/admin.css", "/admin.js", "/map.css"}

_numbers = count()


def test_the_document_is_a_valid_one() -> None:
    validate(document())


def test_every_path_for_programs_is_in_it_with_its_methods_and_no_other() -> None:
    app = create_admin(Supervisor(Outcome.SWAPPED).desk, name=f"openapi-{next(_numbers)}")
    real = {
        (f"/{route.path.lstrip('/')}", method.lower())
        for route in app.router.routes
        for method in route.methods - {"HEAD", "OPTIONS"}
    }
    written = {(path, method) for path, methods in document()["paths"].items() for method in methods}
    assert written == {(path, method) for path, method in real if path not in FOR_PEOPLE}
    assert {path for path, _ in real} >= FOR_PEOPLE


def schema_of(reply: Reply, path: str, method: str = "get") -> dict[str, Any]:
    """What the document says of such an answer."""
    answer = document()["paths"][path][method]["responses"][str(reply.status)]
    schema: dict[str, Any] = answer["content"][reply["content-type"].partition(";")[0]].get("schema", {})
    return {**schema, "components": document()["components"]}


ASKED = [
    ("/healthz", 200),
    ("/readyz", 200),
    ("/explain?ip=85.214.132.117&url=/x", 200),
    ("/explain?ip=85.214.132.117&method=TRACE", 200),
    ("/explain?ip=x", 400),
    ("/mirrors", 200),
    ("/status", 200),
    ("/metrics", 200),
    ("/openapi.json", 200),
]


async def answers_of(desk: Desk, targets: Iterable[str], method: str = "GET", host: str = "") -> list[Reply]:
    app = create_admin(desk, name=f"openapi-{next(_numbers)}")
    async with serving(app) as admin:
        return [await ask(admin, request(target, host=host or str(admin), method=method)) for target in targets]


async def test_each_answer_is_what_the_document_says() -> None:
    targets = [target for target, _ in ASKED]
    for (target, status), reply in zip(ASKED, await answers_of(full_desk(), targets), strict=True):
        assert reply.status == status
        schema = schema_of(reply, target.partition("?")[0])
        if reply["content-type"] == "application/json":
            Draft202012Validator(schema).validate(json.loads(reply.body))


async def test_so_is_each_to_a_foreign_host() -> None:
    targets = [target for target, _ in ASKED]
    replies = await answers_of(full_desk(), targets, host="evil.example")
    for target, reply in zip(targets, replies, strict=True):
        assert reply.status == 421
        Draft202012Validator(schema_of(reply, target.partition("?")[0])).validate(json.loads(reply.body))


@pytest.mark.parametrize(
    ("outcome", "cause", "status"), [(Outcome.SWAPPED, None, 200), (Outcome.REFUSED, Cause.CRASH, 422)]
)
async def test_so_is_what_became_of_a_reload(outcome: Outcome, cause: Cause | None, status: int) -> None:
    desk = Supervisor(outcome, cause, cause and "it crashed").desk
    (reply,) = await answers_of(desk, ["/reload"], "POST")
    assert reply.status == status
    Draft202012Validator(schema_of(reply, "/reload", "post")).validate(json.loads(reply.body))
    (shown,) = await answers_of(desk, ["/status"])
    Draft202012Validator(schema_of(shown, "/status")).validate(json.loads(shown.body))


def test_the_schemas_refuse_what_is_not_so() -> None:
    schema = {**Schemas().of(dict[str, list[int | None]])}
    assert Draft202012Validator(schema).is_valid({"a": [1, None]})
    assert not Draft202012Validator(schema).is_valid({"a": ["1"]})


def test_an_object_may_hold_itself_and_what_has_no_schema_is_no_type_here() -> None:
    schemas = Schemas()
    schema = {**schemas.of(Nested), "components": {"schemas": schemas.components}}
    assert Draft202012Validator(schema).is_valid({"inner": [{"inner": []}]})
    assert not Draft202012Validator(schema).is_valid({"inner": [{"inner": 1}]})
    assert not Draft202012Validator(schema).is_valid({"inner": [], "more": 1})
    with pytest.raises(TypeError, match="has no schema here"):
        schemas.of(bytes)


class Nested(TypedDict):
    inner: list[Nested]

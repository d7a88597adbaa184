"""The admin pages for people: "Try a visitor", the policy, and their stylesheet and script. They decide nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from sanic.response import html, text

from georedirect import __version__
from georedirect.chooser.names import country_name
from georedirect.geo.attribution import attributions_of
from georedirect.policy.countries import COUNTRIES
from georedirect.visitor.address import format_address
from georedirect.watch.entry import has_session, token_of
from georedirect.watch.listing import list_files, list_regions, list_warnings
from georedirect.watch.render import SCRIPT, STYLESHEET, asset, fingerprint, render
from georedirect.watch.told import tell_ready
from georedirect.watch.trying import Examples, Form, Tried, mistakes, read_form, try_form

if TYPE_CHECKING:
    import sanic
    from sanic import HTTPResponse, Sanic

    from georedirect.door.snapshot import Snapshot
    from georedirect.watch.desk import Desk

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""Those on offer; any other may stand in the query."""

_FOR_GOOD = {"Cache-Control": "public, max-age=31536000, immutable"}


def add_pages(app: Sanic[Any, Any]) -> None:
    app.ctx.examples = Examples()
    app.add_route(_try, "/try", methods=["GET", "HEAD"])
    app.add_route(_policy, "/policy", methods=["GET", "HEAD"])
    app.add_route(_stylesheet, f"/{STYLESHEET}", methods=["GET", "HEAD"])
    app.add_route(_script, f"/{SCRIPT}", methods=["GET", "HEAD"])


def show(request: sanic.Request, name: str, status: int = 200, **values: object) -> HTTPResponse:
    """A page with what all pages have."""
    desk: Desk = request.app.ctx.desk
    of_all = {
        "version": __version__,
        "here": request.path,
        "ready": tell_ready(desk),
        "is_guarded": token_of(request) is not None,
        "is_in": has_session(request),
        "credits": attributions_of(desk.snapshot.databases.values()),
    }
    return html(render(name, **of_all, **values), status=status)


async def _try(request: sanic.Request) -> HTTPResponse:
    """An empty form, or one that is filled in and what comes of it, or what is wrong with it, by field."""
    desk: Desk = request.app.ctx.desk
    snapshot, form = desk.snapshot, read_form(request.query_string)
    tried = Tried(Form()) if form is None else await _tried(snapshot, form, request.app.ctx.examples)
    return show(
        request,
        "try.html",
        tried=tried,
        form=tried.form,
        countries=_countries(),
        methods=[*dict.fromkeys((*METHODS, tried.form.method))],
        choices=_choices(snapshot),
    )


async def _tried(snapshot: Snapshot, form: Form, examples: Examples) -> Tried:
    wrong = mistakes(snapshot.configuration, form)
    if wrong or not form.country:
        return Tried(form, wrong) if wrong else try_form(snapshot, form, form.ip)
    found = await asyncio.get_running_loop().run_in_executor(None, examples.find, snapshot, form.country)
    if found is None:
        return Tried(form, {"country": "nothing that is served knows an address there; give an address instead"})
    return try_form(snapshot, form, format_address(found))


def _countries() -> list[tuple[str, str]]:
    """Code and English name, by name."""
    named = ((code, country_name(code, "en") or code) for code in COUNTRIES)
    return sorted(named, key=lambda pair: pair[1].replace("Å", "A"))


def _choices(snapshot: Snapshot) -> list[str]:
    """The cookies with which visitors of the sites come back."""
    policies = (policy for policy in snapshot.configuration.policies if policy.reads_choice)
    return [*dict.fromkeys(f"{policy.choice.cookie}={name}" for policy in policies for name in policy.regions)]


async def _policy(request: sanic.Request) -> HTTPResponse:
    desk: Desk = request.app.ctx.desk
    configuration = desk.snapshot.configuration
    return show(
        request,
        "policy.html",
        files=list_files(configuration),
        warnings=list_warnings(configuration),
        regions=list_regions(configuration),
        has_sites=len(configuration.policies) > 1,
    )


async def _stylesheet(request: sanic.Request) -> HTTPResponse:
    return _asset(request, STYLESHEET, "text/css; charset=utf-8")


async def _script(request: sanic.Request) -> HTTPResponse:
    return _asset(request, SCRIPT, "text/javascript; charset=utf-8")


def _asset(request: sanic.Request, name: str, content_type: str) -> HTTPResponse:
    """To be kept by whoever asks for this very content."""
    headers = _FOR_GOOD if request.query_string == fingerprint(name) else None
    return text(asset(name), content_type=content_type, headers=headers)

"""The admin pages' own files: templates, stylesheet and script, read out of this package. Knows no requests."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment

STYLESHEET, SCRIPT = "admin.css", "admin.js"


@cache
def asset(name: str) -> str:
    """The text of a file of ours."""
    return files("georedirect.watch").joinpath("assets", name).read_text(encoding="utf-8")


@cache
def fingerprint(name: str) -> str:
    """What changes when the file does."""
    return hashlib.sha256(asset(name).encode()).hexdigest()[:12]


def render(name: str, **values: object) -> str:
    """A page. Whatever is put into it stands there as text."""
    links = {"stylesheet": f"/{STYLESHEET}?{fingerprint(STYLESHEET)}", "script": f"/{SCRIPT}?{fingerprint(SCRIPT)}"}
    return _environment().get_template(name).render(links, **values)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined  # noqa: PLC0415  who serves no page does without

    return Environment(
        loader=FunctionLoader(asset), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )

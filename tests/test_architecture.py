"""The rooms of the house, read out of every import: pure rooms stay pure, only the right room knows each library."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "georedirect"
MODULES = sorted((ROOT / PACKAGE).rglob("*.py"))
MOST_LINES = 300

PURE_ROOMS = frozenset(
    (
        *("atlas", "chooser", "policy", "visitor", "doctor", "place", "distance", "errors"),
        *("choice", "decide", "decision", "guess", "home", "mirrors", "moment", "ruling", "sharing", "step"),
    )
)

PURE_LIBRARIES = {
    "stduritemplate": "RFC 6570, from text to text",
    "babel": "CLDR's names, out of its own package",
    "jinja2": "from text to text",
    "langcodes": "BCP 47 and CLDR's likely scripts, as tables in memory",
    "tree_sitter": "parses text that it is given",
    "tree_sitter_toml": "the grammar for it, nothing else",
}

NOT_PURE = {
    **dict.fromkeys(("os", "io", "shutil", "tempfile", "glob", "fileinput", "mmap", "fcntl", "sqlite3"), "files"),
    **dict.fromkeys(("asyncio", "select", "selectors", "socketserver", "ssl", "http", "urllib", "ftplib"), "network"),
    **dict.fromkeys(("subprocess", "multiprocessing", "signal", "threading", "concurrent", "queue"), "processes"),
    **dict.fromkeys(("time", "sched"), "the clock"),
    **dict.fromkeys(("random", "secrets", "uuid"), "chance"),
    **dict.fromkeys(("logging", "warnings", "sys", "argparse", "getpass"), "what the operator sees and types"),
    **dict.fromkeys(("importlib", "runpy", "pkgutil", "ctypes"), "ways around this list"),
}
"""Modules of the standard library that a pure room has no use for, and what they reach."""

ONLY_THESE_NAMES = {
    "socket": frozenset({"AF_INET", "AF_INET6", "inet_ntop", "inet_pton"}),  # addresses between text and octets
    "pathlib": frozenset({"PurePath", "PurePosixPath"}),
    "urllib.parse": frozenset({"SplitResult", "quote", "unquote", "urlsplit"}),  # text to text
}
"""Modules of which a pure room may take these names and no others."""

MAY_ALSO_TAKE = {
    ("chooser", "importlib.resources"): frozenset({"files"}),  # pages, style, words and banner are code of its own
}
"""What one pure room may take that the others may not."""

NOT_PURE_CALLS = frozenset({"open", "print", "input", "exec", "eval", "compile", "__import__", "breakpoint"})

KNOWN_ONLY_BY = {
    "sanic": {"door", "watch"},
    "sanic_routing": {"door", "watch"},
    "uvloop": {"door", "watch"},
    "httptools": {"door"},
    "geoip2": {"geo"},
    "maxminddb": {"geo"},
    "cachetools": {"geo", "door"},
    "prometheus_client": {"watch"},
    "babel": {"chooser"},
    "jinja2": {"chooser", "watch"},
    "aiohttp": {"update", "health"},
    "pygeoipupdate": {"update"},
    "tenacity": {"update"},
    "yarl": {"update", "health"},
    "click": {"cli", "update"},
    "resvg_py": {"cli"},
}

ROOMS_KNOWN_ONLY_BY = {"cli": {"cli", "__main__"}, "chooser": {"chooser", "door", "watch"}}
"""Of our own rooms. The admin pages call countries as the chooser does."""

KNOWS_ONLY = {"chooser": {"chooser", "errors"}, "atlas": {"atlas"}}
"""Rooms that know no others of ours: the chooser shows what it is given, and so does the atlas."""


class Import(NamedTuple):
    """One name taken from a module; `name` is None where the module itself is taken."""

    module: str
    name: str | None
    line: int

    @property
    def top(self) -> str:
        return self.module.partition(".")[0]


def room_of(path: Path) -> str:
    """`policy` for georedirect/policy/load.py, `decide` for georedirect/decide.py."""
    return path.relative_to(ROOT / PACKAGE).with_suffix("").parts[0]


def imports_of(tree: ast.AST) -> Iterator[Import]:
    """Every import, wherever it stands: under TYPE_CHECKING and inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, None, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield from (Import(module, alias.name, node.lineno) for alias in node.names)


def violations(room: str, source: str) -> list[str]:
    """What a module of this room must not do, `LINE: what` each."""
    tree = ast.parse(source)
    found = [(taken.line, what) for taken in imports_of(tree) if (what := _wrong_import(room, taken))]
    if room in PURE_ROOMS:
        found += [(line, f"calls {name}") for line, name in _calls(tree) if name in NOT_PURE_CALLS]
    return [f"{line}: {what}" for line, what in sorted(found)]


def _wrong_import(room: str, taken: Import) -> str | None:
    if taken.module.startswith("."):
        return "imports by a relative name"
    if taken.top in KNOWN_ONLY_BY and room not in KNOWN_ONLY_BY[taken.top]:
        return f"imports {taken.top}, which only {' and '.join(sorted(KNOWN_ONLY_BY[taken.top]))} may know"
    inner = _inner_room(taken)
    if inner is not None:
        return _wrong_room(room, inner)
    return _wrong_in_pure_room(room, taken) if room in PURE_ROOMS else None


def _wrong_room(room: str, inner: str) -> str | None:
    if room not in ROOMS_KNOWN_ONLY_BY.get(inner, {room}):
        return f"imports {inner}, which only {' and '.join(sorted(ROOMS_KNOWN_ONLY_BY[inner]))} may know"
    if inner not in KNOWS_ONLY.get(room, {inner}):
        return f"imports {inner}, but {room} knows only {' and '.join(sorted(KNOWS_ONLY[room]))}"
    return f"imports {PACKAGE}.{inner}, which is not pure" if room in PURE_ROOMS and inner not in PURE_ROOMS else None


def _wrong_in_pure_room(room: str, taken: Import) -> str | None:
    if taken.name in MAY_ALSO_TAKE.get((room, taken.module), ()):
        return None
    if taken.module in ONLY_THESE_NAMES:
        is_allowed = taken.name in ONLY_THESE_NAMES[taken.module]
        return None if is_allowed else f"imports {taken.name or 'all'} of {taken.module}"
    if taken.top in NOT_PURE:
        return f"imports {taken.module}: {NOT_PURE[taken.top]}"
    if taken.top in sys.stdlib_module_names or taken.top in PURE_LIBRARIES:
        return None
    return f"imports {taken.top}, which is not in PURE_LIBRARIES"


def _inner_room(taken: Import) -> str | None:
    """The room of our own package that is imported; the package itself (its version) is no room: None is foreign."""
    if taken.top != PACKAGE:
        return None
    _, _, rest = taken.module.partition(".")
    return rest.partition(".")[0] or taken.name or "the package"


def _calls(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.lineno, node.func.id


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_a_module_keeps_to_its_room(path: Path) -> None:
    assert violations(room_of(path), path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_a_module_says_what_it_is_and_is_not_long(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    docstring = ast.get_docstring(ast.parse(source))
    assert source.count("\n") <= MOST_LINES
    if path != ROOT / PACKAGE / "__init__.py" or docstring:
        assert docstring
        assert docstring.strip()


def test_every_room_is_one_that_the_rules_know() -> None:
    rooms = {room_of(path) for path in MODULES}
    assert rooms >= PURE_ROOMS
    assert rooms - PURE_ROOMS == {"geo", "door", "watch", "health", "update", "ask", "cli", "__init__", "__main__"}


def test_each_pure_library_is_used() -> None:
    used = {
        taken.top
        for path in MODULES
        if room_of(path) in PURE_ROOMS
        for taken in imports_of(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert used >= PURE_LIBRARIES.keys()


BREAKING: list[tuple[str, str, str]] = [
    ("policy", "import os", "1: imports os: files"),
    ("policy", "import os.path", "1: imports os.path: files"),
    ("policy", "from io import StringIO", "1: imports io: files"),
    ("policy", "from pathlib import Path", "1: imports Path of pathlib"),
    ("policy", "import pathlib", "1: imports all of pathlib"),
    ("decide", "from time import time", "1: imports time: the clock"),
    ("decide", "import random", "1: imports random: chance"),
    ("visitor", "import socket", "1: imports all of socket"),
    ("visitor", "from socket import AF_INET, create_connection", "1: imports create_connection of socket"),
    ("visitor", "from socket import getaddrinfo as inet_pton", "1: imports getaddrinfo of socket"),
    ("visitor", "import urllib.request", "1: imports urllib.request: network"),
    ("visitor", "from urllib.parse import urljoin", "1: imports urljoin of urllib.parse"),
    ("place", "import asyncio, subprocess", "1: imports asyncio: network"),
    ("errors", "import logging", "1: imports logging: what the operator sees and types"),
    ("errors", "import threading", "1: imports threading: processes"),
    ("policy", "import yaml", "1: imports yaml, which is not in PURE_LIBRARIES"),
    ("policy", "from georedirect.geo.database import Database", "1: imports georedirect.geo, which is not pure"),
    ("policy", "from georedirect import door", "1: imports georedirect.door, which is not pure"),
    ("policy", "import georedirect.watch.admin", "1: imports georedirect.watch, which is not pure"),
    ("policy", "from . import load", "1: imports by a relative name"),
    ("policy", "from ..door import app", "1: imports by a relative name"),
    ("policy", "def f():\n    import os", "2: imports os: files"),
    ("policy", "if TYPE_CHECKING:\n    from georedirect.door.app import App", "2: imports georedirect.door"),
    ("policy", "x = open('a')", "1: calls open"),
    ("decide", "def f():\n    print('a')", "2: calls print"),
    ("visitor", "m = __import__('os')", "1: calls __import__"),
    ("decide", "import sanic", "1: imports sanic, which only door and watch may know"),
    ("geo", "from sanic import Sanic", "1: imports sanic, which only door and watch may know"),
    ("cli", "import uvloop", "1: imports uvloop, which only door and watch may know"),
    ("door", "import geoip2.database", "1: imports geoip2, which only geo may know"),
    ("watch", "from maxminddb import Reader", "1: imports maxminddb, which only geo may know"),
    ("policy", "import cachetools", "1: imports cachetools, which only door and geo may know"),
    ("doctor", "from georedirect.ask import ask_all", "1: imports georedirect.ask, which is not pure"),
    ("doctor", "from http.client import HTTPConnection", "1: imports http.client: network"),
    ("door", "from georedirect.cli import main", "1: imports cli, which only __main__ and cli may know"),
    ("geo", "from georedirect import cli", "1: imports cli, which only __main__ and cli may know"),
    ("decide", "import georedirect.cli.serve", "1: imports cli, which only __main__ and cli may know"),
    (
        "policy",
        "from georedirect.chooser.page import Entry",
        "1: imports chooser, which only chooser and door and watch may know",
    ),
    ("geo", "import georedirect.chooser", "1: imports chooser, which only chooser and door and watch may know"),
    ("atlas", "from georedirect.policy.model import Policy", "1: imports policy, but atlas knows only atlas"),
    ("chooser", "from georedirect.policy.model import Policy", "1: imports policy, but chooser knows only chooser and"),
    ("chooser", "from georedirect.door import app", "1: imports door, but chooser knows only chooser and errors"),
    ("chooser", "from importlib import import_module", "1: imports importlib: ways around this list"),
    ("policy", "from importlib.resources import files", "1: imports importlib.resources: ways around this list"),
    ("policy", "import jinja2", "1: imports jinja2, which only chooser and watch may know"),
    ("door", "from babel import Locale", "1: imports babel, which only chooser may know"),
    ("door", "import aiohttp", "1: imports aiohttp, which only health and update may know"),
    ("geo", "from pygeoipupdate.config import Config", "1: imports pygeoipupdate, which only update may know"),
    ("policy", "from georedirect.update.place import Shelf", "1: imports georedirect.update, which is not pure"),
]


@pytest.mark.parametrize(("room", "source", "what"), BREAKING)
def test_a_module_that_breaks_a_rule_is_caught(room: str, source: str, what: str) -> None:
    assert violations(room, source)[0].startswith(what)


KEEPING = [
    ("policy", "from pathlib import PurePath"),
    ("visitor", "from socket import AF_INET, AF_INET6, inet_ntop, inet_pton"),
    ("policy", "import re, tomllib, ipaddress, dataclasses, enum, datetime"),
    ("policy", "from georedirect.visitor.host import parse_host"),
    ("decide", "from georedirect.place import Place"),
    ("policy", "import langcodes\nfrom tree_sitter import Parser"),
    ("geo", "import os\nfrom geoip2.database import Reader\nfrom georedirect.policy.countries import COUNTRIES"),
    ("chooser", "import jinja2\nfrom importlib.resources import files\nfrom georedirect.errors import ChooserError"),
    ("door", "from georedirect.chooser.page import Chooser"),
    ("door", "import sanic, uvloop, os\nfrom georedirect.geo.cache import PlaceCache"),
    ("cli", "from georedirect.cli import check\nfrom georedirect.door.run import run"),
    ("__main__", "from georedirect.cli import main"),
    ("cli", "from georedirect import __version__\nprint('a')"),
    ("policy", "text.open()\nself.print('a')"),
]


@pytest.mark.parametrize(("room", "source"), KEEPING)
def test_a_module_that_keeps_the_rules_passes(room: str, source: str) -> None:
    assert violations(room, source) == []

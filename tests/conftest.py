"""What every test stands on, which of them coverage is measured of, and in what order the files come."""

from __future__ import annotations

import logging
import sys
import threading
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from sanic import Sanic

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

Sanic.test_mode = True  # several applications in one process; Sanic's start-up rewrites its classes otherwise

settings.register_profile("georedirect", deadline=None, max_examples=100)
settings.register_profile("deep", deadline=None, max_examples=1000)
settings.load_profile("georedirect")

_HERE = Path(__file__).parent
_LONGEST_FIRST = ("end_to_end", "door", "update", "geo", "chooser", "health")


def _measured() -> set[str]:
    """The folders of tests that have a pure room among theirs, as those are to be covered by their own tests."""
    project = tomllib.loads((_HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))
    rooms: list[str] = project["tool"]["coverage"]["run"]["source_pkgs"]
    return {room.split(".")[1] for room in rooms}


def _folder(item: pytest.Item) -> str:
    """The folder that a test stands in; none for those of single modules."""
    return item.path.relative_to(_HERE).parent.parts[0] if item.path.parent != _HERE else ""


def _rank(item: pytest.Item) -> int:
    folder = _folder(item)
    return _LONGEST_FIRST.index(folder) if folder in _LONGEST_FIRST else len(_LONGEST_FIRST)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first, so that no worker is left alone with one; and without measuring what need not be."""
    items.sort(key=_rank)
    measured: Sequence[str] = ("", *_measured())
    for item in items:
        if _folder(item) not in measured:
            item.add_marker("untraced")


_UNTRACED: list[str] = []
"""Tests that nobody has watched, since somebody watched one."""


def _forget() -> None:
    """What they have had remembered would not be seen to be found out by those that are watched."""
    _UNTRACED.clear()
    for name in [name for name in sys.modules if name.startswith("georedirect.")]:
        for found in list(vars(sys.modules[name]).values()):
            if callable(clear := getattr(found, "cache_clear", None)):
                clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Let coverage trace nothing of an untraced test, nor of its threads.

    pytest-cov's own `no_cover` would leave on a tracer that it starts twice in the workers of pytest-xdist.
    """
    if not item.config.pluginmanager.hasplugin("_cov"):
        return (yield)
    if item.get_closest_marker("untraced") is None:
        if _UNTRACED:
            _forget()
        return (yield)
    _UNTRACED.append(item.nodeid)
    tracer, of_threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(tracer)
        threading.settrace(of_threads)


@pytest.fixture(autouse=True)
def _root_logger_as_it_was() -> Iterator[None]:
    """What a test has the program log goes nowhere once that test is over."""
    root, own = logging.getLogger(), logging.getLogger("georedirect")
    handlers, levels = root.handlers[:], (root.level, own.level)
    yield
    for handler in [each for each in root.handlers if each not in handlers]:
        root.removeHandler(handler)
    root.setLevel(levels[0])
    own.setLevel(levels[1])

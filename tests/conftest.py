"""What every test stands on."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from sanic import Sanic

if TYPE_CHECKING:
    from collections.abc import Iterator

Sanic.test_mode = True  # several applications in one process; Sanic's start-up rewrites its classes otherwise

settings.register_profile("georedirect", deadline=None, max_examples=100)
settings.load_profile("georedirect")


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

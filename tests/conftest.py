"""What every test stands on."""

from __future__ import annotations

from hypothesis import settings
from sanic import Sanic

Sanic.test_mode = True  # several applications in one process; Sanic's start-up rewrites its classes otherwise

settings.register_profile("georedirect", deadline=None, max_examples=100)
settings.load_profile("georedirect")

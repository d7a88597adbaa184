"""The site to update and its stand-in, for the commands that do it."""

from __future__ import annotations

from tests.update.conftest import databases, site, stand_in

__all__ = ["databases", "site", "stand_in"]

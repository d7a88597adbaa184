"""The script that a site includes on its own pages. Its text is all that is known of it here."""

from __future__ import annotations

from georedirect.chooser.assets import asset

BANNER: bytes = asset("banner.js").encode()

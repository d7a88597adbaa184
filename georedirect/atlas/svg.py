"""Elements of SVG as text, with all that is put into them escaped. Knows no map."""

from __future__ import annotations

import re
from html import escape

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML may hold, escaped or not (XML 1.0, 2.2)."""


def tag(name: str, *content: str, **attributes: object) -> str:
    """An element: `content` is markup already. `stroke_width` is `stroke-width`, and `class_` is `class`."""
    said = "".join(
        f' {_attribute(key)}="{words(str(value))}"' for key, value in attributes.items() if value is not None
    )
    return f"<{name}{said}>{''.join(content)}</{name}>" if content else f"<{name}{said}/>"


def words(text: str) -> str:
    """Text that stands for nothing but itself, whatever it holds."""
    return escape(_NO_XML.sub("\ufffd", text))


def _attribute(key: str) -> str:
    return key.rstrip("_").replace("_", "-")

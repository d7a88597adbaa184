"""SVG to PNG, by a library that only who asks for it has. Knows no map."""

from __future__ import annotations

from georedirect.errors import OutputError

SUFFIX = ".png"


def picture_of(svg: str) -> bytes:
    """The picture as PNG, as it looks on a light page. Letters are in whichever fonts the machine has."""
    try:
        from resvg_py import svg_to_bytes  # noqa: PLC0415  an extra
    except ImportError as error:
        raise OutputError('PNG takes what "pip install georedirect[png]" brings; SVG takes nothing more') from error
    try:
        return bytes(svg_to_bytes(svg_string=svg))
    except ValueError as error:
        raise OutputError(f"the map cannot be drawn as PNG: {error}") from error

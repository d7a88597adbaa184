"""What a URI template says that is seldom meant so. Knows the commonest slips and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_DOUBLED = {
    "/{+path}": 'yields "//", as every path begins with a slash; drop the slash before {+path}',
    "/{+rest}": 'yields "//", as what is below a prefix begins with a slash; drop the slash before {+rest}',
    "?{+query}": 'yields "??", as every query begins with its question mark; drop the one before {+query}',
}


def find_slips(template: str) -> Iterator[str]:
    """Say of each slip in a good template what it yields and what was likely meant."""
    for name in ("path", "query", "rest", *map(str, range(1, 10))):
        before, expression, _ = template.partition(f"{{{name}}}")
        if expression and "=" not in before:  # behind one it is a value, which has to be encoded
            yield f"{expression} percent-encodes what it should carry over; did you mean {{+{name}}}?"
    yield from (f"{slip} {why}" for slip, why in _DOUBLED.items() if slip in template)

"""Reads a page as a strict reader would: what is open is closed, fields have labels, headings come in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise

VOID = {"br", "input", "link", "meta"}
ENDS_BY_ITSELF = {"li"}  # a new one ends the one before it
SHAPES = {"circle", "path", "rect", "polyline", "line"}


@dataclass
class Markup:
    """What stands in a page, and what is wrong with it."""

    wrong: list[str] = field(default_factory=list)
    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    text: str = ""

    def all(self, name: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.elements if tag == name]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found = Markup()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ENDS_BY_ITSELF and self.open[-1] == tag:
            self.open.pop()
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.found.wrong.append(f"{tag} says something twice: {names}")
        self.found.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] in ENDS_BY_ITSELF and self.open[-1] != tag:
            self.open.pop()
        if not self.open or self.open.pop() != tag:
            self.found.wrong.append(f"</{tag}> ends what is not open")

    def handle_data(self, data: str) -> None:
        self.found.text += data


def read(page: str) -> Markup:
    """Everything in a page; `wrong` is empty for one that is well made."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    found = reader.found
    found.wrong += [f"{tag} is not closed" for tag in reader.open]
    found.wrong += [*_of_page(found), *_of_ids(found), *_of_fields(found), *_of_headings(found)]
    return found


def _of_page(found: Markup) -> list[str]:
    wrong = [] if [item.get("lang") for item in found.all("html")] == ["en"] else ["no language"]
    wrong += [f"{len(found.all(name))} {name}" for name in ("main", "title", "h1", "header") if not found.all(name)]
    inline = [
        tag for tag, attributes in found.elements if any(name == "style" or name[:2] == "on" for name in attributes)
    ]
    return wrong + [f"{tag} has style or script of its own" for tag in inline] + ["a style"] * len(found.all("style"))


def _of_ids(found: Markup) -> list[str]:
    ids = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    wrong = [f"id {name} twice" for name in set(ids) if ids.count(name) > 1]
    for tag, attributes in found.elements:
        for name in ("for", "aria-labelledby", "aria-describedby", "list"):
            wrong += [f"{tag} {name}: no {one}" for one in attributes.get(name, "").split() if one not in ids]
        if attributes.get("href", "").startswith("#") and attributes["href"][1:] not in ids:
            wrong.append(f"no {attributes['href']}")
    return wrong


def _of_fields(found: Markup) -> list[str]:
    """A field without an id stands in its label."""
    labelled = {attributes.get("for") for attributes in found.all("label")}
    fields = [item for name in ("input", "select", "textarea") for item in found.all(name) if "id" in item]
    return [f"{item['id']} has no label" for item in fields if item["id"] not in labelled]


def _of_headings(found: Markup) -> list[str]:
    levels = [int(tag[1]) for tag, _ in found.elements if tag in {"h1", "h2", "h3", "h4"}]
    wrong = [] if levels[:1] == [1] and levels.count(1) == 1 else ["not one h1, and first"]
    return wrong + [f"h{after} after h{before}" for before, after in pairwise(levels) if after > before + 1]

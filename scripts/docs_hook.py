"""What the site of the docs needs besides docs/: the README as its first page, and the files that pages link to."""

from __future__ import annotations

import re
from pathlib import Path
from posixpath import dirname, join, normpath, relpath
from typing import TYPE_CHECKING

from mkdocs.structure.files import File

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]
HOME = "README.md"

_LINK = re.compile(r"""(\]\(|(?:src|href)=")(?![a-z]+:|#)([^)\s"#]+)""")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the README, and all that any page links to outside of docs/."""
    for path in sorted({HOME, *_outside()}):
        files.append(File.generated(config, _place(path), abs_src_path=str(ROOT / path)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001  as mkdocs asks
    """Let links that are right in the repository be right in the site."""
    source = page.file.abs_src_path
    folder = "docs" if source is None else str(Path(source).relative_to(ROOT).parent)
    here = str(Path(page.file.src_uri).parent)
    return _LINK.sub(lambda link: link[1] + relpath(_place(normpath(join(folder, link[2]))), here), markdown)


def _place(path: str) -> str:
    """Where a file of the repository stands in the site."""
    return "index.md" if path == HOME else path.removeprefix("docs/")


def _outside() -> set[str]:
    """The files outside of docs/ to which the README, the pages there, and these files themselves lead."""
    pages = [HOME, *(str(page.relative_to(ROOT)) for page in (ROOT / "docs").glob("*.md"))]
    found: set[str] = set()
    while pages:
        new = set(_linked(pages.pop())) - found
        found |= new
        pages += [path for path in new if path.endswith(".md") and path != HOME]
    return found - {HOME}


def _linked(page: str) -> Iterator[str]:
    for link in _LINK.finditer((ROOT / page).read_text(encoding="utf-8")):
        target = normpath(join(dirname(page), link[2]))
        if not target.startswith("docs/") and (ROOT / target).is_file():
            yield target

"""The templates and stylesheet of pages, ours or the operator's, proved when they are loaded. Knows no visitor."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from typing import TYPE_CHECKING, Any

from georedirect.chooser.assets import asset
from georedirect.errors import ChooserError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType

    from jinja2 import Environment, Template

_FILE = "<template>"  # what jinja2 calls a template that came as text
_END_OF_STYLE = re.compile(r"</style|\0", re.IGNORECASE)


class Stylesheet(str):
    """A stylesheet, which stands in the page as it is. Its line ends are those that a browser hashes."""

    __slots__ = ()

    def __html__(self) -> str:
        return self

    @property
    def source(self) -> str:
        """What Content-Security-Policy calls it."""
        return f"'sha256-{base64.b64encode(hashlib.sha256(self.encode()).digest()).decode()}'"


def read_stylesheet(text: str | None) -> Stylesheet:
    """Ours where there is none; ChooserError for one that would end its own element."""
    text = asset("page.css") if text is None else text.replace("\r\n", "\n").replace("\r", "\n")
    bad = _END_OF_STYLE.search(text)
    if bad is not None:
        line = text.count("\n", 0, bad.start()) + 1
        raise ChooserError("stylesheet", line, f"{bad[0]!r} would end it; leave it out, or write it as an escape")
    return Stylesheet(text.strip())


@cache
def our_template(name: str = "page.html") -> Template:
    """One of ours, compiled when the first page is asked for: whoever only checks a policy has no need of it."""
    from jinja2 import Environment, StrictUndefined  # noqa: PLC0415  see above

    settings = {"autoescape": True, "undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    return Environment(**settings).from_string(asset(name))  # type: ignore[arg-type]  # noqa: S701  it is True


def read_template(text: str, samples: Iterable[Mapping[str, object]]) -> Template:
    """The operator's, in a sandbox, tried on each sample; ChooserError with the line for what fails."""
    from jinja2 import TemplateSyntaxError  # noqa: PLC0415  only who has a template of their own waits for it

    try:
        template = _sandbox().from_string(text)
    except TemplateSyntaxError as error:
        raise ChooserError("template", error.lineno, error.message or "is no template") from None
    for sample in samples:
        _try(template, sample)
    return template


def _try(template: Template, sample: Mapping[str, object]) -> None:
    try:
        template.render(sample)
    except Exception as error:  # noqa: BLE001  whatever their text makes Python raise, it is a mistake in their text
        what = str(error) or type(error).__name__
        raise ChooserError("template", _line(error.__traceback__), what) from None


def _line(trace: TracebackType | None) -> int:
    """The innermost line of the template in a traceback; jinja2 puts its own lines there."""
    line = 1
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == _FILE:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


@cache
def _sandbox() -> Environment:
    from jinja2 import StrictUndefined  # noqa: PLC0415
    from jinja2.exceptions import SecurityError  # noqa: PLC0415
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415

    class Sandbox(ImmutableSandboxedEnvironment):
        intercepted_binops = frozenset({"*", "**"})  # two signs are enough to fill any memory, while compiling even

        def call_binop(self, context: object, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401, ARG002
            raise SecurityError(f"{operator} is not for templates")

    return Sandbox(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)

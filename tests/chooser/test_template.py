"""Operators' own templates and stylesheets: what they can do, and how they learn at load what they cannot."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from georedirect.chooser.assets import asset
from georedirect.chooser.page import Chooser
from georedirect.chooser.template import Stylesheet, our_template
from georedirect.chooser.view import View
from georedirect.errors import ChooserError, GeoredirectError
from tests.chooser.questions import asked
from tests.chooser.reading import Document

MINE = """<!doctype html><title>{{ words.title }}</title><style>{{ stylesheet }}</style>
<form method="post" action="{{ form }}"><input type="hidden" name="url" value="{{ url }}">
{% for region in others %}<button name="region" value="{{ region.region }}">{{ region.name.text }}</button>{% endfor %}
</form>"""

BAD_TEMPLATES = [
    ("{% for %}", 1, "Expected"),
    ("a\nb\n{{ 1 + }}", 3, "unexpected 'end of print statement'"),
    ("a\n{% if suggested %}", 2, "Unexpected end of template"),
    ("a\n{{ region | nonesuch }}", 2, "No filter named 'nonesuch'"),
    ("a\n\n{{ regions }}", 3, "'regions' is undefined"),
    ("{{ words.tilte }}", 1, "no attribute 'tilte'"),
    ("a\n{{ suggested.name.text }}", 2, "None"),  # not always is there a suggestion
    ("a\n\n{{ others[0].name }}", 3, "no element 0"),  # nor always are there others
    ("a\n{{ ().__class__.__mro__ }}", 2, "unsafe"),
    ("\n{{ words.__init__.__globals__ }}", 2, "unsafe"),
    ("{% include 'x' %}", 1, "no loader"),
    ("{{ 9 ** 9 ** 9 }}", 1, "** is not for templates"),
    ("a\n{{ 'x' * 10000000000 }}", 2, "* is not for templates"),
    ("{% for i in range(10000000) %}{% endfor %}", 1, "Range too big"),
    ("a\n{{ 1 / 0 }}", 2, "division by zero"),
    ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", 1, "recursion"),
]


@pytest.mark.parametrize(("text", "line", "what"), BAD_TEMPLATES)
def test_a_bad_template_is_told_with_its_line_at_load(text: str, line: int, what: str) -> None:
    with pytest.raises(ChooserError) as caught:
        Chooser(template=text)
    assert (caught.value.part, caught.value.line) == ("template", line)
    assert what in caught.value.what
    assert str(caught.value).startswith(f"template: line {line}: ")
    assert isinstance(caught.value, GeoredirectError)


@pytest.mark.parametrize("text", ["p{}\n</style><script>", "p{}\n</STYLE >", "p{}\n\0"])
def test_a_stylesheet_that_would_end_its_element_is_told_with_its_line(text: str) -> None:
    with pytest.raises(ChooserError, match="stylesheet: line 2: "):
        Chooser(stylesheet=text)


def test_an_operator_can_replace_template_and_stylesheet() -> None:
    page = Chooser(template=MINE, stylesheet="p > a{color:red}\r\n").page(asked(suggested=None))
    document = Document(page.body.decode())
    assert document.values() == ["global", "germany", "romandie", "israel", "japan"]
    assert document.one("style").text == "p > a{color:red}"
    assert Stylesheet("p > a{color:red}").source in dict(page.headers)["Content-Security-Policy"]


@pytest.mark.parametrize("url", ['"><script>alert(1)</script>', "{{ 7 * 7 }}", "' onclick='"])
def test_what_a_visitor_sends_is_escaped_in_an_operators_template_too(url: str) -> None:
    document = Document(Chooser(template=MINE).page(asked(url=url)).body.decode())
    assert document.one("input").attributes["value"] == url
    assert document.all("script") == []


def test_our_own_template_passes_as_an_operators() -> None:
    assert Chooser(template=asset("page.html")).page(asked()) == Chooser().page(asked())


def test_a_template_is_tried_with_a_credit_too() -> None:
    with pytest.raises(ChooserError, match=r"template: line 2: .*has no attribute 'link'"):
        Chooser(template="{% for credit in credits %}\n{{ credit.link }}\n{% endfor %}")


def test_the_docs_name_every_variable_and_no_other() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs/chooser.md").read_text(encoding="utf-8")
    table = text.partition("| variable |")[2].partition("\n\n")[0]
    named = [line.split("`")[1] for line in table.splitlines() if line.startswith("| `")]
    assert sorted(named) == sorted([*View._fields, "stylesheet", "credits"])


@pytest.mark.parametrize("chooser", [Chooser(), Chooser(template=MINE, stylesheet="p{}")])
def test_a_chooser_that_was_pickled_makes_the_same_page(chooser: Chooser) -> None:
    assert pickle.loads(pickle.dumps(chooser)).page(asked()) == chooser.page(asked())  # noqa: S301  it is our own


@pytest.mark.parametrize("name", ["page.html", "notice.html"])
def test_a_template_of_ours_is_compiled_once_and_fails_where_it_is_not_told_all(name: str) -> None:
    our_template.cache_clear()
    template = our_template(name)
    assert our_template(name) is template
    with pytest.raises(UndefinedError):
        template.render()

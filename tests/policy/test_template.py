"""A template yields what RFC 6570 says, and leads to its own host whatever fills it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from stduritemplate import StdUriTemplate

from georedirect.errors import TemplateError
from georedirect.policy.pieces import Encoded
from georedirect.policy.template import DETAIL_VARIABLES, IN_RULES, OF_VISITORS, VARIABLES, _prove, compile_template

if TYPE_CHECKING:
    from georedirect.policy.pieces import Values

VARIABLE_NAMES = sorted(VARIABLES)
PCHAR = "abcXYZ019-._~!$&'()*+,;=:@"
ESCAPES_OF_ASCII = ["%41", "%2F", "%2f", "%25", "%00", "%0d"]
ESCAPES_OF_OTHERS = ["%C3%A9", "%c3", "%FF", "%e2%82%ac"]

bases = st.sampled_from(
    ["https://a.example", "http://a.example:8080", "HTTPS://A.Example.", "https://[::1]", "https://192.0.2.1:443"]
)
_UNDOTTED = PCHAR.replace(",", "").replace(".", "")  # the library loses commas, and we refuse the segments . and ..
literals = st.text(_UNDOTTED + "/é€", max_size=5) | st.just("a.b")
varspecs = st.builds(
    "{}{}".format, st.sampled_from(VARIABLE_NAMES), st.sampled_from(["", "", "", "*", ":1", ":3", ":20"])
)
expressions = st.builds(
    lambda operator, parts: f"{{{operator}{','.join(parts)}}}",
    st.sampled_from(["", "", "+", "+", "#", ".", "/", ";", "?", "&"]),
    st.lists(varspecs, min_size=1, max_size=3),
)
rests = st.lists(literals | expressions | st.sampled_from(["{+path}", "{+query}", "{region}"]), max_size=6).map("".join)
templates = st.builds("{}{}{}".format, bases, st.sampled_from(["/", "{+path}", "?", "#", "/x"]), rests)


def clean_values(escapes: list[str]) -> st.SearchStrategy[Values]:
    """What a request that was read may bring, with these escapes in path and query."""
    paths = st.lists(st.sampled_from([*PCHAR, "/", *escapes]), max_size=8).map(lambda parts: "/" + "".join(parts))
    queries = st.lists(st.sampled_from([*PCHAR, "/", "?", *escapes]), max_size=8).map(
        lambda parts: "?" + "".join(parts)
    )
    return st.fixed_dictionaries(
        {
            "path": paths,
            "query": st.none() | queries,
            "country": st.none() | st.sampled_from(["DE", "NA"]),
            "continent": st.none() | st.sampled_from(["EU", "NA"]),
            "subdivision": st.none() | st.sampled_from(["BY", "ENG", "7"]),
            "city": st.none() | st.sampled_from(["Munich", "São Paulo", "Washington, D.C.", "A/B & C?#%41", "'s-Hage"]),
            "asn": st.none() | st.sampled_from(["1", "4294967295"]),
            "language": st.none() | st.sampled_from(["de", "pt-BR", "zh-Hant"]),
            "region": st.sampled_from(["germany", "a-b_c", "0"]),
            "host": st.none() | st.sampled_from(["www.example.com", "[::1]", "a_b"]),
        }
    )


@settings(max_examples=150)
@given(templates, clean_values(ESCAPES_OF_ASCII))
@example("https://a.example{+path}{+query}", {"path": "/%25", "query": None})
def test_compiled_yields_what_the_library_yields(text: str, values: Values) -> None:
    assert compile_template(text).expand(values) == StdUriTemplate.expand(text, dict(values))


@given(st.sampled_from(["", ".", "/", ";", "?", "&"]), st.none() | st.text(max_size=8))
@example(";", "")
@example("?", "")
@example("/", "")
def test_one_variable_is_encoded_as_the_library_does_whatever_it_holds(operator: str, value: str | None) -> None:
    template = compile_template(f"https://a.example/{{{operator}host}}")
    assert isinstance(template.pieces[-1], Encoded)
    assert template.expand({"host": value}) == StdUriTemplate.expand(template.text, {"host": value})


@given(clean_values(ESCAPES_OF_ASCII + ESCAPES_OF_OTHERS))
def test_reserved_expansion_carries_path_and_query_whole(values: Values) -> None:
    path, query = values["path"] or "", values["query"] or ""
    assert compile_template("https://a.example{+path}{+query}").expand(values) == f"https://a.example{path}{query}"
    assert compile_template("https://a.example/{#path}").expand(values) == f"https://a.example/#{path}"
    both = f"{path},{query}" if query else path
    assert compile_template("https://a.example/{+path,query}").expand(values) == f"https://a.example/{both}"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("{path}", "%2F%25C3%25A9"),  # RFC 6570 3.2.2: unreserved octets alone stand as they are
        ("{+path:4}", "/%C3"),
        ("{+path:3}", "/%25C"),  # half an escape is none
        ("{#path:4}", "#/%C3"),
        ("{?country,path:1}", "?country=DE&path=%2F"),
        ("{;country,language}", ";country=DE"),
        ("{.country,continent}", ".DE.EU"),
        ("{/language}", ""),
        ("{/country*}", "/DE"),
        ("{&region}", "&region=de"),
        ("{host}", "%5B%3A%3A1%5D"),
        ("{country}{/subdivision}{/city}", "DE/BY/Bad%20T%C3%B6lz"),
        ("{+city}{?asn}", "Bad%20T%C3%B6lz"),
        ("{language}{+query}", ""),
        ("é,€", "%C3%A9,%E2%82%AC"),
        ("a,b!$&'()*+;=:@-._~%2c?x#y", "a,b!$&'()*+;=:@-._~%2c?x#y"),
    ],
)
def test_an_expression_yields_what_the_rfc_says(expression: str, expected: str) -> None:
    values: Values = {
        "path": "/%C3%A9",
        "query": None,
        "country": "DE",
        "continent": "EU",
        "subdivision": "BY",
        "city": "Bad Tölz",
        "asn": None,
        "language": None,
        "region": "de",
        "host": "[::1]",
    }
    assert compile_template(f"https://a.example/{expression}").expand(values) == f"https://a.example/{expected}"


HOSTILE = ["@", ":", "/", "\\", "?", "#", ".", "%", "\r\n", "\t", "\x00", " ", "evil.example", "\uff05", "\u2044"]
hostile_text = st.lists(st.sampled_from(HOSTILE), max_size=6).map("".join) | st.text(max_size=8)


@settings(max_examples=150)
@given(templates, st.dictionaries(st.sampled_from(VARIABLE_NAMES), hostile_text))
def test_no_values_whatsoever_lead_elsewhere(text: str, values: Values) -> None:
    values["path"] = f"/{values.get('path') or ''}"  # the one thing that every path is
    template = compile_template(text)
    uri = StdUriTemplate.expand(text, dict(values))
    assert uri.startswith(template.base)
    assert uri[len(template.base) :][:1] in ("", "/", "?", "#")


@pytest.mark.parametrize(
    ("rest", "is_so"),
    [
        ("{+path}{+query}", True),
        ("/{country}/{language}{+path}{+query}", True),
        ("/x{/country}{;region}{+path}{+query}", True),
        ("/x{/host}{+path}{+query}", False),
        ("/{country}{/subdivision}{/city}{.asn}{+path}{+query}", True),
        ("/{+city}{+path}{+query}", False),
        ("/{country,language}{+path}{+query}", False),
        ("{+path}", False),
        ("{+path}{+query}{&country}", False),
    ],
)
def test_a_template_knows_whether_the_target_is_its_end(rest: str, is_so: bool) -> None:
    assert compile_template(f"https://a.example{rest}").ends_with_target is is_so


@pytest.mark.parametrize(
    ("rest", "is_so"),
    [("/x", True), ("/{country}{/city}", True), ("{+path}{+query}", False), ("/x{+query}", False), ("/{host}", False)],
)
def test_a_template_knows_whether_nothing_of_the_target_is_in_it(rest: str, is_so: bool) -> None:
    assert compile_template(f"https://a.example{rest}").is_without_target is is_so


@given(templates, clean_values(ESCAPES_OF_ASCII + ESCAPES_OF_OTHERS))
def test_clean_values_lead_to_the_origin_in_clean_uris(text: str, values: Values) -> None:
    template = compile_template(text)
    uri = template.expand(values)
    parts = urlsplit(uri)
    assert parts.scheme == template.origin.scheme
    assert parts.netloc == template.base.partition("://")[2]
    assert (parts.hostname or "").rstrip(".") == template.origin.host.strip("[]")
    assert re.fullmatch(r"[!-~]+", uri)
    assert re.search(r"%(?![0-9A-Fa-f]{2})", uri) is None


@settings(max_examples=150)
@given(st.text("htps:/{}+#.?&;,*@[]\\a1é%pathregion \x00", max_size=20), clean_values(ESCAPES_OF_ASCII))
@example("//{path}", {"path": "/"})
@example("/{@path}", {"path": "/"})
@example("{+path}{+path", {"path": "/"})
def test_any_text_is_refused_in_words_or_leads_home(rest: str, values: Values) -> None:
    try:
        template = compile_template(f"https://a{rest}")
    except TemplateError as error:
        assert str(error)  # noqa: PT017  most texts are refused; the others are what is looked at
        return
    assert urlsplit(template.expand(values)).netloc == template.base.partition("://")[2]


def test_scheme_host_and_port_are_compared_as_uris_are() -> None:
    origins = [compile_template(f"{base}/").origin for base in ("HTTPS://A.Example.", "https://a.example:443")]
    assert set(origins) == {("https", "a.example", None)}
    assert compile_template("http://a.example:443/").origin == ("http", "a.example", 443)
    assert compile_template("https://[2001:DB8:0::1]:80/").origin == ("https", "[2001:db8::1]", 80)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "must begin with https:// or http:// and a host"),
        ("javascript:alert(1)", "must begin with https:// or http://"),
        (" https://a.example/", "must begin with https:// or http://"),
        ("https:/a.example/", "must begin with https:// or http://"),
        ("https://", "has no host, or one that a request could choose"),
        ("https://?x", "has no host"),
        ("https://{host}/", "has no host"),
        ("https://{+path}", "has no host"),
        ("https://a b/", '"a b" is not a host with an optional port'),
        ("https://a\\b/", '"a\\b" is not a host'),
        ("https://a.example\n/", '"a.example\n" is not a host'),
        ("https://127.1/", '"127.1" is not a host'),
        ("https://a:b/", '"a:b" is not a host'),
        ("https://[::1/", '"[::1" is not a host'),
        ("https://ä.example/", "is not a host name in ASCII: write it in its xn-- form"),
        ("https://user@a.example/", "holds a user name or password"),
        ("https://a.example{+path:3}", "{+path:3} touches the host"),
        ("https://a.example{+path*}", "{+path*} touches the host"),
        ("https://a.example{+path,query}", "{+path,query} touches the host"),
        ("https://a.example{/country}", "{/country} touches the host, which no request may change; put a slash"),
        ("https://a.example{.country}/", "{.country} touches the host"),
        ("https://a.example:{country}/", "{country} touches the host"),
        ("https://a.example/{@path}", '{@path} is not a variable; did you mean "path"?'),
        ("https://a.example/{path)}", '{path)} is not a variable; did you mean "path"?'),
        ("https://a.example/{country,lang}", '{lang} is not a variable; did you mean "language"?'),
        ("https://a.example/{ip}", "{ip} is not a variable; there are path, query, country"),
        ("https://a.example/{!path}", "is not a URI template (RFC 6570): "),
        ("https://a.example/{path,}", "is not a URI template"),
        ("https://a.example/{path:10000}", "is not a URI template"),
        ("https://a.example/{path:x}", "is not a URI template"),
        ("https://a.example/{{path}", "has '{', which no URI may hold; write it percent-encoded (%7B)"),
        ('https://a.example/"', "has '\"', which no URI may hold; write it percent-encoded (%22)"),
        ("https://a.example/\\", "(%5C)"),
        ("https://a.example/\x7f", "(%7F)"),
        ("https://a.example/%4", "has '%', which no URI may hold; write it percent-encoded (%25)"),
    ],
)
def test_a_wrong_template_is_refused_with_what_would_be_right(text: str, why: str) -> None:
    with pytest.raises(TemplateError) as raised:
        compile_template(text)
    assert why in str(raised.value)


@pytest.mark.parametrize(
    ("text", "base", "names"),
    [
        ("https://a{country}.example/", "https://a", {"country"}),
        ("https://a.example{host}/", "https://a.example", {"host"}),
        ("https://a.example{+query}", "https://a.example", {"query"}),
        ("https://a.example:{+region}/", "https://a.example:", {"region"}),
        ("{+language}://a.example/", "https://a.example", {"language"}),
        ("https://a.example{/country}{host}", "https://a.example", {"country", "host"}),
    ],
)
def test_the_proof_alone_finds_what_could_lead_elsewhere(text: str, base: str, names: set[str]) -> None:
    with pytest.raises(TemplateError, match="could be turned into"):
        _prove(text, base, frozenset(names))


def test_the_proof_stands_behind_the_rule_it_proves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("georedirect.policy.template._check_authority_ends", lambda _: None)
    with pytest.raises(TemplateError, match="could be turned into"):
        compile_template("https://a.example{host}/")
    assert compile_template("https://a.example/{host}").expand({"host": "b"}) == "https://a.example/b"


RESTS = [
    ("{+rest}", "", ""),
    ("{+rest}", "/a", "/a"),
    ("{+rest}{+query}", "", "?b=c"),
    ("{+rest}{+query}{?country}", "", "?b=c?country=DE"),
    ("{+rest}{?country}", "", "?country=DE"),
    ("{+rest}{/country}{+path}", "", "/DE/p"),
    ("{+rest}{+path}", "/a", "/a/p"),
    ("{+rest}/{country}", "/a", "/a/DE"),
    ("{+rest}?x={country}", "", "?x=DE"),
    ("{+rest}#x", "", "#x"),
    ("{+rest}{+rest}", "/a", "/a/a"),
]


@pytest.mark.parametrize(("behind", "rest", "expected"), RESTS)
def test_what_is_below_a_prefix_may_stand_right_behind_the_host(behind: str, rest: str, expected: str) -> None:
    template = compile_template(f"https://a.example{behind}", IN_RULES)
    values: Values = {"rest": rest, "query": "?b=c", "country": "DE", "path": "/p"}
    assert template.expand(values) == f"https://a.example{expected}"
    for hostile in ("/", "//evil.example", "/@evil.example", "/..//evil.example", "/:80@evil.example"):
        for query in (None, "?@evil.example"):
            uri = template.expand({**values, "rest": hostile, "query": query})
            assert urlsplit(uri).netloc == "a.example"


@pytest.mark.parametrize(
    ("behind", "told"),
    [
        ("{+rest}{country}", "{country} touches the host where {rest} is empty, which no request may change; put a sl"),
        ("{+rest}{+query}{country}", "{country} touches the host where {rest} is empty"),
        ("{+rest}{&country}", "{&country} touches the host where {rest} is empty"),
        ("{+rest}{;country}", "{;country} touches the host where {rest} is empty"),
        ("{+rest}{+1}", "{+1} touches the host where {rest} is empty"),
        ("{+rest}.evil.example", '".evil.example" touches the host where {rest} is empty'),
        ("{+rest}:80{+path}", '":80" touches the host where {rest} is empty'),
        ("{+rest}@evil.example/", '"@evil.example/" touches the host where {rest} is empty'),
        ("{rest}", "{rest} touches the host, which no request may change; put a slash before it"),
        ("{+rest:3}", "{+rest:3} touches the host, which"),
        ("{+rest,country}", "{+rest,country} touches the host, which"),
        ("{+1}", "{+1} touches the host, which"),
    ],
)
def test_what_could_touch_the_host_when_nothing_is_below_a_prefix_may_not(behind: str, told: str) -> None:
    with pytest.raises(TemplateError, match="touches the host") as raised:
        compile_template(f"https://a.example{behind}", IN_RULES)
    assert str(raised.value).startswith(told)


@pytest.mark.parametrize("behind", ["{+rest}{country}", "{+rest}.evil.example", "{+rest}{+query}{country}", "{rest}"])
def test_the_proof_alone_finds_that_too(behind: str) -> None:
    names = {name for name in ("rest", "query", "country") if name in behind}
    with pytest.raises(TemplateError, match="could be turned into"):
        _prove(f"https://a.example{behind}", "https://a.example", frozenset(names))


@pytest.mark.parametrize("names", [{"path"}, {"path", "query", "country"}])
def test_the_proof_lets_pass_what_could_not(names: set[str]) -> None:
    _prove("https://a.example{+path}{+query}{country}", "https://a.example", frozenset(names))


@pytest.mark.parametrize(
    ("rest", "prefix"),
    [
        ("", ""),
        ("/", ""),
        ("{+path}{+query}", ""),
        ("/de", "/de"),
        ("/de/", "/de"),
        ("/de{+path}{+query}", "/de"),
        ("/de/{+path}", "/de"),
        ("/{region}{+path}", "/r"),
        ("/{region}-{region}/x{+path}", "/r-r/x"),
        ("/x/{country}{+path}", "/x"),
        ("/x/de-{country}{+path}", "/x"),
        ("/x{country}{+path}", ""),
        ("/x{/country}{+path}", "/x"),
        ("/x{/country,language}/y", "/x"),
        ("/x{/country}y", ""),
        ("/x{/country}{language}", ""),
        ("/x{/country}", "/x"),
        ("/x{.country}", ""),
        ("/x{;country}", ""),
        ("/x?a{country}", "/x"),
        ("/x#{country}", "/x"),
        ("/x{?country}", "/x"),
        ("/x{?country}{&language}", ""),
        ("/x{#country}", "/x"),
        ("/x{+query}", "/x"),
        ("/x{+query}y", ""),
        ("/x{path}", ""),
        ("/x{+path:1}", ""),
        ("/é{+path}", "/%C3%A9"),
        ("?/x", ""),
    ],
)
def test_all_uris_of_a_template_lie_under_its_prefix(rest: str, prefix: str) -> None:
    assert compile_template(f"https://a.example{rest}").path_prefix("r") == prefix


@settings(max_examples=150)
@given(templates, clean_values(ESCAPES_OF_ASCII))
def test_no_uri_lies_outside_the_prefix(text: str, values: Values) -> None:
    values["region"] = "r"
    template = compile_template(text)
    prefix = template.path_prefix("r")
    path = re.split("[?#]", template.expand(values)[len(template.base) :])[0]
    assert path == prefix or path.startswith(f"{prefix}/")


def test_of_a_place_a_template_has_what_can_stand_in_a_uri_and_all_that_is_the_visitors_own() -> None:
    assert {"subdivision", "city", "asn"} == DETAIL_VARIABLES
    assert VARIABLES.keys() >= OF_VISITORS

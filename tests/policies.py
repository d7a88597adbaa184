"""Policies that several tests share: a good one, and one for each way of getting it wrong."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from georedirect.errors import PolicyError
from georedirect.policy.load import load_configuration

if TYPE_CHECKING:
    from georedirect.policy.model import Configuration, Policy

GOOD = """\
[site]
hosts = ["www.example.com"]
default = "global"
order = ["country", "language"]
mode = "redirect"

[regions.global]
uri = "https://global.example.com{+path}{+query}"
languages = ["en"]

[regions.germany]
name = "Deutschland"
uri = "https://de.example.com{+path}{+query}"
countries = ["DE", "AT", "LI"]
languages = ["de"]

[regions.romandie]
uri = "https://example.com/{region}/{country}{+path}{+query}"
countries = ["CH"]
languages = ["fr"]

[regions.schweiz]
uri = "https://ch.example.com{+path}{+query}"
countries = ["CH"]
languages = ["de-CH"]

[regions.north]
uri = "https://north.example.com{+path}{+query}"
countries = ["nordics"]

[regions.europe]
uri = "https://eu.example.com{+path}{+query}"
countries = ["continent:EU"]

[regions.tradition]
uri = "https://hant.example.com{+path}{+query}"
languages = ["zh-Hant"]

[groups]
nordics = ["DK", "FI", "IS", "NO", "SE"]
"""

_MINIMAL = """\
[site]
default = "a"
[regions.a]
uri = "https://a.example{+path}{+query}"
"""


def policy(site: str = "", region: str = "", rest: str = "", *, default: str = '"a"', uri: str | None = None) -> str:
    """A policy of one region `a`: [site] on line 1, [regions.a] on line 3, what is given after each."""
    uri = uri if uri is not None else '"https://a.example{+path}{+query}"'
    lines = [
        "[site]",
        f"default = {default}",
        *_lines(site),
        "[regions.a]",
        f"uri = {uri}",
        *_lines(region),
        *_lines(rest),
    ]
    return "\n".join(lines) + "\n"


def _lines(text: str) -> list[str]:
    return dedent(text).strip("\n").splitlines() if text else []


def load(*texts: bytes | str) -> Configuration:
    """What files of these texts say, called `1.toml`, `2.toml` and so on."""
    return load_configuration(_named(texts))


def load_policy(text: bytes | str = GOOD) -> Policy:
    """The policy of one file that has no mistakes."""
    (policy,) = load(text).policies
    return policy


def database(line: str) -> str:
    """A policy with a database of its own, and this on line 7 of the file."""
    return policy(rest=f'[database]\ncountry = "c.mmdb"\n{line}')


def warnings_of(text: str) -> list[str]:
    """The warnings about one file that has no mistakes, without the file's name."""
    return [str(warning).removeprefix("1.toml:") for warning in load(text).warnings]


def findings_of(*texts: bytes | str) -> list[str]:
    """All that there is to tell about files that have mistakes, line by line."""
    with pytest.raises(PolicyError) as raised:
        load_configuration(_named(texts))
    return str(raised.value).splitlines()


def mistakes_of(*texts: bytes | str) -> list[str]:
    """The same without warnings."""
    return [line for line in findings_of(*texts) if ": warning: " not in line]


def _named(texts: tuple[bytes | str, ...]) -> dict[str, bytes]:
    return {f"{n}.toml": text if isinstance(text, bytes) else text.encode() for n, text in enumerate(texts, 1)}


_B = '[regions.b]\nuri = "https://b.example{+path}"\n'


def broken_policies() -> list[tuple[str, str]]:
    """A policy text each, and how the first line that tells of its mistake goes on after `FILE:`."""
    return [
        # the file as a whole
        ("", "1: site: is missing: no file has a [site]"),
        ("# only a comment\n", "1: site: is missing: no file has a [site]"),
        ("[site\n", "1: is not TOML: "),
        ("[site]\ndefault = \n", "2: is not TOML: "),
        ('[site]\ndefault = "a\n', "2: is not TOML: "),
        ('[site]\ndefault = "a"\ndefault = "b"\n', "3: is not TOML: "),
        ("[site]\n[site]\n", "2: is not TOML: "),
        ('[site]\nhosts = [\n"a",\n', "3: is not TOML: "),
        (policy(rest="[sites]\nx = 1"), '5: sites: is not a key of a policy file; did you mean "site"?'),
        (
            policy(rest='[[rules]]\nname = "x"'),
            "5: rules: says nothing of what is to be done; give",
        ),
        ("x = 1\n" + policy(), "1: x: is not a key of a policy file"),
        # [site]
        ("site = 1\n" + _B, "1: site: must be a table, [site], not 1"),
        (_B, "1: site: is missing; a policy needs [site]"),
        ('[site]\nhosts = ["a.example"]\n' + _B, "1: site.default: is missing"),
        (policy(default='"b"'), '2: site.default: "b" is not a region of this file; there are a'),
        (
            policy(default='"aa"', rest='[regions.aaa]\nuri = "https://b.example/"'),
            '2: site.default: "aa" is not a region',
        ),
        (policy(default="1"), "2: site.default: must be a string in quotes"),
        (policy(default='""'), "2: site.default: must be a string in quotes"),
        (policy('host = ["a.example"]'), '3: site.host: is not a key of [site]; did you mean "hosts"?'),
        (policy('hosts = "a.example"'), '3: site.hosts: must be an array of strings, such as ["a.example"]'),
        (policy("hosts = []"), "3: site.hosts: is empty"),
        (policy("hosts = [1]"), "3: site.hosts: 1 must be a string"),
        (policy('hosts = [\n"b.example",\n"a b"]'), '5: site.hosts: "a b" is not a host name'),
        (policy('hosts = ["https://b.example"]'), '3: site.hosts: "https://b.example" is not a host name'),
        (policy('hosts = ["b.example:80"]'), '3: site.hosts: "b.example:80" has a port'),
        (policy('hosts = ["münchen.example"]'), '3: site.hosts: "münchen.example" is not a host name'),
        (policy('hosts = ["b.example", "B.example"]'), '3: site.hosts: "B.example" is listed twice'),
        (policy('hosts = ["b.example",\n"b.example"]'), '4: site.hosts: "b.example" is listed twice'),
        (policy('order = ["country",\n"choice"]'), '4: site.order: "choice" comes first or not at all'),
        (policy('order = ["county"]'), '3: site.order: "county" is no source; did you mean "country"?'),
        (policy('order = ["country",\n"country"]'), '4: site.order: "country" is listed twice'),
        (policy("order = []"), "3: site.order: is empty"),
        (policy('order = "country"'), '3: site.order: must be an array of strings, such as ["country"]'),
        (policy('mode = "redirekt"'), '3: site.mode: "redirekt" is no mode; did you mean "redirect"?'),
        (policy('undecided = "page"'), '3: site.undecided: "page" is no answer to that; there are default, chooser'),
        (policy('exempt = "/x"'), '3: site.exempt: must be an array of strings, such as ["/x"]'),
        (policy('exempt = ["/x",\n"robots.txt"]'), '4: site.exempt: "robots.txt" is not a path as it is received'),
        (policy('exempt = ["/a?b"]'), '3: site.exempt: "/a?b" is not a path as it is received, such as "/robots.txt"'),
        (policy('exempt = ["/x", "/x"]'), '3: site.exempt: "/x" is listed twice'),
        (policy('exempt_to = "404"'), '3: site.exempt_to: "404" is no answer to that; there are default, not-found'),
        (policy('preset = "shop"'), '3: site.preset: "shop" is no preset; did you mean "eu-shop"?'),
        (policy("cache = 300"), "3: site.cache: must be a table, [site.cache], not 300"),
        (policy("cache = { shared_seconds = 1 }"), "3: site.cache.key: is missing; write cache = {"),
        (
            policy('order = ["choice"]\nhosts = ["x.example"]', rest='[site.cache]\nkey = ["choice"]'),
            "7: site.cache.shared_seconds: is missing",
        ),
        (
            policy('hosts = ["x.example"]\norder = ["language"]\ncache = { shared_seconds = 0, key = [] }'),
            "5: site.cache.shared_seconds: must be a whole number from 1 to 86400, not 0",
        ),
        (
            policy('hosts = ["x.example"]\norder = ["language"]\ncache = { shared_seconds = 1, key = ["county"] }'),
            '5: site.cache.key: "county" is no source; did you mean "country"?',
        ),
        (
            policy('hosts = ["x.example"]\ncache = { shared_seconds = 1, key = ["country"] }'),
            '4: site.cache.key: leaves "choice" out, but what a visitor has chosen counts: visitors would get each',
        ),
        (
            policy(
                'hosts = ["x.example"]\norder = ["country"]\ncache = { shared_seconds = 1, key = [] }',
                'countries = ["DE"]',
            ),
            '5: site.cache.key: leaves "country" out, but regions have countries: visitors would get each',
        ),
        (
            policy(
                'hosts = ["x.example"]\norder = ["language"]\ncache = { shared_seconds = 1, key = ["language"] }',
                rest='[modes]\nDE = "stay"',
            ),
            '5: site.cache.key: leaves "country" out, but places have modes of their own',
        ),
        (
            policy(
                'hosts = ["x.example"]\norder = ["language"]\ncache = { shared_seconds = 1, key = [] }',
                uri='"https://a.example/{country}"',
            ),
            '5: site.cache.key: leaves "country" out, but a uri has the visitor\'s country or continent in it',
        ),
        (
            policy(
                'hosts = ["x.example"]\norder = ["country"]\ncache = { shared_seconds = 1, key = ["country"] }',
                uri='"https://a.example/{country}{/subdivision}{+path}"',
            ),
            "7: regions.a.uri: has the visitor's subdivision in it, which no key of a shared cache carries: visitors",
        ),
        (
            policy(
                'hosts = ["x.example"]\norder = ["language"]\ncache = { shared_seconds = 1, key = [] }',
                rest=_B + 'languages = ["de"]',
            ),
            '5: site.cache.key: leaves "language" out, but languages make a difference: visitors would get each',
        ),
        (
            policy('order = ["language"]\ncache = { shared_seconds = 1, key = [] }'),
            '4: site.cache.key: leaves "language" out, but some URLs are answered by a page',
        ),
        # [modes]
        (policy(rest='[modes]\nUK = "stay"'), '6: modes.UK: "UK" is not an ISO 3166-1 code; did you mean "GB"?'),
        (policy(rest='[modes]\nDE = "stey"'), '6: modes.DE: "stey" is no mode; did you mean "stay"?'),
        (policy(rest="[modes]\nDE = 1"), "6: modes.DE: must be a string in quotes"),
        (
            policy(rest='[modes]\nEU = "stay"\nEEA = "suggest"'),
            '7: modes.EEA: AT, BE, BG, CY, CZ, DE, DK, EE, ES, FI and 17 more have the mode "stay" by "EU" already',
        ),
        ("modes = 1\n" + policy(), "1: modes: must be a table, [modes], not 1"),
        # [choice] and [chooser]
        (policy(rest='[choice]\nname = "x"'), "6: choice.name: is not a key of [choice]"),
        (policy(rest='[choice]\nparameter = "a=b"'), '6: choice.parameter: "a=b" is no name here'),
        (policy(rest='[choice]\ncookie = "__Host-x"'), '6: choice.cookie: "__Host-x" is no name here'),
        (policy(rest="[choice]\ndays = 401"), "6: choice.days: must be a whole number from 1 to 400, not 401"),
        (policy(rest="[choice]\nparameter_stores = 1"), "6: choice.parameter_stores: must be true or false, not 1"),
        (policy(rest='[chooser]\npath = "/x/"'), "6: chooser.path: is not a key of [chooser]"),
        (policy(rest='[chooser]\nprefix = "/x"'), '6: chooser.prefix: "/x" is not a path with a slash at both ends'),
        (policy(rest='[chooser]\nprefix = "/"'), '6: chooser.prefix: "/" is not a path with a slash at both ends'),
        (policy(rest='[chooser]\nprefix = "/../"'), '6: chooser.prefix: "/../" is not a path with a slash at both'),
        (policy(rest="[chooser]\ntemplate = 1"), "6: chooser.template: must be a string in quotes"),
        # [regions]
        ('[site]\ndefault = "a"\n', "1: regions: is missing; a policy needs at least one [regions.NAME]"),
        ('[site]\ndefault = "a"\n[regions]\n', "3: regions: is missing"),
        (
            '[site]\ndefault = "a"\n[regions]\na = "https://a.example"\n',
            "4: regions.a: must be a table, [regions.a]",
        ),
        (
            '[site]\ndefault = "a b"\n[regions."a b"]\nuri = "https://a.example/"\n',
            '3: regions.a b: "a b" is no name',
        ),
        (
            '[site]\ndefault = "forget"\n[regions.forget]\nuri = "https://a.example/"\n',
            '3: regions.forget: "forget" has a',
        ),
        ('[site]\ndefault = "a"\n[regions.a]\nname = "A"\n', "3: regions.a.uri: is missing"),
        (policy(region='url = "x"'), '5: regions.a.url: is not a key of [regions.a]; did you mean "uri"?'),
        (policy(region="name = 1"), "5: regions.a.name: must be a string in quotes"),
        (policy(region='mode = "sugest"'), '5: regions.a.mode: "sugest" is no mode; did you mean "suggest"?'),
        (policy(region='fallback = ["b"]'), '5: regions.a.fallback: "b" is not a region of this file'),
        (
            policy(rest='[[regions.a.mirrors]]\nuri = "https://b.example/"'),
            "4: regions.a.uri: stands beside mirrors, each of which has its own; keep one of both",
        ),
        ("regions = 1\n[site]\ndefault = 'a'\n", "1: regions: must be a table, [regions], not 1"),
        # countries
        (
            policy(region='countries = "DE"'),
            '5: regions.a.countries: must be an array of strings, such as ["DE"]',
        ),
        (
            policy(region='countries = ["UK"]'),
            '5: regions.a.countries: "UK" is not an ISO 3166-1 code; did you mean "GB"?',
        ),
        (
            policy(region='countries = ["de"]'),
            '5: regions.a.countries: "de" is not an ISO 3166-1 code; did you mean "DE"?',
        ),
        (
            policy(region='countries = ["DEU"]'),
            '5: regions.a.countries: "DEU" is not an ISO 3166-1 code; did you mean "DE"?',
        ),
        (policy(region='countries = ["ZZ"]'), '5: regions.a.countries: "ZZ" is not an ISO 3166-1 code'),
        (policy(region='countries = [\n"DE",\n"DE"]'), '7: regions.a.countries: "DE" is listed twice'),
        (policy(region="countries = [1]"), "5: regions.a.countries: 1 must be a string"),
        (
            policy(region='countries = ["continent:XX"]'),
            '5: regions.a.countries: "continent:XX" is no continent; there are AF',
        ),
        (
            policy(region='countries = ["Africa"]'),
            '5: regions.a.countries: "Africa" is not a country; did you mean "continent:AF"?',
        ),
        (
            policy(region='countries = ["nordic"]', rest='[groups]\nnordics = ["DK"]'),
            '5: regions.a.countries: "nordic" is neither',
        ),
        (
            policy(region='countries = ["Germany"]'),
            '5: regions.a.countries: "Germany" is neither a country nor a group; name an',
        ),
        (
            policy(region='countries = ["DE"]', rest=_B + 'countries = ["FR",\n"DE"]'),
            '9: regions.b.countries: "DE" is already in region "a", and no language tells them apart',
        ),
        (
            policy(
                region='countries = ["EU"]\nlanguages = ["de"]',
                rest=_B + 'countries = ["EEA"]\nlanguages = ["de"]',
            ),
            '9: regions.b.countries: "EEA" (AT, BE, BG, CY, CZ, DE, DK, EE, ES, FI and 17 more) is already',
        ),
        (
            policy(region='countries = ["continent:AF"]', rest=_B + 'countries = ["continent:AF"]'),
            '8: regions.b.countries: "continent:AF" is already in region "a"',
        ),
        # [groups]
        (policy(rest='[groups]\nx = "DE"'), '6: groups.x: must be an array of strings, such as ["DE"]'),
        (
            policy(rest='[groups]\nx = ["UK"]'),
            '6: groups.x: "UK" is not an ISO 3166-1 code; did you mean "GB"?',
        ),
        (policy(rest='[groups]\nx = ["DE"]\ny = ["x"]'), '7: groups.y: "x" is neither a country nor a group'),
        (policy(rest='[groups]\nEU = ["DE"]'), '6: groups.EU: "EU" already has a meaning'),
        (policy(rest='[groups]\nde = ["DE"]'), '6: groups.de: "de" already has a meaning'),
        (policy(rest='[groups]\n"a b" = ["DE"]'), "6: groups.a b: a group's name has letters"),
        ("groups = 1\n" + policy(), "1: groups: must be a table, [groups], not 1"),
        # languages
        (
            policy(region='languages = ["jp"]'),
            '5: regions.a.languages: "jp" is not a BCP 47 language tag; did you mean "ja"?',
        ),
        (
            policy(region='languages = ["de_CH"]'),
            '5: regions.a.languages: "de_CH" is not a BCP 47 language tag; did you mean',
        ),
        (
            policy(region='languages = ["german"]'),
            '5: regions.a.languages: "german" is not a BCP 47 language tag; write',
        ),
        (
            policy(region='languages = ["en-UK"]'),
            '5: regions.a.languages: "en-UK" has "UK", which is not an ISO 3166-1 code',
        ),
        (policy(region='languages = ["de-QQ"]'), '5: regions.a.languages: "de-QQ" '),
        (policy(region='languages = ["*"]'), '5: regions.a.languages: "*" is not a BCP 47 language tag'),
        (policy(region='languages = ["und"]'), '5: regions.a.languages: "und" is not a BCP 47 language tag'),
        (policy(region="languages = [true]"), "5: regions.a.languages: true must be a string"),
        # uri
        (policy(uri="1"), "4: regions.a.uri: must be a string in quotes"),
        (policy(uri='"a.example"'), '4: regions.a.uri: "a.example" must begin with https:// or http://'),
        (
            policy(uri='"//a.example/"'),
            '4: regions.a.uri: "//a.example/" must begin with https:// or http://',
        ),
        (
            policy(uri='"ftp://a.example/"'),
            '4: regions.a.uri: "ftp://a.example/" must begin with https:// or http://',
        ),
        (policy(uri='"{+path}"'), '4: regions.a.uri: "{+path}" must begin with https:// or http://'),
        (policy(uri='"https:///x"'), '4: regions.a.uri: "https:///x" has no host'),
        (
            policy(uri='"https://{country}.example/"'),
            '4: regions.a.uri: "https://{country}.example/" has no host',
        ),
        (
            policy(uri='"https://a.example{country}/"'),
            '4: regions.a.uri: "https://a.example{country}/" {country} touches',
        ),
        (
            policy(uri='"https://a.example{path}"'),
            '4: regions.a.uri: "https://a.example{path}" {path} touches the host',
        ),
        (
            policy(uri='"https://a.example{+query}"'),
            '4: regions.a.uri: "https://a.example{+query}" {+query} touches',
        ),
        (
            policy(uri='"https://u:p@a.example/"'),
            '4: regions.a.uri: "https://u:p@a.example/" holds a user name',
        ),
        (
            policy(uri='"https://a.example:99999/"'),
            '4: regions.a.uri: "https://a.example:99999/" "a.example:99999" is not a host',
        ),
        (
            policy(uri='"https://münchen.example/"'),
            '4: regions.a.uri: "https://münchen.example/" "münchen.example" is not a',
        ),
        (
            policy(uri='"https://a.example/{pth}"'),
            '4: regions.a.uri: "https://a.example/{pth}" {pth} is not a variable; did you',
        ),
        (
            policy(uri='"https://a.example/{x}"'),
            '4: regions.a.uri: "https://a.example/{x}" {x} is not a variable; there are',
        ),
        (
            policy(uri='"https://a.example/{path"'),
            '4: regions.a.uri: "https://a.example/{path" is not a URI template',
        ),
        (
            policy(uri='"https://a.example/}"'),
            '4: regions.a.uri: "https://a.example/}" is not a URI template',
        ),
        (
            policy(uri='"https://a.example/{}"'),
            '4: regions.a.uri: "https://a.example/{}" is not a URI template',
        ),
        (
            policy(uri='"https://a.example/{path:0}"'),
            '4: regions.a.uri: "https://a.example/{path:0}" is not a URI template',
        ),
        (
            policy(uri='"https://a.example/a b"'),
            "4: regions.a.uri: \"https://a.example/a b\" has ' ', which no URI may hold",
        ),
        (
            policy(uri='"https://a.example/x/..{+path}"'),
            '4: regions.a.uri: "https://a.example/x/..{+path}" has the path segment ".."',
        ),
        (
            policy(uri='"https://a.example/%2E/x"'),
            '4: regions.a.uri: "https://a.example/%2E/x" has the path segment "%2E"',
        ),
        (policy(rest='[server]\nclient_address = "Referer"'), '6: server.client_address: "Referer" carries no address'),
        (
            policy(uri='"https://a.example/%zz"'),
            "4: regions.a.uri: \"https://a.example/%zz\" has '%', which no URI may hold",
        ),
        (
            policy('hosts = ["www.a.example"]', uri='"https://www.a.example{+path}"'),
            "5: regions.a.uri: leads back to www.a.example",
        ),
        # [server] and [database]
        ("server = 1\n" + policy(), "1: server: must be a table, [server], not 1"),
        (policy(rest="[server]\nport = 80"), "6: server.port: is not a key of [server]"),
        (policy(rest="[server]\nlisten = 80"), "6: server.listen: must be a string in quotes"),
        (policy(rest='[server]\nlisten = "80"'), '6: server.listen: "80" is not HOST:PORT'),
        (policy(rest='[server]\nlisten = "127.0.0.1:70000"'), "6: server.listen: port 70000 is too high"),
        (
            policy(rest='[server]\nlisten = "www.example.com:80"'),
            '6: server.listen: "www.example.com" is not an address',
        ),
        (policy(rest='[server]\nlisten = "[::1:80"'), '6: server.listen: "[::1:80" is not HOST:PORT'),
        (policy(rest='[server]\nadmin = "on"'), '6: server.admin: "on" is not HOST:PORT'),
        (
            policy(rest='[server]\nadmin = "127.0.0.1:8307"'),
            "6: server.admin: 127.0.0.1:8307 is where the door listens",
        ),
        (
            policy(rest='[server]\nlisten = "0.0.0.0:80"\nadmin = "127.0.0.1:80"'),
            "7: server.admin: 0.0.0.0:80 is where the door listens; the admin pages need a port of their own",
        ),
        (policy(rest='[server]\nlisten = "0.0.0.0:8308"'), "5: server.admin: 0.0.0.0:8308 is where the door listens"),
        (
            policy(rest='[server]\nadmin_hosts = ["a:1"]'),
            '6: server.admin_hosts: "a:1" is not a host name without port',
        ),
        (
            policy(rest="[server]\nworkers = 0"),
            "6: server.workers: must be a whole number from 1 to 256, not 0",
        ),
        (
            policy(rest='[server]\nworkers = "2"'),
            '6: server.workers: must be a whole number from 1 to 256, not "2"',
        ),
        (
            policy(rest="[server]\nworkers = true"),
            "6: server.workers: must be a whole number from 1 to 256, not true",
        ),
        (
            policy(rest='[server]\ntrusted_proxies = "10.0.0.0/8"'),
            "6: server.trusted_proxies: must be an array of strings",
        ),
        (policy(rest='[server]\ntrusted_proxies = ["10.0.0.1/8"]'), "6: server.trusted_proxies: "),
        (policy(rest='[server]\ntrusted_proxies = ["proxy"]'), "6: server.trusted_proxies: "),
        (
            policy(rest='[server]\nclient_address = "x_real_ip"'),
            '6: server.client_address: "x_real_ip" carries no address',
        ),
        (
            policy(rest='[server]\nclient_address = "Host"'),
            '6: server.client_address: "Host" carries no address',
        ),
        (
            policy(rest='[server]\nanswer = "forward_auth"'),
            '6: server.answer: "forward_auth" is no way to answer; did you mean "forward-auth"?',
        ),
        (policy(rest="[server]\nanswer = 1"), "6: server.answer: must be a string in quotes"),
        (
            policy(rest='[server]\nanswer = "forward-auth"'),
            '6: server.answer: "forward-auth" answers trusted proxies only; name those that ask in trusted_proxies',
        ),
        (
            policy(rest='[server]\nanswer = "forward-auth"\ntrusted_proxies = ["::1"]\nclient_address = "peer"'),
            '8: server.client_address: "peer" is always the proxy in forward-auth use; name a header that it sends',
        ),
        (
            policy(rest='[server]\nforward_auth = "envoy"'),
            '6: server.forward_auth: "envoy" is no convention; there are x-forwarded, auth-request, ext-authz',
        ),
        (
            policy(rest='[server]\nclient_address = "proxy-protocol"'),
            '6: server.client_address: "proxy-protocol" needs a listener with proxy_protocol = true',
        ),
        ("database = 1\n" + policy(), "1: database: must be a table, [database], not 1"),
        (policy(rest="[database]\nfile = 1"), "6: database.file: is not a key of [database]"),
        (policy(rest="[database]\ncountry = 1"), "6: database.country: must be a string in quotes"),
        (policy(rest="[database]\nlru_size = -1"), "6: database.lru_size: must be a whole number from 0 to"),
        (policy(rest="[database]\nlru_size = 1.5"), "6: database.lru_size: must be a whole number from 0 to"),
        (
            policy(rest="[database]\nuse_registered_country = 1"),
            "6: database.use_registered_country: must be true or false",
        ),
        (policy(rest='[database]\nsource = "dbip"'), "6: database.source: needs a file to fill; name it: country ="),
        (database('source = "http://example.com/a.mmdb"'), '7: database.source: "example.com" is asked by http'),
        (database('source = "https://u:p@example.com/a"'), "7: database.source: a URL with a name or password in it"),
        (database('source = "https://exam ple.com/a"'), "7: database.source: this is not an https URL"),
        (database('source = "https://example..com/a"'), '7: database.source: "example..com" is no host'),
        (database(f'source = "https://{"a" * 64}.com/a"'), '7: database.source: "aaaa'),
        (database('source = "https://xn--a.invalid/a"'), '7: database.source: "xn--a.invalid" is no host'),
        (database('source = "ftp://example.com/a.mmdb"'), "7: database.source: this is not an https URL"),
        (database('source = "https://[::1"'), "7: database.source: this is not an https URL"),
        (database('overrides = "a.csv"'), '7: database.overrides: must be an array of strings, such as ["a.csv"]'),
        (database('private = "UK"'), '7: database.private: "UK" is not an ISO 3166-1 code; did you mean "GB"?'),
        (database('private = "XX"'), '7: database.private: "XX" is not an ISO 3166-1 code; write one such as "DE"'),
        (database('country_header = "cf_ipcountry"'), '7: database.country_header: "cf_ipcountry" carries no country'),
        (database('country_header = "cookie"'), '7: database.country_header: "cookie" carries no country'),
        (
            database('country_header = "preset:cloudfare"'),
            '7: database.country_header: "preset:cloudfare" is no preset; did you mean "preset:cloudflare"?',
        ),
        (
            database('country_header = "X-Forwarded-For"'),
            "7: database.country_header: x-forwarded-for holds the client's address",
        ),
        (database("max_age_days = 0"), "7: database.max_age_days: must be a whole number from 1 to 36500, not 0"),
        (database('when_old = "default"'), '7: database.when_old: "default" is no answer to that; did you mean'),
        # [update]
        ("update = 1\n" + policy(), "1: update: must be a table, [update], not 1"),
        (
            policy(rest="[update]\nlicense_key = 1"),
            '6: update.license_key: is not a key of [update]; did you mean "lic',
        ),
        (policy(rest='[update]\nedition = "../x"'), '6: update.edition: "../x" is no edition; write one such as'),
        (policy(rest="[update]\naccount_id = 0"), "6: update.account_id: must be a whole number from 1 to"),
        (policy(rest='[update]\nchecksum = "sha256:12"'), '6: update.checksum: "sha256:12" is none; write "sha256:...'),
        (policy(rest='[update]\nchecksum = "http://a.b/c"'), '6: update.checksum: "http://a.b/c" is none; write'),
        (policy(rest="[update]\nmost_moved_percent = 101"), "6: update.most_moved_percent: must be a whole number fr"),
        (policy(rest="[update]\nkeep = -1"), "6: update.keep: must be a whole number from 0 to 100, not -1"),
        (policy(rest="[update]\ndownloads_a_day = 0"), "6: update.downloads_a_day: must be a whole number from 1 to"),
        # [limits]
        ("limits = 1\n" + policy(), "1: limits: must be a table, [limits], not 1"),
        (
            policy(rest="[limits]\nhead_octet = 1"),
            '6: limits.head_octet: is not a key of [limits]; did you mean "head_octets"?',
        ),
        (
            policy(rest="[limits]\nhead_seconds = 0"),
            "6: limits.head_seconds: must be a whole number from 1 to 3600, not 0",
        ),
        (
            policy(rest="[limits]\nhead_seconds = 1.5"),
            "6: limits.head_seconds: must be a whole number from 1 to 3600, not 1.5",
        ),
        (
            policy(rest="[limits]\nlinger_seconds = 61"),
            "6: limits.linger_seconds: must be a whole number from 1 to 60, not 61",
        ),
        (
            policy(rest='[limits]\nbody_octets = "1M"'),
            '6: limits.body_octets: must be a whole number from 0 to 16777216, not "1M"',
        ),
    ]

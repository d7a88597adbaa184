"""The truth table: what happens to whom, written out by hand. Rows are read, not computed; see `test_truth.py`.

Columns: site, URL (with what the browser wants it for behind a `!`), cookie, languages, place (with what a CDN says of
it behind a `>`), and after the arrow action, region, reason and location. `-` is nothing; `de:/x` is https://de.example/x.
"""

from __future__ import annotations

from typing import NamedTuple

SITES = {
    "move": "",
    "hint": 'mode = "suggest"\n',
    "rest": 'mode = "stay"\n',
    "shop": 'preset = "eu-shop"\n',
    "asks": 'undecided = "chooser"\n',
    "many": "",
    "dumb": 'order = ["country", "language"]\n',
    "read": 'order = ["choice", "language", "country"]\n',
    "only": 'order = ["choice"]\nundecided = "chooser"\n',
    "gone": 'exempt = ["/robots.txt", "/static/*.css"]\nexempt_to = "not-found"\n',
    "none": "exempt = []\n",
}

MORE = {
    "many": '[modes]\nEU = "suggest"\nDE = "redirect"\nJP = "stay"\n"continent:SA" = "suggest"\n',
    "shop": '[modes]\nFR = "redirect"\n[choice]\nparameter = "to"\nparameter_stores = true\n',
}

REGIONS = """\
[regions.global]
uri = "https://global.example{{+path}}{{+query}}"
languages = ["en"]
[regions.germany]
uri = "https://de.example{{+path}}{{+query}}"
countries = ["DE", "AT"]
languages = ["de"]
[regions.france]
uri = "https://{site}.example/fr{{+path}}{{+query}}"
countries = ["FR"]
languages = ["fr"]
[regions.suisse]
uri = "https://ch.example/{{language}}{{+path}}{{+query}}"
countries = ["CH"]
languages = ["fr-CH", "de-CH"]
[regions.japan]
uri = "https://jp.example/{{country}}{{+path}}{{+query}}"
countries = ["JP"]
languages = ["ja"]
[regions.korea]
uri = "https://kr.example{{+path}}{{+query}}"
{korea}"""

ADDRESSES = {
    "DE": "85.214.132.117",
    "CH": "130.59.31.80",
    "US": "8.8.8.8",
    "JP": "210.155.141.200",
    "FR": "193.51.208.14",
    "BR": "200.160.2.3",
    "NO": "129.240.2.6",
    "??": "192.0.2.1",
}


def policies() -> tuple[str, ...]:
    """One policy a site; the first says who is believed."""
    texts = []
    for site, keys in SITES.items():
        korea = 'mode = "stay"\n' if site == "many" else ""
        head = f'[site]\nhosts = ["{site}.example"]\ndefault = "global"\n{keys}'
        texts.append(head + REGIONS.format(site=site, korea=korea) + MORE.get(site, ""))
    settings = '[server]\ntrusted_proxies = ["127.0.0.0/8"]\n[database]\ncountry_header = "preset:cloudflare"\n'
    return (texts[0] + settings, *texts[1:])


class Row(NamedTuple):
    site: str
    url: str
    destination: str | None
    cookie: str | None
    languages: str | None
    place: str
    action: str
    region: str
    reason: str
    location: str | None


TABLE = """
# Guesses alone: place, then language, then the default.
move /                      -        -         DE -> redirect germany country       de:/
move /a/b?c=d&e             -        -         DE -> redirect germany country       de:/a/b?c=d&e
move /x                     -        fr        DE -> redirect germany country       de:/x
move /x                     -        en        DE -> redirect germany country       de:/x
move /x                     -        -         FR -> redirect france  country       move:/fr/x
move /x                     -        de        FR -> redirect france  country       move:/fr/x
move /x                     -        -         CH -> redirect suisse  country       ch:/fr-CH/x
move /x                     -        de-CH     CH -> redirect suisse  country       ch:/de-CH/x
move /x                     -        fr-CH     CH -> redirect suisse  country       ch:/fr-CH/x
move /x                     -        ja        CH -> redirect suisse  country       ch:/fr-CH/x
move /x                     -        -         JP -> redirect japan   country       jp:/JP/x
move /x                     -        en        JP -> redirect japan   country       jp:/JP/x
move /x                     -        -         US -> redirect global  default       global:/x
move /x                     -        en        US -> redirect global  language      global:/x
move /x                     -        de        US -> redirect germany language      de:/x
move /x                     -        fr        US -> redirect france  language      move:/fr/x
move /x                     -        ja        US -> redirect japan   language      jp:/US/x
move /x                     -        ko        US -> redirect global  default       global:/x
move /x                     -        *         US -> redirect global  default       global:/x
move /x                     -        de-AT     US -> redirect germany language      de:/x
move /x                     -        en;q=0.1,de US -> redirect germany language    de:/x
move /x                     -        de;q=0    US -> redirect global  default       global:/x
move /x                     -        -         BR -> redirect global  default       global:/x
move /x                     -        ja        BR -> redirect japan   language      jp:/BR/x
move /x                     -        -         ?? -> redirect global  unknown-place global:/x
move /x                     -        ko        ?? -> redirect global  unknown-place global:/x
move /x                     -        de        ?? -> redirect germany language      de:/x
move /x                     -        ja        ?? -> redirect japan   language      jp://x

# What a CDN says of the country beats the database; what is no country there is not known, and nobody else is asked.
move /x                     -        -         US>DE -> redirect germany country       de:/x
move /x                     -        -         ??>DE -> redirect germany country       de:/x
move /x                     -        -         DE>US -> redirect global  default       global:/x
move /x                     -        -         US>jp -> redirect japan   country       jp:/JP/x
move /x                     -        ja        DE>BR -> redirect japan   language      jp:/BR/x
move /x                     -        de-CH     DE>CH -> redirect suisse  country       ch:/de-CH/x
move /x                     -        -         DE>XX -> redirect global  unknown-place global:/x
move /x                     -        -         DE>T1 -> redirect global  unknown-place global:/x
move /x                     -        -         DE>UK -> redirect global  unknown-place global:/x
move /x                     -        -         DE>DE,FR -> redirect global unknown-place global:/x
move /x                     -        fr        DE>XX -> redirect france  language      move:/fr/x
move /x                     -        ja        DE>XX -> redirect japan   language      jp://x
move /x                     korea    -         DE>XX -> redirect korea   choice        kr:/x
move /x                     korea    -         US>DE -> redirect korea   choice        kr:/x
move /robots.txt            -        -         US>DE -> redirect global  exempt        global:/robots.txt
many /x                     -        -         JP>FR -> suggest  france  country       -
many /x                     -        -         FR>BR -> suggest  global  default       -
many /x                     -        -         FR>JP -> stay     japan   country       -
shop /x                     -        -         US>XX -> suggest  global  unknown-place -
shop /x                     -        -         US>NO -> suggest  global  default       -
shop /x                     -        -         NO>US -> redirect global  default       global:/x
read /x                     -        de        US>FR -> redirect germany language      de:/x
dumb /x                     -        -         US>FR -> redirect france  country       dumb:/fr/x

# An explicit choice beats a guess: the cookie.
move /x                     germany  -         US -> redirect germany choice        de:/x
move /x                     germany  -         FR -> redirect germany choice        de:/x
move /x                     germany  fr        FR -> redirect germany choice        de:/x
move /x                     global   -         DE -> redirect global  choice        global:/x
move /x                     global   de        DE -> redirect global  choice        global:/x
move /x?a=b                 france   de        DE -> redirect france  choice        move:/fr/x?a=b
move /x                     suisse   de-CH     DE -> redirect suisse  choice        ch:/de-CH/x
move /x                     suisse   -         ?? -> redirect suisse  choice        ch:/fr-CH/x
move /x                     japan    -         DE -> redirect japan   choice        jp:/DE/x
move /x                     japan    -         ?? -> redirect japan   choice        jp://x
move /x                     korea    -         DE -> redirect korea   choice        kr:/x
move /x                     korea    -         ?? -> redirect korea   choice        kr:/x
move /x                     germany  -         DE -> redirect germany choice        de:/x

# A choice that is none of this policy's counts for nothing.
move /x                     Germany  -         DE -> redirect germany country       de:/x
move /x                     GLOBAL   -         DE -> redirect germany country       de:/x
move /x                     spain    -         DE -> redirect germany country       de:/x
move /x                     forget   -         DE -> redirect germany country       de:/x
move /x                     ""       -         DE -> redirect germany country       de:/x
move /x                     "france" -         DE -> redirect germany country       de:/x
move /x                     france%20 -        DE -> redirect germany country       de:/x
move /x                     %66rance -         DE -> redirect germany country       de:/x
move /x                     spain    de        US -> redirect germany language      de:/x
move /x                     spain    -         ?? -> redirect global  unknown-place global:/x
move /x                     DE       -         US -> redirect global  default       global:/x

# The parameter, for this request, beats the cookie; it is taken out.
move /x?region=france       -        -         DE -> redirect france  parameter     move:/fr/x
move /x?region=france       germany  -         DE -> redirect france  parameter     move:/fr/x
move /x?region=france       germany  de        US -> redirect france  parameter     move:/fr/x
move /x?region=germany      -        -         ?? -> redirect germany parameter     de:/x
move /?region=korea         -        -         DE -> redirect korea   parameter     kr:/
move /x?a=1&region=korea&b=2 -       -         DE -> redirect korea   parameter     kr:/x?a=1&b=2
move /x?region=korea&b=2    -        -         DE -> redirect korea   parameter     kr:/x?b=2
move /x?b=2&region=korea    -        -         DE -> redirect korea   parameter     kr:/x?b=2
move /x?region=korea&region=japan -  -         DE -> redirect korea   parameter     kr:/x
move /x?region=japan        korea    -         CH -> redirect japan   parameter     jp:/CH/x
move /x?region=suisse       -        de-CH     JP -> redirect suisse  parameter     ch:/de-CH/x
move /x?region=global       germany  de        DE -> redirect global  parameter     global:/x
move /x?region=germany&q=%C3%A9 -    -         US -> redirect germany parameter     de:/x?q=%C3%A9

# A parameter that names no region counts for nothing, and is taken out all the same.
move /x?region=spain        -        -         DE -> redirect germany country       de:/x
move /x?region=spain        france   -         DE -> redirect france  choice        move:/fr/x
move /x?region=spain&region=korea -  -         DE -> redirect germany country       de:/x
move /x?region=             -        -         DE -> redirect germany country       de:/x
move /x?region=             korea    -         DE -> redirect korea   choice        kr:/x
move /x?region=France       -        -         DE -> redirect germany country       de:/x
move /x?region=forget       korea    -         DE -> redirect korea   choice        kr:/x
move /x?region=fr%61nce     -        -         DE -> redirect germany country       de:/x
move /x?region=france/      -        -         DE -> redirect germany country       de:/x
move /x?region=https://e.example -   -         DE -> redirect germany country       de:/x
move /x?region=spain&a=1    -        -         ?? -> redirect global  unknown-place global:/x?a=1

# What only looks like the parameter is carried over.
move /x?Region=france       -        -         DE -> redirect germany country       de:/x?Region=france
move /x?region              -        -         DE -> redirect germany country       de:/x?region
move /x?regions=france      -        -         DE -> redirect germany country       de:/x?regions=france
move /x?aregion=france      -        -         DE -> redirect germany country       de:/x?aregion=france
move /x?a=region=france     -        -         DE -> redirect germany country       de:/x?a=region=france
move /x?a;region=france     -        -         DE -> redirect germany country       de:/x?a;region=france
move /x?%72egion=france     -        -         DE -> redirect germany country       de:/x?%72egion=france
move /region=france         -        -         DE -> redirect germany country       de:/region=france
move /x?to=france           -        -         DE -> redirect germany country       de:/x?to=france

# An explicit URL beats everything.
move /fr                    -        -         DE -> stay     france  already-there -
move /fr/                   -        -         DE -> stay     france  already-there -
move /fr/x                  -        -         FR -> stay     france  already-there -
move /fr/x                  -        de        DE -> stay     france  already-there -
move /fr/x                  germany  -         DE -> stay     france  already-there -
move /fr/x?region=germany   -        -         DE -> stay     france  already-there -
move /fr/x?region=germany   korea    ja        JP -> stay     france  already-there -
move /fr/x!image            -        -         DE -> stay     france  already-there -
move /france                -        -         DE -> redirect germany country       de:/france
move /FR/x                  -        -         DE -> redirect germany country       de:/FR/x
move /%66r/x                -        -         DE -> redirect germany country       de:/%66r/x
move /x/fr                  -        -         DE -> redirect germany country       de:/x/fr
hint /fr/x                  -        -         DE -> stay     france  already-there -
hint /fr/x                  germany  -         DE -> stay     france  already-there -
rest /fr/x                  germany  -         DE -> stay     france  already-there -
shop /fr/x                  germany  -         DE -> stay     france  already-there -
shop /fr/x?to=germany       -        -         DE -> stay     france  already-there -
shop /fr/x                  -        -         US -> stay     france  already-there -

# Suggest: a guess never moves, a choice does.
hint /x                     -        -         DE -> suggest  germany country       -
hint /x                     -        fr        DE -> suggest  germany country       -
hint /x?a=b                 -        -         FR -> suggest  france  country       -
hint /x                     -        -         JP -> suggest  japan   country       -
hint /x                     -        de        US -> suggest  germany language      -
hint /x                     -        -         US -> suggest  global  default       -
hint /x                     -        -         ?? -> suggest  global  unknown-place -
hint /x                     -        ja        ?? -> suggest  japan   language      -
hint /x                     germany  -         DE -> redirect germany choice        de:/x
hint /x                     france   -         DE -> redirect france  choice        hint:/fr/x
hint /x                     korea    -         ?? -> redirect korea   choice        kr:/x
hint /x                     global   de        DE -> redirect global  choice        global:/x
hint /x?region=germany      -        -         US -> redirect germany parameter     de:/x
hint /x?region=korea&a      germany  -         US -> redirect korea   parameter     kr:/x?a
hint /x?region=spain        -        -         DE -> suggest  germany country       -
hint /x?region=spain        korea    -         DE -> redirect korea   choice        kr:/x
hint /x                     spain    -         DE -> suggest  germany country       -
hint /robots.txt            -        -         DE -> redirect global  exempt        global:/robots.txt
hint /x!script              -        -         DE -> redirect global  exempt        global:/x

# Stay: nothing is to be done, whatever was chosen.
rest /x                     -        -         DE -> stay     germany country       -
rest /x                     -        de        US -> stay     germany language      -
rest /x                     -        -         US -> stay     global  default       -
rest /x                     -        -         ?? -> stay     global  unknown-place -
rest /x                     korea    -         DE -> stay     korea   choice        -
rest /x                     germany  -         DE -> stay     germany choice        -
rest /x                     spain    -         DE -> stay     germany country       -
rest /x?region=korea        -        -         DE -> stay     korea   parameter     -
rest /x?region=korea        germany  -         DE -> stay     korea   parameter     -
rest /robots.txt            -        -         DE -> stay     global  exempt        -
rest /x!image               -        -         DE -> stay     global  exempt        -

# The preset for shops in the EU; its parameter is called "to", and France is written out.
shop /x                     -        -         DE -> suggest  germany country       -
shop /x?a=b                 -        fr        DE -> suggest  germany country       -
shop /x                     -        -         NO -> suggest  global  default       -
shop /x                     -        de        NO -> suggest  germany language      -
shop /x                     -        -         ?? -> suggest  global  unknown-place -
shop /x                     -        de        ?? -> suggest  germany language      -
shop /x                     -        -         FR -> redirect france  country       shop:/fr/x
shop /x                     -        de        FR -> redirect france  country       shop:/fr/x
shop /x                     -        -         CH -> redirect suisse  country       ch:/fr-CH/x
shop /x                     -        -         US -> redirect global  default       global:/x
shop /x                     -        de        US -> redirect germany language      de:/x
shop /x                     -        -         JP -> redirect japan   country       jp:/JP/x
shop /x                     germany  -         DE -> redirect germany choice        de:/x
shop /x                     france   -         DE -> redirect france  choice        shop:/fr/x
shop /x                     korea    -         ?? -> redirect korea   choice        kr:/x
shop /x                     spain    -         DE -> suggest  germany country       -
shop /x?to=korea            -        -         DE -> redirect korea   parameter     kr:/x
shop /x?to=korea&a          germany  -         ?? -> redirect korea   parameter     kr:/x?a
shop /x?to=spain            -        -         DE -> suggest  germany country       -
shop /x?region=korea        -        -         DE -> suggest  germany country       -
shop /x?region=korea        -        -         US -> redirect global  default       global:/x?region=korea
shop /x?region=korea        germany  -         US -> redirect germany choice        de:/x?region=korea
shop /favicon.ico           -        -         DE -> redirect global  exempt        global:/favicon.ico

# Undecided: neither language nor choice stated, and a place that no region serves.
asks /x                     -        -         US -> suggest  global  undecided     -
asks /x?a=b                 -        -         BR -> suggest  global  undecided     -
asks /x                     -        -         ?? -> suggest  global  undecided     -
asks /x                     -        *         US -> suggest  global  undecided     -
asks /x                     -        *;q=0.5   ?? -> suggest  global  undecided     -
asks /x                     -        de;q=0    US -> suggest  global  undecided     -
asks /x                     -        ,         US -> suggest  global  undecided     -
asks /x                     spain    -         US -> suggest  global  undecided     -
asks /x?region=spain        -        -         US -> suggest  global  undecided     -
asks /x                     -        ko        US -> redirect global  default       global:/x
asks /x                     -        ko        ?? -> redirect global  unknown-place global:/x
asks /x                     -        en        US -> redirect global  language      global:/x
asks /x                     -        de        ?? -> redirect germany language      de:/x
asks /x                     -        -         DE -> redirect germany country       de:/x
asks /x                     -        -         JP -> redirect japan   country       jp:/JP/x
asks /x                     korea    -         US -> redirect korea   choice        kr:/x
asks /x                     global   -         ?? -> redirect global  choice        global:/x
asks /x?region=global       -        -         US -> redirect global  parameter     global:/x
asks /x?region=japan        -        -         ?? -> redirect japan   parameter     jp://x
asks /robots.txt            -        -         US -> redirect global  exempt        global:/robots.txt
asks /x!style               -        -         US -> redirect global  exempt        global:/x
asks /fr/x                  -        -         US -> stay     france  already-there -

# Modes of places and regions: the narrower wins, and the region's own over all.
many /x                     -        -         DE -> redirect germany country       de:/x
many /x                     -        -         FR -> suggest  france  country       -
many /x                     -        de        FR -> suggest  france  country       -
many /x                     -        -         JP -> stay     japan   country       -
many /x                     germany  -         JP -> stay     germany choice        -
many /x?region=germany      -        -         JP -> stay     germany parameter     -
many /x                     -        -         CH -> redirect suisse  country       ch:/fr-CH/x
many /x                     -        -         BR -> suggest  global  default       -
many /x                     -        de        BR -> suggest  germany language      -
many /x                     germany  -         BR -> redirect germany choice        de:/x
many /x                     -        -         US -> redirect global  default       global:/x
many /x                     -        -         NO -> redirect global  default       global:/x
many /x                     -        -         ?? -> redirect global  unknown-place global:/x
many /x                     korea    -         DE -> stay     korea   choice        -
many /x                     korea    -         FR -> stay     korea   choice        -
many /x?region=korea        -        -         US -> stay     korea   parameter     -
many /x                     japan    -         FR -> redirect japan   choice        jp:/FR/x
many /x?region=japan        -        -         FR -> redirect japan   parameter     jp:/FR/x
many /robots.txt            -        -         FR -> redirect global  exempt        global:/robots.txt
many /robots.txt            -        -         JP -> stay     global  exempt        -

# Without "choice" in order neither parameter nor cookie is read, and the parameter is carried like any other.
dumb /x                     france   -         DE -> redirect germany country       de:/x
dumb /x                     korea    de        US -> redirect germany language      de:/x
dumb /x?region=france       -        -         DE -> redirect germany country       de:/x?region=france
dumb /x?region=france&a     korea    -         DE -> redirect germany country       de:/x?region=france&a
dumb /x?region=spain        -        -         ?? -> redirect global  unknown-place global:/x?region=spain
dumb /x                     -        ja        US -> redirect japan   language      jp:/US/x
dumb /fr/x                  germany  -         DE -> stay     france  already-there -

# Language before place.
read /x                     -        -         DE -> redirect germany country       de:/x
read /x                     -        fr        DE -> redirect france  language      read:/fr/x
read /x                     -        ja        DE -> redirect japan   language      jp:/DE/x
read /x                     -        en        JP -> redirect global  language      global:/x
read /x                     -        ko        JP -> redirect japan   country       jp:/JP/x
read /x                     -        ko        US -> redirect global  default       global:/x
read /x                     -        de-CH     DE -> redirect suisse  language      ch:/de-CH/x
read /x                     korea    ja        DE -> redirect korea   choice        kr:/x
read /x?region=germany      korea    ja        JP -> redirect germany parameter     de:/x

# Choices only.
only /x                     -        -         DE -> suggest  global  undecided     -
only /x                     -        de        DE -> redirect global  default       global:/x
only /x                     -        de        ?? -> redirect global  unknown-place global:/x
only /x                     germany  -         US -> redirect germany choice        de:/x
only /x?region=korea        -        -         DE -> redirect korea   parameter     kr:/x

# Exempt paths and requests that are no navigation go to the default region, whatever else is said.
move /robots.txt            -        -         DE -> redirect global  exempt        global:/robots.txt
move /robots.txt            germany  de        DE -> redirect global  exempt        global:/robots.txt
move /robots.txt?a=b        -        -         DE -> redirect global  exempt        global:/robots.txt?a=b
move /robots.txt?region=germany -    -         DE -> redirect global  exempt        global:/robots.txt
move /sitemap.xml           -        -         DE -> redirect global  exempt        global:/sitemap.xml
move /sitemap-de/1.xml      -        -         DE -> redirect global  exempt        global:/sitemap-de/1.xml
move /.well-known/a/b       -        -         JP -> redirect global  exempt        global:/.well-known/a/b
move /.well-known/          -        -         JP -> redirect global  exempt        global:/.well-known/
move /favicon.ico           -        -         CH -> redirect global  exempt        global:/favicon.ico
move /robots.txt/x          -        -         DE -> redirect germany country       de:/robots.txt/x
move /a/robots.txt          -        -         DE -> redirect germany country       de:/a/robots.txt
move /Robots.txt            -        -         DE -> redirect germany country       de:/Robots.txt
move /robotsxtxt            -        -         DE -> redirect germany country       de:/robotsxtxt
move /.well-known           -        -         DE -> redirect germany country       de:/.well-known
move /x!image               -        -         DE -> redirect global  exempt        global:/x
move /x!script              -        de        DE -> redirect global  exempt        global:/x
move /x!style               germany  -         DE -> redirect global  exempt        global:/x
move /x!font                -        -         FR -> redirect global  exempt        global:/x
move /x!serviceworker       -        -         FR -> redirect global  exempt        global:/x
move /x?region=korea!image  -        -         FR -> redirect global  exempt        global:/x
move /x!prefetch            -        -         DE -> redirect global  exempt        global:/x
move /x!document            -        -         DE -> redirect germany country       de:/x
move /x!empty               -        -         DE -> redirect germany country       de:/x
move /x!iframe              -        -         DE -> redirect germany country       de:/x
move /x!document            korea    -         DE -> redirect korea   choice        kr:/x

# Exempt requests that get 404, by the operator's word; and nothing exempt at all.
gone /robots.txt            -        -         DE -> refuse   global  exempt        -
gone /robots.txt            germany  de        DE -> refuse   global  exempt        -
gone /static/a/b.css        -        -         DE -> refuse   global  exempt        -
gone /x!image               -        -         DE -> refuse   global  exempt        -
gone /x?region=korea!image  -        -         DE -> refuse   global  exempt        -
gone /favicon.ico           -        -         DE -> redirect germany country       de:/favicon.ico
gone /static/a.js           -        -         DE -> redirect germany country       de:/static/a.js
gone /fr/x!image            -        -         DE -> stay     france  already-there -
none /robots.txt            -        -         DE -> redirect germany country       de:/robots.txt
none /x!image               -        -         DE -> redirect germany country       de:/x
none /x!prefetch            korea    -         DE -> redirect korea   choice        kr:/x
"""


def rows() -> list[Row]:
    return [_row(line) for line in TABLE.splitlines() if line and not line.startswith("#")]


def _row(line: str) -> Row:
    site, asked, cookie, languages, place, arrow, action, region, reason, location = line.split()
    assert arrow == "->", line
    url, _, destination = asked.partition("!")
    return Row(
        site, url, destination or None, _or_none(cookie), _or_none(languages), place, action, region, reason,
        _uri(location),
    )  # fmt: skip


def _or_none(text: str) -> str | None:
    return None if text == "-" else text


def _uri(short: str) -> str | None:
    host, _, rest = short.partition(":")
    return None if short == "-" else f"https://{host}.example{rest}"

"""Reads `[[rules]]`: for whom each is, and the one thing that it does. What conditions mean is in `when.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from georedirect.policy.areas import NAME
from georedirect.policy.conditions import PathLike
from georedirect.policy.globs import stars_in
from georedirect.policy.rule_model import Deed, Rule
from georedirect.policy.table import did_you_mean, toml
from georedirect.policy.template import IN_RULES
from georedirect.policy.uris import read_uri
from georedirect.policy.when import read_when
from georedirect.sharing import MOST_WEIGHT, Lot

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from georedirect.policy.conditions import Condition
    from georedirect.policy.context import Context
    from georedirect.policy.table import Table
    from georedirect.policy.template import Template

OUTCOMES = tuple(str(deed) for deed in Deed)
RULE_KEYS = ("name", "when", *OUTCOMES, "retry_after_seconds", "experiment")
STATUSES = (503, 404, 451)
MOST_RETRY_SECONDS = 31_536_000
MOST_CHARACTERS = 100

_LABELLED = frozenset({Deed.URI, Deed.REGION, Deed.CONTINUE})
"""Beside which `split` only gives names to parts of the visitors."""


def read_rules(root: Table, context: Context) -> tuple[Rule, ...]:
    """The rules in the file's order, without those in which something is wrong."""
    names: dict[str, Table] = {}
    rules = [_read_rule(number, table, names, context) for number, table in enumerate(root.array_of_tables("rules"), 1)]
    return tuple(rule for rule in rules if rule is not None)


def groups_named(root: Table) -> set[str]:
    """The groups that conditions ask for."""
    asked = [when for rule in root.array_of_tables("rules") if (when := rule.table("when")) is not None]
    return {text.value for when in asked for key in ("group", "not_group") for text in when.one_or_texts(key)}


def _read_rule(number: int, table: Table, names: dict[str, Table], context: Context) -> Rule | None:
    mistakes = context.findings.mistakes
    table.expect_only(RULE_KEYS)
    name = _read_name(table, number, names)
    context = context._replace(experiment=_read_experiment(table, name))
    asked = table.table("when")
    when = read_when(asked, context) if asked is not None else ()
    deed = _read_deed(table, context)
    uri = _read_rule_uri(table, when, context)
    region = _read_region(table, context)
    lot = _read_split(table, deed, context)
    status, tag = _read_status(table), _read_tag(table)
    _check_true(table)
    needed = {Deed.URI: uri, Deed.REGION: region, Deed.SPLIT: lot, Deed.STATUS: status, Deed.CONTINUE: tag}
    retry_after = _read_retry_after(table, status)
    if deed is None or needed.get(deed, ...) is None or context.findings.mistakes > mistakes:
        return None
    return Rule(number, name, when, deed, uri, region, lot, status, retry_after, tag)


def _read_name(table: Table, number: int, names: dict[str, Table]) -> str:
    text = table.text("name")
    name = text.value if text is not None else f"rule {number}"
    if not name.isprintable() or len(name) > MOST_CHARACTERS:
        table.mistake("name", f"must be at most {MOST_CHARACTERS} characters that can be seen, not {toml(name)}")
    other = names.setdefault(name, table)
    if other is not table:
        named = table if text is not None else other
        without = "" if "name" in other and text is not None else ", which has no name, and is called by its place"
        named.mistake("name", f'"{name}" is what another rule is called{without}; rules have names of their own')
    return name


def _read_experiment(table: Table, name: str) -> str:
    """What the draws of the rule depend on."""
    text = table.text("experiment")
    if text is None:
        return name
    when = table.table("when") or ()
    if "split" not in table and not {"share", "not_share"}.intersection(when):
        table.mistake("experiment", "is of no use: the rule has neither split nor a share")
    if len(text.value) > MOST_CHARACTERS:
        table.mistake("experiment", f"must be at most {MOST_CHARACTERS} characters, not {len(text.value)}")
    return text.value


def _read_deed(table: Table, context: Context) -> Deed | None:
    """The one of OUTCOMES that is given; `suggest` may have a region, and `split` may only label what another does."""
    given = [Deed(key) for key in OUTCOMES if key in table]
    deeds = [deed for deed in given if deed is not Deed.SPLIT]
    if {*deeds} == {Deed.REGION, Deed.SUGGEST}:
        deeds = [Deed.SUGGEST]
    if not given:
        context.findings.mistake(table.path, f"says nothing of what is to be done; give it one of {_listed()}")
        return None
    if len(deeds) > 1:
        table.mistake(deeds[1], f"stands beside {deeds[0]}; a rule does one thing")
    if Deed.SPLIT in given and not _LABELLED.issuperset(deeds):
        table.mistake("split", f"stands beside {deeds[0]}; it stands alone, or beside uri, region or continue")
    return deeds[0] if deeds else Deed.SPLIT


def _listed() -> str:
    return f"{', '.join(OUTCOMES[:-1])} or {OUTCOMES[-1]}"


def _check_true(table: Table) -> None:
    table.is_on(Deed.STAY)
    suggest = table.item(Deed.SUGGEST)
    if suggest is not None and isinstance(suggest.value, str):
        table.mistake(Deed.SUGGEST, f"can only be true, beside region = {toml(suggest.value)}")
    else:
        table.is_on(Deed.SUGGEST)


def _read_region(table: Table, context: Context) -> str | None:
    text = table.text("region")
    if text is not None and text.value not in context.regions:
        table.mistake("region", _no_region(text.value, context))
        return None
    return text.value if text is not None else None


def _no_region(name: str, context: Context) -> str:
    return f'"{name}" is not a region of this file; {did_you_mean(name, list(context.regions))}'


def _read_status(table: Table) -> int | None:
    item = table.item("status")
    if item is None:
        return None
    if type(item.value) is int and item.value in STATUSES:
        return item.value
    table.mistake("status", f"must be 503, 404 or 451, not {toml(item.value)}")
    return None


def _read_retry_after(table: Table, status: int | None) -> int | None:
    if "retry_after_seconds" not in table:
        return None
    if status != 503:
        table.mistake("retry_after_seconds", "goes with status = 503 only")
    return table.whole_number("retry_after_seconds", at_least=1, at_most=MOST_RETRY_SECONDS, default=1)


def _read_tag(table: Table) -> str | None:
    text = table.text("continue")
    if text is not None and not NAME.fullmatch(text.value):
        table.mistake("continue", f'"{text.value}" is no tag: it has up to 64 letters, digits, - and _')
    return text.value if text is not None else None


# Split


def _read_split(table: Table, deed: Deed | None, context: Context) -> Lot | None:
    split = table.table("split")
    if split is None:
        return None
    weights = [(name, split.whole_number(name, at_least=0, at_most=MOST_WEIGHT, default=1)) for name in split]
    for name, _ in weights:
        if deed is Deed.SPLIT and name not in context.regions:
            split.mistake(name, _no_region(name, context))
        elif not NAME.fullmatch(name):
            split.mistake(name, f'"{name}" is no label: it has up to 64 letters, digits, - and _')
    if len(weights) < 2:
        table.mistake("split", "needs two parts at least, as in split = { a = 90, b = 10 }")
    elif not any(weight for _, weight in weights):
        table.mistake("split", "has no part with a weight above 0")
    return Lot.of(weights, "split", context.key, context.experiment)


# URI


def _read_rule_uri(table: Table, when: Sequence[Condition], context: Context) -> Template | None:
    uri = read_uri(table, context.findings, IN_RULES)
    if uri is None:
        return None
    asked = table.table("when") or ()
    numbers = [int(name) for name in uri.variables if name.isdecimal()]
    globs = [glob for test in _paths(when) for glob in test.globs]
    stars = min(map(stars_in, globs), default=0)
    if numbers and max(numbers) > stars and (globs or "path" not in asked):
        table.mistake("uri", f"{{{max(numbers)}}} needs as many * in each path of the rule, which has {stars}")
    if "rest" in uri.variables and "prefix" not in asked:
        table.mistake("uri", "{rest} is what is below the rule's prefix, which it has not; {+path} is the whole path")
    return uri


def _paths(when: Sequence[Condition]) -> Iterator[PathLike]:
    return (each.test for each in when if isinstance(each.test, PathLike) and not each.is_negated)

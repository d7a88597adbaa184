"""The docs and the code say the same: every key, variable, command, option, reason and page, and nothing besides."""

from __future__ import annotations

import argparse
import ast
import json
import re
import shlex
from functools import cache
from pathlib import Path
from select import PIPE_BUF
from typing import TYPE_CHECKING

import pytest

from georedirect.atlas.paint import Manner
from georedirect.cli import build_parser, main
from georedirect.cli.serve import curl_line
from georedirect.decision import Action
from georedirect.doctor.finding import Kind, Level
from georedirect.doctor.report import FindingSeen, Report, VisitorSeen
from georedirect.door import history
from georedirect.door.announcing import Unannounced
from georedirect.door.explain import Client, DatabaseSeen, Explanation, StepTaken
from georedirect.door.snapshot import load_snapshot
from georedirect.errors import UpdateCause
from georedirect.guess import Reason
from georedirect.health.probe import OUTCOMES
from georedirect.journal.access import MOST_LINES, MOST_NOTED_OCTETS
from georedirect.journal.server_log import BURST, REST_SECONDS
from georedirect.journal.sink import MOST_PIECE_OCTETS
from georedirect.journal.writer import MOST_OCTETS
from georedirect.place import Anonymity
from georedirect.policy.checks import CHECK_KEYS, CHECK_RANGES
from georedirect.policy.chooser import CHOICE_KEYS, CHOOSER_KEYS
from georedirect.policy.data import COUNTRY_HEADERS, DATABASE_KEYS, UPDATE_KEYS, UPDATE_RANGES
from georedirect.policy.endpoint import Endpoint
from georedirect.policy.listening import LISTENER_KEYS
from georedirect.policy.load import POLICY_TABLES, SETTINGS_TABLES, load_configuration
from georedirect.policy.log import LOG_KEYS
from georedirect.policy.log_model import AccessFormat, ServerFormat, ShownClient, Stream
from georedirect.policy.mirror_model import Check, Choosing, WhenDown
from georedirect.policy.mirrors_in import MIRROR_KEYS
from georedirect.policy.model import ExemptTo, Mode, Source, Undecided
from georedirect.policy.presets import PRESETS
from georedirect.policy.regions import REGION_KEYS
from georedirect.policy.rules import RULE_KEYS
from georedirect.policy.server_model import LimitSettings
from georedirect.policy.settings import LIMIT_KEYS, LIMIT_RANGES, SERVER_KEYS
from georedirect.policy.site import CACHE_KEYS, EXEMPT, SITE_KEYS, Preset
from georedirect.policy.sticky import STICKY_KEYS
from georedirect.policy.template import VARIABLES
from georedirect.policy.tls_in import CERTIFICATE_KEYS, TLS_KEYS
from georedirect.policy.when import CONDITION_KEYS
from georedirect.policy.when_time import DAILY_KEYS, DAYS
from georedirect.record.entry import MOST_FIELD_OCTETS, MOST_LINE_OCTETS, MOST_TARGET_OCTETS
from georedirect.record.json_lines import KEYS
from georedirect.update.steps import STEPS, Outcome
from georedirect.visitor.methods import METHODS
from georedirect.watch.admin import create_admin
from georedirect.watch.desk import Desk
from georedirect.watch.metrics import Metrics
from georedirect.watch.mirrors import Told
from georedirect.watch.status import CacheFigures, ConnectionFigures, SiteFigures, Status, WorkerFigures
from georedirect.watch.told import Attempted
from tests.atlas.reading import countries
from tests.watch.desks import full_desk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PACKAGE = ROOT / "georedirect"
PAGES = sorted([ROOT / "README.md", *DOCS.glob("*.md"), ROOT / "data" / "NOTICE.md"])

_SENT = re.compile(r"[A-Z][A-Za-z]*(?:-[A-Z][A-Za-z]*)+")
_READ = re.compile(rb"[a-z]+(?:-[a-z]+)+")


def read(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def section(page: str, heading: str) -> str:
    """What stands under `## heading`, up to the next heading of that level."""
    for part in re.split(r"^## ", page, flags=re.MULTILINE)[1:]:
        title, _, text = part.partition("\n")
        if title.strip() == heading:
            return text
    raise AssertionError(f"no heading: {heading}")


def headings(page: str) -> list[str]:
    return re.findall(r"^## (.+)$", page, flags=re.MULTILINE)


def first_column(text: str) -> list[str]:
    """What stands in backticks at the beginning of each row of the tables in this text."""
    return re.findall(r"^\| `([^`]+)` \|", text, flags=re.MULTILINE)


def in_backticks(text: str) -> set[str]:
    return set(re.findall(r"`([^`\n]+)`", text))


# The policy file


@pytest.mark.parametrize(
    ("heading", "keys"),
    [
        ("`[site]`", SITE_KEYS),
        ("`[regions.NAME]`", REGION_KEYS),
        ("`[[regions.NAME.mirrors]]`", MIRROR_KEYS),
        ("Checks", CHECK_KEYS),
        ("`[[rules]]`", RULE_KEYS),
        ("Conditions", CONDITION_KEYS),
        ("`[sticky]`", STICKY_KEYS),
        ("`[choice]`", CHOICE_KEYS),
        ("`[chooser]`", CHOOSER_KEYS),
        ("`[server]`", SERVER_KEYS),
        ("Listeners", LISTENER_KEYS),
        ("`[tls]`", TLS_KEYS),
        ("`[database]`", DATABASE_KEYS),
        ("`[update]`", UPDATE_KEYS),
        ("`[limits]`", LIMIT_KEYS),
        ("`[log]`", LOG_KEYS),
    ],
)
def test_every_key_of_a_table_is_documented_and_no_other(heading: str, keys: Iterable[str]) -> None:
    documented = first_column(section(read("policy.md"), heading))
    assert sorted(documented) == sorted(keys)


def test_both_keys_of_a_certificate_are_documented() -> None:
    assert re.findall(r"^- `(\w+)`: ", section(read("policy.md"), "`[tls]`"), re.MULTILINE) == list(CERTIFICATE_KEYS)


def test_every_limit_is_documented_with_its_default_and_range() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| `(\d+)` \| (\d+) to (\d+) \|", section(read("policy.md"), "`[limits]`"), re.MULTILINE
    )
    documented = {key: tuple(map(int, numbers)) for key, *numbers in rows}
    assert documented == {key: (getattr(LimitSettings(), key), *LIMIT_RANGES[key]) for key in LIMIT_KEYS}


def test_every_number_of_update_is_documented_with_its_range() -> None:
    text = section(read("policy.md"), "`[update]`")
    rows = re.findall(r"^\| `(\w+)` \| .*?(\d+) to (\d+)\. \|$", text, re.MULTILINE)
    assert {key: (int(least), int(most)) for key, least, most in rows} == UPDATE_RANGES


def test_every_word_of_the_log_is_documented_and_no_other() -> None:
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\|(.*)\|$", section(read("policy.md"), "`[log]`"), re.MULTILINE)
    documented = {key: set(re.findall(r"`(\w+)`", text)) for key, text in rows}
    assert documented == {
        "access": {*Stream} - {Stream.OFF},
        "format": {*AccessFormat},
        "sample": set(),
        "client": {*ShownClient},
        "server": {*ServerFormat},
    }


def test_every_preset_of_a_country_header_is_documented_and_no_other() -> None:
    documented = re.findall(r"`(preset:[\w-]+)`\s\(`([\w-]+)`\)", section(read("policy.md"), "`[database]`"))
    assert dict(documented) == COUNTRY_HEADERS


def test_every_preset_of_trusted_proxies_is_documented_as_it_is_and_no_other() -> None:
    row = r"^\| `preset:([\w-]+)` \|[^|]*\| *([^|]*?) *\|([^|]*)\|.*\]\((.*)\) \|$"
    rows = re.findall(row, read("proxies.md"), re.MULTILINE)
    documented = {name: (day, tuple(re.findall(r"`([\w-]+)`", headers)), url) for name, day, headers, url in rows}
    days = {name: str(each.read_on or ("to be fetched" if each.sources else "")) for name, each in PRESETS.items()}
    assert documented == {name: (days[name], each.headers, each.published) for name, each in PRESETS.items()}


def test_every_table_of_the_policy_file_has_a_section_and_no_other() -> None:
    documented = re.findall(r"^## `(\[+\w+)[\].]", read("policy.md"), flags=re.MULTILINE)
    tables = {f"[{name}" for name in (*POLICY_TABLES, *SETTINGS_TABLES)} - {"[rules"}
    assert sorted(documented) == sorted([*tables, "[[rules", "[[regions"])


def test_every_template_variable_is_documented_and_no_other() -> None:
    assert first_column(section(read("policy.md"), "URI templates")) == list(VARIABLES)
    assert in_backticks(section(read("policy.md"), "`[[rules]]`")) >= {"{1}", "{9}", "{rest}"}


def test_every_number_of_a_check_is_documented_with_its_default_and_range() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| `(\d+)`[^|]* \|.*? (\d+) to (\d+)\b", section(read("policy.md"), "Checks"), re.MULTILINE
    )
    documented = {key: tuple(map(int, numbers)) for key, *numbers in rows}
    assert documented == {key: (getattr(Check(""), key), *CHECK_RANGES[key]) for key in CHECK_RANGES}


def test_every_way_to_choose_a_mirror_and_every_kind_of_anonymity_is_documented() -> None:
    assert all(f"- `{way}`:" in section(read("policy.md"), "`[[regions.NAME.mirrors]]`") for way in Choosing)
    assert set(re.findall(r'`"([\w-]+)"`', section(read("policy.md"), "Conditions"))) >= {*Anonymity}


def test_every_part_of_daily_is_documented() -> None:
    assert in_backticks(section(read("policy.md"), "Conditions")) >= {*DAILY_KEYS, *DAYS}


def test_every_word_that_a_site_may_be_given_is_documented_and_no_other() -> None:
    text = section(read("policy.md"), "`[site]`")
    assert set(re.findall(r'"([\w-]+)"', text)) == {*Source, *Mode, *Undecided, *ExemptTo, *Preset, *WhenDown}
    assert f"`{json.dumps(EXEMPT)}`" in text
    assert set(CACHE_KEYS) <= set(re.findall(r"(\w+) = ", text))
    assert all(f"- `{mode}`:" in section(read("policy.md"), "`[modes]`") for mode in Mode)


def test_every_source_is_explained() -> None:
    assert all(f"- `{source}`:" in section(read("policy.md"), "How a decision is made") for source in Source)


def blocks(language: str) -> Iterator[tuple[Path, str]]:
    for page in PAGES:
        fenced = re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
        yield from ((page, text) for text in fenced)


EXAMPLES = list(blocks("toml"))


def test_there_are_examples_of_policies() -> None:
    assert {page.name for page, text in EXAMPLES if "[site]" in text} >= {"README.md", "policy.md"}


@pytest.mark.parametrize(("page", "text"), EXAMPLES, ids=lambda value: getattr(value, "name", None))
def test_an_example_of_a_policy_loads_without_mistakes(page: Path, text: str) -> None:
    """One without [site] is part of a policy: of the one that the README shows."""
    if "[site]" not in text:
        whole = next(whole for other, whole in EXAMPLES if other.name == "README.md")
        text = f"{whole}\n{text}"
    assert load_configuration({page.name: text.encode()}).policies


# Commands


@cache
def commands() -> dict[str, argparse.ArgumentParser]:
    for action in build_parser()._actions:  # noqa: SLF001  argparse has no other way to ask
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            return dict(action.choices)
    raise AssertionError("no commands")


def command_sections() -> dict[str, str]:
    page = read("commands.md")
    return {heading.strip("`").split()[1]: section(page, heading) for heading in headings(page)}


def options_of(parser: argparse.ArgumentParser) -> list[str]:
    """`--listen HOST:PORT` for each option, as its help shows it."""
    found = []
    for action in parser._actions:  # noqa: SLF001
        if action.option_strings and action.dest != "help":
            value = "" if action.nargs == 0 else f" {action.metavar or action.dest.upper()}"
            found.append(f"{action.option_strings[-1]}{value}")
    return found


def test_every_command_is_documented_and_no_other() -> None:
    assert command_sections().keys() == commands().keys()


@pytest.mark.parametrize("command", sorted(commands()))
def test_every_option_of_a_command_is_documented_and_no_other(command: str) -> None:
    assert sorted(first_column(command_sections()[command])) == sorted(options_of(commands()[command]))


@pytest.mark.parametrize("command", sorted(commands()))
def test_the_heading_of_a_command_says_what_it_takes(command: str) -> None:
    positional = next(action for action in commands()[command]._actions if not action.option_strings)  # noqa: SLF001
    name = str(positional.metavar)
    taken = {"*": f"[{name}...]", "+": f"{name}...", "?": f"[{name}]"}.get(str(positional.nargs), name)
    assert any(heading.startswith(f"`georedirect {command} {taken}") for heading in headings(read("commands.md")))


def test_the_object_that_explain_prints_is_documented_with_all_its_keys() -> None:
    text = command_sections()["explain"].partition("The object has ")[2]
    documented = set(re.findall(r"`\{?([a-z_, ]+)\}?`", text))
    words = {word for phrase in documented for word in phrase.split(", ")}
    keys = {
        *Explanation.__annotations__,
        *Client.__annotations__,
        *DatabaseSeen.__annotations__,
        *StepTaken.__annotations__,
    }
    assert words == keys | set(Action)


def test_the_object_that_doctor_prints_is_documented_with_all_its_keys() -> None:
    text = command_sections()["doctor"].partition("The object has ")[2]
    words = {word for phrase in re.findall(r"`\{?([a-z_, ]+)\}?`", text) for word in phrase.split(", ")}
    assert words == {*Report.__annotations__, *VisitorSeen.__annotations__, *FindingSeen.__annotations__, *Level}


def test_everything_that_doctor_may_find_is_documented_and_nothing_else() -> None:
    assert first_column(section(read("caches.md"), "What doctor says")) == list(Kind)


def test_every_exit_code_of_update_is_documented_with_its_outcomes_and_no_other() -> None:
    rows = re.findall(r"^\| (\d+) \| (.*?)\|", command_sections()["update"], re.MULTILINE)
    documented = {(int(code), outcome) for code, outcomes in rows for outcome in in_backticks(outcomes) or {""}}
    ended = {(outcome.exit_code, str(outcome)) for outcome in (*Outcome, *UpdateCause)}
    assert documented == ended - {(0, Outcome.ROLLED_BACK)} | {(2, "")}
    assert f"the outcome of 0 is `{Outcome.ROLLED_BACK}`" in command_sections()["rollback"]


def test_every_step_of_update_is_documented_with_its_outcomes_and_no_other() -> None:
    documented = re.findall(r"^- `([a-z]+)`: ((?:.|\n  )*)$", command_sections()["update"], re.MULTILINE)
    assert [step for step, _ in documented] == list(STEPS)
    for step, text in documented:
        assert in_backticks(text) >= STEPS[step]


def test_the_picture_of_a_map_is_what_the_command_draws_of_the_policy_beside_it(tmp_path: Path) -> None:
    text = command_sections()["map"]
    (example,) = re.findall(r"^```toml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    (command,) = re.findall(r"`georedirect (map shop\.toml --at .*? -o map\.svg)`", text)
    (tmp_path / "shop.toml").write_text(example)
    words = [str(tmp_path / word) if word.endswith((".toml", ".svg")) else word for word in command.split()]
    assert main(words) == 0
    drawn, shown = (
        countries((folder / "map.svg").read_text(encoding="utf-8")) for folder in (tmp_path, DOCS / "pictures")
    )
    assert {code: drawn[code].attrib for code in drawn} == {code: shown[code].attrib for code in shown}


def test_every_way_to_paint_a_country_is_documented_and_no_other() -> None:
    text = command_sections()["map"].partition("`data-manner`: ")[2].partition(". ")[0]
    assert in_backticks(text) == set(Manner)


def typed() -> Iterator[tuple[str, str]]:
    """The page and what stands behind `georedirect`, for each line that a page has somebody type."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8").replace("\\\n", " ")
        lines = re.findall(r"^    (?:\$ )?(?:sudo )?(?:\S*/)?georedirect (\S.*)$", text, re.MULTILINE)
        yield from ((page.name, line) for line in lines)


TYPED = sorted({*typed()} - {("deploying.md", "--version")})


@pytest.mark.parametrize("line", [line for _, line in TYPED], ids=[page for page, _ in TYPED])
def test_every_command_that_a_page_has_typed_is_one_that_there_is(line: str) -> None:
    build_parser().parse_args(shlex.split(line, comments=True))  # which ends the test where it cannot


def test_commands_are_found_on_the_pages_that_are_for_typing() -> None:
    pages = {page for page, _ in TYPED}
    assert pages >= {"README.md", "deploying.md", "data.md", "caches.md", "proxies.md", "recipes.md"}


# Answers


def header_names() -> set[str]:
    """What the door, its pages and the admin pages send or look at, in lower case, read from the code."""
    paths = (path for room in ("door", "chooser", "watch", "visitor") for path in (PACKAGE / room).rglob("*.py"))
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in paths]
    words = {node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    sent = {word.lower() for word in words if isinstance(word, str) and _SENT.fullmatch(word)}
    return sent | {word.decode() for word in words if isinstance(word, bytes) and _READ.fullmatch(word)}


def test_every_header_that_is_sent_or_looked_at_is_documented() -> None:
    names = header_names() - {method.lower() for method in METHODS}
    assert names >= {"sec-purpose", "retry-after", "x-forwarded-proto", "strict-transport-security"}
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES).lower()
    assert {name for name in names if not re.search(rf"(?<![\w-]){name}(?![\w-])", text)} == set()


def answer_reasons() -> set[str]:
    """The reasons of answers that get no further than the door, read from where the code makes them."""
    found: set[str] = set()
    for path in sorted((ROOT / "georedirect" / "door").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            found |= _reasons_in_call(node) if isinstance(node, ast.Call) else _reasons_in_pair(node)
    return found


def _reasons_in_call(call: ast.Call) -> set[str]:
    """`refusal(400, "bad-request", ...)` and `Answer(204, headers, body, action, "options", ...)`."""
    position = {"refusal": 1, "_moved": 2, "Answer": 4}.get(call.func.id if isinstance(call.func, ast.Name) else "")
    if position is None or len(call.args) <= position:
        return set()
    reason = call.args[position]
    return {reason.value} if isinstance(reason, ast.Constant) and isinstance(reason.value, str) else set()


def _reasons_in_pair(node: ast.AST) -> set[str]:
    """`("too-slow", "the request did not arrive in time")`, as in tables by status."""
    if not isinstance(node, ast.Tuple) or len(node.elts) != 2:
        return set()
    words = [item.value for item in node.elts if isinstance(item, ast.Constant) and isinstance(item.value, str)]
    is_reason = len(words) == 2 and re.fullmatch(r"[a-z]+(-[a-z]+)*", words[0]) and " " in words[1]
    return {words[0]} if is_reason else set()


def test_every_reason_is_documented_and_no_other() -> None:
    text = section(read("answers.md"), "Reasons")
    assert in_backticks(text) == {*Reason} | answer_reasons()
    assert answer_reasons() >= {"bad-request", "unknown-host", "options", "too-slow", "error"}


def test_every_reason_of_a_decision_is_explained() -> None:
    text = section(read("policy.md"), "How a decision is made")
    assert {*Reason} <= in_backticks(text)


def test_every_page_of_the_admin_listener_is_documented_and_no_other() -> None:
    admin = create_admin(Desk(load_snapshot([])), name="georedirect-admin-in-the-docs")
    pages = {f"/{route.path.lstrip('/')}" for route in admin.router.routes}
    documented = first_column(section(read("answers.md"), "The admin listener"))
    assert {path.partition("?")[0] for path in documented} == pages


def test_the_readme_shows_the_line_that_serve_prints() -> None:
    line = curl_line(load_snapshot([]).configuration, Endpoint("127.0.0.1", 8307))
    assert f"    $ {line}\n" in (ROOT / "README.md").read_text(encoding="utf-8")


# Links and names


def links(page: Path) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title).strip().lower().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_between_pages_leads_somewhere(page: Path) -> None:
    for link in links(page):
        if "://" not in link:
            path, _, anchor = link.partition("#")
            target = (page.parent / path).resolve() if path else page
            assert target.exists(), link
            assert not anchor or anchor in anchors(target), link


def test_every_page_of_the_docs_is_linked_from_the_readme() -> None:
    assert {f"docs/{page.name}" for page in DOCS.glob("*.md")} <= set(links(ROOT / "README.md"))


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "NOTICE.md"], ids=lambda page: page.name)
def test_every_file_of_ours_that_a_page_names_exists(page: Path) -> None:
    text = re.sub(r"https://\S+", "", page.read_text(encoding="utf-8"))
    named = re.findall(r"`?\b((?:scripts|data|docs|deploy)/[\w./-]*\w)", text)
    assert [name for name in named if not (ROOT / name).exists()] == []


# Logs


def test_every_key_of_the_access_log_is_documented_in_its_order_and_no_other() -> None:
    assert first_column(section(read("logs.md"), "JSON")) == list(KEYS)


def test_the_limits_of_a_line_and_of_what_may_be_lost_are_the_documented_ones() -> None:
    text = " ".join(read("logs.md").split())
    assert f"after {MOST_TARGET_OCTETS:,} octets as they stand in the log, and after {MOST_FIELD_OCTETS}" in text
    assert f"No line is longer than {MOST_LINE_OCTETS:,} octets" in text
    assert f"{MOST_LINES:,} lines, or {MOST_NOTED_OCTETS >> 20} MiB. At most {MOST_OCTETS >> 20} MiB wait" in text
    assert f"and at most {MOST_LINES:,} lines" in text
    assert (
        f"in pieces of at most {PIPE_BUF:,} octets, to files in pieces of at most {MOST_PIECE_OCTETS >> 10} KiB" in text
    )
    assert (BURST, REST_SECONDS) == (10, 60)
    assert "ten lines come at once, and then one a minute" in text


# Operating


def test_every_key_of_the_status_is_documented_and_no_other() -> None:
    text = section(read("answers.md"), "The admin listener")
    text = text.partition("`/status` answers")[2].partition("`/mirrors` answers")[0]
    objects = (Status, SiteFigures, CacheFigures, ConnectionFigures, WorkerFigures, Attempted)
    assert in_backticks(text) - {"/readyz"} == {key for kind in objects for key in kind.__annotations__}


def test_every_key_of_the_page_of_mirrors_is_documented_and_no_other() -> None:
    text = section(read("answers.md"), "The admin listener").partition("`/mirrors` answers")[2]
    assert in_backticks(text) - {"*"} == {"mirrors", *Told.__annotations__}


def test_every_word_for_what_came_of_a_check_is_documented_and_no_other() -> None:
    assert set(first_column(section(read("operating.md"), "Mirrors and their health"))) == OUTCOMES


def test_every_metric_is_documented_with_its_type_and_labels_and_no_other() -> None:
    families = Metrics(full_desk()).collect()
    real = {
        (sample.name, family.type, ", ".join(sorted(sample.labels))) for family in families for sample in family.samples
    }
    rows = re.findall(r"^\| `(georedirect_\w+)` \| (\w+) \|([^|]*)\|", read("operating.md"), re.MULTILINE)
    assert {(name, kind, labels.strip().replace("`", "")) for name, kind, labels in rows} == real


def test_every_cause_of_closing_a_connection_unheard_is_documented_and_no_other() -> None:
    assert re.findall(r"\| closed[^|]*: `([a-z-]+)` \|", section(read("answers.md"), "The PROXY protocol")) == [
        *Unannounced
    ]


def test_every_outcome_and_cause_of_a_reload_is_documented_and_no_other() -> None:
    text = section(read("operating.md"), "Reloading")
    assert first_column(text) == list(history.Cause)
    assert {f"`{outcome}`" for outcome in history.Outcome} <= set(re.findall(r"`\w+`", text))

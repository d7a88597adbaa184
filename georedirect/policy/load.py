"""Texts of policy files in, one checked Configuration out, or every mistake in them at once. Opens no file itself."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from georedirect.errors import PolicyError
from georedirect.policy.assemble import assemble_policy
from georedirect.policy.backing import find_unbacked
from georedirect.policy.checks import check_checks
from georedirect.policy.data import check_country_header, read_database, read_update
from georedirect.policy.data_model import DatabaseSettings, UpdateSettings
from georedirect.policy.findings import Findings
from georedirect.policy.lines import locate
from georedirect.policy.listening import Listening
from georedirect.policy.loops import find_loops
from georedirect.policy.model import Configuration
from georedirect.policy.rule_loops import find_rule_loops
from georedirect.policy.server_model import Answering, LimitSettings, ServerSettings, TlsSettings
from georedirect.policy.settings import read_limits, read_server
from georedirect.policy.table import Table
from georedirect.policy.times import Timetable
from georedirect.policy.tls_in import read_tls
from georedirect.policy.veil import veil

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from georedirect.policy.findings import Finding
    from georedirect.policy.model import Policy

POLICY_TABLES = ("site", "regions", "groups", "modes", "choice", "chooser", "sticky", "rules")
SETTINGS_TABLES = ("server", "tls", "database", "update", "limits")

_Settings = TypeVar("_Settings")


class _File(NamedTuple):
    """One file that has been read, and what was found in it. `policy` is None where it has none, or a wrong one.

    `shown` is its text without its secrets.
    """

    root: Table
    findings: Findings
    policy: Policy | None
    shown: str = ""


def load_configuration(texts: Mapping[str, bytes], unreadable: Mapping[str, str] | None = None) -> Configuration:
    """Read policy files, given as `{name: octets}`; PolicyError holds every mistake and warning, by file and line.

    `unreadable` is `{name: why}` of files that belong to them, but could not be opened: each is a mistake of its own.
    """
    files = [_unreadable(name, 1, f"cannot be read: {why}") for name, why in (unreadable or {}).items()]
    files += [_read_file(name, octets) for name, octets in texts.items()]
    server = _read_once(files, "server", read_server, ServerSettings())
    database = _read_once(files, "database", read_database, DatabaseSettings())
    update = _read_once(files, "update", read_update, UpdateSettings())
    limits = _read_once(files, "limits", read_limits, LimitSettings())
    tls = _read_once(files, "tls", read_tls, TlsSettings())
    _check_country_header(files, database, server)
    _check_tls(files, server)
    by_host, for_other_hosts = _share_hosts(files)
    policies = tuple(file.policy for file in files if file.policy is not None)
    if not policies and not _all_findings(files, mistakes_only=True):
        files[0].root.mistake("site", "is missing: no file has a [site] with regions to send anyone to")
    may_stay = server.answer is Answering.FORWARD_AUTH
    placed = [(file.policy, file.findings) for file in files if file.policy is not None]
    check_checks(placed)
    find_loops(placed, by_host, may_stay=may_stay)
    find_rule_loops(placed, by_host)
    find_unbacked(placed, server, database)
    if _all_findings(files, mistakes_only=True):
        raise PolicyError(_all_findings(files))
    warnings = tuple(_all_findings(files))
    timetable = Timetable.of(window for policy in policies for window in policy.rules.windows)
    shown = {file.findings.file: file.shown for file in files}
    return Configuration(
        policies, server, database, update, limits, by_host, for_other_hosts, warnings, timetable, shown, tls
    )


def _read_file(name: str, octets: bytes) -> _File:
    try:
        text = octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1  # of what follows the byte order mark, as start is
        return _unreadable(name, line, f"is not UTF-8: octet 0x{error.object[error.start]:02x} begins no character")
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: a number of thousands of digits, too
        return _unreadable(name, _line_of(error, text), f"is not TOML: {error}")
    located = locate(text)
    findings = Findings(name, located.lines)
    root = Table(data, (), findings)
    root.expect_only((*POLICY_TABLES, *SETTINGS_TABLES))
    has_policy = any(key in root for key in POLICY_TABLES)
    return _File(root, findings, assemble_policy(root, findings) if has_policy else None, veil(text, located))


def _unreadable(name: str, line: int, text: str) -> _File:
    findings = Findings(name, {(): line})
    findings.mistake((), text)
    return _File(Table({}, (), findings), findings, None)


def _line_of(error: Exception, text: str) -> int:
    """The line that tomllib's message names; the last one where it says that the document ends too soon."""
    named = re.search(r"at line (\d+)", str(error))
    return int(named[1]) if named else text.rstrip("\n").count("\n") + 1


def _read_once(
    files: Sequence[_File], key: str, read: Callable[[Table, Findings], _Settings], default: _Settings
) -> _Settings:
    """Settings hold for the whole server, so that only one of several files may have them."""
    having = [file for file in files if key in file.root]
    for file in having[1:]:
        file.root.mistake(key, f"stands in {having[0].findings.file} too; keep it in one file")
    settings = [read(file.root, file.findings) for file in having]  # all are read, so that all mistakes are told
    return settings[0] if settings else default


def _check_country_header(files: Sequence[_File], database: DatabaseSettings, server: ServerSettings) -> None:
    for file in files:
        table = file.root.table("database") if "database" in file.root else None
        if table is not None and "country_header" in table:
            check_country_header(database, server, table, file.findings)


def _check_tls(files: Sequence[_File], server: ServerSettings) -> None:
    """Hold the listeners that speak TLS against what there is to speak it with, in whichever files."""
    tables = {name: [(file, found) for file in files if (found := file.root.table(name))] for name in ("server", "tls")}
    has_any = any("certificates" in table for _, table in tables["tls"])
    for file, table in tables["server"]:
        Listening(table, file.findings).check_certificates(has_any=has_any)
    for file, table in tables["tls"]:
        if not any(listener.tls for listener in server.listen):
            file.findings.warning(table.path, "is of no use: no listener of [server] has tls = true")


def _share_hosts(files: Sequence[_File]) -> tuple[dict[str, Policy], Policy | None]:
    """Which policy answers for which host, and for all others; no host may have two."""
    by_host: dict[str, Policy] = {}
    for_other_hosts: Policy | None = None
    for file in files:
        if file.policy is None:
            continue
        for index, host in enumerate(file.policy.hosts):
            if by_host.setdefault(host, file.policy) is not file.policy:
                path = ("site", "hosts", index)
                file.findings.mistake(path, f'"{host}" is answered by {by_host[host].file} already')
        if not file.policy.hosts and for_other_hosts is not None:
            file.findings.mistake(
                ("site", "hosts"),
                f"is missing, and {for_other_hosts.file} answers for every other host already",
            )
        if not file.policy.hosts:
            for_other_hosts = file.policy
    return by_host, for_other_hosts


def _all_findings(files: Sequence[_File], *, mistakes_only: bool = False) -> list[Finding]:
    found = [finding for file in files for finding in sorted(file.findings.all)]
    return [finding for finding in found if finding.is_mistake or not mistakes_only]

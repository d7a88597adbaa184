"""Reads `trusted_proxies`: networks, presets by name, and files that list networks. Opens no file, reads no clock."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from georedirect.policy.findings import Finding
from georedirect.policy.presets import PREFIX, PRESETS
from georedirect.policy.server_model import ProxyList, Trusting
from georedirect.policy.table import did_you_mean
from georedirect.visitor.networks import UNIX, Networks

if TYPE_CHECKING:
    from datetime import date

    from georedirect.policy.findings import Findings
    from georedirect.policy.proxy_list import Listed
    from georedirect.policy.server_model import ServerSettings
    from georedirect.policy.table import Table, Text

KEY = "server.trusted_proxies"
FILE_PREFIX = "file:"
MOST_AGE_DAYS = 365
"""When a list of a preset is worth a warning: networks are seldom given up, but new ones come."""

_EVERYONE = ("0.0.0.0/0", "::/0")


def read_trusting(table: Table, findings: Findings) -> Trusting:
    folder = table.text("proxy_lists")
    written: list[str] = []
    lists: list[ProxyList] = []
    for text in table.texts("trusted_proxies"):
        if text.value.lower().startswith(PREFIX):
            lists += _read_preset(text, folder, findings)
        elif text.value.startswith(FILE_PREFIX):
            lists += _read_file(text, findings)
        elif text.value == UNIX:
            written.append(UNIX)
        else:
            written += _read_network(text, findings)
    if folder is not None and not any(each.preset and each.path for each in lists):
        findings.warning(folder.path, "holds nothing: trusted_proxies names no preset whose list can be fetched")
    return Trusting(tuple(written), tuple(lists))


def _read_network(text: Text, findings: Findings) -> list[str]:
    try:
        networks = list(Networks.parse([text.value]).texts)
    except ValueError as error:
        findings.mistake(text.path, str(error))
        return []
    if networks[0] in _EVERYONE:
        findings.warning(text.path, f'"{text.value}" trusts everyone: any visitor may then claim any address')
    return networks


def _read_preset(text: Text, folder: Text | None, findings: Findings) -> list[ProxyList]:
    name = text.value.lower().removeprefix(PREFIX)
    preset = PRESETS.get(name)
    if preset is None:
        findings.mistake(text.path, f'"{text.value}" is no preset; {did_you_mean(name, PRESETS)}')
        return []
    if not preset.networks and folder is None:
        why = "comes without a list; name a folder for one in proxy_lists, and georedirect proxies fetches it"
        findings.mistake(text.path, f'"{text.value}" {why}')
    path = PurePath(findings.file).parent / folder.value / f"{name}.txt" if folder and preset.sources else None
    place = findings.at(text.path, "")
    return [ProxyList(place.file, place.line, name, path, preset.networks, preset.read_on)]


def _read_file(text: Text, findings: Findings) -> list[ProxyList]:
    name = text.value.removeprefix(FILE_PREFIX).strip()
    if not name:
        findings.mistake(text.path, f'"{text.value}" names no file; write one such as "file:proxies.txt"')
        return []
    place = findings.at(text.path, "")
    return [ProxyList(place.file, place.line, path=PurePath(findings.file).parent / name)]


def warn_of_header(trusting: Trusting, client_address: str, table: Table, findings: Findings) -> None:
    """A CDN that is trusted, but sends the client's address in another header, lets visitors write that one."""
    for name in (each.preset for each in trusting.lists if each.preset is not None):
        headers = PRESETS[name].headers
        if headers and client_address not in (*headers, "proxy-protocol"):
            how = (
                "is taken for the visitor"
                if client_address == "peer"
                else f"does not say in {client_address} who the client is"
            )
            others = " or ".join(f'"{header}"' for header in headers)
            findings.warning((*table.path, "client_address"), f"{PREFIX}{name} {how}; did you mean {others}?")


def why_missing(each: ProxyList) -> str | None:
    """Why it is a mistake that a list's file is not there; None where the preset's own networks do."""
    if each.preset is None:
        return f"{each.path} is not there"
    if each.networks:
        return None
    return f"{PREFIX}{each.preset} has no networks before georedirect proxies has fetched them into {each.path}"


def with_listed(each: ProxyList, listed: Listed) -> ProxyList:
    """The list with what its file says: of a preset, only where that is not older than what is known anyway."""
    if each.read_on is not None and listed.read_on is not None and listed.read_on < each.read_on:
        return each
    return replace(each, networks=listed.networks, read_on=listed.read_on)


def old_lists(server: ServerSettings, today: date) -> list[Finding]:
    """A warning for each list of a preset that was read long ago."""
    return [
        Finding(each.file, each.line, KEY, _old(each, each.read_on), is_mistake=False)
        for each in server.trusting.lists
        if each.preset is not None and each.read_on is not None and (today - each.read_on).days > MOST_AGE_DAYS
    ]


def _old(each: ProxyList, read_on: date) -> str:
    preset = PRESETS[str(each.preset)]
    how = "georedirect proxies fetches it anew" if each.path else "name a folder in proxy_lists, and fetch it"
    if not preset.sources:
        how = f"compare it with {preset.published}"
    return f"the list of {PREFIX}{each.preset} was read on {read_on}, over a year ago; {how}"

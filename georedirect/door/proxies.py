"""Opens the files with lists of trusted networks, and notes what is wrong with each. Trusts nobody itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from georedirect.policy.findings import Finding
from georedirect.policy.proxies import KEY, why_missing, with_listed
from georedirect.policy.proxy_list import MOST_OCTETS, read_list

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import PurePath

    from georedirect.policy.server_model import ProxyList, ServerSettings


def open_lists(server: ServerSettings, see: Callable[[PurePath], None], wrong: list[Finding]) -> ServerSettings:
    """The settings with the networks of all lists; `see` is told of each file that is about to be read."""
    if not server.trusting.lists:
        return server
    lists = tuple(each if each.path is None else _open(each, each.path, see, wrong) for each in server.trusting.lists)
    trusting = replace(server.trusting, lists=lists)
    return replace(server, trusting=trusting, trusted_proxies=trusting.networks)


def _open(each: ProxyList, path: PurePath, see: Callable[[PurePath], None], wrong: list[Finding]) -> ProxyList:
    see(path)
    try:
        with Path(path).open("rb") as file:
            octets = file.read(MOST_OCTETS + 1)
    except (OSError, ValueError) as error:  # ValueError: NUL in its name
        is_missing = isinstance(error, FileNotFoundError)
        why = why_missing(each) if is_missing else f"{path} cannot be read: {getattr(error, 'strerror', None) or error}"
        if why is not None:
            wrong.append(Finding(each.file, each.line, KEY, why))
        return each
    if len(octets) > MOST_OCTETS:
        wrong.append(Finding(each.file, each.line, KEY, f"{path} holds more than {MOST_OCTETS} octets"))
        return each
    listed = read_list(octets)
    wrong += [Finding(str(path), mistake.line, "", mistake.text) for mistake in listed.wrong]
    return with_listed(each, listed)

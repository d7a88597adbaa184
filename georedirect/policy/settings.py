"""Reads `[server]` and `[limits]`: how the door runs, as against where it sends people."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

from georedirect.policy.endpoint import Endpoint, Where, collide, parse_where
from georedirect.policy.files import read_file_name
from georedirect.policy.listening import PROXY_PROTOCOL, Listening
from georedirect.policy.proxies import read_trusting, warn_of_header
from georedirect.policy.server_model import Answering, LimitSettings, ServerSettings
from georedirect.visitor.client import WITHOUT_HEADER
from georedirect.visitor.host import parse_host
from georedirect.visitor.original import Convention

if TYPE_CHECKING:
    from collections.abc import Iterable

    from georedirect.policy.findings import Findings
    from georedirect.policy.server_model import Listener
    from georedirect.policy.table import Table

SERVER_KEYS = (
    "listen",
    "admin",
    "admin_hosts",
    "admin_token_file",
    "workers",
    "trusted_proxies",
    "proxy_lists",
    "client_address",
    "answer",
    "forward_auth",
)
MOST_WORKERS = 256

LIMIT_RANGES = {
    "head_seconds": (1, 3600),
    "keep_alive_seconds": (1, 86400),
    "write_seconds": (1, 3600),
    "linger_seconds": (1, 60),
    "target_octets": (256, 65536),
    "head_octets": (1024, 1_048_576),
    "headers": (16, 1000),
    "body_octets": (0, 16_777_216),
    "connections": (1, 1_000_000),
    "watchdog_seconds": (2, 3600),
}
LIMIT_KEYS = tuple(LIMIT_RANGES)
HEADER_NAME = re.compile(r"[A-Za-z0-9-]+")
NEVER_OF_A_PROXY = frozenset(
    (
        *("accept", "accept-encoding", "accept-language", "authorization", "connection", "content-length"),
        *("content-type", "cookie", "date", "host", "origin", "referer", "transfer-encoding", "user-agent", "via"),
    )
)
KNOWN_ADDRESSES = (
    *("x-forwarded-for", "forwarded", "x-real-ip", "cf-connecting-ip", "true-client-ip", "fastly-client-ip"),
    *("x-client-ip", "x-cluster-client-ip", "x-original-forwarded-for", "peer", PROXY_PROTOCOL),
)


def read_server(root: Table, findings: Findings) -> ServerSettings:
    table = root.table("server")
    default = ServerSettings()
    if table is None:
        return default
    table.expect_only(SERVER_KEYS)
    listening = Listening(table, findings)
    listen = listening.all if "listen" in table else default.listen
    admin = None if _is_off(table) else _read_admin(table, default.admin)
    _check_admin(admin, listen, table, findings)
    trusting = read_trusting(table, findings)
    client_address = _read_client_address(table, findings)
    warn_of_header(trusting, client_address, table, findings)
    if not trusting and "client_address" in table and client_address not in WITHOUT_HEADER:
        findings.warning(
            (*table.path, "client_address"),
            f"{client_address} never counts while trusted_proxies names nobody",
        )
    listening.check(trusting, client_address, table)
    answering = table.one_of("answer", Answering, "way to answer") or default.answer
    _check_answering(answering, client_address, table, findings)
    return ServerSettings(
        listen=listen,
        admin=admin,
        admin_hosts=_read_admin_hosts(table, findings),
        admin_token_file=read_file_name(table, "admin_token_file", findings),
        workers=table.whole_number("workers", at_least=1, at_most=MOST_WORKERS, default=default.workers),
        trusted_proxies=trusting.networks,
        trusting=trusting,
        client_address=client_address,
        answer=answering,
        forward_auth=table.one_of("forward_auth", Convention, "convention") or default.forward_auth,
    )


def why_not_admin(admin: Where | None, listen: Iterable[Listener]) -> str | None:
    """None when the admin listener may be there while the door listens where it does."""
    taken = next((each.address for each in listen if admin is not None and collide(admin, each.address)), None)
    return None if taken is None else f"{taken} is where the door listens; the admin pages need a port of their own"


def _check_admin(admin: Where | None, listen: Iterable[Listener], table: Table, findings: Findings) -> None:
    if why := why_not_admin(admin, listen):
        table.mistake("admin", why)
    if admin is None and "admin_token_file" in table:
        findings.warning((*table.path, "admin_token_file"), "is of no use: there are no admin pages")
    if isinstance(admin, Endpoint) and not admin.is_loopback:
        findings.warning((*table.path, "admin"), f"{admin} is not loopback: it tells the policy to whoever reaches it")


def _is_off(table: Table) -> bool:
    text = table.text("admin")
    return text is not None and text.value == "off"


def _read_admin(table: Table, default: Where | None) -> Where | None:
    text = table.text("admin")
    if text is None:
        return default
    try:
        return parse_where(text.value)
    except ValueError as error:
        table.mistake("admin", str(error))
        return None


def _read_admin_hosts(table: Table, findings: Findings) -> frozenset[str]:
    hosts: set[str] = set()
    for text in table.texts("admin_hosts"):
        host = parse_host(text.value)
        if host is None or host.port is not None:
            findings.mistake(text.path, f'"{text.value}" is not a host name without port, such as "admin.example.com"')
        else:
            hosts.add(host.name)
    return frozenset(hosts)


def _read_client_address(table: Table, findings: Findings) -> str:
    text = table.text("client_address")
    if text is None:
        return ServerSettings().client_address
    name = text.value.lower()
    if not HEADER_NAME.fullmatch(name) or name in NEVER_OF_A_PROXY:
        table.mistake(
            "client_address",
            f'"{text.value}" carries no address; write "x-forwarded-for", "forwarded", "proxy-protocol", "peer" or the '
            "name of a header of letters, digits and hyphens that holds one address",
        )
    elif name not in KNOWN_ADDRESSES and (near := get_close_matches(name, KNOWN_ADDRESSES, n=1, cutoff=0.9)):
        findings.warning(text.path, f'"{text.value}" is nearly, but not quite, "{near[0]}"; was that meant?')
    return name


def _check_answering(answering: Answering, client_address: str, table: Table, findings: Findings) -> None:
    """A proxy that asks has to be believed; or else it would be refused each time."""
    if answering is Answering.DOOR:
        if "forward_auth" in table:
            findings.warning((*table.path, "forward_auth"), 'only counts with answer = "forward-auth"')
    elif not table.texts("trusted_proxies"):
        table.mistake("answer", '"forward-auth" answers trusted proxies only; name those that ask in trusted_proxies')
    elif client_address in WITHOUT_HEADER:
        why = f'"{client_address}" is always the proxy in forward-auth use; name a header that it sends'
        table.mistake("client_address", why)


def read_limits(root: Table, findings: Findings) -> LimitSettings:  # noqa: ARG001  one signature for all settings
    table = root.table("limits")
    default = LimitSettings()
    if table is None:
        return default
    table.expect_only(LIMIT_KEYS)
    read = {
        key: table.whole_number(key, at_least=least, at_most=most, default=getattr(default, key))
        for key, (least, most) in LIMIT_RANGES.items()
    }
    return LimitSettings(**read)

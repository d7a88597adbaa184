"""`georedirect serve`: the door itself."""

from __future__ import annotations

import logging
import signal
import sys
from contextlib import redirect_stdout
from dataclasses import replace
from functools import partial
from shlex import quote
from time import time
from typing import TYPE_CHECKING, Any

from georedirect.cli.arguments import access_log, add_database, add_policies, where, where_or_off, worker_count
from georedirect.door.listen import where_of
from georedirect.door.question import imagine_request
from georedirect.door.snapshot import load_snapshot
from georedirect.errors import ListenError, LogError, PolicyError
from georedirect.geo.age import days_ago
from georedirect.geo.bundled import bundled_database
from georedirect.journal.opening import check_access
from georedirect.journal.server_log import configure
from georedirect.policy.endpoint import ANY_ADDRESS, Endpoint, UnixSocket
from georedirect.policy.findings import Finding
from georedirect.policy.listening import why_nobody_announced, why_not_listen
from georedirect.policy.log_model import ServerFormat, Stream
from georedirect.policy.server_model import Answering, Listener
from georedirect.policy.settings import why_not_admin
from georedirect.visitor.address import parse_address
from georedirect.visitor.client import WITHOUT_HEADER

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable
    from pathlib import PurePath

    from georedirect.door.checking import CheckedReading
    from georedirect.door.run import Listening
    from georedirect.door.snapshot import Snapshot
    from georedirect.policy.log_model import LogSettings
    from georedirect.policy.model import Configuration
    from georedirect.policy.server_model import ServerSettings
    from georedirect.visitor.address import Address

log = logging.getLogger("georedirect")

FIXED = ("listen", "admin", "workers")
"""Keys of [server] that a reload cannot change."""

GERMAN_ADDRESS = "85.214.132.117"


def add_parser(commands: Any) -> None:  # noqa: ANN401  argparse keeps the type to itself
    parser = commands.add_parser("serve", help="serve; without a POLICY, a demo policy on the bundled database")
    add_policies(parser, required=False)
    add_database(parser)
    parser.add_argument(
        "--listen",
        metavar="HOST:PORT",
        type=where,
        action="append",
        help="where the door listens; also unix:/PATH, systemd or systemd:NAME; may be repeated",
    )
    parser.add_argument(
        "--admin", metavar="HOST:PORT", type=where_or_off, default=..., help='the admin listener likewise, or "off"'
    )
    parser.add_argument("--workers", metavar="N", type=worker_count, help="worker processes")
    parser.add_argument(
        "--access-log", metavar="FILE", type=access_log, help='one line a request; also "stdout", "stderr" or "off"'
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    from georedirect.door.checking import CheckedReading  # noqa: PLC0415  other commands do without
    from georedirect.door.run import run as run_service  # noqa: PLC0415  Sanic takes half a second

    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a change while we start is noticed anyway
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # no file is open yet that could have been renamed
    configure(ServerFormat.TEXT)
    run_service(partial(_load, arguments, CheckedReading()), partial(_load_again, arguments, CheckedReading), _announce)


def _load(arguments: argparse.Namespace, reading: CheckedReading) -> Snapshot:
    snapshot = load_snapshot(arguments.policies, arguments.database, reading)
    settings = log_settings(snapshot.configuration.log, arguments)
    _check(settings)
    configure(settings.server)
    return _serving(snapshot, server_settings(snapshot.configuration.server, arguments), settings)


def _load_again(
    arguments: argparse.Namespace, reading: type[CheckedReading], current: Snapshot, see: Callable[[PurePath], None]
) -> Snapshot:
    """What the same command line would serve now, but for what only a restart can change."""
    snapshot = load_snapshot(arguments.policies, arguments.database, reading(see, current))
    fixed = current.configuration.server
    said = server_settings(snapshot.configuration.server, arguments)
    server = replace(said, listen=fixed.listen, admin=fixed.admin, workers=fixed.workers)
    for key in FIXED:
        if getattr(said, key) != getattr(fixed, key):
            log.warning("[server] %s has changed: that takes a restart", key)
    limits = (each.configuration.limits.watchdog_seconds for each in (current, snapshot))
    if len(set(limits)) > 1:
        log.warning("[limits] watchdog_seconds has changed: that takes a restart")
    _check_announced(server)
    return _serving(snapshot, server, _logging_again(snapshot.configuration.log, arguments, current.configuration.log))


def _logging_again(said: LogSettings, arguments: argparse.Namespace, current: LogSettings) -> LogSettings:
    """An access log that has been written stays as good as it was; another one must be one that can be."""
    settings = log_settings(said, arguments)
    if settings.where != current.where:
        _check(settings)
    if settings.server is not current.server:
        log.warning("[log] server has changed: that takes a restart")
    return settings


def _check(settings: LogSettings) -> None:
    """See whether there can be an access log; who has named it is told by file and line."""
    try:
        check_access(settings.where)
    except LogError as error:
        named = settings.access
        if isinstance(named, Stream) or not named.file:
            raise
        raise PolicyError([Finding(named.file, named.line, named.key, str(error))]) from error


def _serving(snapshot: Snapshot, server: ServerSettings, settings: LogSettings) -> Snapshot:
    return replace(snapshot, configuration=replace(snapshot.configuration, server=server, log=settings))


def log_settings(settings: LogSettings, arguments: argparse.Namespace) -> LogSettings:
    """The flag wins over the file."""
    return settings if arguments.access_log is None else replace(settings, access=arguments.access_log)


def server_settings(server: ServerSettings, arguments: argparse.Namespace) -> ServerSettings:
    """The flags win over the file."""
    listen = tuple(map(Listener, arguments.listen or ())) or server.listen
    admin = server.admin if arguments.admin is ... else arguments.admin
    if why := why_not_listen(listen) or why_not_admin(admin, listen):
        raise ListenError(why)
    said = replace(server, listen=listen, admin=admin, workers=arguments.workers or server.workers)
    _check_announced(said)
    return said


def _check_announced(server: ServerSettings) -> None:
    """Flags, or listeners that only a restart can change, may not be those of the file."""
    if why := why_nobody_announced(server.client_address, server.listen):
        raise ListenError(f"client_address: {why}")


def _announce(snapshot: Snapshot, listening: Listening) -> None:
    """Say where we listen, and what to type to see a redirect; not among the lines of an access log."""
    has_lines = snapshot.configuration.log.access is Stream.STDOUT
    with redirect_stdout(sys.stderr if has_lines else sys.stdout):
        _say(snapshot, listening)


def _say(snapshot: Snapshot, listening: Listening) -> None:
    configuration, database = snapshot.configuration, snapshot.database
    age = snapshot.age
    ago = days_ago(age.days(time()))
    workers = configuration.server.workers
    doors = ", ".join(_shown(where_of(door.sock), is_tls=door.listener.tls) for door in listening.doors)
    print(f"georedirect: listening on {doors}, {workers} worker{'s' if workers > 1 else ''}")
    print(f"georedirect: {f'admin on {_shown(listening.admin)}' if listening.admin else 'no admin listener'}")
    print(f"georedirect: policy {', '.join(policy.file for policy in configuration.policies)}")
    print(f"georedirect: database {database.path} ({database.type}, built {age.date}, {ago})")
    if database.path == bundled_database() and age.is_old(time()):
        print("georedirect: that is old: name a file in [database] country, and georedirect update keeps it fresh")
    to_try = min(listening.doors, key=lambda door: (door.listener.to_https, door.listener.proxy_protocol))
    listener = to_try.listener
    line = curl_line(configuration, where_of(to_try.sock), is_tls=listener.tls, is_announced=listener.proxy_protocol)
    print(f"georedirect: try\n\n    {line}\n", flush=True)


def _shown(where: Endpoint | UnixSocket, *, is_tls: bool = False) -> str:
    if isinstance(where, UnixSocket):
        return f"{where}{' with TLS' if is_tls else ''}"
    return f"{'https' if is_tls else 'http'}://{where}"


def curl_line(
    configuration: Configuration, door: Endpoint | UnixSocket, *, is_tls: bool = False, is_announced: bool = False
) -> str:
    """A request from Germany, if whoever types it may say so; else one from here, in a PROXY header or without."""
    address, origin, options = _way_to(door, is_tls=is_tls)
    if is_announced:
        options += " --haproxy-protocol"
    server = configuration.server
    if server.answer is Answering.FORWARD_AUTH:
        return _proxied_curl_line(configuration, origin, options)
    headers = []
    if configuration.for_other_hosts is None:
        headers.append(f"Host: {next(iter(configuration.by_host))}")
    if server.trusted_proxies.has_peer(address) and server.client_address not in WITHOUT_HEADER:
        value = f"for={GERMAN_ADDRESS}" if server.client_address == "forwarded" else GERMAN_ADDRESS
        headers.append(f"{server.client_address}: {value}")
    return _curl(headers, f"{origin}/hello?from=curl", options)


def _way_to(door: Endpoint | UnixSocket, *, is_tls: bool) -> tuple[Address | None, str, str]:
    """From which address this machine gets there, by which origin, and what curl needs to be told besides."""
    trust = " -k" if is_tls else ""  # there is no telling for whom the certificate is, nor who has signed it
    scheme = "https" if is_tls else "http"
    if isinstance(door, UnixSocket):
        return None, f"{scheme}://localhost", f"{trust} --unix-socket {quote(door.path)}"
    host = dict(zip(ANY_ADDRESS, ("127.0.0.1", "::1"), strict=True)).get(door.host, door.host)
    return parse_address(host), f"{scheme}://{Endpoint(host, door.port)}", trust


def _proxied_curl_line(configuration: Configuration, origin: str, options: str) -> str:
    """What a proxy would ask, were it where this machine is."""
    asked = imagine_request(configuration, GERMAN_ADDRESS, "/hello?from=curl")
    return _curl([f"{name}: {value}" for name, value in asked.headers], origin + asked.target.decode(), options)


def _curl(headers: Iterable[str], url: str, options: str) -> str:
    options += "".join(f" -H {quote(header)}" for header in headers)
    return f"curl -si{options} {quote(url)}"

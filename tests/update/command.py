"""The real command in processes of its own, with a stand-in for the world: each forked from one that is warm.

Reads `[seconds, touches, [argument, ...]]` a line and forks. The child is killed after so many seconds, or kills itself
just before it touches a file beside the database for that time, where the one or the other is not null. Prints how it
ended: its exit code, or the signal that killed it as a negative number. With --once, it is one command itself.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time

from pygeoipupdate import config

from georedirect.cli import build_parser, run_parsed
from georedirect.update import judge, maxmind, rollback, run
from georedirect.update.world import Limits, World

NAME = "GeoLite2-Country.mmdb"
TOUCHING = frozenset({"open", "os.link", "os.rename", "os.remove", "tempfile.mkstemp"})
WARM = (config, judge, maxmind, rollback, run)


def main() -> None:
    if sys.argv[1] == "--once":
        command(sys.argv[2], sys.argv[3:])
    base = sys.argv[1]
    for line in sys.stdin:
        seconds, touches, arguments = json.loads(line)
        pid = os.fork()
        if pid == 0:
            os.dup2(2, 1)
            if touches is not None:
                die_before_touching(int(touches))
            command(base, arguments)
        if seconds is not None:
            time.sleep(seconds)
            os.kill(pid, signal.SIGKILL)  # it may have ended, but its pid is not given to another yet
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


def die_before_touching(times: int) -> None:
    """Python itself tells of each opening, linking, renaming, removing and dressing of a file before it happens."""
    left, ours = times, os.getpid()

    def hear(event: str, details: tuple[object, ...]) -> None:
        nonlocal left
        is_here = event in TOUCHING and os.getpid() == ours  # not the process in which a check is confined
        if is_here and any(NAME in str(detail) for detail in details):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hear)


def command(base: str, arguments: list[str]) -> None:
    """What the program itself does."""
    parsed = build_parser().parse_args(arguments)
    limits = Limits(attempts=2, first_wait_seconds=0.01)
    parsed.world = World(dbip=f"{base}/free", ipinfo=f"{base}/data", limits=limits, samples=False)
    os._exit(run_parsed(parsed))


if __name__ == "__main__":
    main()

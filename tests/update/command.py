"""The real command in processes of its own, with a stand-in for the world: each forked from one that is warm.

Reads `[seconds, [argument, ...]]` a line, forks, kills the child after so many seconds if they are not null, and prints
how it ended: its exit code, or the signal that killed it as a negative number. With --once, it is one command itself.
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

WARM = (config, judge, maxmind, rollback, run)


def main() -> None:
    if sys.argv[1] == "--once":
        command(sys.argv[2], sys.argv[3:])
    base = sys.argv[1]
    for line in sys.stdin:
        seconds, arguments = json.loads(line)
        pid = os.fork()
        if pid == 0:
            os.dup2(2, 1)
            command(base, arguments)
        if seconds is not None:
            time.sleep(seconds)
            os.kill(pid, signal.SIGKILL)  # it may have ended, but its pid is not given to another yet
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


def command(base: str, arguments: list[str]) -> None:
    """What the program itself does."""
    parsed = build_parser().parse_args(arguments)
    limits = Limits(attempts=2, first_wait_seconds=0.01)
    parsed.world = World(dbip=f"{base}/free", ipinfo=f"{base}/data", limits=limits, samples=False)
    os._exit(run_parsed(parsed))


if __name__ == "__main__":
    main()

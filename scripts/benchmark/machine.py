"""What the benchmark ran on and with: processor, kernel, versions. Names neither the machine nor any place on it."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sysconfig
from importlib.metadata import version
from pathlib import Path

_NUMBER = re.compile(r"\d+(?:\.\d+)+")


def describe_machine() -> list[str]:
    """Lines for the page."""
    python = ", ".join(f"{name} {version(name)}" for name in ("sanic", "uvloop", "starlette", "uvicorn"))
    programs = ", ".join(f"{name} {program_version(name, '-v')}" for name in ("nginx", "haproxy"))
    return [
        f"{processor(Path('/proc/cpuinfo').read_text())}, {cores(os.cpu_count() or 1)}",
        f"Linux {kernel(platform.release())}, over loopback",
        f"CPython {platform.python_version()}, {build(str(sysconfig.get_config_var('CONFIG_ARGS')))}",
        f"{python}, {programs}",
    ]


def cores(number: int) -> str:
    return "one core, shared by server and load" if number == 1 else f"{number} cores: one serves, the others send"


def processor(cpuinfo: str) -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", cpuinfo, re.MULTILINE)
    return found[1].strip() if found else platform.machine()


def kernel(release: str) -> str:
    """Only its numbers: what follows them may be somebody's name."""
    found = re.match(r"\d+\.\d+", release)
    return found[0] if found else "of unknown version"


def build(options: str) -> str:
    """How the interpreter was configured: Debian's, say, is compiled by profiles all the same, as others are not."""
    return f"configured with{'' if '--enable-optimizations' in options else 'out'} --enable-optimizations"


def program_version(*command: str) -> str:
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    found = _NUMBER.search(ended.stdout + ended.stderr)
    return found[0] if found else "of unknown version"

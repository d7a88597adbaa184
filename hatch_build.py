"""Compiles what is written in C, where there is a compiler; the door does without it, and is a little slower."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from setuptools import Distribution, Extension
from setuptools.command.build_ext import build_ext

_SOURCE = "georedirect/door/native.c"


class NativeBuildHook(BuildHookInterface[Any]):
    """Puts the compiled module beside its source, from where editable installs and wheels take it."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  hatchling passes it
        if self.target_name != "wheel":
            return
        made = _compile(Path(self.root))
        if made is None:
            print("georedirect: no C compiler, so the door reads requests a little slower", file=sys.stderr)
            return
        build_data["artifacts"].append(made)
        build_data["pure_python"] = False
        build_data["infer_tag"] = True


def _compile(root: Path) -> str | None:
    """The name of the compiled module below `root`; None where it could not be made. One that is in use is replaced."""
    flags = ["-O3", "-D_GNU_SOURCE"]
    extension = Extension("georedirect.door.native", [_SOURCE], extra_compile_args=flags, optional=True)
    command = build_ext(Distribution({"name": "georedirect", "ext_modules": [extension]}))
    command.build_temp = command.build_lib = str(root / "build")
    command.ensure_finalized()
    command.run()
    made, place = Path(command.get_ext_fullpath("georedirect.door.native")), (root / _SOURCE).parent
    if not made.exists():
        return None
    made.replace(place / made.name)
    return str((place / made.name).relative_to(root))

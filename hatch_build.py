"""Compiles what is written in C, where there is a compiler; the door does without it, and is a little slower."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from setuptools import Distribution, Extension
from setuptools.command.build_ext import build_ext

_FOLDER = "georedirect/door"
_SOURCES = ("native.c", "pen.c")


class NativeBuildHook(BuildHookInterface[Any]):
    """Puts the compiled module beside its source, from where editable installs and wheels take it."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  hatchling passes it
        if self.target_name != "wheel":
            return
        made = _compile(Path(self.root))
        if len(made) < len(_SOURCES):
            print("georedirect: no C compiler, so the door reads and logs requests a little slower", file=sys.stderr)
            return
        build_data["artifacts"] += made
        build_data["pure_python"] = False
        build_data["infer_tag"] = True


def _compile(root: Path) -> list[str]:
    """The names of the compiled modules below `root`, as far as they could be made. What is in use is replaced."""
    names = {f"georedirect.door.{Path(source).stem}": f"{_FOLDER}/{source}" for source in _SOURCES}
    flags = ["-O3", "-D_GNU_SOURCE"]
    modules = [Extension(name, [source], extra_compile_args=flags, optional=True) for name, source in names.items()]
    command = build_ext(Distribution({"name": "georedirect", "ext_modules": modules}))
    command.build_temp = command.build_lib = str(root / "build")
    command.ensure_finalized()
    command.run()
    made = [Path(command.get_ext_fullpath(name)) for name in names]
    return [_put(path, root) for path in made if path.exists()]


def _put(made: Path, root: Path) -> str:
    place = root / _FOLDER / made.name
    made.replace(place)
    return str(place.relative_to(root))

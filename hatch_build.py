"""Compiles what is written in C, where there is a compiler; the door does without it, and is a little slower."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from setuptools import Distribution, Extension
from setuptools.command.build_ext import build_ext

if TYPE_CHECKING:
    from collections.abc import Sequence

_SOURCES = ("georedirect/door/finisher.c", "georedirect/door/native.c", "georedirect/journal/pen.c")


class NativeBuildHook(BuildHookInterface[Any]):
    """Puts compiled modules into a wheel, and for an editable installation beside their sources."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel":
            return
        self._folder = TemporaryDirectory()  # of our own: whoever builds later may be another user
        folder = Path(self._folder.name)
        made = _compile(Path(self.root), folder)
        if len(made) < len(_SOURCES):
            print(
                "georedirect: no C compiler, so the door reads, answers and logs requests more slowly", file=sys.stderr
            )
        if version == "editable":
            _put(made, folder, Path(self.root))
        else:
            build_data["force_include"].update({str(folder / path): str(path) for path in made})
        if made:
            build_data["pure_python"] = False
            build_data["infer_tag"] = True

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002  likewise
        if self.target_name == "wheel":
            self._folder.cleanup()


def _compile(root: Path, folder: Path) -> list[Path]:
    """The compiled modules, as far as they could be made: where they are in the folder, as they should be in ours."""
    names = {".".join(Path(source).with_suffix("").parts): str(root / source) for source in _SOURCES}
    flags = ["-O3", "-D_GNU_SOURCE"]
    modules = [Extension(name, [source], extra_compile_args=flags, optional=True) for name, source in names.items()]
    command = build_ext(Distribution({"name": "georedirect", "ext_modules": modules}))
    command.build_temp = command.build_lib = str(folder)
    command.ensure_finalized()
    command.run()
    made = [Path(command.get_ext_fullpath(name)) for name in names]
    return [path.relative_to(folder) for path in made if path.exists()]


def _put(made: Sequence[Path], folder: Path, root: Path) -> None:
    """Replace what is there, which may be in use; what could not be made anew is of an older source."""
    for old in (root / "georedirect").rglob("*.so"):
        if old.relative_to(root) not in made:
            old.unlink()
    for path in made:
        place = root / path
        copied = Path(shutil.copy(folder / path, place.with_name(f".{path.name}")))
        copied.replace(place)

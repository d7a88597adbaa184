"""The units of deploy/systemd, read as systemd reads them."""

from __future__ import annotations

import configparser
import re
from typing import TYPE_CHECKING

from tests.processes import ROOT

if TYPE_CHECKING:
    from pathlib import Path

UNITS = ROOT / "deploy" / "systemd"
INSTALLED = "/opt/georedirect/bin/georedirect"


class Unit(configparser.RawConfigParser):
    """A unit's last word for each key; that of keys which may stand several times is for `all_of`."""

    def __init__(self, path: Path) -> None:
        super().__init__(strict=False, delimiters=("=",), comment_prefixes=("#",), interpolation=None)
        self.text = path.read_text(encoding="utf-8")
        self.read_string(self.text)

    def optionxform(self, optionstr: str) -> str:
        return optionstr

    def all_of(self, key: str) -> list[str]:
        return re.findall(rf"^{key}=(.*)$", self.text, re.MULTILINE)

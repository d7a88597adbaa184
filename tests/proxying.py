"""The recipes of docs/proxies.md as they stand there, and real proxies that run them on a port of this machine."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

from tests.caches import program
from tests.processes import ROOT

PAGE = (ROOT / "docs" / "proxies.md").read_text(encoding="utf-8")


def recipe(language: str, heading: str) -> str:
    """The configuration that stands under this heading."""
    (section,) = (part for part in re.split(r"^#+ ", PAGE, flags=re.MULTILINE) if part.startswith(f"{heading}\n"))
    (text,) = re.findall(rf"^```{language}\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    return str(text)


def caddy(text: str, port: int, folder: Path) -> list[str]:
    options = "{\n\tadmin off\n\tauto_https off\n\tpersist_config off\n}\n"
    file = folder / "Caddyfile"
    file.write_text(options + text.replace("www.example.com {", f"http://www.example.com:{port} {{\n\tbind 127.0.0.1"))
    found = shutil.which("caddy", path=str(Path(sys.executable).parent)) or "caddy"
    return ["env", f"HOME={folder}", found, "run", "--config", str(file), "--adapter", "caddyfile"]


def nginx(text: str, port: int, folder: Path) -> list[str]:
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    file = folder / "nginx.conf"
    file.write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log stderr error;\n"
        f"events {{ worker_connections 512; }}\nhttp {{ access_log off;\n{temporary}"
        f"{text.replace('listen 80;', f'listen 127.0.0.1:{port};')} }}\n"
    )
    return [program("nginx"), "-p", str(folder), "-c", str(file), "-e", "stderr"]


def haproxy(text: str, port: int, folder: Path) -> list[str]:
    """With checks that would soon take the door out, and have all the time to be answered."""
    text = text.replace("bind :80", f"bind 127.0.0.1:{port}").replace(" check ", " check inter 100ms ")
    text = text.replace("defaults\n", "defaults\n    timeout check 20s\n")
    file = folder / "haproxy.cfg"
    file.write_text(f"global\n    maxconn 1000\n{text}")
    return [program("haproxy"), "-W", "-db", "-f", str(file)]


PROXIES = {
    "nginx": ("nginx", nginx),
    "Caddy": ("caddyfile", caddy),
    "HAProxy": ("haproxy", haproxy),
}

"""MaxMind's databases, by account and licence key, set up as MaxMind's own updaters are. Knows no other provider.

pygeoipupdate reads the configuration. Its client is not used: it waits for ever, follows redirects to http, takes any
size, keeps the text of errors, and gives up at 408 and 429. The protocol is two requests, which the courier makes.
"""

from __future__ import annotations

import json
import os
import re
from base64 import b64encode
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from georedirect.errors import UpdateCause, UpdateError
from georedirect.policy.sources import why_not_url
from georedirect.update.offer import Digest, Offer
from georedirect.update.secret import read_secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pygeoipupdate.config import Config

    from georedirect.policy.data_model import UpdateSettings
    from georedirect.update.courier import Courier

USUAL_CONFIGURATIONS = (Path("/usr/local/etc/GeoIP.conf"), Path("/etc/GeoIP.conf"))
"""MaxMind's own place, and Debian's."""

_EDITION = re.compile(r"(?:GeoLite2|GeoIP2)-[A-Za-z-]+")
_HAS_COUNTRIES = re.compile(r".*-(?:Country|City|Enterprise)(?:-.*)?")
_NOT_READABLE = (
    "MaxMind's configuration (GeoIP.conf, GEOIPUPDATE_* variables and the files that they name) has something in it "
    "that is no UTF-8, or no URL, number or time where one should be"
)
_WHERE_FROM = "in [update], in GEOIPUPDATE_* variables or in GeoIP.conf"


@dataclass(frozen=True, slots=True)
class MaxMind:
    host: str
    edition: str
    authorization: str = field(repr=False)
    proxy: str | None = field(default=None, repr=False)
    name: str = "maxmind"
    downloads_a_day: int = 30

    async def offers(self, courier: Courier) -> list[Offer]:
        question = urlencode({"edition_id": self.edition})
        text = await courier.ask(self._offer(f"{self.host}/geoip/updates/metadata?{question}", None))
        date, md5 = find_metadata(text, self.edition)
        question = urlencode({"date": date.replace("-", ""), "suffix": "tar.gz"})
        url = f"{self.host}/geoip/databases/{quote(self.edition, safe='')}/download?{question}"
        return [self._offer(url, Digest("md5", md5))]

    def _offer(self, url: str, digest: Digest | None) -> Offer:
        return Offer(url, self.authorization, self.proxy, of_content=digest)


def find_metadata(text: bytes, edition: str) -> tuple[str, str]:
    """The date and the MD5 digest of the edition's current database."""
    try:
        found = json.loads(text)["databases"][0]
        name, date, md5 = found["edition_id"], found["date"], found["md5"]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        name = date = md5 = None
    is_good = isinstance(date, str) and isinstance(md5, str) and re.fullmatch(r"[0-9a-fA-F]{32}", md5)
    if name != edition or not is_good or not re.fullmatch(r"[0-9-]{8,10}", str(date)):
        raise UpdateError(UpdateCause.DAMAGED, f"MaxMind's host says nothing that can be read of {edition}")
    return str(date), str(md5).lower()


def read_maxmind(update: UpdateSettings, target: Path) -> MaxMind:
    """From the policy, else from the environment, else from GeoIP.conf."""
    from pygeoipupdate.config import Config  # noqa: PLC0415  not needed where no MaxMind is
    from pygeoipupdate.errors import ConfigError  # noqa: PLC0415

    try:
        with _environment(_overlaid(update, target)):
            config = Config.from_file(_configuration_file())
    except ConfigError as error:
        raise UpdateError(UpdateCause.INPUT, _told(error)) from error
    except (ValueError, OverflowError) as error:  # whose text may hold a key
        raise UpdateError(UpdateCause.INPUT, _NOT_READABLE) from error
    if why := why_not_url(config.host) or _why_not_proxy(config.proxy):
        raise UpdateError(UpdateCause.INPUT, f"MaxMind's host {_WHERE_FROM}: {why}")
    credentials = b64encode(f"{config.account_id}:{config.license_key}".encode()).decode()
    return MaxMind(config.host.rstrip("/"), _edition(config), f"Basic {credentials}", config.proxy)


def _overlaid(update: UpdateSettings, target: Path) -> dict[str, str]:
    """What the policy says, in the words that win over GeoIP.conf; the key itself stays in its file."""
    words = dict(os.environ)
    if update.account_id is not None:
        words["GEOIPUPDATE_ACCOUNT_ID"] = str(update.account_id)
        words.pop("GEOIPUPDATE_ACCOUNT_ID_FILE", None)
    if (named := update.license_key_file) is not None:
        read_secret(Path(named.path), f"{named.file}:{named.line}: {named.key}")
        words["GEOIPUPDATE_LICENSE_KEY_FILE"] = str(named.path)
    if edition := update.edition or _edition_called(target):
        words["GEOIPUPDATE_EDITION_IDS"] = edition
    return words


@contextmanager
def _environment(words: Mapping[str, str]) -> Iterator[None]:
    """Config reads the process's environment and nothing else; it is put back at once."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(words)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _configuration_file() -> Path | None:
    if named := os.environ.get("GEOIPUPDATE_CONF_FILE"):
        return Path(named)
    return next((path for path in USUAL_CONFIGURATIONS if path.exists()), None)


def _edition_called(target: Path) -> str | None:
    return target.stem if _EDITION.fullmatch(target.stem) else None


def _edition(config: Config) -> str:
    for edition in config.edition_ids:
        if _HAS_COUNTRIES.fullmatch(edition) or len(config.edition_ids) == 1:
            return edition
    text = f'none of the editions {_WHERE_FROM} has countries; write edition = "GeoLite2-Country" in [update]'
    raise UpdateError(UpdateCause.INPUT, text)


def _why_not_proxy(proxy: str | None) -> str | None:
    is_good = proxy is None or proxy.startswith(("http://", "https://"))
    return None if is_good else "only http:// and https:// proxies can be used"


def _told(error: Exception) -> str:
    """What Config misses, and where it may be written."""
    text = str(error)
    if "EditionIDs" in text:
        return 'which edition is to be fetched is said nowhere; write edition = "GeoLite2-Country" in [update]'
    if "AccountID" in text or "LicenseKey" in text:
        return f"MaxMind wants an account ID and a licence key; write account_id and license_key_file {_WHERE_FROM}"
    return f"MaxMind's configuration (GeoIP.conf or GEOIPUPDATE_* variables): {text}"

#!/usr/bin/env python3
"""Builds the bundled country database from Debian's tor-geoipdb. Knows no policy and no other provider.

    scripts/build_default_database.py [--source DEB_OR_FOLDER] [--output data/country.mmdb]

Without --source the package is downloaded and unpacked, never installed. The new file takes the old one's
place only after every range of the source has been looked up in it. Equal sources give equal bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import maxminddb

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs from a plain checkout too

from scripts.geoip_source import GEOIP, GEOIP6, Place, Source, SourceError, read_source
from scripts.mmdb_file import IPV4_NETWORKS, Trie, leaf, render_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scripts.mmdb_file import Span

OUTPUT = Path(__file__).resolve().parents[1] / "data" / "country.mmdb"
PACKAGE = "tor-geoipdb"
FOLDER_IN_PACKAGE = "usr/share/tor"
DESCRIPTION = "Countries, from the IPFire Location database as packaged in Debian's tor-geoipdb. CC BY-SA 4.0"


class CheckError(Exception):
    """The file that we built does not say what the source says; it is a fault of ours."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Build the bundled country database.")
    parser.add_argument("--source", type=Path, help=f"a {PACKAGE} .deb, or a folder that holds geoip and geoip6")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    options = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            build(options.source or download(Path(scratch)), options.output, Path(scratch))
    except (SourceError, CheckError, maxminddb.InvalidDatabaseError, OSError) as error:
        print(f"build_default_database: {error}", file=sys.stderr)
        return 1
    return 0


def build(given: Path, output: Path, scratch: Path) -> None:
    started = time.monotonic()
    folder = given if given.is_dir() else unpack(given, scratch)
    ipv4, ipv6 = read_source(folder, GEOIP), read_source(folder, GEOIP6)
    content = render(ipv4, ipv6)
    provenance = describe_origin(given, content, ipv4, ipv6)
    lookups = put_in_place(content, output, ipv4, ipv6)
    output.with_name("provenance.json").write_text(json.dumps(provenance, indent=2) + "\n", encoding="utf-8")
    for source in (ipv4, ipv6):
        print(summary(source))
    print(f"checked  {lookups:,} lookups, and every network walked")
    print(f"written  {output}, {len(content):,} bytes, in {time.monotonic() - started:.1f} s")


def download(scratch: Path) -> Path:
    run("apt-get", "download", PACKAGE, folder=scratch)
    return next(scratch.glob(f"{PACKAGE}_*.deb"))


def unpack(package: Path, scratch: Path) -> Path:
    run("dpkg-deb", "-x", str(package.resolve()), "unpacked", folder=scratch)
    return scratch / "unpacked" / FOLDER_IN_PACKAGE


def run(*command: str, folder: Path | None = None) -> str:
    finished = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if finished.returncode != 0:
        reason = finished.stderr.strip().splitlines()[-1:] or [f"exit code {finished.returncode}"]
        raise SourceError(f"{' '.join(command[:2])}: {reason[0]}")
    return finished.stdout


def render(ipv4: Source, ipv6: Source) -> bytes:
    """Make the file. Its build date is the source's own, or equal sources would not give equal bytes."""
    places = list(dict.fromkeys(place for source in (ipv4, ipv6) for place in source.places()))
    numbers = {place: leaf(number) for number, place in enumerate(places)}
    trie = Trie()
    trie.grow_both(spans(ipv4, numbers), spans(ipv6, numbers))
    return render_file(
        trie,
        [place.record() for place in places],
        description=DESCRIPTION,
        database_type="GeoLite2-Country",  # geoip2 asks for "Country" in it before it answers `country()`
        epoch=max(ipv4.generated, ipv6.generated),
    )


def spans(source: Source, numbers: dict[Place, int]) -> list[Span]:
    return [(first, last, numbers[place]) for first, last, place in source.ranges if place is not None]


def put_in_place(content: bytes, output: Path, ipv4: Source, ipv6: Source) -> int:
    """Write beside the target, check, and only then rename: a reader sees the old file or the new one."""
    with tempfile.NamedTemporaryFile(dir=output.parent, prefix=f".{output.name}.", delete=False) as file:
        beside = Path(file.name)
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            lookups = check_database(beside, ipv4, ipv6)
            beside.chmod(0o644)
            beside.replace(output)
        finally:
            beside.unlink(missing_ok=True)
    sync_folder(output.parent)
    return lookups


def check_database(path: Path, ipv4: Source, ipv6: Source) -> int:
    """Compare the file with the source by a reader that is not ours; the number of lookups that it took."""
    with maxminddb.open_database(path) as reader:
        lookups = sum(check_lookup(reader, text, place) for text, place in expectations(ipv4, ipv6))
        check_totals(reader, ipv4, ipv6)
    return lookups


def check_lookup(reader: maxminddb.Reader, address: str, place: Place | None) -> int:
    found, expected = reader.get(address), place and place.record()
    if found != expected:
        raise CheckError(f"the built file says {found} of {address}, the source {expected}")
    return 1


def expectations(ipv4: Source, ipv6: Source) -> Iterator[tuple[str, Place | None]]:
    """Both ends of every range and of every gap between them, and some IPv4 addresses within IPv6 ones."""
    for source in (ipv4, ipv6):
        for number, place in range_ends(source):
            if not source.file.holds_ipv4_at(number):
                yield str(source.file.address(number)), place
    for first, _, place in ipv4.ranges[::64]:  # all aliases are one branch of the tree: a sample shows that it is right
        for network in IPV4_NETWORKS:
            yield str(network[first << (128 - 32 - network.prefixlen)]), place


def range_ends(source: Source) -> Iterator[tuple[int, Place | None]]:
    free = 0
    for first, last, place in source.ranges:
        if free < first:
            yield free, None
            yield first - 1, None
        yield first, place
        yield last, place
        free = last + 1
    if free < 1 << source.file.bits:
        yield free, None
        yield (1 << source.file.bits) - 1, None


def check_totals(reader: maxminddb.Reader, ipv4: Source, ipv6: Source) -> None:
    """Walk every network, which finds what no lookup met: each record must span as much as its ranges do."""
    expected: Counter[str] = Counter()
    for source in (ipv4, ipv6):
        for first, last, place in source.ranges:
            if place is not None:
                expected[str(place.record())] += last - first + 1
    found: Counter[str] = Counter()
    for network, record in reader:
        found[str(record)] += 1 << (network.max_prefixlen - network.prefixlen)
    if found != expected:
        raise CheckError(
            f"the built file spans other addresses than the source: {found - expected or expected - found}"
        )


def sync_folder(folder: Path) -> None:
    """Write out the folder too: only then does the rename survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def describe_origin(given: Path, content: bytes, ipv4: Source, ipv6: Source) -> dict[str, object]:
    """Say what the file was made from, so that it can be made again; no date but the source's own."""
    package: dict[str, str] | None = None
    if given.is_file():
        name, version = (run("dpkg-deb", "-f", str(given), field).strip() for field in ("Package", "Version"))
        package = {"name": name, "version": version, "sha256": sha256(given.read_bytes())}
    return {
        "database": {"sha256": sha256(content), "bytes": len(content)},
        "command": "python scripts/build_default_database.py",
        "package": package,
        "sources": [
            {"file": source.file.name, "sha256": source.sha256, "generated": day(source)} for source in (ipv4, ipv6)
        ],
        "licence": "CC-BY-SA-4.0",
    }


def day(source: Source) -> str:
    return datetime.fromtimestamp(source.generated, UTC).date().isoformat()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def summary(source: Source) -> str:
    placed = sum(last - first + 1 for first, last, place in source.ranges if place is not None)
    share = placed / source.file.public_addresses
    return (
        f"{source.file.name:<8} {len(source.ranges):,} ranges of {day(source)}, "
        f"{len(set(source.places()))} places, {share:.1%} of {source.file.public_space}"
    )


if __name__ == "__main__":
    sys.exit(main())

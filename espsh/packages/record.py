"""What is known of the packages in a directory: a small file beside them, which travels with the board. Pure.

A record and not a comparison with the index: only a record knows of packages from elsewhere, of versions that the
index has replaced, and needs no net. The digests in it tell what was changed since. Its name begins with a dot, so
that a mirror leaves it alone. A package takes about 60 bytes and 70 for each file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from espsh.packages.index import read_object
from espsh.packages.paths import OURS

NAME = f"{OURS}-packages.json"
_FORMAT = 1
ENOUGH = 16
"""Hex digits of a SHA-256 that are noted."""


class Installed(NamedTuple):
    """A package that was installed. ``files`` are its paths with how their SHA-256 begins."""

    name: str
    version: str
    source: str
    files: Mapping[str, str]


def read_record(data: bytes) -> dict[str, Installed] | None:
    """Return the packages by name, or None where the record cannot be read."""
    found = read_object(data.decode("utf-8", "replace"))
    packages = found.get("packages") if found is not None and found.get("v") == _FORMAT else None
    if not isinstance(packages, dict):
        return None
    read = {name: _installed(name, row) for name, row in packages.items()}
    return {name: package for name, package in read.items() if package is not None}


def write_record(packages: Mapping[str, Installed]) -> bytes:
    """Return the record of ``packages``: the same bytes for the same packages."""
    rows = {
        name: {"version": package.version, "from": package.source, "files": dict(sorted(package.files.items()))}
        for name, package in sorted(packages.items())
    }
    return json.dumps({"v": _FORMAT, "packages": rows}, separators=(",", ":")).encode()


def with_new(old: Mapping[str, Installed], new: Iterable[Installed]) -> dict[str, Installed]:
    """Return the record after ``new`` came: a file is of the package that wrote it last, and who has none left goes."""
    fresh = {package.name: package for package in new}
    taken = {path for package in fresh.values() for path in package.files}
    kept = {
        name: package._replace(files={path: d for path, d in package.files.items() if path not in taken})
        for name, package in old.items()
    }
    return {name: package for name, package in kept.items() if package.files or not old[name].files} | fresh


def _installed(name: str, row: Any) -> Installed | None:
    """Return a row of the record, or None for one that is none: what a board holds may be anything."""
    if not isinstance(row, dict) or not isinstance(row.get("files"), dict):
        return None
    found = Installed(name, row.get("version", ""), row.get("from", ""), row["files"])
    texts = (*found[:3], *found.files, *found.files.values())
    return found if all(isinstance(text, str) and text.isprintable() for text in texts) else None

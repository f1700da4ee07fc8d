"""What a package.json says: which files, where they come from, and what else the package needs. Pure.

The format is the one of micropython.org/pi/v2, as micropython-lib's tools/build.py writes it and mip reads it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from espsh.errors import EspshError
from espsh.packages.paths import stays_below
from espsh.packages.spec import Spec, dependency, file_of

_FORMAT = 1
_MOST = 1000
"""Files, and dependencies, of one package: micropython-lib's largest has 12."""
_LONGEST_VERSION = 100
_HASH = re.compile(r"[0-9a-f]{4,64}", re.ASCII)


class File(NamedTuple):
    """A file of a package and where it goes, a path below the target.

    ``digest`` is how its SHA-256 begins, in hex, for a file of the index; ``source`` is where any other one is.
    """

    path: str
    digest: str = ""
    source: Spec | None = None


class Manifest(NamedTuple):
    """What a package holds and needs."""

    version: str
    files: tuple[File, ...]
    needs: tuple[Spec, ...]


def read_manifest(data: Mapping[str, Any], package: Spec) -> Manifest:
    """Return what the package.json ``data`` of ``package`` says; raise EspshError that names what is wrong in it."""
    if data.get("v", _FORMAT) != _FORMAT:
        raise EspshError(f"{package}: its package.json is of format {str(data['v'])[:20]!a}, and espsh reads {_FORMAT}")
    hashed = [_of_index(path, digest, package) for path, digest in _pairs(data, "hashes", package)]
    others = [
        File(stays_below(path, str(package)), source=file_of(package, url))
        for path, url in _pairs(data, "urls", package)
    ]
    version = data.get("version", "")
    sound = isinstance(version, str) and version.isprintable() and len(version) <= _LONGEST_VERSION
    return Manifest(
        version if sound else "",
        tuple(_each_once([*hashed, *others], package)),
        tuple(dependency(package, name, version) for name, version in _pairs(data, "deps", package)),
    )


def _of_index(path: object, digest: object, package: Spec) -> File:
    if not isinstance(digest, str) or not _HASH.fullmatch(digest):
        raise EspshError(f"{package}: {str(digest)[:80]!a} is no beginning of a SHA-256")
    return File(stays_below(path, str(package)), digest)


def _pairs(data: Mapping[str, Any], key: str, package: Spec) -> Sequence[tuple[object, object]]:
    rows = data.get(key) or []
    if not isinstance(rows, list) or not all(isinstance(row, list) and len(row) == 2 for row in rows):
        raise EspshError(f"{package}: '{key}' in its package.json is no list of pairs")
    if len(rows) > _MOST:
        raise EspshError(f"{package}: '{key}' in its package.json has {len(rows)} entries; espsh takes {_MOST}")
    return [(first, second) for first, second in rows]


def _each_once(files: Sequence[File], package: Spec) -> Sequence[File]:
    seen: dict[str, File] = {}
    for file in files:
        if seen.setdefault(file.path, file) != file:
            raise EspshError(f"{package} has two files for {file.path}")
    return list(seen.values())

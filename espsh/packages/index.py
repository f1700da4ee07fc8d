"""An index of packages: where things are in it, and what its list says. Pure.

The layout is that of https://micropython.org/pi/v2 (micropython-lib, tools/build.py)::

    index.json                             all packages with their versions
    package/6/aioble/latest.json           what one holds, compiled as .mpy version 6
    package/py/aioble/0.6.1.json           and as source, of one version
    file/1d/1dddc25d                       a file, called by how its SHA-256 begins
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from espsh.errors import UsageError
from espsh.packages.spec import Named

INDEX = "https://micropython.org/pi/v2"
SOURCE = "py"
"""The form of a package that is not compiled; the others are called by their .mpy version."""


class Published(NamedTuple):
    """A package in an index's list; ``versions`` are those of each form."""

    name: str
    version: str
    description: str
    versions: Mapping[str, Sequence[str]]


class Index(NamedTuple):
    """An index by its address, without a slash at the end."""

    url: str

    @classmethod
    def at(cls, url: str) -> Index:
        """Return the index at ``url``; raise UsageError where that is no address."""
        try:
            parts = urlsplit(url)
            sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:
            sound = False
        if not sound or not url.isprintable() or " " in url:
            raise UsageError(f"'{url}' is no address of an index", f"one is {INDEX}")
        return cls(url.rstrip("/"))

    @property
    def listing(self) -> str:
        """Where the list is."""
        return f"{self.url}/index.json"

    def manifest(self, package: Named, form: str) -> str:
        """Return where the package.json of a package's form is."""
        return f"{self.url}/package/{form}/{quote(package.name)}/{quote(package.version or 'latest')}.json"

    def named(self, address: str) -> str:
        """Return the name of the package whose package.json is at ``address``, or ""."""
        above = f"{self.url}/package/"
        return address.split("/")[-2] if address.startswith(above) else ""

    def file(self, digest: str) -> str:
        """Return where the file is whose SHA-256 begins so."""
        return f"{self.url}/file/{digest[:2]}/{digest}"


def read_object(text: str) -> dict[str, Any] | None:
    """Return the JSON object that ``text`` holds, or None."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def read_listing(text: str) -> list[Published] | None:
    """Return the packages of an index.json, sorted by name, or None where it is none. Odd entries are left out."""
    data = read_object(text)
    rows = data.get("packages") if data is not None else None
    if not isinstance(rows, list):
        return None
    found = [_published(row) for row in rows if isinstance(row, dict) and isinstance(row.get("name"), str)]
    return sorted(found, key=lambda package: package.name)


def search(packages: Sequence[Published], words: Sequence[str]) -> list[Published]:
    """Return the packages that have all ``words`` in their name or description, those with the word as name first."""
    wanted = [word.lower() for word in words]
    found = [p for p in packages if all(word in f"{p.name} {p.description}".lower() for word in wanted)]
    return sorted(found, key=lambda package: (package.name.lower() not in wanted, package.name))


def _published(row: Mapping[str, Any]) -> Published:
    versions = row.get("versions")
    by_form = versions.items() if isinstance(versions, dict) else ()
    return Published(
        _text(row["name"]),
        _text(row.get("version")),
        _text(row.get("description")),
        {str(form): [_text(v) for v in listed] for form, listed in by_form if isinstance(listed, list)},
    )


def _text(value: object) -> str:
    """Return a text that is fit for a terminal."""
    return "".join(c if c.isprintable() else " " for c in value).strip()[:200] if isinstance(value, str) else ""

"""``[place:]path``: where a file is. Reading the spelling is pure; what it names is the session's to say."""

from __future__ import annotations

import ntpath
import os
import re
from typing import NamedTuple

from espsh.errors import UsageError

HOST = "host"
"""The place that is the user's own machine."""

CURRENT = ""
"""The place of ``:path``: the current board."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]+")
# The colon of @chip:esp32c3:/x does not end the place; chip:/x is on a board of that name.
_PLACE = re.compile(r"(?:(?<=[@,!&^])chip:[A-Za-z0-9_*?-]+|[A-Za-z0-9_*?!&^,@\[\]-])*(?=:)")
_SET_MARKS = frozenset("*?[],!&^@")
_RESERVED = frozenset(
    (
        *("host", "all", "sim", "ws", "wss", "http", "https", "ftp", "file", "serial", "telnet", "ssh"),
        *("rfc2217", "socket", "loop", "spy", "hwgrep", "alt", "cp2110"),
    )
)
_COM = re.compile(r"com\d+", re.IGNORECASE)


class Spelling(NamedTuple):
    """A location as written. ``place`` is None for a bare path, else HOST, CURRENT, a name or a set of names."""

    place: str | None
    path: str

    @property
    def is_set(self) -> bool:
        """Whether the place may be several boards."""
        return self.place is not None and (self.place == "all" or not _SET_MARKS.isdisjoint(self.place))


class Location(NamedTuple):
    """An absolute path in one place: HOST or a board's name. ``typed`` is the user's spelling.

    A ``typed`` path that ends in ``/`` asks for a directory.
    """

    place: str
    path: str
    typed: str = ""

    @property
    def on_host(self) -> bool:
        """Whether the path is the host's."""
        return self.place == HOST

    @property
    def wants_directory(self) -> bool:
        """Whether the spelling ends like a directory's: ``/``, a bare place, ``.`` or ``..``."""
        tail = self.typed.rpartition(":")[2]
        return tail == "" or tail.endswith("/") or tail.rpartition("/")[2] in (".", "..")

    @property
    def name(self) -> str:
        """The last part of the path."""
        if self.on_host and os.sep == "\\":
            return ntpath.basename(self.path.rstrip("/\\"))
        return self.path.rstrip("/").rpartition("/")[2]

    def __str__(self) -> str:
        return self.path if self.on_host else f"{self.place}:{self.path}"


def spell(text: str) -> Spelling:
    """Split ``text`` into place and path.

    A place stands before the first colon, without a slash; one letter before the colon is a Windows drive;
    a colon after a slash belongs to the path.
    """
    if "://" in text:
        raise UsageError(f"'{text}' is a URL, not a path")
    match = _PLACE.match(text)
    if match is None or re.fullmatch(r"[A-Za-z]", match[0]):
        return Spelling(None, text)
    return Spelling(match[0], text[match.end() + 1 :])


def check_board_name(name: str) -> str:
    """Return ``name`` if a board may be called so, else raise a UsageError that says why not."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"'{name}' is no board name", "two characters or more: a letter, then letters, digits, '-' or '_'"
        )
    if name.lower() in _RESERVED or _COM.fullmatch(name):
        raise UsageError(f"'{name}' is reserved and cannot name a board")
    return name


def is_board_name(text: str) -> bool:
    """Whether a board may be called ``text``."""
    return bool(_NAME.fullmatch(text)) and text.lower() not in _RESERVED and not _COM.fullmatch(text)

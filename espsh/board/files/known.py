"""What is known of a board's directories without asking it."""

from __future__ import annotations

from typing import NamedTuple

from espsh.base.deadline import Deadline
from espsh.base.files import Entry

_INSTANT = 2.0
"""Seconds in which nothing but we changes the files of a board that waits at its prompt."""


class _Glimpse(NamedTuple):
    path: str
    entries: list[Entry]
    instant: Deadline


class Known:
    """Listings as they were when they were made, and the one that was seen a moment ago.

    The latter counts until the board is asked anything else.
    """

    def __init__(self) -> None:
        self._listings: dict[str, list[Entry]] = {}
        self._glimpse: _Glimpse | None = None

    def listing(self, path: str) -> list[Entry] | None:
        """Return what the directory ``path`` held when it was last listed; None if it never was."""
        return self._listings.get(path)

    def seen(self, path: str, *, recursive: bool = False) -> list[Entry] | None:
        """Return what ``path`` holds, seen a moment ago; None where that is not the answer to what is asked."""
        if self._glimpse is None or path != self._glimpse.path or self._glimpse.instant.expired:
            return None
        nested = recursive and any(entry.is_dir for entry in self._glimpse.entries)
        return None if nested else self._glimpse.entries

    def note(self, path: str, entries: list[Entry]) -> None:
        """Take note of what the directory ``path`` holds."""
        self._listings[path] = entries

    def glimpse(self, path: str, entries: list[Entry]) -> None:
        """Take note of what ``path`` holds now: it need not be asked again in this instant."""
        self.note(path, entries)
        self._glimpse = _Glimpse(path, entries, Deadline(_INSTANT))

    def end_glimpse(self) -> None:
        """The instant is over."""
        self._glimpse = None

    def forget(self) -> None:
        """Drop all: something may have changed them."""
        self._glimpse = None
        self._listings.clear()

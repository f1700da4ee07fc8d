"""What was seen of a directory a moment ago."""

from __future__ import annotations

from typing import NamedTuple

from espsh.base.deadline import Deadline
from espsh.base.files import Entry

INSTANT = 2.0
"""Seconds in which nothing but we changes the files of a board that waits at its prompt."""


class Glimpse(NamedTuple):
    """What a directory held a moment ago. It counts until the board is asked anything else."""

    path: str
    entries: list[Entry]
    instant: Deadline

    def shows(self, path: str, recursive: bool) -> bool:
        """Whether it answers what is asked."""
        nested = recursive and any(entry.is_dir for entry in self.entries)
        return path == self.path and not nested and not self.instant.expired

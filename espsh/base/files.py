"""What a place that holds files can do: the host's disk and each board answer to the same calls.

Paths given to a :class:`Files` are absolute; those of a board use ``/``. A missing file is
:class:`~espsh.errors.NotFoundError`, anything else that goes wrong another
:class:`~espsh.errors.EspshError`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

from espsh.base.searching import Found, Wanted


class Entry(NamedTuple):
    """A file or a directory. ``path`` is relative to what was listed, with ``/``; ``size`` is in bytes.

    ``mtime`` is seconds since 1970, or None where the place keeps none; ``digest`` the first 16 hex digits of the
    SHA-256, where it came with the listing.
    """

    path: str
    is_dir: bool
    size: int = 0
    mtime: float | None = None
    digest: str | None = None

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rstrip("/").rpartition("/")[2]


_APART = re.compile(r"[/\\:\0]" if os.name == "nt" else r"[/\0]")


def is_name(text: str) -> bool:
    """Tell whether a file can be called so here.

    A board whose filesystem is damaged, or that means harm, tells of others; ``..`` would lead out of the target.
    """
    return text not in ("", ".", "..") and not _APART.search(text)


class Space(NamedTuple):
    """A filesystem's size and free room, in bytes; None where the place cannot say."""

    total: int | None
    free: int | None


class Incoming(NamedTuple):
    """A file to be written. ``blocks`` yields its bytes, all of them at each call; ``size`` if known."""

    path: str
    blocks: Callable[[], Iterable[bytes]]
    size: int | None = None


class Files(Protocol):
    """The files of one place."""

    def stat(self, path: str) -> Entry:
        """Return what is at ``path``."""

    def find(self, path: str) -> Entry | None:
        """Return what is at ``path``, or None where nothing is."""

    def listdir(self, path: str, *, recursive: bool = False) -> list[Entry]:
        """Return what the directory ``path`` holds, sorted by path; parents before their children."""

    def survey(self, path: str) -> list[Entry] | None:
        """Return what is below the directory ``path``, with digests where they cost little; None if nothing is there.

        A file is an error.
        """

    def read(self, path: str) -> Iterator[bytes]:
        """Yield the file's bytes in blocks, checked; never the whole file at once."""

    def read_part(self, path: str, start: int, stop: int) -> Iterator[bytes]:
        """Yield the file's bytes from ``start`` up to ``stop``, as far as it has them, checked."""

    def search(self, paths: Sequence[str], wanted: Wanted) -> Iterator[Found]:
        """Yield the lines of files that match. Raises UsageError for what is no pattern."""

    def write(self, path: str, blocks: Iterable[bytes], size: int | None = None) -> None:
        """Put ``blocks`` at ``path``, all or nothing and verified. ``size`` in bytes lets room be checked first."""

    on_host: bool
    """Whether this is the host's disk."""

    def together(self, sizes: Sequence[int]) -> AbstractContextManager[None]:
        """Copy files of these ``sizes`` between here and the host, all in one go, in the fastest way."""

    def write_many(self, files: Sequence[Incoming], verified: Callable[[Incoming], None]) -> None:
        """Write files as :meth:`write` does, in order, in one go; ``verified`` is told of each one in its place."""

    def overwrite(self, file: Incoming) -> None:
        """Write a file over the old one, for want of room for both; the old one is put back if that fails."""

    def append(self, path: str, blocks: Iterable[bytes]) -> None:
        """Add ``blocks`` to the end of ``path``, made where it is not there."""

    def make_directory(self, path: str, *, parents: bool = False) -> None:
        """Make a directory; with ``parents`` also those above it, and one that exists is no error."""

    def make_directories(self, paths: Sequence[str]) -> None:
        """Make directories, and those above them; ones that exist are no error."""

    def remove_many(self, paths: Sequence[str], done: Callable[[str], None]) -> None:
        """Remove files and empty directories, in order; ``done`` is told of each."""

    def remove(self, path: str) -> None:
        """Remove one file or one empty directory."""

    def remove_tree(self, path: str) -> None:
        """Remove a directory and all it holds."""

    def rename(self, source: str, target: str) -> None:
        """Move within this place; a file at ``target`` is replaced."""

    def copy(self, source: str, target: str) -> None:
        """Copy one file within this place, verified."""

    def digests(self, paths: Sequence[str]) -> dict[str, str]:
        """Return the SHA-256 of each file, in lower-case hex."""

    def space(self, path: str) -> Space:
        """Return the room on the filesystem that holds ``path``."""

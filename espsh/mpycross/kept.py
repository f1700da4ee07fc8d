"""What was compiled, kept by content between runs: a file is compiled once, whichever command asks for it."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

_SHELVES = 2
"""Hex digits of a key that name its folder: 256 of them."""
_MOST = 16
_ROOM = 256 * 1024
"""Files and bytes in each folder, so at most 4,096 and 64 MB in all; the oldest go."""
_DIGEST = 32


class Kept:
    """Files by key in the folder that ``locate`` names when it is needed, each behind the SHA-256 of what it holds.

    Each is written beside its place and renamed, so several processes may do so at once. What is damaged is as good as
    absent, and a folder that cannot be written costs time only.
    """

    def __init__(self, locate: Callable[[], Path]) -> None:
        self._locate = locate

    def get(self, key: str) -> bytes | None:
        """Return what is kept under ``key``, lower-case hex; None where nothing is, or it is damaged."""
        try:
            path = self._place(key)
            data = path.read_bytes()
        except OSError:
            return None
        digest, content = data[:_DIGEST], data[_DIGEST:]
        if hashlib.sha256(content).digest() != digest:
            return None
        with contextlib.suppress(OSError):
            os.utime(path)  # what is used stays
        return content

    def put(self, key: str, content: bytes) -> None:
        """Keep ``content``, and let go of what is old."""
        import tempfile

        with contextlib.suppress(OSError):
            path = self._place(key)
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=path.parent)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(hashlib.sha256(content).digest() + content)
                Path(temporary).replace(path)
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise
            _prune(path.parent)

    def _place(self, key: str) -> Path:
        return self._locate() / key[:_SHELVES] / key


def _prune(folder: Path) -> None:
    """Remove the oldest files of a folder that holds too much, what a killed process left half written included."""
    with os.scandir(folder) as entries:
        found = sorted(((entry.stat(), entry.path) for entry in entries), key=lambda one: -one[0].st_mtime_ns)
    room = _ROOM
    for number, (status, path) in enumerate(found):
        room -= status.st_size
        if number >= _MOST or room < 0:
            with contextlib.suppress(OSError):  # another process was quicker
                os.unlink(path)  # noqa: PTH108 - scandir's own

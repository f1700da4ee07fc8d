"""SHA-256 of the host's files, remembered between runs so that a big tree is not read again each time."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

Hash = Callable[[Sequence[str]], dict[str, str]]
"""Reads files and returns the SHA-256 of each, in lower-case hex."""

_VERSION = 1

_WORTHWHILE = 1_000_000
"""Bytes below which reading is quicker than finding the cache: 1 MB is read and hashed in a few milliseconds. What this
process has read itself, for another board perhaps, is remembered all the same."""

_SETTLED = 2.0
"""Seconds after a change after which the next one shows: FAT counts time in steps of two."""

_MOST = 20_000


class Signature(NamedTuple):
    """What changes when a file does: ``size`` in bytes, two times in nanoseconds since 1970, and the inode.

    ``ctime`` cannot be set by hand, so an edit is found even where ``mtime`` was put back; on Windows it does not move.
    """

    size: int
    mtime: int
    ctime: int
    inode: int


_Known = dict[str, tuple[Signature, str]]


class DigestCache:
    """Digests by path, good while the signature is what it was. Safe for several threads.

    ``locate`` returns the cache's file when it is needed. What is damaged in it, or not ours, is ignored.
    """

    def __init__(self, locate: Callable[[], Path], now: Callable[[], float] = time.time) -> None:
        self._locate = locate
        self._now = now
        self._kept: _Known | None = None
        self._small: _Known = {}
        self._lock = threading.Lock()

    def digests(self, paths: Sequence[str], read: Hash) -> dict[str, str]:
        """Return the SHA-256 of each file; ``read`` is asked for those that are not known."""
        before = {path: _signature(path) for path in paths}
        small = sum(signature.size for signature in before.values() if signature) < _WORTHWHILE
        with self._lock:
            known = self._small if small else self._load()
            found = {path: known[path][1] for path in paths if path in known and known[path][0] == before[path]}
            fresh = read([path for path in paths if path not in found])
            if self._remember(known, before, fresh) and not small:
                self._save(known)
        return {path: found.get(path) or fresh[path] for path in paths}

    def _remember(self, known: _Known, before: Mapping[str, Signature | None], fresh: Mapping[str, str]) -> bool:
        """Keep what has been still for a while, and tell whether there is any.

        A change right after the reading might leave the times as they are.
        """
        settled = (self._now() - _SETTLED) * 1e9
        taken = False
        for path, digest in fresh.items():
            signature = before[path]
            if signature and max(signature.mtime, signature.ctime) < settled and signature == _signature(path):
                known.pop(path, None)
                known[path] = signature, digest
                taken = True
        if taken:
            for path in list(known)[:-_MOST]:
                del known[path]
        return taken

    def _load(self) -> _Known:
        import json

        if self._kept is None:
            self._kept = {}
            with contextlib.suppress(OSError, ValueError, RecursionError):
                self._kept = _checked(json.loads(self._locate().read_text(encoding="utf-8")))
        return self._kept

    def _save(self, known: _Known) -> None:
        """Write beside the file, then rename. A folder that cannot be written costs time only."""
        import json
        import tempfile

        with contextlib.suppress(OSError):
            path = self._locate()
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(prefix=path.name, dir=path.parent)
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    json.dump({"version": _VERSION, "files": known}, file)
                Path(temporary).replace(path)
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise


def _signature(path: str) -> Signature | None:
    """Return the file's signature, or None where it cannot be asked: then the reading says why."""
    try:
        status = os.stat(path)  # noqa: PTH116 - half the time of a Path's, for each file of a tree
    except OSError:
        return None
    return Signature(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def _checked(value: object) -> _Known:
    """Return the records of a cache file that are well formed."""
    if not isinstance(value, dict) or value.get("version") != _VERSION or not isinstance(value.get("files"), dict):
        return {}
    found: _Known = {}
    for path, record in value["files"].items():
        match record:
            case [[int(size), int(mtime), int(ctime), int(inode)], str(digest)] if _is_digest(digest):
                found[path] = Signature(size, mtime, ctime, inode), digest
    return found


def _is_digest(text: str) -> bool:
    return len(text) == 64 and not set(text) - set("0123456789abcdef")

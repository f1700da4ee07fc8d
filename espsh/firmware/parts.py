"""Files that are on their way: kept where a download ends early, and taken up by the next one.

A part is a line of JSON that says what it is a part of, then its bytes. Whoever works on one has it under a name of its
own (``NAME.TOKEN.part``), so two downloads at once never write to one file; left alone it is ``NAME.part``. Names are
changed by renaming, which only one of two can do. A part whose owner was killed is taken up when it has not grown for
a while.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_DEAD = 120.0
"""Seconds without growth after which nobody works on a part: a download gives up after 20 of silence."""
_LONGEST_HEAD = 4096


class Head(NamedTuple):
    """What a part is of.

    ``validator`` is the ETag or the date by which the site tells whether the file is still the same, "" where it gave
    none; ``total`` its bytes, None where unknown.
    """

    url: str
    validator: str
    total: int | None


class Part:
    """A part that is ours. ``done`` counts its bytes; ``head`` is None while nothing is known of it."""

    def __init__(self, path: Path, home: Path) -> None:
        self.path = path
        self._home = home
        self.head: Head | None = None
        self.done = 0
        self._start = 0
        with contextlib.suppress(OSError):
            self._read_head()

    def begin(self, head: Head) -> None:
        """Throw away what is there and start over with ``head``."""
        line = json.dumps(head._asdict()).encode() + b"\n"
        self.path.write_bytes(line)
        self.head, self.done, self._start = head, 0, len(line)

    def add(self, block: bytes) -> None:
        """Put ``block`` behind what is there; written at once, so that it survives us."""
        with self.path.open("ab", buffering=0) as file:
            written = 0
            while written < len(block):
                written += file.write(block[written:])
        self.done += len(block)

    def data(self) -> bytes:
        """Return its bytes."""
        return self.path.read_bytes()[self._start :]

    def release(self) -> None:
        """Leave it for the next download; one without bytes goes."""
        with contextlib.suppress(OSError):
            if self.done:
                self.path.replace(self._home)
            else:
                self.remove()

    def remove(self) -> None:
        """Throw it away."""
        self.path.unlink(missing_ok=True)

    def _read_head(self) -> None:
        with self.path.open("rb") as file:
            line = file.readline(_LONGEST_HEAD)
            size = os.fstat(file.fileno()).st_size
        with contextlib.suppress(ValueError, RecursionError):
            match json.loads(line):
                case {"url": str(url), "validator": str(validator), "total": None | int() as total}:
                    self.head, self._start = Head(url, validator, total), len(line)
                    self.done = size - len(line)


@contextlib.contextmanager
def claimed(folder: Path, name: str) -> Iterator[Part]:
    """Yield the part of the file ``name`` in ``folder``, a new one where none is left; release it in the end."""
    home = folder / f"{name}.part"
    own = folder / f"{name}.{secrets.token_hex(8)}.part"
    for left in (home, *_abandoned(folder, name)):
        with contextlib.suppress(OSError):  # another one was quicker, or it is not there
            left.rename(own)
            break
    part = Part(own, home)
    try:
        yield part
    except BaseException:
        part.release()
        raise
    part.remove()


def _abandoned(folder: Path, name: str) -> Iterator[Path]:
    """Yield the parts of ``name`` on which nobody works any more."""
    before = time.time() - _DEAD
    for path in folder.glob(f"{name}.*.part"):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < before:
                yield path

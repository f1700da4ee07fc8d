"""A file from a board in binary blocks: what the line damages is asked for again, and the whole is compared at the end.

A block is RS and ``B``, a CRC-32 of what follows, its offset (4 bytes) and length (2 bytes), all little-endian, and the
bytes (``onboard/sending.py``). Whatever else comes between blocks is a record or a stranger's print.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from typing import NamedTuple
from zlib import crc32

from espsh.base.deadline import Deadline
from espsh.board.prompt.delivery import DamagedError
from espsh.board.prompt.remote import FAST, Remote, RestartedError
from espsh.board.prompt.replies import Reply, new_nonce
from espsh.board.prompt.toolbox import ATTEMPTS
from espsh.errors import TransferError

AT_ONCE = 65536
"""Bytes asked for in one call: they are held in memory until it is over."""
SMALLEST, LARGEST = 48, 8192
_MARK = b"\x1eB"
_HEAD = 12
_QUIET = 0.6
"""Seconds of silence inside a block after which its length, or a byte of it, is taken for lost."""
_SILENT = 3.0
"""Seconds of silence after which the answer is taken for lost: a board that computes a digest tells so each 32 kB."""
_SNIPPETS = ("hashing", "sending")


class Blocks(Reply):
    """The answer of ``send``: blocks of at most ``size`` bytes by their offset, told from records and prints."""

    def __init__(self, nonce: str, size: int) -> None:
        super().__init__(nonce)
        self.blocks: dict[int, bytes] = {}
        self._size = size
        self._held = b""

    def feed(self, data: bytes) -> None:
        """Take more of what the board sent."""
        data = self._held + data
        while (mark := data.find(_MARK)) >= 0:
            super().feed(data[:mark])
            length = int.from_bytes(data[mark + 10 : mark + _HEAD], "little")
            end = mark + _HEAD + length
            if len(data) < mark + _HEAD or (len(data) < end and length <= self._size):
                self._held = data[mark:]
                return
            check = int.from_bytes(data[mark + 2 : mark + 6], "little")
            if length <= self._size and crc32(data[mark + 6 : end]) == check:
                self.blocks[int.from_bytes(data[mark + 6 : mark + 10], "little")] = data[mark + _HEAD : end]
                data = data[end:]
            else:
                data = data[mark + len(_MARK) :]
        keep = len(data) - data.endswith(_MARK[:1])
        super().feed(data[:keep])
        self._held = data[keep:]

    @property
    def total(self) -> int | None:
        """The file's size, where it was heard."""
        return int(self.rows[0]) if 0 in self.rows else None

    @property
    def in_a_block(self) -> bool:
        """Whether a block has begun and is not over."""
        return bool(self._held)

    def let_go(self) -> bool:
        """Give up waiting for the rest of a block, whose length may be damaged; return whether there was one."""
        held, self._held = self._held, b""
        if not held.startswith(_MARK):
            super().feed(held)
            return False
        self.feed(held[len(_MARK) :])
        return True


class Wish(NamedTuple):
    """The bytes from ``offset`` up to ``stop`` in blocks of ``size``, after ``failures`` that brought nothing."""

    offset: int
    stop: int
    size: int
    failures: int = 0


class Part(NamedTuple):
    """What one call brought: blocks by offset, where the board stopped reading, the file's size, and its digest.

    None or nothing where that was not heard; the digest comes with the file's end.
    """

    blocks: dict[int, bytes]
    end: int | None = None
    total: int | None = None
    digest: bytes = b""


NOTHING = Part({})


def collect(remote: Remote, path: str, wish: Wish, *, subject: str) -> Part:
    """Ask once for some bytes of a file. Raises RemoteError for what the board says."""
    answer = Blocks(new_nonce(), wish.size)
    careful = wish.failures >= FAST
    try:
        remote.begin(answer, "send", path, wish.offset, wish.stop, wish.size, snippets=_SNIPPETS, careful=careful)
        _listen(remote, answer)
        end, digest = remote.end(answer, subject)
    except DamagedError as error:
        with contextlib.suppress(RestartedError):  # reading may be repeated, whatever was in between
            remote.damaged(error)
        return Part(answer.blocks, None, answer.total)
    return Part(answer.blocks, end, answer.total, digest or b"")


def _listen(remote: Remote, answer: Blocks) -> None:
    while answer.final is None:
        data = remote.repl.link.receive(Deadline(_QUIET if answer.in_a_block else _SILENT))
        if data:
            answer.feed(data)
        elif not answer.let_go():
            raise DamagedError("the board's answer has no end")
        if answer.end is not None and answer.final is None:
            raise DamagedError("the answer is missing", answer.end)


class _Wanted:
    """The bytes of a file from ``offset`` up to ``last`` (None: to its end) as they come, in order.

    ``digest`` and ``total`` are the file's, once they were heard.
    """

    def __init__(self, ask: Callable[[Wish], Part], path: str, largest: int, offset: int, last: int | None):
        self.offset = offset
        self.total: int | None = None
        self.digest = b""
        self._ask = ask
        self._path = path
        self._largest = largest
        self._last = last

    @property
    def over(self) -> bool:
        """Whether all came."""
        if self._last is None:
            return self.total is not None and self.offset >= self.total and bool(self.digest)
        return self.total is not None and self.offset >= min(self.total, self._last)

    def blocks(self) -> Iterator[bytes]:
        """Yield the bytes; what is damaged is asked for again, in smaller blocks."""
        held: dict[int, bytes] = {}
        size, failures = self._largest, 0
        while not self.over:
            stop = min([self.offset + AT_ONCE, *held, *([] if self._last is None else [self._last])])
            part = self._ask(Wish(self.offset, stop, size, failures))
            stop = self._heard(part, stop)
            held |= {start: data for start, data in part.blocks.items() if start >= self.offset}
            before = self.offset
            while self.offset in held:
                data = held.pop(self.offset)
                self.offset += len(data)
                yield data
            held = {start: data for start, data in held.items() if start > self.offset}
            if self.total is not None and self.offset > self.total:
                raise TransferError(f"{self._path}: it became shorter while it was read", "try again")
            damaged = part.end is None or self.offset < stop
            size = max(SMALLEST, size // 4) if damaged else min(self._largest, size * 2)
            failures = failures + 1 if self.offset == before and damaged else 0
            if failures > ATTEMPTS:
                message = f"{self._path}: the line to the board damages too much"
                raise TransferError(message, "check the cable; lower --baud")

    def _heard(self, part: Part, stop: int) -> int:
        """Take note of the file's size and digest; return where the bytes of this part should end."""
        self.digest = part.digest or self.digest
        total = part.end if part.digest else part.total
        self.total = self.total if total is None else total
        return stop if self.total is None else min(stop, self.total)


def download(
    ask: Callable[[Wish], Part], path: str, largest: int, moved: Callable[[int, int | None], None]
) -> Iterator[bytes]:
    """Yield the bytes of a file. ``ask`` brings a part of it.

    ``moved`` is told how many there are so far, and of how many. Raises TransferError when the line does not let it
    through, or what came is not what the board has.
    """
    wanted = _Wanted(ask, path, largest, 0, None)
    seen = hashlib.sha256()
    for data in wanted.blocks():
        seen.update(data)
        moved(wanted.offset, wanted.total)
        yield data
    if seen.digest()[: len(wanted.digest)] != wanted.digest:
        raise TransferError(f"{path}: it changed while it was read", "try again")


def download_part(ask: Callable[[Wish], Part], path: str, largest: int, start: int, stop: int) -> Iterator[bytes]:
    """Yield the bytes of a file from ``start`` up to ``stop``, as far as it has them; each block is checked."""
    yield from _Wanted(ask, path, largest, start, stop).blocks()

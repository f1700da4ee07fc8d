"""Whole files to a board by the stream, each one verified before it takes its place.

What the stream carries, numbers little-endian: for each file the length of its path (2 bytes), the path, the size (4, 0
where it is not known), whether to go on behind what an interrupted stream has left (1; the board says how much that
is), pieces of it each after its length (2), a length of 0, and 8 bytes of its SHA-256; after the last file a path's
length of 0. A file that cannot be read to its end gets a wrong digest: the board keeps the old one.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from espsh.base.files import Incoming
from espsh.board.copying.packing import Packer, shrinks
from espsh.board.copying.stream import Answer, Sender, StoppedError
from espsh.board.prompt.delivery import DamagedError
from espsh.board.prompt.remote import Remote, RestartedError, literal
from espsh.board.prompt.replies import new_nonce
from espsh.board.prompt.toolbox import ATTEMPTS
from espsh.errors import EspshError, InterruptedByUserError, NotFoundError, RemoteError, TransferError, UsageError

_PATIENCE = 10_000
"""Milliseconds after which a board gives up a host that says nothing."""
_TIMED_OUT, _NO_ROOM = 110, 28
_WORTH_ASKING = 16_384
"""Bytes of a file of which the board is asked how many it holds, when the stream broke off; shorter ones start anew."""
_SAMPLE = 4096
"""Bytes of a file by which it is judged whether it shrinks."""
_PIECE = 0xFFFF
_LONGEST_PATH = 512
_SNIPPETS = ("placing", "receiving")
_DIGEST = 8
_END = bytes(2)
_NO_FILE = _END + bytes(_DIGEST)
"""Ends a file that cannot be read further."""


class News(NamedTuple):
    """Of the file ``number`` (from 0) ``done`` bytes are under way, or all of it is ``verified`` and in its place.

    ``sent`` counts what the board has of all files, in bytes, and ``wire`` what that took on the line.
    """

    number: int
    done: int
    verified: bool
    sent: int = 0
    wire: int = 0


def upload(remote: Remote, files: Sequence[Incoming], *, begun: bool = False) -> Iterator[News]:
    """Write ``files`` in order. A board that restarts in the middle gets the rest all the same.

    ``begun``: it may hold the beginning of the first one.

    Raises TransferError when the line does not let them through, RemoteError for what the board says.
    """
    for file in files:
        if len(file.path.encode()) > _LONGEST_PATH:
            raise UsageError(f"{file.path}: the path is too long for a board")
    first, failures, gained, sent, wire = 0, 0, 0, 0, 0
    begun = begun and bool(files) and (files[0].size or 0) >= _WORTH_ASKING
    while first < len(files):
        stream = _Stream(remote, files[first:], begun=begun)
        try:
            for news in stream.run(careful=failures > 2):
                yield news._replace(number=first + news.number, sent=sent + news.sent, wire=wire + news.wire)
        except DamagedError as error:
            with contextlib.suppress(RestartedError):
                remote.damaged(error)
        further = stream.verified or stream.gained > gained  # a board that breaks off at one place gets no further
        failures = 0 if further else failures + 1
        gained = 0 if stream.verified else max(gained, stream.gained)
        first, begun = first + stream.verified, stream.begun
        sent, wire = sent + stream.sender.sent, wire + stream.sender.wire
        if failures > ATTEMPTS:
            raise TransferError(
                f"{files[first].path}: the line to the board damages too much",
                "check the cable; try a lower baud rate: --baud",
            )


class _Stream:
    """One stream, up to the first file with which something goes wrong; the first one may be ``begun`` on the board.

    ``gained`` are the bytes that were found there.
    """

    def __init__(self, remote: Remote, files: Sequence[Incoming], *, begun: bool) -> None:
        self.verified = 0
        self.gained = 0
        self._remote = remote
        self._files = files
        self._goes_on = begun
        self._answer = Answer(new_nonce())
        self.sender = Sender(remote.repl.link, self._answer, remote.window)
        self._starts: list[int] = []
        self._rest = b""

    @property
    def begun(self) -> bool:
        """Whether the board may hold the beginning of the file that is next, and it is worth asking."""
        opened = bisect_left(self._starts, self.sender.sent)
        if opened <= self.verified or self._verdict == "False":
            return False
        return (self._files[self.verified].size or 0) >= _WORTH_ASKING

    def run(self, *, careful: bool) -> Iterator[News]:
        """Write the files."""
        answer, sender = self._answer, self.sender
        self._remote.begin(answer, "receive", _PATIENCE, sender.piece, snippets=_SNIPPETS, careful=careful)
        try:
            sender.begin()
            packer = Packer(int(literal(answer.rows.get(0, "0"))), sender)
            for file in self._files:
                for _ in self._send(packer, file):
                    yield self._moved()
                yield from self._told()
                if self._verdict == "False":
                    break
            for _ in self._end(packer):
                yield self._moved()
            sender.await_end()
        except StoppedError:
            pass
        yield from self._ended()

    @property
    def _verdict(self) -> str | None:
        """What the board says of the file that is next; None while it says nothing."""
        return self._answer.rows.get(self.sender.notes + self.verified)

    def _moved(self) -> News:
        """Say how far the stream has come."""
        sent = self.sender.sent
        number = max(0, bisect_right(self._starts, sent) - 1)
        start = self._starts[number] if self._starts else sent
        found = self.gained if number == 0 else 0
        done = max(0, sent - start) + found
        return self._news(number, min(done, self._files[number].size or done), verified=False)

    def _told(self) -> Iterator[News]:
        while self._verdict == "True":
            yield self._news(self.verified, 0, verified=True)
            self.verified += 1

    def _news(self, number: int, done: int, *, verified: bool) -> News:
        return News(number, done, verified, self.sender.sent, self.sender.wire)

    def _ended(self) -> Iterator[News]:
        try:
            count = int(self._remote.end(self._answer, ""))
        except RemoteError as error:
            yield from self._told()
            raise self._failure(error) from None
        except NotFoundError as error:
            yield from self._told()
            raise NotFoundError(
                f"{self._failing.path}: {error.message}", "its directory is made by: mkdir -p"
            ) from None
        while self.verified < count if count == self.sender.closed else self._verdict == "True":
            yield self._news(self.verified, 0, verified=True)
            self.verified += 1

    @property
    def _failing(self) -> Incoming:
        """The first file that is not in its place."""
        return self._files[min(self.verified, len(self._files) - 1)]

    def _failure(self, error: RemoteError) -> DamagedError | RemoteError:
        """Return what an error of the board means: of which file it is."""
        if error.errno == _TIMED_OUT:
            return DamagedError("the board gave up")
        text = f"{self._failing.path}: {error.message}"
        if error.errno == _NO_ROOM and (missing := self._verdict):
            text = text.replace(" (ENOSPC)", f": {missing} bytes missing (ENOSPC)")
        return RemoteError(text, error.hint, kind=error.kind, errno=error.errno, traceback=error.traceback)

    def _send(self, packer: Packer, file: Incoming) -> Iterator[None]:
        self._rest = b""
        blocks = self._read(file, packer)
        sample = _sample(blocks)
        worth, path, goes_on = shrinks(sample), file.path.encode(), self._goes_on
        self._goes_on = False
        head = len(path).to_bytes(2, "little") + path + (file.size or 0).to_bytes(4, "little") + bytes((goes_on,))
        yield from packer.add(head, shrinks=worth)
        if goes_on:
            yield from packer.flush()
            self.gained = int(self.sender.note())
        skip = self.gained if goes_on else 0
        self._starts.append(packer.taken)
        self._rest = _NO_FILE
        whole = hashlib.sha256()
        for block in itertools.chain((sample,), blocks):
            whole.update(block)
            for start in range(skip, len(block), _PIECE):
                piece = block[start : start + _PIECE]
                yield from packer.add(len(piece).to_bytes(2, "little") + piece, shrinks=worth)
            skip = max(0, skip - len(block))
        yield from packer.add(_END + whole.digest()[:_DIGEST], shrinks=worth)
        self.sender.ends.append(packer.taken)

    def _read(self, file: Incoming, packer: Packer) -> Iterator[bytes]:
        """Yield the blocks of ``file``. When they fail the board is let go of, and keeps what is verified."""
        length = 0
        try:
            for block in file.blocks():
                length += len(block)
                yield block
            if file.size and length != file.size:
                raise TransferError(f"{file.path}: {length} bytes came of {file.size}", "it changed while it was read")
        except InterruptedByUserError:
            raise
        except Exception:
            with contextlib.suppress(StoppedError, DamagedError, EspshError):
                for _ in self._end(packer, self._rest):
                    pass
                self.sender.await_end()
                self._remote.end(self._answer, "")
            raise

    def _end(self, packer: Packer, rest: bytes = b"") -> Iterator[None]:
        yield from packer.add(rest + _END, shrinks=True)
        yield from packer.end()


def _sample(blocks: Iterator[bytes]) -> bytes:
    """Return the first ``blocks``, or all where they are few."""
    sample = bytearray()
    for block in blocks:
        sample += block
        if len(sample) >= _SAMPLE:
            break
    return bytes(sample)

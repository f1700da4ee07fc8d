"""Whole files to a board by the stream: deflated where that helps, each one verified before it takes its place."""

from __future__ import annotations

import contextlib
import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from espsh.base.files import Incoming
from espsh.board.delivery import DamagedError
from espsh.board.remote import ATTEMPTS, Remote, RestartedError, literal
from espsh.board.stream import CLOSE, OPEN, PACKED, RAW, Answer, Sender, StoppedError, fitting
from espsh.errors import EspshError, InterruptedByUserError, RemoteError, TransferError

_PATIENCE = 10_000
"""Milliseconds after which a board gives up a host that says nothing."""
_TIMED_OUT, _NO_ROOM = 110, 28
_WORTH_ASKING = 16_384
"""Bytes of a file of which the board is asked how many it holds, when the stream broke off; shorter ones start anew."""
_AT_ONCE = 8192
"""Bytes of a file that one frame stands for at most: a board writes them in less time than it is waited for."""
_SAMPLE = 4096
_WORTH = 0.95
"""Part of its size to which data must shrink to be worth it."""
_SNIPPETS = ("placing", "receiving")
_DIGEST = 8


class News(NamedTuple):
    """Of the file ``number`` (from 0) ``done`` bytes are under way, or all of it is ``verified`` and in its place."""

    number: int
    done: int
    verified: bool


def upload(remote: Remote, files: Sequence[Incoming]) -> Iterator[News]:
    """Write ``files`` in order. A board that restarts in the middle gets the rest all the same.

    Raises TransferError when the line does not let them through, RemoteError for what the board says.
    """
    first, failures, gained, begun = 0, 0, 0, False
    while first < len(files):
        stream = _Stream(remote, files[first:], begun=begun)
        try:
            for news in stream.run(careful=failures > 2):
                yield news._replace(number=first + news.number)
        except DamagedError as error:
            with contextlib.suppress(RestartedError):
                remote.damaged(error)
        further = stream.verified or stream.gained > gained  # a board that breaks off at one place gets no further
        failures = 0 if further else failures + 1
        gained = 0 if stream.verified else max(gained, stream.gained)
        first, begun = first + stream.verified, stream.begun
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
        self._answer = Answer(remote.new_nonce())
        self._sender = Sender(remote.repl.link, self._answer)
        self._opened = 0

    @property
    def begun(self) -> bool:
        """Whether the board may hold the beginning of the file that is next, and it is worth asking."""
        if self._opened <= self.verified or self._verdict == "False":
            return False
        return (self._files[self.verified].size or 0) >= _WORTH_ASKING

    def run(self, *, careful: bool) -> Iterator[News]:
        """Write the files."""
        answer, sender = self._answer, self._sender
        self._remote.begin(answer, "receive", _PATIENCE, snippets=_SNIPPETS, careful=careful)
        try:
            sender.begin()
            packer = Packer(int(literal(answer.rows.get(0, "0"))), sender)
            for index, file in enumerate(self._files):
                for done in self._send(packer, file):
                    yield News(index, done, False)
                yield from self._told()
                if self._verdict == "False":
                    break
            sender.finish()
        except StoppedError:
            pass
        except (DamagedError, InterruptedByUserError):
            raise
        except Exception:  # the source failed: the board is let go of, and keeps what is verified
            with contextlib.suppress(StoppedError, DamagedError, EspshError):
                sender.finish()
                self._remote.end(answer, "")
            raise
        yield from self._ended()

    @property
    def _verdict(self) -> str | None:
        """What the board says of the file that is next; None while it says nothing."""
        return self._answer.rows.get(self._sender.notes + self.verified)

    def _told(self) -> Iterator[News]:
        while self._verdict == "True":
            yield News(self.verified, 0, True)
            self.verified += 1

    def _ended(self) -> Iterator[News]:
        try:
            count = int(self._remote.end(self._answer, ""))
        except RemoteError as error:
            yield from self._told()
            raise self._failure(error) from None
        while self.verified < count if count == self._sender.closed else self._verdict == "True":
            yield News(self.verified, 0, True)
            self.verified += 1

    def _failure(self, error: RemoteError) -> DamagedError | RemoteError:
        """Return what an error of the board means: of which file it is."""
        if error.errno == _TIMED_OUT:
            return DamagedError("the board gave up")
        file = self._files[min(self.verified, len(self._files) - 1)]
        text = f"{file.path}: {error.message}"
        if error.errno == _NO_ROOM and (missing := self._verdict):
            text = text.replace(" (ENOSPC)", f": {missing} bytes missing (ENOSPC)")
        return RemoteError(text, error.hint, kind=error.kind, errno=error.errno, traceback=error.traceback)

    def _send(self, packer: Packer, file: Incoming) -> Iterator[int]:
        goes_on, self._goes_on = self._goes_on, False
        self._opened += 1
        self._sender.send(OPEN, bytes((goes_on,)) + (file.size or 0).to_bytes(4, "little") + file.path.encode())
        if goes_on:
            self.gained = int(self._sender.note())
        whole = hashlib.sha256()
        done = self.gained if goes_on else 0
        for kind, payload, stands_for in packer.pack(_behind(done, _noted(file.blocks(), whole.update))):
            self._sender.send(kind, payload)
            done += stands_for
            yield done
        self._sender.send(CLOSE, whole.digest()[:_DIGEST])


class Packer:
    """Makes frames of files: one deflated stream for all that shrinks, with a window of 2**``bits`` bytes; 0: none."""

    def __init__(self, bits: int, sender: Sender) -> None:
        self._sender = sender
        self._deflate = zlib.compressobj(9, zlib.DEFLATED, -bits) if bits else None
        self._inflate = zlib.decompressobj(-bits) if bits else None

    def pack(self, blocks: Iterator[bytes]) -> Iterator[tuple[int, bytes, int]]:
        """Yield kind, payload, and how many bytes of the file that stands for."""
        sample = bytearray()
        for block in blocks:
            sample += block
            if len(sample) >= _SAMPLE:
                break
        whole = _before(bytes(sample), blocks)
        return self._packed(whole) if self._deflate and _shrinks(sample) else self._raw(whole)

    def _raw(self, blocks: Iterator[bytes]) -> Iterator[tuple[int, bytes, int]]:
        held = b""
        for block in blocks:
            held += block
            while len(held) >= self._sender.longest:
                piece = fitting(held, self._sender.longest)
                held = held[len(piece) :]
                yield RAW, piece, len(piece)
        while held:
            piece = fitting(held, self._sender.longest)
            held = held[len(piece) :]
            yield RAW, piece, len(piece)

    def _packed(self, blocks: Iterator[bytes]) -> Iterator[tuple[int, bytes, int]]:
        assert self._deflate is not None
        held = b""
        for block in blocks:
            for start in range(0, len(block), _SAMPLE):
                held += self._deflate.compress(block[start : start + _SAMPLE])
                while len(held) >= self._sender.longest:
                    piece, size = self._next(held)
                    held = held[len(piece) :]
                    yield PACKED, size.to_bytes(2, "little") + piece, size
        held += self._deflate.flush(zlib.Z_SYNC_FLUSH)
        while held:
            piece, size = self._next(held)
            held = held[len(piece) :]
            yield PACKED, size.to_bytes(2, "little") + piece, size

    def _next(self, packed: bytes) -> tuple[bytes, int]:
        """Return what one frame holds of ``packed``, and how many bytes the board can inflate with it."""
        assert self._inflate is not None
        piece = fitting(packed, self._sender.longest)
        while True:
            ahead = self._inflate.copy()
            size = len(ahead.decompress(piece))
            if size <= _AT_ONCE or len(piece) == 1:
                self._inflate = ahead
                return piece, size
            piece = piece[: len(piece) // 2]


def _shrinks(sample: bytes | bytearray) -> bool:
    return len(zlib.compress(sample, 1)) < len(sample) * _WORTH


def _noted(blocks: Iterable[bytes], update: Callable[[bytes], object]) -> Iterator[bytes]:
    for block in blocks:
        update(block)
        yield block


def _behind(start: int, blocks: Iterable[bytes]) -> Iterator[bytes]:
    for block in blocks:
        if rest := block[start:]:
            yield rest
        start = max(0, start - len(block))


def _before(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from rest

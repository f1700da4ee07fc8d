"""Whole files to a board by the stream: deflated where that helps, each one verified before it takes its place."""

from __future__ import annotations

import contextlib
import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from espsh.base.files import Incoming
from espsh.board.delivery import DamagedError
from espsh.board.remote import ATTEMPTS, Remote, literal
from espsh.board.stream import CLOSE, OPEN, PACKED, RAW, Answer, Sender, StoppedError, fitting
from espsh.errors import EspshError, InterruptedByUserError, RemoteError, TransferError

_PATIENCE = 10_000
"""Milliseconds after which a board gives up a host that says nothing."""
_TIMED_OUT = 110
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
    """Write ``files`` in order.

    Raises TransferError when the line does not let them through, RemoteError for what the board says.
    """
    first, failures = 0, 0
    while first < len(files):
        verified = 0
        try:
            for news in _stream(remote, files[first:], careful=failures > 2):
                verified += news.verified
                yield news._replace(number=first + news.number)
        except DamagedError as error:
            remote.damaged(error)
        failures = 0 if verified else failures + 1
        first += verified
        if failures > ATTEMPTS:
            raise TransferError(
                f"{files[first].path}: the line to the board damages too much",
                "check the cable; try a lower baud rate: --baud",
            )


def _stream(remote: Remote, files: Sequence[Incoming], *, careful: bool) -> Iterator[News]:
    """Write files by one stream, up to the first with which something goes wrong."""
    answer = Answer(remote.new_nonce())
    remote.begin(answer, "receive", _PATIENCE, snippets=_SNIPPETS, careful=careful)
    sender = Sender(remote.repl.link, answer)
    verified = 0
    try:
        sender.begin()
        packer = Packer(int(literal(answer.rows.get(0, "0"))), sender)
        for index, file in enumerate(files):
            for done in _send(sender, packer, file):
                yield News(index, done, False)
            while answer.rows.get(verified + 1) == "True":
                yield News(verified, 0, True)
                verified += 1
            if answer.rows.get(verified + 1) == "False":
                break
        sender.finish()
    except StoppedError:
        pass
    except (DamagedError, InterruptedByUserError):
        raise
    except Exception:  # the source failed: the board is let go of, and keeps what is verified
        with contextlib.suppress(StoppedError, DamagedError, EspshError):
            sender.finish()
            remote.end(answer, "")
        raise
    count = _count(remote, answer, files[min(verified, len(files) - 1)])
    while verified < count if count == sender.closed else answer.rows.get(verified + 1) == "True":
        yield News(verified, 0, True)
        verified += 1


def _count(remote: Remote, answer: Answer, file: Incoming) -> int:
    """Return how many files the board has put in their places; raise what it says instead."""
    try:
        return int(remote.end(answer, file.path))
    except RemoteError as error:
        if error.errno == _TIMED_OUT:
            raise DamagedError("the board gave up") from None
        raise


def _send(sender: Sender, packer: Packer, file: Incoming) -> Iterator[int]:
    sender.send(OPEN, b"\0" + (file.size or 0).to_bytes(4, "little") + file.path.encode())
    whole = hashlib.sha256()
    done = 0
    for kind, payload, stands_for in packer.pack(_noted(file.blocks(), whole.update)):
        sender.send(kind, payload)
        done += stands_for
        yield done
    sender.send(CLOSE, whole.digest()[:_DIGEST])


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


def _before(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from rest

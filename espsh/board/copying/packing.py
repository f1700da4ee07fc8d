"""Bytes into the frames of a stream: deflated, all as one, where that makes them fewer, and as they are where not."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from espsh.board.copying.stream import MOST_INFLATED, Sender

_WORTH = 0.95
"""Part of its size to which data must shrink to be worth it."""
_HEAD = 16
"""What zlib's format adds, and more: short files are worth it, since what went before helps to deflate them."""


def shrinks(sample: bytes) -> bool:
    """Whether data like ``sample`` is worth deflating."""
    return len(zlib.compress(sample, 1)) < len(sample) * _WORTH + _HEAD


class Packer:
    """Hands what is added to ``sender``, as soon as it fills frames; ``taken`` counts the bytes.

    ``bits``: the board inflates with a window of 2**``bits`` bytes; 0: it does not. What it inflates waits for more as
    long as that helps to deflate it: up to 16,000 literals and matches. All methods yield after each frame.
    """

    def __init__(self, bits: int, sender: Sender) -> None:
        self.taken = 0
        self._sender = sender
        self._deflate = zlib.compressobj(9, zlib.DEFLATED, -bits, 9) if bits else None
        self._inflate = zlib.decompressobj(-bits or zlib.MAX_WBITS)
        self._packed = b""
        self._raw = b""
        self._unflushed = False

    def add(self, data: bytes, *, shrinks: bool) -> Iterator[None]:
        """Add ``data``."""
        self.taken += len(data)
        if shrinks and self._deflate:
            yield from self._send_raw(1)
            self._packed += self._deflate.compress(data)
            self._unflushed = True
            yield from self._send_packed(self._sender.longest)
        else:
            yield from self._flush_packed(zlib.Z_SYNC_FLUSH)
            self._raw += data
            yield from self._send_raw(self._sender.longest)

    def flush(self) -> Iterator[None]:
        """Send all that was added."""
        yield from self._flush_packed(zlib.Z_SYNC_FLUSH)
        yield from self._send_raw(1)

    def end(self) -> Iterator[None]:
        """Send all that was added; nothing will be."""
        yield from self._flush_packed(zlib.Z_FINISH)
        yield from self._send_raw(1)

    def _flush_packed(self, mode: int) -> Iterator[None]:
        if self._deflate and self._unflushed:
            self._unflushed = False
            self._packed += self._deflate.flush(mode)
            yield from self._send_packed(1)

    def _send_raw(self, least: int) -> Iterator[None]:
        while len(self._raw) >= least:
            piece = self._raw[: self._sender.longest]
            self._raw = self._raw[len(piece) :]
            self._sender.send(piece)
            yield

    def _send_packed(self, least: int) -> Iterator[None]:
        while len(self._packed) >= least:
            piece, inflated = self._next()
            self._packed = self._packed[len(piece) :]
            self._sender.send(piece, inflated)
            yield

    def _next(self) -> tuple[bytes, int]:
        """Return what one frame holds of what is deflated, and how many bytes the board can inflate with it."""
        piece = self._packed[: self._sender.longest]
        while True:
            ahead = self._inflate.copy()
            inflated = len(ahead.decompress(piece))
            if inflated <= MOST_INFLATED:  # a byte by itself holds 2064 at most
                self._inflate = ahead
                return piece, inflated
            piece = piece[: len(piece) // 2]

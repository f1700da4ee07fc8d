"""What comes back from one command: its records, told from the raw REPL's own bytes and from strangers' prints."""

from __future__ import annotations

import itertools
import re

from espsh.board.prompt.frames import Record, Splitter
from espsh.board.prompt.rawrepl import raw_end

_TRACEBACK = b"Traceback (most recent call last)"
_DAMAGED = re.compile(rb"\x1e[^\n]*\n?")


_nonces = itertools.count(1)


def new_nonce() -> str:
    """Return the name of a new call: a number, since boards keep every short string in a program for ever."""
    return str(next(_nonces))


class Reply:
    """Collects the answer to the call with ``nonce``; ``acks`` are the checksums
    that the board should echo twice: what it computed, and what it was told, of which either may be damaged."""

    def __init__(self, nonce: str = "", acks: tuple[int, ...] = ()) -> None:
        self.nonce = nonce
        self.acks = acks
        self.rows: dict[int, str] = {}
        self.final: Record | None = None
        self.rest = bytearray()
        self._splitter = Splitter()

    def feed(self, data: bytes) -> None:
        """Take more of what the board sent."""
        for item in self._splitter.feed(data):
            if isinstance(item, bytes):
                self.rest += item
            elif item.nonce == self.nonce and item.text.startswith("+"):
                self.rows[item.number] = item.text[1:]
            elif item.nonce == self.nonce:
                self.final = item

    def echoed(self, value: int) -> bool:
        """Whether the board printed this number at the end of a line."""
        return re.search(rb"(?<!\d)%d\r?\n" % value, self.rest) is not None

    @property
    def heard(self) -> bool:
        """Whether the board has the code whole: it echoed the last checksum, or a record came."""
        return bool(self.rows or self.final) or (bool(self.acks) and self._ack(self.acks[-1]) is not None)

    @property
    def end(self) -> bytes | None:
        """The raw REPL's error text once the command is over; None before that."""
        return raw_end(bytes(self.rest))

    @property
    def whole(self) -> bool:
        """Whether the final record and all those before it are there."""
        return self.final is not None and len(self.rows) == self.final.number

    @property
    def traceback(self) -> str:
        """The traceback among the bytes that are no records, or ""."""
        start = self.rest.find(_TRACEBACK)
        text = bytes(self.rest[start:]).partition(b"\x04")[0] if start >= 0 else b""
        return text.decode("utf-8", "replace").replace("\r\n", "\n").rstrip()

    @property
    def stray(self) -> bytes:
        """What others printed meanwhile."""
        rest = bytes(self.rest)
        rest = _DAMAGED.sub(b"", rest.replace(b"OK", b"", 1))
        for ack in self.acks:
            rest = re.sub(rb"(?m)^%d %d\r?\n" % (ack, ack), b"", rest, count=1)
        return rest.partition(_TRACEBACK)[0].partition(b"\x04")[0].lstrip(b"\r\n")

    def _ack(self, value: int) -> re.Match[bytes] | None:
        return re.search(rb"(?<!\d)%d %d\r?\n" % (value, value), self.rest)

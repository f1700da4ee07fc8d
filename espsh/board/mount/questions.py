"""Records that ask the host something, in the middle of whatever else a board says. Pure: bytes in, questions out.

A question is one line: two RS (0x1e) and ``?``, so that the loss of one byte leaves it recognisable, the CRC-32 of what
follows, a number, and the words as a Python tuple::

    \\x1e\\x1e?1304881210 17 (1, 'read', 3, 1024)\\r\\n

The answer goes to the board's stdin: 0x1e, then number, kind, payload and CRC-32, stuffed so that no key of the
prompt is in it, then 0x1f. A damaged question is answered by an empty frame, upon which it is asked again.
"""

from __future__ import annotations

import contextlib
import re
import zlib
from typing import Any, NamedTuple

from espsh.base.literals import literal_of

_MARK = b"\x1e"
_WHOLE = re.compile(rb"\x1e{1,2}\??(\d{1,10}) ((\d{1,5}) (\([ -~]*\)))\r?\n")
_BEGUN = re.compile(rb"\x1e{1,2}\??(\d{1,10}( (\d{1,5}( (\([ -~]*\r?)?)?)?)?)?")
_OURS = re.compile(rb"\x1e{1,2}\?\d[ -~]*\r?\n?")
LONGEST = 6000
"""Bytes of a line after which it can be no question."""

_START, _END, _ESCAPE, _FLIP = 0x1E, 0x1F, 0x1C, 0x40
_STUFFED = re.compile(rb"[\x01-\x04\r\n\x11\x13\x1c\x1e\x1f]")
"""The prompt's keys, flow control, and what frames are made of."""
PLAIN, DEFLATED, FAILED = range(3)
"""Kinds of an answer: bytes, bytes that are to be inflated, the number of an OSError."""
AGAIN = bytes((_START, _END))
"""What lets the board ask again."""
_WINDOW = 10
"""wbits of what is deflated: the board takes 2.4 kB for that."""
_WORTH = 60
"""Bytes below which deflating saves nothing."""


class Question(NamedTuple):
    """What a board asks; ``number`` tells it from the one before."""

    number: int
    words: tuple[Any, ...]


class Sieve:
    """Takes the questions out of what a board says. ``damaged`` says that one came that cannot be read."""

    def __init__(self) -> None:
        self.questions: list[Question] = []
        self.damaged = False
        self.held = b""

    def feed(self, data: bytes) -> bytes:
        """Take what came; return what is no question. The beginning of one is held back until it is clear."""
        if not self.held and _MARK not in data:
            return data
        data, self.held = self.held + data, b""
        passed = []
        start = 0
        while (mark := data.find(_MARK, start)) >= 0:
            passed.append(data[start:mark])
            if len(data) - mark < LONGEST and _BEGUN.fullmatch(data, mark):
                self.held = data[mark:]
                return b"".join(passed)
            start = self._take(data, mark)
            if start == mark:
                passed.append(_MARK)
                start += 1
        passed.append(data[start:])
        return b"".join(passed)

    def rest(self) -> bytes:
        """Return what was held back, when nothing more comes."""
        held, self.held = self.held, b""
        return held

    def _take(self, data: bytes, mark: int) -> int:
        """Take the question that begins at ``mark``; return where it ends: at once, where there is none."""
        whole = _WHOLE.match(data, mark)
        if whole and zlib.crc32(whole[2]) == int(whole[1]):
            with contextlib.suppress(ValueError, SyntaxError, RecursionError, MemoryError):  # whatever a program prints
                self.questions.append(Question(int(whole[3]) & 0xFFFF, literal_of(whole[4].decode())))
            return whole.end()
        if ours := _OURS.match(data, mark):
            self.damaged = True
            return ours.end()
        return mark


def answer(number: int, payload: bytes, *, deflated: bool) -> bytes:
    """Return the frame that answers question ``number``, ``deflated`` where that makes it shorter."""
    kind = PLAIN
    if deflated and len(payload) > _WORTH:
        packer = zlib.compressobj(9, zlib.DEFLATED, -_WINDOW)
        packed = packer.compress(payload) + packer.flush()
        if len(packed) < len(payload):
            kind, payload = DEFLATED, packed
    return _frame(number, kind, payload)


def refusal(number: int, errno: int) -> bytes:
    """Return the frame that answers question ``number`` with an OSError."""
    return _frame(number, FAILED, bytes((errno,)))


def _frame(number: int, kind: int, payload: bytes) -> bytes:
    body = number.to_bytes(2, "little") + bytes((kind,)) + payload
    body += zlib.crc32(body).to_bytes(4, "little")
    return bytes((_START,)) + _STUFFED.sub(_stuff, body) + bytes((_END,))


def _stuff(byte: re.Match[bytes]) -> bytes:
    return bytes((_ESCAPE, byte[0][0] ^ _FLIP))

"""Tell the board's answers from everything else it prints. Pure: bytes in, records and stray bytes out.

A record is one line: RS (0x1e), the length and the checksum of what follows, then ``nonce number text``::

    \\x1e27 2921023716 k3f9 0 +('boot.py', 0, 139)\\r\\n

The checksum is a CRC-32 where the board has one, else :func:`digest`. A line that holds RS and does not fit its
length and checksum is damaged and dropped; the numbers tell that one is missing.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from zlib import crc32

MARK = b"\x1e"
_HEAD = re.compile(rb"\x1e(\d{1,7}) (\d{1,10}) ")
_PARTIAL = re.compile(rb"\x1e(\d{0,7}|\d{1,7} \d{0,10}|\d{1,7} \d{1,10} [^\r\n]*)\r?")
_DIGITS = 9
LONGEST = 70_000
"""Bytes of a line after which it can be no record of ours."""


def digest(data: bytes) -> int:
    """Return the checksum that any board can compute, in integers below 2**30: a polynomial in 67, modulo a prime."""
    value = 0
    for byte in data:
        value = (value * 67 + byte) % 8388593
    return value


class Record(NamedTuple):
    """One checked line from the board."""

    nonce: str
    number: int
    text: str


class Splitter:
    """Splits what a board sends into records and the bytes around them."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, data: bytes) -> list[Record | bytes]:
        """Take more bytes; return the records and stray pieces that are complete, in order.

        Only what may still become a record is held back.
        """
        data = self._held + data
        found: list[Record | bytes] = []
        start = 0
        while (mark := data.find(MARK, start)) >= 0:
            if mark > start:
                found.append(data[start:mark])
            end = data.find(b"\n", mark)
            inner = data.find(MARK, mark + 1, end if end >= 0 else len(data))
            if inner >= 0:  # a record that was cut short by the next one
                found.append(data[mark:inner])
                start = inner
                continue
            if end < 0:
                if len(data) - mark < LONGEST and _PARTIAL.fullmatch(data, mark):
                    self._held = data[mark:]
                    return found
                found.append(data[mark:])
                start = len(data)
                break
            found.append(_record(data[mark : end + 1]))
            start = end + 1
        self._held = b""
        if start < len(data):
            found.append(data[start:])
        return found

    def rest(self) -> bytes:
        """Return what was held back, when nothing more will come."""
        held, self._held = self._held, b""
        return held


def _record(line: bytes) -> Record | bytes:
    head = _HEAD.match(line)
    if head is None:
        return line
    body = line[head.end() :].rstrip(b"\r\n")
    if len(body) != int(head[1]) or int(head[2]) not in (crc32(body), digest(body)):
        return line
    nonce, _, rest = body.partition(b" ")
    number, _, text = rest.partition(b" ")
    if not number.isdigit() or len(number) > _DIGITS:
        return line
    return Record(nonce.decode("utf-8", "replace"), int(number), text.decode("utf-8", "replace"))

"""Requests to a loader and its answers, as bytes. Pure. (Espressif, "Serial Protocol", in esptool's documentation.)

A packet: direction, command, length of the data, a word (a checksum in a request, a value in an answer), data. An
answer ends with its status, which is longer where a ROM gives it.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from espsh.sim import slip
from espsh.sim.espimage import exclusive_or

_HEAD = struct.Struct("<BBHI")
_REQUEST, _ANSWER = 0, 1
_BLOCK = struct.Struct("<IIII")

INVALID, FAILED, CHECKSUM, LENGTH, NOT_WRITING, INFLATE, TOO_MUCH, UNKNOWN = range(8)
STATUSES = {
    INVALID: ((1, 0x05), (0xC0, 0)),
    FAILED: ((1, 0x06), (0xC4, 0)),
    CHECKSUM: ((1, 0x07), (0xC1, 0)),
    LENGTH: ((1, 0x05), (0xC0, 0)),
    NOT_WRITING: ((1, 0x06), (0xC6, 0)),
    INFLATE: ((1, 0x0B), (0xC7, 0)),
    TOO_MUCH: ((1, 0x06), (0xC9, 0)),
    UNKNOWN: ((1, 0x05), (0xFF, 0)),
}
"""What is wrong, as a ROM says it and as the stub does: two bytes each."""


class RefusedError(Exception):
    """A command fails; the argument is one of the STATUSES."""


class Request(NamedTuple):
    """A command of the host."""

    command: int
    word: int
    data: bytes

    def numbers(self, count: int) -> tuple[int, ...]:
        """Return the first ``count`` words of the data."""
        if len(self.data) < 4 * count:
            raise RefusedError(LENGTH)
        return struct.unpack_from(f"<{count}I", self.data)

    def block(self) -> bytes:
        """Return the data of a block, which has its length before it and its checksum in the request's word."""
        if len(self.data) < _BLOCK.size or self.numbers(1)[0] != len(self.data) - _BLOCK.size:
            raise RefusedError(LENGTH)
        content = self.data[_BLOCK.size :]
        if exclusive_or(content) ^ 0xEF != self.word & 0xFF:
            raise RefusedError(CHECKSUM)
        return content


def read_request(packet: bytes) -> Request | None:
    """Return the request in a packet; None when it is none."""
    if len(packet) < _HEAD.size:
        return None
    direction, command, length, word = _HEAD.unpack_from(packet)
    data = packet[_HEAD.size :]
    return Request(command, word, data) if direction == _REQUEST and length == len(data) else None


def answer(command: int, value: int, data: bytes, status: tuple[int, int], status_size: int) -> bytes:
    """Return an answer, framed."""
    body = data + bytes(status).ljust(status_size, b"\0")
    return slip.frame(_HEAD.pack(_ANSWER, command, len(body), value) + body)

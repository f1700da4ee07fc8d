"""Inputs for parsers: seeds, cut, doubled, joined and damaged. The same seed number gives the same inputs."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence

_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)
_WORDS = (
    b"\0", b"\x1b[", b"\x04", b"\x1e", b"\r\n", b"\xff" * 16, b"../", b"//", b"%s", b"{0}", b"\\", b"'", b'"', b"@",
    b"[" * 3000, b"(" * 3000, b"-" * 3000, b"{" * 3000, b"9" * 5000, b"1e999999", b"\xed\xa0\x80", b"nan", b":",
)  # fmt: skip
_LONGEST = 20_000


def inputs(seeds: Sequence[bytes], chance: random.Random) -> Iterator[bytes]:
    """Yield inputs without end: first the seeds themselves, then what becomes of them."""
    yield from seeds
    while True:
        data = chance.choice(seeds)
        for _ in range(chance.randint(1, 6)):
            data = chance.choice(_CHANGES)(data, seeds, chance)[:_LONGEST]
        yield data


def _spot(data: bytes, chance: random.Random) -> int:
    return chance.randint(0, len(data))


def _flip(data: bytes, _: Sequence[bytes], chance: random.Random) -> bytes:
    if not data:
        return data
    at = chance.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]


def _put(data: bytes, _: Sequence[bytes], chance: random.Random) -> bytes:
    at = _spot(data, chance)
    return data[:at] + chance.choice(_WORDS) + data[at:]


def _count(data: bytes, _: Sequence[bytes], chance: random.Random) -> bytes:
    at, width = _spot(data, chance), chance.choice((1, 2, 4))
    number = chance.choice(_NUMBERS) & (1 << 8 * width) - 1
    return data[:at] + number.to_bytes(width, "little") + data[at + width :]


def _number(data: bytes, _: Sequence[bytes], chance: random.Random) -> bytes:
    found = list(re.finditer(rb"\d+", data))
    if not found:
        return data
    at = chance.choice(found)
    number = chance.choice((b"9" * 5000, b"0", b"-1", b"4294967296", b"99999999", b"1e9", b""))
    return data[: at.start()] + number + data[at.end() :]


def _cut(data: bytes, _: Sequence[bytes], chance: random.Random) -> bytes:
    start, end = sorted((_spot(data, chance), _spot(data, chance)))
    return data[:start] + data[end:]


def _double(data: bytes, _: Sequence[bytes], chance: random.Random) -> bytes:
    start, end = sorted((_spot(data, chance), _spot(data, chance)))
    return data[:end] + data[start:end] + data[end:]


def _join(data: bytes, seeds: Sequence[bytes], chance: random.Random) -> bytes:
    other = chance.choice(seeds)
    return data[: _spot(data, chance)] + other[_spot(other, chance) :]


def _noise(data: bytes, _: Sequence[bytes], chance: random.Random) -> bytes:
    at = _spot(data, chance)
    return data[:at] + chance.randbytes(chance.randint(1, 12)) + data[at:]


_CHANGES: tuple[Callable[[bytes, Sequence[bytes], random.Random], bytes], ...] = (
    _flip, _flip, _put, _number, _count, _cut, _double, _join, _noise,
)  # fmt: skip

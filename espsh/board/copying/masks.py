"""Bytes without the prompt's keys: two bytes go before them, and every other byte is XORed with one of the two."""

from __future__ import annotations

_KEYS = (0x01, 0x02, 0x03, 0x04, 0x0A, 0x0D, 0x11)
"""Ctrl-A to Ctrl-D, the line ends, and Ctrl-Q, by which a stream's sender makes itself heard."""
_SPOILT = tuple(sum(1 << (byte ^ key) for key in _KEYS) for byte in range(256))
"""For each byte the masks, as bits of a number, that make a key of it."""


def masked(data: bytes) -> bytes | None:
    """Return ``data`` behind and under its mask, or None where each mask makes a key of a byte.

    Of 229 random bytes that is one in 2,000; up to 70 bytes there always is a mask.
    """
    mask = bytes(filter(None, (_mask(data[0::2]), _mask(data[1::2]))))
    if len(mask) < 2:
        return None
    length = len(data)
    stretched = int.from_bytes((mask * (length // 2 + 1))[:length], "little")
    return mask + (int.from_bytes(data, "little") ^ stretched).to_bytes(length, "little")


def _mask(data: bytes) -> int:
    """Return a mask that makes no key of any byte of ``data``, nor is one; 0 where there is none."""
    spoilt = 1 | _SPOILT[0]
    for byte in data:
        spoilt |= _SPOILT[byte]
    free = ~spoilt & ((1 << 256) - 1)
    return (free & -free).bit_length() - 1 if free else 0

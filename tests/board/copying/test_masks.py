"""Masked bytes: what is read back is what went in, and none is a key of the prompt."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from espsh.board.copying.masks import masked

KEYS = set(b"\x01\x02\x03\x04\n\r\x11")


def unmasked(wire: bytes) -> bytes:
    return bytes(byte ^ wire[place % 2] for place, byte in enumerate(wire))[2:]


@given(st.binary(max_size=231))
def test_back_and_without_keys(data: bytes) -> None:
    wire = masked(data)
    if wire is not None:
        assert unmasked(wire) == data
        assert not KEYS & set(wire)


@given(st.binary(max_size=70))
def test_short_ones_always_have_a_mask(data: bytes) -> None:
    assert masked(data) is not None


def test_some_have_none() -> None:
    assert masked(bytes(byte for byte in range(256) for _ in range(2))) is None

"""What a packer hands on, read as a board reads it, is what was added."""

from __future__ import annotations

import zlib
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from espsh.board.copying.packing import Packer, shrinks
from espsh.board.copying.stream import LONGEST, MOST_INFLATED, Sender

NOISE = zlib.compress(b"".join(number.to_bytes(2, "little") for number in range(5000)), 9)[:8000]


class Board:
    """Takes frames and reads of each at once as much as was announced; ``ready`` is what it has."""

    longest = LONGEST

    def __init__(self, bits: int) -> None:
        self._inflate = zlib.decompressobj(-bits or zlib.MAX_WBITS)
        self.ready = b""
        self.frames = 0

    def send(self, data: bytes, inflated: int | None = None) -> None:
        assert 0 < len(data) <= LONGEST
        self.frames += 1
        if inflated is None:
            self.ready += data
            return
        assert inflated <= MOST_INFLATED
        read = self._inflate.decompress(data)
        assert len(read) == inflated
        self.ready += read


CONTENTS = st.one_of(
    st.binary(max_size=2000),
    st.integers(0, 20_000).map(bytes),
    st.integers(0, len(NOISE)).map(lambda length: NOISE[:length]),
    st.integers(1, 600).map(lambda count: b"def function():\n    return None\n" * count),
)


@pytest.mark.parametrize("bits", [0, 10, 13])
@given(parts=st.lists(st.tuples(CONTENTS, st.booleans()), max_size=8))
def test_all_arrives_in_order(bits: int, parts: list[tuple[bytes, bool]]) -> None:
    board = Board(bits)
    packer = Packer(bits, cast(Sender, board))
    added = b""
    for data, worth in parts:
        for _ in packer.add(data, shrinks=worth):
            assert added.startswith(board.ready[: len(added)])
        added += data
    for _ in packer.end():
        pass
    assert board.ready == added
    assert packer.taken == len(added)


@given(data=CONTENTS)
def test_a_flush_leaves_nothing_behind(data: bytes) -> None:
    board = Board(12)
    packer = Packer(12, cast(Sender, board))
    for step in (packer.add(data, shrinks=True), packer.flush()):
        for _ in step:
            pass
    assert board.ready == data


def test_what_shrinks() -> None:
    assert shrinks(b"")
    assert shrinks(b"import os\n")
    assert shrinks(b"def function():\n    return None\n" * 100)
    assert not shrinks(NOISE[:4096])

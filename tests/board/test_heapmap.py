"""What ``mem_info`` prints, of several firmwares."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from espsh.board.heapmap import HeapMap, read_heap

# MicroPython 1.24 on an ESP32, shortened.
ESP32 = """False\r
stack: 736 out of 15360\r
GC: total: 4096, used: 1088, free: 3008, max new split: 98304\r
 No. of 1-blocks: 9, 2-blocks: 4, max blk sz: 18, max free sz: 128\r
GC memory layout; from 3ffe4a60:\r
00000: h=hLhh==h===hhhT........h=======................................\r
       (2 lines all free)\r
00c00: ................................................................\r
"""


def test_sizes_and_map() -> None:
    heap = read_heap(ESP32)
    assert heap is not None
    assert heap[:4] == (4096, 1088, 3008, 128 * 16)
    assert len(heap.blocks) == 4096 // 16
    assert heap.blocks[14:18] == "hT.."
    assert list(heap.shares(64)) == [24 / 64, 0, 0, 0]


def test_blocks_of_a_board_with_64_bits_are_larger() -> None:
    heap = read_heap(ESP32.replace("False", "True"))
    assert heap is not None
    assert heap.largest == 128 * 32


def test_an_old_firmware_tells_no_largest_block() -> None:
    assert read_heap("False\r\nGC: total: 100, used: 40, free: 60\r\n") == HeapMap(100, 40, 60, 0)


def test_what_is_no_report_is_none() -> None:
    assert read_heap("AttributeError: no attribute 'mem_info'") is None


@given(st.text())
def test_no_text_is_too_odd(text: str) -> None:
    read_heap(text)
    read_heap(ESP32 + text)

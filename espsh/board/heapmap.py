"""The heap of a board as ``micropython.mem_info`` tells it: sizes, the largest free block, a map of all blocks.

Source of the format: MicroPython's py/gc.c, ``gc_dump_info`` and ``gc_dump_alloc_table``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_SIZES = re.compile(r"GC: total: (\d{1,9}), used: (\d{1,9}), free: (\d{1,9})\b")
_LARGEST = re.compile(r"max free sz: (\d{1,9})\b")
_ROW = re.compile(r"^\s*[0-9a-f]+: (\S+)\s*$|^\s*\((\d{1,9}) lines all free\)", re.MULTILINE)
_MAP = "GC memory layout"
_COLUMNS = 64
_BLOCK = {True: 32, False: 16}
"""Bytes of a block, where addresses have 64 bits and where they have 32: four words."""
_ASK = "exec('import gc,sys,micropython as m\\ngc.collect();print(sys.maxsize>>32>0);m.mem_info({})',{{}})"


class HeapMap(NamedTuple):
    """A heap after a collection, in bytes. ``largest`` is 0 where the firmware does not tell it.

    ``blocks`` has a letter for each block in the order of addresses, ``.`` for one that is free; "" without a map.
    """

    total: int
    used: int
    free: int
    largest: int
    blocks: str = ""

    def shares(self, blocks: int) -> Iterator[float]:
        """Yield how much of each part of so many ``blocks`` is used, 0 to 1."""
        for start in range(0, len(self.blocks), blocks):
            part = self.blocks[start : start + blocks]
            yield 1 - part.count(".") / len(part)


def read_heap(text: str) -> HeapMap | None:
    """Return what ``mem_info`` printed, behind a line that says whether addresses have 64 bits; None if it did not."""
    sizes = _SIZES.search(text)
    if sizes is None:
        return None
    total, used, free = map(int, sizes.groups())
    block = _BLOCK[text.lstrip().startswith("True")]
    largest = _LARGEST.search(text)
    rows = _ROW.findall(text[text.find(_MAP) :]) if _MAP in text else []
    most = total // block // _COLUMNS + 1  # whatever a damaged line says
    blocks = "".join(letters or "." * _COLUMNS * min(int(free_rows), most) for letters, free_rows in rows)
    return HeapMap(total, used, free, int(largest[1]) * block if largest else 0, blocks)


def question(*, with_map: bool) -> str:
    """Return the code that prints a heap for :func:`read_heap`; it leaves no names of its own."""
    return _ASK.format("1" if with_map else "")

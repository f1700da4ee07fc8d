"""Bytes that come once, made to come again: a damaged line makes a file start anew."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import IO

_IN_MEMORY = 256 * 1024
_BLOCK = 64 * 1024


@contextlib.contextmanager
def again(blocks: Iterable[bytes]) -> Iterator[Callable[[], Iterable[bytes]]]:
    """Yield a function that yields ``blocks`` from the first on each time it is called.

    What came is kept until the end, on disk when it is more than 256 kB.
    """
    if isinstance(blocks, list | tuple):
        yield lambda: blocks
        return
    import tempfile

    rest = iter(blocks)
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as kept:
        yield lambda: _from_the_first(kept, rest)


def _from_the_first(kept: IO[bytes], rest: Iterator[bytes]) -> Iterator[bytes]:
    kept.seek(0)
    while block := kept.read(_BLOCK):
        yield block
    for block in rest:
        kept.write(block)
        yield block

"""The board's memory."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

from espsh.api import Context, Number, Opt, RemoteError, Styled, UsageError, board_facts, command, heapmap, human_size

if TYPE_CHECKING:
    from espsh.api import HeapMap

_BARS = "▁▂▃▄▅▆▇█"
_SHADES = "·░▒▓█"
_COLUMNS, _ROWS = 64, 16
_KEPT = 30
_IDF = {"idf_heap": board_facts.QUESTIONS["idf_heap"]}


@command(boards="each", shows=True, examples=("heap", "heap --map", "heap --watch 5", "@all heap"))
def heap(
    ctx: Context,
    *,
    map: Annotated[bool, Opt("--map", help="draw what is used and what is free")] = False,  # noqa: A002 - its name
    watch: Annotated[
        float | None,
        Opt("--watch", help="again each so many seconds, until Ctrl-C", type=Number("SECONDS", least=0.1, whole=False)),
    ] = None,
    json: Annotated[bool, Opt("--json", help="for a program to read")] = False,
) -> None:
    """Show how much of the board's heap is free after a garbage collection, and the largest free block of it.

    An import needs its largest piece in one block. ESP-IDF's own heap is
    what Wi-Fi, TLS and native code take from. (mpy-cross -X heapsize is
    the compiler's heap on the host: it limits nothing on a board.)
    """
    if watch is not None:
        _watch(ctx, watch)
        return
    found = _ask(ctx, with_map=map)
    idf = board_facts.ask(ctx.board, _IDF).get("idf_heap", [])
    if json or ctx.options.json:
        ctx.out.json(_facts(found, idf))
        return
    ctx.out.text(_sizes(found))
    if idf:
        free, largest = sum(region[1] for region in idf), max(region[2] for region in idf)
        ctx.out.text(f"ESP-IDF: free {human_size(free)} · largest block {human_size(largest)}")
    if map:
        for row in _drawn(found):
            ctx.out.text(row)


def _ask(ctx: Context, *, with_map: bool = False) -> HeapMap:
    """Return the heap; of a board that prints no ``mem_info`` its sizes alone."""
    said = bytearray()
    with contextlib.suppress(RemoteError):
        ctx.board.execute(heapmap.question(with_map=with_map), output=said.extend)
    found = heapmap.read_heap(said.decode("utf-8", "replace"))
    if found is None:
        plain = ctx.board.heap()
        found = heapmap.HeapMap(plain.total, plain.used, plain.free, 0)
    return found


def _watch(ctx: Context, seconds: float) -> None:
    if ctx.scope.fanned:
        raise UsageError("one board's heap is watched at a time")
    history: deque[HeapMap] = deque(maxlen=_KEPT)
    while True:
        history.append(_ask(ctx))
        ctx.out.text(Styled(time.strftime("%H:%M:%S"), "dim"), _sizes(history[-1]), _line(history))
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            ctx.board.listen(left)


def _facts(found: HeapMap, idf: list[Any]) -> dict[str, Any]:
    names = ("total", "free", "largest", "least_free")
    regions = [dict(zip(names, region, strict=False)) for region in idf]
    return {
        "free": found.free, "used": found.used, "total": found.total, "largest": found.largest or None,
        "idf": regions,
    }  # fmt: skip


def _sizes(found: HeapMap) -> str:
    largest = f" · largest block {human_size(found.largest)}" if found.largest else ""
    return f"free {human_size(found.free)} of {human_size(found.total)} · used {human_size(found.used)}{largest}"


def _line(history: deque[HeapMap]) -> str:
    """Draw the free bytes of all samples, as shares of the heap."""
    return "".join(_BARS[min(len(_BARS) - 1, len(_BARS) * one.free // one.total)] for one in history)


def _drawn(found: HeapMap) -> Iterator[str]:
    """Draw the heap from its first address on; full blocks, half full ones, free ones."""
    if not found.blocks:
        raise UsageError("this firmware draws no map of its heap")
    blocks = -(-len(found.blocks) // (_COLUMNS * _ROWS))
    cells = "".join(_shade(share) for share in found.shares(blocks))
    yield from (cells[start : start + _COLUMNS] for start in range(0, len(cells), _COLUMNS))
    yield f"{_SHADES[0]} free  {_SHADES[-1]} used  {blocks * found.total // len(found.blocks)} bytes each"


def _shade(share: float) -> str:
    return _SHADES[max(1, round(share * (len(_SHADES) - 1)))] if share else _SHADES[0]

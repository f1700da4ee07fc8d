"""The board's memory."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from typing import TYPE_CHECKING, Annotated, Any

from espsh.api import (
    PATH,
    Context,
    Location,
    Number,
    Opt,
    RemoteError,
    Styled,
    Table,
    UsageError,
    board_facts,
    command,
    heapmap,
    human_size,
    weighing,
)

if TYPE_CHECKING:
    from espsh.api import HeapMap, Weight

_BARS = "▁▂▃▄▅▆▇█"
_SHADES = (Styled("·", "dim"), *(Styled(shade, "part") for shade in "░▒▓"), Styled("█", "full"))
_TILES = 1024
_KEPT = 16
"""Samples in a line: with them it has 58 columns."""
_IMPORTED = ("py", "mpy")
_FOLDER = "/.espsh-heap"
"""Where a file lies on the board while its import is measured."""
_IDF = {"idf_heap": board_facts.QUESTIONS["idf_heap"]}


@command(
    boards="each",
    shows=True,
    examples=(
        "heap",
        "heap --map",
        "heap --import app.py     # what importing it takes, as source and as .mpy",
        "heap --import urequests  # a module that is on the board",
        "heap --watch 5",
        "@all heap",
    ),
)
def heap(
    ctx: Context,
    *,
    map: Annotated[bool, Opt("--map", help="draw what is used and what is free")] = False,  # noqa: A002 - its name
    imports: Annotated[
        Location | None, Opt("--import", help="import this on the board, and say what that takes", type=PATH)
    ] = None,
    watch: Annotated[
        float | None,
        Opt("--watch", help="again each so many seconds, until Ctrl-C", type=Number("SECONDS", least=0.1, whole=False)),
    ] = None,
    json: Annotated[bool, Opt("--json", help="for a program to read")] = False,
) -> None:
    """Show how much of the board's heap is free after a garbage collection, and the largest free block of it.

    An import needs its largest piece in one block. ESP-IDF's own heap is what Wi-Fi, TLS and native code take from.

    --import runs the module on the board and measures there: the peak is what it had in use at once, with the
    compiler's work, to about a fifth; what stays is what the module keeps. A source has to be compiled by the board;
    a .mpy file was compiled on the host. Afterwards the module is forgotten again. Names that the board has met since
    its last start are kept already and count for nothing.

    mpy-cross -X heapsize=N is something else: the memory of the compiler on the host, 2 MB unless it says
    otherwise. A file that is too large for it fails to compile there. It is no property of a board, changes nothing
    in the .mpy file, and the board's free heap is no value for it.
    """
    json = json or ctx.options.json
    if watch is not None:
        _watch(ctx, watch)
    elif imports is not None:
        _show_imports(ctx, imports, json=json)
    else:
        _show(ctx, with_map=map, json=json)


def _show(ctx: Context, *, with_map: bool, json: bool) -> None:
    found = _ask(ctx, with_map=with_map)
    idf = board_facts.ask(ctx.board, _IDF).get("idf_heap", [])
    if json:
        ctx.out.json(_facts(found, idf))
        return
    ctx.out.prose(_sizes(found))
    if idf:
        free, largest = sum(region[1] for region in idf), max(region[2] for region in idf)
        ctx.out.prose(f"ESP-IDF: free {human_size(free)} · largest block {human_size(largest)}")
    if with_map:
        _draw(ctx, found)


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
        ctx.out.text(Styled(time.strftime("%H:%M:%S"), "dim"), _free(history[-1]), _line(history))
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


def _free(found: HeapMap) -> str:
    return f"free {human_size(found.free)}" + (f" · largest {human_size(found.largest)}" if found.largest else "")


def _sizes(found: HeapMap) -> str:
    largest = f" · largest block {human_size(found.largest)}" if found.largest else ""
    return f"free {human_size(found.free)} of {human_size(found.total)} · used {human_size(found.used)}{largest}"


def _line(history: deque[HeapMap]) -> str:
    """Draw the free bytes of all samples, as shares of the heap."""
    return "".join(_BARS[min(len(_BARS) - 1, len(_BARS) * one.free // one.total)] for one in history)


def _draw(ctx: Context, found: HeapMap) -> None:
    """Draw the heap from its first address on; full blocks, half full ones, free ones."""
    if not found.blocks:
        raise UsageError("this firmware draws no map of its heap")
    blocks = -(-len(found.blocks) // _TILES)
    ctx.out.tiles([_shade(share) for share in found.shares(blocks)])
    size = blocks * found.total // len(found.blocks)
    ctx.out.text(_SHADES[0], "free ", _SHADES[-1], f"used  {size} bytes each")


def _shade(share: float) -> Styled:
    return _SHADES[max(1, round(share * (len(_SHADES) - 1)))] if share else _SHADES[0]


def _show_imports(ctx: Context, wanted: Location, *, json: bool) -> None:
    weights = _weigh(ctx, wanted)
    if json:
        ctx.out.json([{"file": name, **weight._asdict()} for name, weight in weights.items()])
        return
    rows = [(name, _peak(weight), human_size(weight.stays)) for name, weight in weights.items()]
    ctx.out.table(Table(("import", ">peak", ">stays"), rows))
    ctx.out.prose(_sizes(_ask(ctx)))


def _weigh(ctx: Context, wanted: Location) -> dict[str, Weight]:
    """Return what imports take by the names of their files; a source is weighed beside its .mpy."""
    stem, dot, ending = wanted.name.rpartition(".")
    if wanted.typed == wanted.name and ending not in _IMPORTED:
        return {wanted.typed: weighing.weigh(ctx.board, "", wanted.typed)}
    if not dot or ending not in _IMPORTED:
        raise UsageError(f"{wanted} is no .py or .mpy file")
    data = b"".join(ctx.files(wanted).read(wanted.path))
    found = {wanted.name: data} if ending == "mpy" else {f"{stem}.mpy": _compiled(ctx, wanted, data), wanted.name: data}
    # The .mpy file first: the names that it brings count for it, and its lead over the source is not overstated.
    weights = {name: _weigh_file(ctx, stem, name, content) for name, content in found.items()}
    return dict(reversed(weights.items()))


def _weigh_file(ctx: Context, module: str, name: str, content: bytes) -> Weight:
    files = ctx.board.files
    files.make_directory(_FOLDER, parents=True)
    try:
        files.write(f"{_FOLDER}/{name}", [content], len(content))
        return weighing.weigh(ctx.board, _FOLDER, module, len(content))
    finally:
        files.remove_tree(_FOLDER)


def _compiled(ctx: Context, source: Location, data: bytes) -> bytes:
    from espsh.api import Compiler, Target, compiling

    target = Target.of(ctx.board.identity, ctx.board.abilities)
    return Compiler.of(ctx.session.world).compile(compiling.Source(data, source.name, source.typed), target)


def _peak(weight: Weight) -> str:
    if weight.stays is None:
        return "does not fit"
    return f"{'over ' * weight.exceeds}{human_size(weight.peak)}"

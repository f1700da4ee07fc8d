"""Compiling Python into .mpy files on the host."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any

from espsh.api import (
    PATH,
    PATHS,
    Arg,
    Candidate,
    Choice,
    ConnectError,
    Context,
    Location,
    NotFoundError,
    Opt,
    Scope,
    Text,
    UsageError,
    command,
)

if TYPE_CHECKING:
    from espsh.api import Target

_SUFFIXES = {"": 1, "k": 1024, "m": 1024 * 1024}
_LEAST, _MOST = 1024, 1024**3


class _HeapSize(Text):
    """``heapsize=N``, with k or M behind for more; a number of bytes."""

    def parse(self, word: Any, scope: Scope) -> Any:
        """Return the bytes."""
        found = re.fullmatch(r"heapsize=(\d+)([kKmM]?)", word.text)
        if not found:
            raise UsageError(f"'{word.text}' is not heapsize=N", "N is a number of bytes; 4M and 500k are too")
        size = int(found[1]) * _SUFFIXES[found[2].lower()]
        if not _LEAST <= size <= _MOST:
            raise UsageError(f"a heap of {size} bytes is out of range", "from 1k to 1024M")
        return size

    def complete(self, prefix: str, scope: Scope) -> tuple[Candidate, ...]:
        """Offer the option's only key."""
        return (Candidate("heapsize=", ends_word=False),) if "heapsize=".startswith(prefix) else ()


@command(
    boards="each",
    aliases=("mpy-cross",),
    examples=(
        "mpycross lib/big.py                     # lib/big.mpy, as the current board loads it",
        "mpycross *.py -o :/lib                  # onto the board",
        "@all mpycross app.py -o :               # onto each, for what each runs",
        "mpycross --for 1.22 app.py -o build/    # without a board",
        "mpycross -O3 app.py                     # smaller: no asserts, no line numbers",
    ),
)
def mpycross(
    ctx: Context,
    files: Annotated[list[Location], Arg(PATHS, "Python files", many="+")],
    *,
    out: Annotated[
        Location | None, Opt("-o", "--out", help="the .mpy file or a directory (default: beside FILE)", type=PATH)
    ] = None,
    optimise: Annotated[
        str, Opt("-O", help="from 1 without asserts, 3 without line numbers", type=Choice(("0", "1", "2", "3")))
    ] = "0",
    heapsize: Annotated[
        int,
        Opt("-X", help="heap of the compiler on the host, for a huge FILE (default 2M)", type=_HeapSize("heapsize=N")),
    ] = 0,
    release: Annotated[
        str, Opt("--for", help="the MicroPython it is for, instead of the board's", type=Text("VERSION"))
    ] = "",
) -> None:
    """Compile Python files into .mpy files that the board's MicroPython loads.

    A .mpy file loads faster than its source and takes less of the board's memory to load. Which one a board loads
    depends on its firmware: espsh picks the compiler, checks what it made, and writes nothing that does not fit.
    -X heapsize=N sizes the heap of the compiler, which runs on the host; it limits nothing on a board. Firmware
    before 1.19 does not say what it loads, so its release decides.
    """
    from espsh.api import check_mpy, compile_source

    for source, final in _plan(ctx, files, out):
        target = _target(ctx, release, final)
        text = b"".join(ctx.files(source).read(source.path))
        shown = source.typed or str(source)
        made = compile_source(text, source.name, target, optimise=int(optimise), heapsize=heapsize, shown=shown)
        if release and not final.on_host:
            check_mpy(made, _target(ctx, "", final), shown)
        ctx.files(final).write(final.path, [made], len(made))
        if not final.on_host:
            _warn(ctx, final)


def _target(ctx: Context, release: str, final: Location) -> Target:
    """Return what the file is for: the release that was named, the board it goes to, or the current one."""
    from espsh.api import Target

    if release:
        return Target.of_release(release)
    hint = "say what it is for: --for 1.29; or connect a board"
    try:
        name = ctx.scope.board or ctx.session.reach() if final.on_host else final.place
    except ConnectError as error:
        error.hint = f"{hint}; {error.hint}" if error.hint else hint
        raise
    if name is None:
        raise UsageError("for which MicroPython? No board is connected", hint)
    board = ctx.board_at(name)
    return Target.of(board.identity, board.abilities)


def _plan(ctx: Context, files: list[Location], out: Location | None) -> list[tuple[Location, Location]]:
    """Return each file with where it goes."""
    into = out is not None and _is_directory(ctx, out, several=len(files) > 1)
    if out is not None and into:
        out = _share(ctx, out)
    elif out is not None and ctx.scattered(out) is not out:
        raise UsageError("several boards cannot write to one file", "name a directory: -o DIR")
    steps: dict[tuple[str, str], tuple[Location, Location]] = {}
    for source in files:
        if source.path.endswith(".mpy"):
            raise UsageError(f"{source} is compiled already")
        final = out if out is not None and not into else _compiled(source, out or _share(ctx, _parent(source)))
        other = steps.setdefault((final.place, final.path), (source, final))[0]
        if other[:2] != source[:2]:
            raise UsageError(f"{other} and {source} would both become {final}")
    return list(steps.values())


def _is_directory(ctx: Context, out: Location, *, several: bool) -> bool:
    entry = ctx.files(out).find(out.path)
    if entry is not None and entry.is_dir:
        return True
    if entry is not None and (several or out.wants_directory):
        raise UsageError(f"{out} is a file, not a directory")
    if out.path.endswith(".mpy") and not several and not out.wants_directory:
        return False
    if entry is not None:
        raise UsageError(f"{out} would not be found by import", "a compiled file's name ends in .mpy")
    raise NotFoundError(f"{out}: no such directory", f"make it first: mkdir -p {out.typed}")


def _share(ctx: Context, directory: Location) -> Location:
    """Return this board's part of a directory that several boards write to."""
    share = ctx.scattered(directory)
    if share is not directory:
        ctx.files(share).make_directory(share.path, parents=True)
    return share


def _parent(source: Location) -> Location:
    path = Path(source.path) if source.on_host else PurePosixPath(source.path)
    return Location(source.place, str(path.parent))


def _compiled(source: Location, directory: Location) -> Location:
    path = Path(directory.path) if directory.on_host else PurePosixPath(directory.path)
    return Location(directory.place, str(path / f"{source.name.removesuffix('.py')}.mpy"))


def _warn(ctx: Context, final: Location) -> None:
    """Say why a board would not take the file that is now there."""
    from espsh.api import STARTED_AS_SOURCE

    source = final._replace(path=f"{final.path.removesuffix('.mpy')}.py", typed="")
    if source.path.removeprefix("/") in STARTED_AS_SOURCE:
        ctx.out.note(f"{final}: a board starts boot.py and main.py, never their .mpy")
    if ctx.files(source).find(source.path) is not None:
        ctx.out.note(f"{source} is there too, and import takes it first")

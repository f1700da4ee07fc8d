"""Compiling Python into .mpy files on the host."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from espsh.api import (
    BOARD,
    PATH,
    PATHS,
    Arg,
    Candidate,
    Choice,
    ConnectError,
    Context,
    Incoming,
    Location,
    Opt,
    Scope,
    Styled,
    Table,
    Text,
    UsageError,
    command,
    human_size,
)

if TYPE_CHECKING:
    from espsh.api import Target, compiling

HeapSize = int | Literal["board"]
_SUFFIXES = {"": 1, "k": 1024, "m": 1024 * 1024}
_LEAST, _MOST = 1024, 1024**3
_LINES = 40
"""Files of which each gets a line without -v."""


class _HeapSize(Text):
    """``heapsize=N``, with k or M behind for more, a number of bytes; or ``heapsize=board``."""

    def parse(self, word: Any, scope: Scope) -> Any:
        """Return the bytes, or ``board``."""
        if word.text == "heapsize=board":
            return "board"
        found = re.fullmatch(r"heapsize=(\d+)([kKmM]?)", word.text)
        if not found:
            raise UsageError(
                f"'{word.text}' is not heapsize=N", "N is a number of bytes, 4M and 500k too; or heapsize=board"
            )
        size = int(found[1]) * _SUFFIXES[found[2].lower()]
        if not _LEAST <= size <= _MOST:
            raise UsageError(f"a heap of {size} bytes is out of range", "from 1k to 1024M")
        return size

    def complete(self, prefix: str, scope: Scope) -> tuple[Candidate, ...]:
        """Offer the option's only key, and the only word behind it."""
        if prefix.startswith("heapsize="):
            return tuple(Candidate(word) for word in ("heapsize=board",) if word.startswith(prefix))
        return (Candidate("heapsize=", ends_word=False),) if "heapsize=".startswith(prefix) else ()


class _Architecture(Text):
    """An architecture of native code, as the compiler calls it."""

    def complete(self, prefix: str, scope: Scope) -> tuple[Candidate, ...]:
        """Offer them."""
        from espsh.api import compiling

        return tuple(Candidate(name) for name in compiling.ARCHITECTURES if name.startswith(prefix))


class _Aim(NamedTuple):
    """What is compiled for: a ``board`` by its name, or what was ``named`` without one; neither: the current board."""

    board: str | None
    named: Target | None


class _Made(NamedTuple):
    """What came of a file: the bytes ``before``, and ``data``."""

    job: compiling.Job
    before: int
    data: bytes


@command(
    boards="each",
    aliases=("mpy-cross",),
    examples=(
        "mpycross lib/big.py                     # lib/big.mpy, as the current board loads it",
        "mpycross src/ -o :/lib                  # all .py files below src, onto the board",
        "@all mpycross app.py -o :               # onto each, for what each runs",
        "mpycross --for 1.22 app.py -o build/    # without a board",
        "mpycross --bytecode 6 --march xtensawin fast.py",
        "mpycross -O3 app.py                     # smaller: no asserts, no line numbers",
    ),
)
def mpycross(
    ctx: Context,
    files: Annotated[list[Location], Arg(PATHS, "Python files, or directories of them", many="+")],
    *,
    out: Annotated[
        Location | None, Opt("-o", "--out", help="the .mpy file or a directory (default: beside FILE)", type=PATH)
    ] = None,
    optimise: Annotated[
        str, Opt("-O", help="from 1 without asserts, 3 without line numbers", type=Choice(("0", "1", "2", "3")))
    ] = "0",
    heapsize: Annotated[
        HeapSize,
        Opt("-X", help="heap of the compiler on the host, for a huge FILE (default 2M)", type=_HeapSize("heapsize=N")),
    ] = 0,
    board: Annotated[
        str | None, Opt("--board", help="the board it is for (default: the current one)", type=BOARD)
    ] = None,
    release: Annotated[
        str, Opt("--for", help="the MicroPython it is for, instead of a board's", type=Text("VERSION"))
    ] = "",
    bytecode: Annotated[
        str, Opt("--bytecode", help="the version of .mpy files it is for: 6, 6.1", type=Text("VERSION"))
    ] = "",
    march: Annotated[
        str, Opt("--march", help="what native code is for, where no board says", type=_Architecture("ARCH"))
    ] = "",
    verbose: Annotated[bool, Opt("-v", "--verbose", help="a line for each of many files")] = False,
    quiet: Annotated[bool, Opt("-q", "--quiet", help="say nothing but errors")] = False,
) -> None:  # fmt: skip
    """Compile Python files into .mpy files that the board's MicroPython loads.

    A .mpy file loads faster than its source and takes less of the board's memory to load. Which one a board loads
    depends on its firmware: espsh picks the compiler, checks what it made, and writes nothing that does not fit, nor
    anything at all where one file does not compile. Of a directory src all .py files are taken, into DIR/src, and of
    src/ into DIR. -X heapsize=N sizes the heap of the compiler, which runs on the host; heapsize=board makes it as
    large as the board's free heap. It limits nothing on a board. What was compiled once is kept.
    """
    from espsh.api import compiling

    named = compiling.target_named(release, bytecode, march)
    if board and named:
        raise UsageError("--board says it all: --for, --bytecode and --march are for boards that are not there")
    placed = compiling.place(files, out, ctx.files, ctx.scattered)
    size = ctx.board_at(board).heap().free if heapsize == "board" else heapsize
    made = _compile(ctx, placed.jobs, _Aim(board, named), compiling.Options(int(optimise), size))
    _write(ctx, made, placed.directories)
    if not (quiet or ctx.options.quiet):
        _report(ctx, made, each=verbose or ctx.options.verbose or len(made) <= _LINES)
    _warn(ctx, [job.final for job in placed.jobs if not job.final.on_host])


def _compile(ctx: Context, jobs: Sequence[compiling.Job], aim: _Aim, options: compiling.Options) -> list[_Made]:
    """Compile all, and hold what goes to a board to what that loads. Raises CompileError."""
    from espsh.api import Compiler, check_mpy, compiling

    targets = {job.final.place: _target(ctx, aim, job.final) for job in jobs}
    texts = [b"".join(ctx.files(job.source).read(job.source.path)) for job in jobs]
    wanted = [
        (compiling.Source(text, job.source.name, _shown(job)), targets[job.final.place])
        for job, text in zip(jobs, texts, strict=True)
    ]
    found = Compiler.of(ctx.session.world).compile_all(wanted, options)
    made = [_Made(job, len(text), data) for job, text, data in zip(jobs, texts, found, strict=True)]
    for job, _, data in made:
        if not job.final.on_host:
            check_mpy(data, _target(ctx, _Aim(job.final.place, None), job.final), _shown(job))
    return made


def _write(ctx: Context, made: Sequence[_Made], directories: Sequence[Location]) -> None:
    for directory in directories:
        ctx.files(directory).make_directories([directory.path])
    for place in {one.job.final.place: one.job.final for one in made}.values():
        here = [one for one in made if one.job.final.place == place.place]
        ctx.files(place).write_many([_incoming(one.job.final.path, one.data) for one in here], lambda _: None)


def _incoming(path: str, data: bytes) -> Incoming:
    return Incoming(path, lambda: (data,), len(data))


def _target(ctx: Context, aim: _Aim, final: Location) -> Target:
    """Return what a file is for: what was named, the board it goes to, or the current one."""
    from espsh.api import Target

    if aim.named is not None:
        return aim.named
    hint = "say what it is for: --for 1.29; or connect a board"
    try:
        name = aim.board or (ctx.scope.board or ctx.session.reach() if final.on_host else final.place)
    except ConnectError as error:
        error.hint = f"{hint}; {error.hint}" if error.hint else hint
        raise
    if name is None:
        raise UsageError("for which MicroPython? No board is connected", hint)
    board = ctx.board_at(name)
    return Target.of(board.identity, board.abilities)


def _shown(job: compiling.Job) -> str:
    """Return how errors and the report call a file."""
    return job.source.typed or str(job.source)


def _report(ctx: Context, made: Sequence[_Made], *, each: bool) -> None:
    rows = [(_shown(one.job), *_sizes(one.before, len(one.data))) for one in made] if each else []
    if len(made) > 1:
        rows.append(
            (f"{len(made)} files", *_sizes(sum(one.before for one in made), sum(len(one.data) for one in made)))
        )
    ctx.out.table(Table(("compiled", ">source", ">.mpy", ">"), rows))


def _sizes(before: int, after: int) -> tuple[str, str, Styled]:
    return human_size(before), human_size(after), Styled(f"{after / before:.0%}" if before else "", "dim")


def _warn(ctx: Context, finals: Sequence[Location]) -> None:
    """Say why a board would not take what is now there."""
    from espsh.api import STARTED_AS_SOURCE

    for final in finals:
        source = final._replace(path=f"{final.path.removesuffix('.mpy')}.py", typed="")
        if source.path.removeprefix("/") in STARTED_AS_SOURCE:
            ctx.out.note(f"{final}: a board starts boot.py and main.py, never their .mpy")
        if ctx.files(source).find(source.path) is not None:
            ctx.out.note(f"{source} is there too, and import takes it first")

"""Running Python on a board."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from espsh.api import BOARD, PATH, TEXT, Arg, Context, Location, Opt, RemoteError, UsageError, command, tree_of

if TYPE_CHECKING:
    from espsh.api import Board


@command("exec", boards="each", rest="", streams=True, examples=("exec import machine; machine.Pin(2).value(1)",))
def execute(ctx: Context, code: Annotated[str, Arg(TEXT, "Python; the rest of the line")]) -> None:
    """Run a line of Python on the board; what it prints comes as it is printed."""
    with _naming_misfits(ctx.board):
        ctx.board.execute(code, output=ctx.out.program)


@command("eval", boards="each", rest="", examples=("eval 1+1", "@all eval gc.mem_free()"))
def evaluate(ctx: Context, expression: Annotated[str, Arg(TEXT, "an expression; the rest of the line")]) -> None:
    """Print the value of a Python expression on the board."""
    ctx.out.text(ctx.board.evaluate(expression))


@command(">>>", boards="each", rest="", streams=True, examples=(">>> machine.freq()",))
def line(ctx: Context, code: Annotated[str, Arg(TEXT, "Python; the rest of the line")]) -> None:
    """Run a line as the board's own prompt does: an expression's value is printed."""
    try:
        tree_of(code, "eval")
    except SyntaxError:
        with _naming_misfits(ctx.board):
            ctx.board.execute(code, output=ctx.out.program)
        return
    value = ctx.board.evaluate(code)
    if value != "None":
        ctx.out.text(value)


@command(
    boards="each",
    streams=True,
    examples=("run blink.py", "run test.py --fast", "run --mpy large.py   # compiled on the host", "run :main.py"),
)
def run(
    ctx: Context,
    file: Annotated[Location, Arg(PATH, "a .py or .mpy file, on the host or on the board")],
    arguments: Annotated[list[str], Arg(TEXT, "what the program finds in sys.argv", many="...")],
    *,
    mpy: Annotated[
        bool, Opt("--mpy", help="compile it on the host, for a board without the memory to do that")
    ] = False,
) -> None:
    """Run a file's program on the board without copying it there; Ctrl-C reaches the program.

    No other key does, nor what is piped to espsh: one that calls input() waits for what never comes. Where a program
    wants keys, repl --inject FILE has Ctrl-K run it at the board's own prompt; py hands on none either.
    With --mpy it goes to the board's memory as a .mpy file, as one that is a .mpy does; nothing is written to flash.
    """
    if ctx.files(file).stat(file.path).is_dir:
        raise UsageError(f"{file} is a directory")
    argv = [file.name, *arguments]
    with _naming_misfits(ctx.board):
        if mpy or file.name.endswith(".mpy"):
            ctx.board.execute_mpy(_compiled(ctx, file), output=ctx.out.program, filename=file.name, argv=argv)
            return
        ctx.board.execute(_source(ctx, file), output=ctx.out.program, filename=file.name, argv=argv)


def _source(ctx: Context, file: Location) -> str:
    """Return a program as text, one of the board's own files to be read there. Raises UsageError where it is none."""
    if file.place == ctx.scope.board:
        return f"exec(open({file.path!r}).read())"
    try:
        source = b"".join(ctx.files(file).read(file.path)).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(
            f"{file.typed or file} is not UTF-8 text", "run takes a Python program, saved as UTF-8, or a .mpy file"
        ) from None
    if _wants_keys(source):
        ctx.out.note(f"{file.name} calls input(), and run hands on no keys: repl --inject {file.typed or file} does")
    return source


def _wants_keys(source: str) -> bool:
    """Whether a program calls ``input``, and has none of its own."""
    if "input(" not in source:
        return False  # most have none, and parsing takes 1 ms for 1 kB
    try:
        nodes = list(ast.walk(tree_of(source)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the board says what is wrong with it
        return False
    own = any(isinstance(node, ast.FunctionDef) and node.name == "input" for node in nodes)
    calls = (node.func for node in nodes if isinstance(node, ast.Call))
    return not own and any(isinstance(called, ast.Name) and called.id == "input" for called in calls)


def _compiled(ctx: Context, file: Location) -> bytes:
    """Return a program as a .mpy file that the board loads. Raises CompileError."""
    from espsh.api import Compiler, Target, check_mpy, compiling

    shown = file.typed or str(file)
    target = Target.of(ctx.board.identity, ctx.board.abilities)
    if file.name.endswith(".mpy"):
        data = b"".join(ctx.files(file).read(file.path))
        check_mpy(data, target, shown)
        return data
    source = compiling.Source(_source(ctx, file).encode(), file.name, shown)
    return Compiler.of(ctx.session.world).compile(source, target)


@contextlib.contextmanager
def _naming_misfits(board: Board) -> Iterator[None]:
    """Let an import that fails for a .mpy of another kind of board say which file that is."""
    try:
        yield
    except RemoteError as error:
        if ".mpy" in error.message:
            from espsh.api import compiling

            compiling.name_misfits(error, board)
        raise


@command(examples=("py", "py attic"))
def py(
    ctx: Context,
    board: Annotated[str | None, Arg(BOARD, "a board")] = None,
) -> None:
    """Type Python on the host and run it on the board, cell by cell.

    Colours, history and TAB are the host's, the names are the board's. Enter
    runs a cell that is complete, Alt-Enter any; a blank line ends a block. The
    last line's value is printed, and kept as _. Ctrl-C interrupts the board,
    Ctrl-D leaves. A cell that calls input() gets no keys: the board's own
    prompt, repl, hands them on.
    """
    ctx.terminal.cells(ctx.board_at(board), ctx.out.program, ctx.options.keys)


@command(boards="each", needs="port", examples=("reset", "reset --hard"))
def reset(
    ctx: Context,
    *,
    hard: Annotated[bool, Opt("--hard", help="reset the chip, not only Python")] = False,
) -> None:
    """Restart Python on the board, or the whole chip; boot.py and main.py run again."""
    if hard:
        ctx.board.hard_reset()
    else:
        ctx.board.soft_reset()

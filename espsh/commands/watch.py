"""Keeping a board as a directory of the host is, from save to save."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from espsh.api import (
    HOST,
    HOST_DIRECTORY,
    HOST_FILE,
    PATH,
    Arg,
    Board,
    Context,
    Folder,
    Location,
    Opt,
    Saves,
    Text,
    UsageError,
    board_facts,
    command,
    replica,
    sync,
    watching,
)


def _mirrors(options: Mapping[str, Any]) -> str | None:
    return "remove what the directory has not" if options["delete"] else None


@command(
    boards="each",
    streams=True,
    destroys=_mirrors,
    examples=(
        "watch src --run src/main.py    # at each save: what changed is copied, and main.py runs",
        "watch src :/app --soft         # a soft reset, and what main.py on the board prints",
        "watch src --mpy --exclude 'test_*'",
        "@attic,kitchen watch src --reset",
    ),
)
def watch(
    ctx: Context,
    directory: Annotated[str, Arg(HOST_DIRECTORY, "a directory of the host")],
    target: Annotated[Location | None, Arg(PATH, "the board's directory to fill; its root where none is named")] = None,
    *,
    run: Annotated[str | None, Opt("--run", help="run this file of the host at each save", type=HOST_FILE)] = None,
    soft: Annotated[bool, Opt("--soft", help="restart Python at each save: boot.py and main.py run")] = False,
    reset: Annotated[bool, Opt("--reset", help="reset the chip at each save")] = False,
    delete: Annotated[bool, Opt("-m", "--mirror", "--delete", help="remove what the directory has not")] = False,
    all: Annotated[bool, Opt("-a", "--all", help="names that begin with a dot too")] = False,  # noqa: A002
    exclude: Annotated[
        Sequence[str], Opt("--exclude", help="leave it out, on both sides", type=Text("PATTERN"), many=True)
    ] = (),
    mpy: Annotated[bool, Opt("--mpy", help="compile .py files for the board, as rsync --mpy does")] = False,
    yes: Annotated[bool, Opt("-y", "--yes", help="do not ask; only -m on several boards is")] = False,
) -> None:
    """Copy a directory to the board, and at each save what has changed, until Ctrl-C.

    It begins as rsync DIR/ :TARGET and has its rules. A save that changes something interrupts what runs on the board,
    and nothing else does; what that prints is shown. Lines that begin with -- are espsh's.
    """
    from espsh.api import Compiler

    if sum((run is not None, soft, reset)) > 1:
        raise UsageError("--run, --soft and --reset exclude each other")
    if run is not None and ctx.files(Location(HOST, run)).stat(run).is_dir:
        raise UsageError(f"{run} is a directory", "--run takes a Python file")
    root = _root(ctx, directory, target)
    board = ctx.board_at(root.place)
    step = Compiler.of(ctx.session.world).step_for(board, root.path) if mpy else None
    screen = watching.Screen(ctx.out, quiet=ctx.options.quiet)
    restart = _restart(board, screen, run, soft=soft, reset=reset)
    look = _Look(ctx, directory, run, _Rules(tuple(exclude), all), step)
    copy = replica.Replica(
        ctx.files(Location(HOST, directory)), lambda: board.files, root.path, delete=delete, compiled=mpy,
        mounts=board_facts.mounts(board) if delete and root.path == "/" else (),
    )  # fmt: skip
    named = "" if ctx.scope.fanned else f"{board.name}: "  # the name stands in front of each line of several boards
    screen.say(f"{named}watching {directory}; {ctx.ended_by} ends it")
    with Saves[watching.Goal](_folders(directory, run), look.goal, screen.fail) as saved:
        watching.Watching(board, screen, saved, copy, restart, ctx.heed).go_on()


class _Rules(NamedTuple):
    """What is left out."""

    exclude: tuple[str, ...]
    hidden: bool


class _Look(NamedTuple):
    """Looks what the host has; called at each save."""

    ctx: Context
    directory: str
    program: str | None
    rules: _Rules
    step: sync.Transform | None

    def goal(self) -> watching.Goal:
        """Return it. Raises NotFoundError for what goes meanwhile, CompileError."""
        files = self.ctx.files(Location(HOST, self.directory))
        program = b"".join(files.read(self.program)) if self.program else b""
        content = replica.content(
            files, self.directory, lambda paths: self.ctx.digests(HOST, paths),
            exclude=self.rules.exclude, hidden=self.rules.hidden, step=self.step,
        )  # fmt: skip
        return watching.Goal(content, program.removeprefix(b"\xef\xbb\xbf"))


def _restart(
    board: Board, screen: watching.Screen, run: str | None, *, soft: bool, reset: bool
) -> watching.Restart:  # fmt: skip
    if run is not None:
        return _running(board, screen, Path(run).name)
    if soft:
        return watching.Restart("soft reset", lambda goal: board.soft_reset())
    if reset:
        return watching.Restart("reset", lambda goal: board.hard_reset())
    return watching.Restart("", lambda goal: None)


def _running(board: Board, screen: watching.Screen, name: str) -> watching.Restart:
    def do(goal: watching.Goal) -> None:
        board.call("anew", "anew")  # else an import would find what the last run has imported
        board.execute(goal.program, output=screen.program, filename=name, argv=[name])

    return watching.Restart(f"{name} runs", do)


def _root(ctx: Context, directory: str, target: Location | None) -> Location:
    """Return the directory of the board that is filled, both sides checked."""
    if not ctx.files(Location(HOST, directory)).stat(directory).is_dir:
        raise UsageError(f"{directory} is not a directory")
    root = target or ctx.scope.resolve(":/")
    if root.on_host:
        raise UsageError(f"'{root}' is on the host", f"name a directory of the board: :{root.name}")
    found = ctx.files(root).find(root.path)
    if found is not None and not found.is_dir:
        raise UsageError(f"{root} is a file, and a directory is to be there")
    return root


def _folders(directory: str, program: str | None) -> list[Folder]:
    if program is None or Path(program).is_relative_to(directory):
        return [Folder(directory)]
    return [Folder(directory), Folder(str(Path(program).parent), recursive=False)]

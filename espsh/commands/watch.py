"""Keeping a board as a directory of the host is, from save to save."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple, NoReturn

from espsh.api import (
    HOST,
    HOST_FILE,
    PATH,
    Arg,
    Board,
    ConnectError,
    Context,
    EspshError,
    Folder,
    InterruptedByUserError,
    LinkLostError,
    Location,
    Opt,
    Output,
    RemoteError,
    Saves,
    Styled,
    Text,
    UsageError,
    command,
    human_size,
    replica,
    sync,
)

_SLICE = 0.25
"""Seconds of the board's silence that are listened to in one go."""
_NAMED = 3
"""Files of one save that are named; of more only the number is said."""


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
    directory: Annotated[str, Arg(HOST_FILE, "a directory of the host")],
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
    if sum((run is not None, soft, reset)) > 1:
        raise UsageError("--run, --soft and --reset exclude each other")
    if run is not None and ctx.files(Location(HOST, run)).stat(run).is_dir:
        raise UsageError(f"{run} is a directory", "--run takes a Python file")
    root = _root(ctx, directory, target)
    board = ctx.board_at(root.place)
    screen = _Screen(ctx.out, quiet=ctx.options.quiet)
    restart = _RESTARTS[bool(run), soft, reset](board, screen, run)
    look = _Look(ctx, directory, run, _Rules(tuple(exclude), all), _step(board, root) if mpy else None)
    copy = replica.Replica(
        ctx.files(Location(HOST, directory)), lambda: board.files, root.path, delete=delete, compiled=mpy
    )
    screen.say(f"{board.name}: watching {directory}; Ctrl-C ends")
    with Saves[_Goal](_folders(directory, run), look.goal, screen.fail) as saved:
        _Watch(board, screen, saved, copy, restart).go_on()


class _Goal(NamedTuple):
    """What the host has for a board: files, and the program that is to run."""

    content: replica.Content
    program: bytes


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

    def goal(self) -> _Goal:
        """Return it. Raises NotFoundError for what goes meanwhile, CompileError."""
        files = self.ctx.files(Location(HOST, self.directory))
        program = b"".join(files.read(self.program)) if self.program else b""
        content = replica.content(
            files, self.directory, lambda paths: self.ctx.digests(HOST, paths),
            exclude=self.rules.exclude, hidden=self.rules.hidden, step=self.step,
        )  # fmt: skip
        return _Goal(content, program.removeprefix(b"\xef\xbb\xbf"))


class _Screen:
    """What the board prints, and our own lines between, each of which begins a line. Two threads write here."""

    def __init__(self, out: Output, *, quiet: bool) -> None:
        self._out = out
        self._quiet = quiet
        self._is_open = False
        self._writing = threading.Lock()

    def program(self, data: bytes) -> None:
        """Show what the board prints."""
        if data:
            with self._writing:
                self._out.program(data)
                self._is_open = not data.endswith(b"\n")

    def say(self, text: str, role: str = "dim") -> None:
        """Say something that is no failure."""
        if not self._quiet:
            self._put(Styled(f"-- {text}", role))

    def fail(self, error: EspshError) -> None:
        """Say what went wrong: of a program its traceback, of all else a line and a hint."""
        if isinstance(error, RemoteError) and error.detail:
            for line in error.detail.splitlines():
                self._put(Styled(line, "bad"))
            return
        self._put(Styled(f"-- {error.message}", "bad"))
        if error.hint:
            self._put(Styled(f"-- hint: {error.hint}", "dim"))

    def _put(self, line: Styled) -> None:
        with self._writing:
            if self._is_open:
                self._out.data(b"\n")
                self._is_open = False
            self._out.text(line)


class _Restart(NamedTuple):
    """What follows a copy: ``do`` begins it, ``words`` say so."""

    words: str
    do: Callable[[_Goal], None]


def _running(board: Board, screen: _Screen, path: str | None) -> _Restart:
    name = Path(path or "").name

    def do(goal: _Goal) -> None:
        board.call("anew", "anew")  # else an import would find what the last run has imported
        board.execute(goal.program, output=screen.program, filename=name, argv=[name])

    return _Restart(f"{name} runs", do)


def _resetting(words: str, reset: Callable[[Board], None]) -> Callable[[Board, _Screen, str | None], _Restart]:
    return lambda board, screen, path: _Restart(words, lambda goal: reset(board))


_RESTARTS = {
    (True, False, False): _running,
    (False, True, False): _resetting("soft reset", lambda board: board.soft_reset()),
    (False, False, True): _resetting("reset", lambda board: board.hard_reset()),
    (False, False, False): _resetting("", lambda board: None),
}
"""By --run, --soft and --reset."""


class _Watch:
    """One board's way from save to save. ``due`` is what it has not got yet, or not begun to run."""

    def __init__(
        self, board: Board, screen: _Screen, saved: Saves[_Goal], copy: replica.Replica, restart: _Restart
    ) -> None:
        self._board = board
        self._screen = screen
        self._saved = saved
        self._copy = copy
        self._restart = restart
        self._due: _Goal | None = None
        self._copied = ""

    def go_on(self) -> None:
        """Work until Ctrl-C, and leave the board at its prompt."""
        try:
            while True:
                self._due = self._saved.take() or self._due
                try:
                    self._bring()
                    self._saved.during(self._stream, self._board.cancel)
                    self._board.interrupt()
                except LinkLostError as error:
                    self._await(error)
        except (KeyboardInterrupt, InterruptedByUserError):
            return
        finally:
            if self._board.link.lost is None:
                with contextlib.suppress(EspshError):
                    self._board.interrupt()

    def _bring(self) -> None:
        """Copy what is due; what cannot be copied waits for the next save."""
        if self._due is None:
            return
        try:
            plan = self._copy.bring(self._due.content)
        except (LinkLostError, InterruptedByUserError):
            raise
        except EspshError as error:
            self._screen.fail(error)
            self._due = None
        else:
            self._copied = _summary(plan)

    def _stream(self) -> NoReturn:
        """Begin what is to run, and show what the board prints from then on."""
        if self._due is not None:
            self._screen.say(" · ".join(filter(None, (self._copied, self._restart.words))), "board")
            try:
                self._restart.do(self._due)
            except (LinkLostError, InterruptedByUserError):
                raise
            except EspshError as error:
                self._screen.fail(error)
            self._due = None
        while True:
            self._screen.program(self._board.listen(_SLICE))

    def _await(self, error: EspshError) -> None:
        """Wait for a board that is gone."""
        self._copy.forget()
        self._screen.fail(error)
        self._screen.say(f"waiting for {self._board.name} to come back")
        while True:
            try:
                self._screen.program(self._board.listen(_SLICE))
            except (LinkLostError, ConnectError):
                if self._board.state == "closed":
                    raise
            else:
                self._screen.say(f"{self._board.name} is back")
                return


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


def _step(board: Board, root: Location) -> sync.Transform:
    """Return the step to .mpy for what goes below ``root``; each file is compiled once."""
    from espsh.api import step_for

    compiled = step_for(board)
    above = f"{root.path.strip('/')}/".lstrip("/")
    made: dict[str, tuple[bytes, tuple[str, bytes]]] = {}

    def step(path: str, data: bytes) -> tuple[str, bytes]:
        if path not in made or made[path][0] != data:
            name, content = compiled(above + path, data)  # which modules stay source depends on where they are
            made[path] = data, (name.removeprefix(above), content)
        return made[path][1]

    return step


def _summary(plan: sync.Plan) -> str:
    copied = [step.item.path for step in plan.copied]
    if not (copied or plan.removed):
        return f"{plan.files} file{'' if plan.files == 1 else 's'}, all the same"
    words = []
    if copied:
        names = ", ".join(copied) if len(copied) <= _NAMED else f"{len(copied)} files"
        words.append(f"{names} copied, {human_size(plan.size)}")
    if plan.removed:
        words.append(f"{plan.removed} removed")
    return " · ".join(words)

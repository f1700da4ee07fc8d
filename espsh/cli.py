"""argv to exit code: the composition root, where the parts are joined. See docs/architecture.md for the floors."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import FrameType
from typing import TYPE_CHECKING, Any

from espsh import __version__
from espsh.base.world import World
from espsh.core.dispatch import Dispatcher
from espsh.core.match import match
from espsh.core.parser import Invocation, from_words, parse
from espsh.core.plugins import BUILTIN, entry_points
from espsh.core.registry import Registry
from espsh.core.session import Options, Session
from espsh.core.terminal import Terminal
from espsh.errors import ConnectError, EspshError, gravest
from espsh.script import ScriptTerminal, run_script, run_stdin
from espsh.shell.arguments import Arguments, Job, PortChoice, read_arguments, usage
from espsh.shell.screen import Screen

if TYPE_CHECKING:
    from espsh.board.board import Board
    from espsh.ports.listing import KnownPorts

INTERRUPTED = 130
BROKEN_PIPE = 141
"""What a shell reports for a program that SIGPIPE ended."""


def main(argv: Sequence[str] | None = None, world: World | None = None) -> int:
    """Run espsh in ``world`` with the words ``argv`` and return its exit code (docs: exit codes)."""
    own = world is None
    world = world or World.of_process()
    try:
        return _run(sys.argv[1:] if argv is None else argv, world)
    except BrokenPipeError:
        if own:
            _drop_stdout()
        return BROKEN_PIPE
    except KeyboardInterrupt:
        return INTERRUPTED
    except _Terminated as end:
        return end.exit_code


def _run(argv: Sequence[str], world: World) -> int:
    try:
        arguments = read_arguments(argv, world.env)
    except EspshError as error:
        return _fail(Screen(world), error)
    screen = Screen(
        world,
        quiet=arguments.quiet,
        verbose=arguments.verbose,
        colour=False if arguments.no_color else None,
    )
    try:
        if arguments.help:
            screen.write(f"{usage()}\n".encode())
        elif arguments.version:
            screen.write(f"espsh {__version__}\n".encode())
        elif arguments.list:
            _list_ports(screen, as_json=arguments.json)
        else:
            return _Run(world, arguments, screen).run()
    except EspshError as error:
        return _fail(screen, error)
    return 0


@dataclass
class _Run:
    """One run of espsh: its session, its dispatcher, and what there is to do."""

    world: World
    arguments: Arguments
    screen: Screen

    def __post_init__(self) -> None:
        self.session = Session(
            world=self.world,
            registry=Registry(BUILTIN, entry_points),
            connector=self._connect_board,
            terminal=self._terminal(),
            list_ports=lambda: self._known_ports(),
            options=_options(self.arguments),
            offer=None if self.arguments.ports or self.arguments.alone else self._connect_only_board,
        )
        self.session.events.subscribe(self.screen.hear)
        self.dispatcher = Dispatcher(self.session, self.screen, self.screen.draw, self.screen.say, run_script)

    def run(self) -> int:
        """Connect what was asked for, run what there is to run, close everything."""
        with _signals_end(self.session), self._closing():
            if self.arguments.words:
                return self._run_words()
            if self.arguments.jobs:
                return self._run_jobs()
            if not self.world.stdin.isatty():
                self._connect_all()
                return run_stdin(self.dispatcher, self.world.stdin)
            return self._run_interactive()

    def _run_words(self) -> int:
        invocation = from_words(list(self.arguments.words), self.session.registry.rest_rule)
        wrong = self._check((invocation,))
        if wrong:
            return wrong
        if _needs_boards((invocation,), self.session.registry):
            self._connect_all()
        code = self.dispatcher.run_all((invocation,))
        self.screen.settle()
        return code

    def _run_jobs(self) -> int:
        invocations: list[Invocation] = []
        for job in self.arguments.jobs:
            if job.kind == "line":
                invocations += parse(job.text, self.session.registry.rest_rule)
        wrong = 0 if self.arguments.keep_going else self._check(invocations)
        if wrong:
            return wrong
        if not invocations or _needs_boards(invocations, self.session.registry):
            self._connect_all()
        codes: list[int] = []
        for job in self.arguments.jobs:
            codes.append(self._run_job(job))
            self.screen.settle()
            if self.session.leaving or codes[-1] == INTERRUPTED or (codes[-1] and not self.arguments.keep_going):
                break
        return gravest(codes)

    def _run_job(self, job: Job) -> int:
        if job.kind == "line":
            return self.dispatcher.run_line(job.text)
        if job.text == "-":
            return run_stdin(self.dispatcher, self.world.stdin)
        return run_script(self.dispatcher, job.text)

    def _check(self, invocations: Sequence[Invocation]) -> int:
        """Say what is wrong with the commands before any board is touched; return the exit code that makes."""
        for invocation in invocations:
            try:
                match(self.session.registry.find(invocation.name), invocation)
            except EspshError as error:
                return self.dispatcher.report(error, invocation.name)
        return 0

    def _run_interactive(self) -> int:
        from espsh.shell.front import run_interactive

        self._connect_all()
        return run_interactive(self.dispatcher, self.screen)

    def _terminal(self) -> Terminal:
        """A screen for what a person starts at a terminal; a script has none."""
        files = any(job.kind == "file" for job in self.arguments.jobs)
        if files or not self.world.interactive:
            return ScriptTerminal()
        from espsh.shell.terminal import ScreenTerminal

        return ScreenTerminal(self.world, self.screen)

    def _connect_all(self) -> None:
        """Connect every board that was named; the first becomes the current one."""
        failed: list[EspshError] = []
        for choice in self.arguments.ports:
            try:
                self.session.connect(choice.url, choice.name)
            except EspshError as error:
                failed.append(_about(choice, error, len(self.arguments.ports)))
        if self.session.boards:
            self.session.current = next(iter(self.session.boards))
        for earlier in failed[:-1]:
            self.dispatcher.report(earlier)
        if failed:
            raise failed[-1]

    @cached_property
    def _known_ports(self) -> KnownPorts:
        from espsh.ports.listing import KnownPorts

        return KnownPorts()

    def _connect_only_board(self) -> None:
        """Connect the board on USB if there is exactly one, and say so; else raise what there is to choose from."""
        from espsh.ports.listing import list_ports, plausible

        ports = list_ports()
        found = plausible(ports)
        if not found:
            others = f"; not opened by itself: {', '.join(port.device for port in ports)}" if ports else ""
            raise ConnectError(
                f"no board is connected, and none is seen on USB{others}",
                "name the port: espsh -p PORT; sim:esp32 is a virtual board",
            )
        if len(found) > 1:
            listed = ", ".join(f"{port.device} ({port.kind})" for port in found)
            raise ConnectError(f"several boards are on USB: {listed}", "name one with -p, or in ESPSH_PORT")
        if not self.arguments.quiet:
            self.screen.say(f"using {found[0].device} ({found[0].kind}), the only board on USB")
        self.session.connect(found[0].device)

    def _connect_board(self, url: str, name: str | None, baud: int | None) -> Board:
        from espsh.board.board import Board
        from espsh.board.names import NameStore
        from espsh.ports.open import PortSettings

        given: dict[str, Any] = {
            "baud": baud or self.arguments.baud,
            "dtr": self.arguments.dtr,
            "rts": self.arguments.rts,
            "buffer_size": self.arguments.buffer_size,
            "wait": self.arguments.wait or None,
            "trace": self.arguments.trace,
        }
        settings = PortSettings(**{key: value for key, value in given.items() if value is not None})
        names = NameStore(self.world.folder("state") / "names.toml")
        return Board.connect(url, settings=settings, events=self.session.events, names=names, name=name)

    @contextlib.contextmanager
    def _closing(self) -> Iterator[None]:
        try:
            yield
        finally:
            for error in self.session.close():
                self.screen.say(error.message)


def _options(arguments: Arguments) -> Options:
    return Options(
        keep_going=arguments.keep_going,
        quiet=arguments.quiet,
        verbose=arguments.verbose,
        debug=arguments.debug,
        json=arguments.json,
        timing=arguments.timing,
        editor=arguments.editor,
    )


def _needs_boards(invocations: Sequence[Invocation], registry: Registry) -> bool:
    """Tell whether the commands are more than a call for help."""
    for invocation in invocations:
        command = registry.find(invocation.name)
        if command.name != "help" and not match(command, invocation).wants_help:
            return True
    return False


def _about(choice: PortChoice, error: EspshError, asked: int) -> EspshError:
    """Name the port in the error where several were asked for and the message does not."""
    if asked > 1 and choice.url not in error.message:
        error.message = f"{choice.url}: {error.message}"
    return error


def _fail(screen: Screen, error: EspshError) -> int:
    screen.say(error.message)
    if error.hint:
        screen.say(f"hint: {error.hint}")
    return error.exit_code


def _list_ports(screen: Screen, *, as_json: bool) -> None:
    from espsh.core.output import Output, Table
    from espsh.ports.listing import as_records, list_ports

    records = as_records(list_ports())
    output = Output(screen, screen.draw, screen.say)
    if as_json:
        output.json(records)
    elif records:
        keys = ("port", "usb_id", "serial", "what")
        rows = [["*" if r["plausible"] else "", *(str(r[key] or "-") for key in keys)] for r in records]
        output.table(Table(("", "port", "usb id", "serial", "what"), rows))
    else:
        output.note("no serial port is there; sim:esp32 is a virtual board")


class _Terminated(BaseException):
    """Another process told us to end: not an Exception, so that nothing on the way takes it for a failure."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 128 + number


@contextlib.contextmanager
def _signals_end(session: Session) -> Iterator[None]:
    """Let SIGTERM and SIGHUP end espsh by the front door: boards are left at their prompt, lines as they were."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, _frame: FrameType | None) -> None:
        for board in session.boards.values():
            board.cancel()
        raise _Terminated(number)

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    old = [(number, signal.signal(number, end)) for number in numbers]
    try:
        yield
    finally:
        for number, handler in old:
            signal.signal(number, handler)


def _drop_stdout() -> None:
    """Point stdout nowhere, so that Python does not complain about the broken pipe when it ends."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

"""argv to exit code: the composition root, where the parts are joined. See docs/architecture.md for the floors."""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from functools import cached_property
from types import FrameType
from typing import TYPE_CHECKING, Any, TextIO

from espsh import __version__
from espsh.base.world import World
from espsh.core.config import read_config
from espsh.core.dispatch import Dispatcher
from espsh.core.found import everywhere
from espsh.core.match import match
from espsh.core.parser import Invocation, from_words, parse
from espsh.core.plugged import OffList, Plugins
from espsh.core.plugins import BUILTIN, Trouble
from espsh.core.registry import Registry
from espsh.core.session import Options, Session
from espsh.core.terminal import ScriptTerminal, Terminal
from espsh.errors import EspshError, UsageError, gravest
from espsh.script import foresee, run_script, run_stdin
from espsh.shell.arguments import Arguments, Job, read_arguments, usage
from espsh.shell.connecting import Connecting
from espsh.shell.screen import Screen

if TYPE_CHECKING:
    from espsh.board.board import Board
    from espsh.board.meeting.search import Search
    from espsh.ports.listing import KnownPorts

INTERRUPTED = 130
_GRACE = 5.0
"""Seconds that jobs have to leave their boards at a prompt when espsh ends."""
CLOSED_TERMINAL = 129
"""What a shell reports for a program that SIGHUP ended; a write may fail before the signal is here."""
BROKEN_PIPE = 141
"""What a shell reports for a program that SIGPIPE ended."""


def main(argv: Sequence[str] | None = None, world: World | None = None) -> int:
    """Run espsh in ``world`` with the words ``argv`` and return its exit code (docs: exit codes)."""
    own = world is None
    try:
        world = world or World.of_process()
    except FileNotFoundError:
        sys.stderr.write("the current directory no longer exists\nhint: go to another: cd\n")
        return UsageError.exit_code
    try:
        return _run(sys.argv[1:] if argv is None else argv, world)
    except BrokenPipeError:
        if own:
            _drop(sys.stdout)
        return BROKEN_PIPE
    except KeyboardInterrupt:  # outside of a command, where dispatch does not see it
        world.stderr.write("interrupted\n")
        return INTERRUPTED
    except _Terminated as end:
        return end.exit_code
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        return CLOSED_TERMINAL
    finally:
        if own:
            _drop_closed_terminal()
            gc.freeze()  # the interpreter's last collection, 10 ms, finds nothing that the system does not free


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
        elif arguments.completion or arguments.man:
            _Run(world, arguments, screen).hand_out(arguments.completion or "man")
        elif arguments.list:
            _Run(world, arguments, screen).list_ports()
        else:
            return _Run(world, arguments, screen).run()
    except EspshError as error:
        return _fail(screen, error)
    return 0


class _Run:
    """One run of espsh: its session, its dispatcher, and what there is to do."""

    def __init__(self, world: World, arguments: Arguments, screen: Screen) -> None:
        self.world = world
        self.arguments = arguments
        self.screen = screen
        self.plugins = self._plugins()
        self.session = Session(
            world=self.world,
            registry=self.plugins.registry,
            plugins=self.plugins,
            connector=self._open_board,
            terminal=self._terminal(),
            list_ports=lambda: (*self._known_ports(), ("sim:esp32", "a virtual board")),
            options=_options(self.arguments),
        )
        self._configure()
        self.session.events.subscribe(self.screen.hear)
        self.session.events.subscribe(self.plugins.hear)
        self.screen.is_held = self.session.jobs.holds
        self.screen.aside.on_broken = self.session.jobs.cancel
        self.dispatcher = Dispatcher(
            self.session, self.screen, self.screen.draw, self.screen.say, run_script, self.screen.aside
        )
        self.connecting = Connecting(self.session, self.screen, self.dispatcher.report)
        if not self.arguments.ports and not self.arguments.alone:
            self.session.offer = self.connecting.only

    def _plugins(self) -> Plugins:
        off = OffList(lambda: self.world.folder("state") / "plugins-off")
        find = everywhere(self.world, self.arguments.plugins)
        return Plugins(Registry(BUILTIN), find, off, self._tell_of_plugin)

    def _tell_of_plugin(self, name: str, trouble: Trouble) -> None:
        self.screen.say(f"plugin {name}: {trouble.line}")
        if trouble.hint:
            self.screen.say(f"hint: {trouble.hint}")
        if self.arguments.debug:
            for line in trouble.traceback.splitlines():
                self.screen.say(line)

    def _configure(self) -> None:
        """Take the user's settings, as far as they are right; options that were given come first."""
        registry, options = self.session.registry, self.session.options
        config = read_config(self.world.folder("config") / "config.toml", registry.alias)
        for problem in config.problems:
            self.screen.say(problem)
        self.session.plugin_settings = config.plugins
        for name, value in config.options.items():
            if getattr(options, name) == getattr(Options(), name):
                setattr(options, name, value)

    def run(self) -> int:
        """Connect what was asked for, run what there is to run, close everything."""
        self.plugins.extend()
        with _signals_end(self.session), self._closing():
            if self.arguments.words:
                return self._run_words()
            if self.arguments.jobs:
                return self._finish(self._run_jobs())
            if not self.world.stdin.isatty():
                return self._finish(self._connect_named() or run_stdin(self.dispatcher, self.world.stdin))
            return self._run_interactive()

    def list_ports(self) -> None:
        """List the ports, those that plugins know included."""
        with self._closing():
            self.plugins.extend()
            _list_ports(self.screen, self.world, as_json=self.arguments.json)

    def hand_out(self, receiver: str) -> None:
        """Print what is made for a shell, or for man, from all commands, those of plugins included."""
        from espsh.shell.host import MADE

        with self._closing():
            self.screen.write(MADE[receiver](self.session.registry.all()).encode())

    def _run_words(self) -> int:
        invocations = (from_words(list(self.arguments.words), self.session.registry.rest_rule),)
        failed = self._prepare(invocations)
        if failed:
            return failed
        code = self.dispatcher.run_all(invocations)
        self.screen.settle()
        return code

    def _run_jobs(self) -> int:
        invocations: list[Invocation] = []
        for job in self.arguments.jobs:
            if job.kind == "line":
                invocations += parse(job.text, self.session.registry.rest_rule)
        failed = self._prepare(invocations)
        if failed:
            return failed
        codes: list[int] = []
        for job in self.arguments.jobs:
            codes.append(self._run_job(job))
            self.screen.settle()
            if self.session.leaving or codes[-1] == INTERRUPTED or (codes[-1] and not self.arguments.keep_going):
                break
        return gravest(codes)

    def _finish(self, code: int) -> int:
        """Wait for the jobs of a script that is over; Ctrl-C ends them. Return the gravest exit code of all.

        A script that failed or left is done with what it only watches: those jobs are ended, the others come to theirs.
        """
        jobs = self.session.jobs
        if code or self.session.leaving:
            for job in jobs.running:
                if job.endless or code == INTERRUPTED:
                    job.cancel()
        for job in jobs.all:
            job.wait()
        return gravest([code, jobs.code])

    def _prepare(self, invocations: Sequence[Invocation]) -> int:
        """Say what is wrong with the commands before any board is touched, then connect; return an exit code."""
        wrong = 0 if self.arguments.keep_going else self._check(invocations)
        if wrong:
            return wrong
        if not _needs_boards(invocations, self.session.registry):
            return 0
        files = [job.text for job in self.arguments.jobs if job.kind == "file" and job.text != "-"]
        foreseen = [line for path in files for line in foresee(self.dispatcher, path)]
        if any(_needs_port(invocation, self.session.registry) for invocation in (*invocations, *foreseen)):
            return gravest(self.connecting.opened(self.arguments.ports))
        return self._connect_named()

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

        failed = self.connecting.for_person(self.arguments.ports, alone=self.arguments.alone)
        return failed or run_interactive(self.dispatcher, self.screen)

    def _terminal(self) -> Terminal:
        """A screen for what a person starts at a terminal; a script has none."""
        files = any(job.kind == "file" for job in self.arguments.jobs)
        if files or not self.world.interactive:
            return ScriptTerminal()
        from espsh.shell.terminal import ScreenTerminal

        return ScreenTerminal(self.world, self.screen)

    def _connect_named(self) -> int:
        """Connect every board that was named; return the exit code if one of them failed."""
        return gravest(self.connecting.named(self.arguments.ports))

    @cached_property
    def _known_ports(self) -> KnownPorts:
        from espsh.ports.listing import KnownPorts
        from espsh.ports.port_file import lister

        return KnownPorts(lister(self.world.env))

    @cached_property
    def _search(self) -> Search:
        from espsh.board.meeting.places import PlaceStore
        from espsh.board.meeting.search import Search
        from espsh.ports.port_file import lister

        return Search(lister(self.world.env), PlaceStore(self.world.folder("state") / "places.toml"))

    def _open_board(self, url: str, name: str | None, baud: int | None) -> Board:
        from espsh.board.board import Board
        from espsh.board.copying.refusals import Refusals
        from espsh.board.meeting.names import NameStore
        from espsh.ports.open import PortSettings

        given: dict[str, Any] = {
            "baud": baud or self.arguments.baud,
            "dtr": self.arguments.dtr,
            "rts": self.arguments.rts,
            "buffer_size": self.arguments.buffer_size,
            "wait": self.arguments.wait,
            "patience": self.arguments.wait,
            "trace": self.arguments.trace,
            "fast": not self.arguments.no_fast,
            "password": self.world.env.get("ESPSH_WEBREPL_PASSWORD"),
        }
        settings = PortSettings(**{key: value for key, value in given.items() if value is not None})
        state = self.world.folder("state")
        return Board.open(
            url, settings=settings, events=self.session.events, names=NameStore(state / "names.toml"), name=name,
            refusals=Refusals(state / "no-faster-line"), search=self._search,
        )  # fmt: skip

    @contextlib.contextmanager
    def _closing(self) -> Iterator[None]:
        try:
            yield
        finally:
            self.session.jobs.end(_GRACE)
            with contextlib.suppress(BrokenPipeError):
                self.screen.aside.flush()
            for error in self.session.close():
                self.screen.say(error.message)
            self.plugins.close()


def _options(arguments: Arguments) -> Options:
    return Options(
        keep_going=arguments.keep_going,
        quiet=arguments.quiet,
        verbose=arguments.verbose,
        debug=arguments.debug,
        json=arguments.json,
        timing=arguments.timing,
        editor=arguments.editor,
        jobs=arguments.at_once,
        fail_fast=arguments.fail_fast,
    )


def _needs_boards(invocations: Sequence[Invocation], registry: Registry) -> bool:
    """Tell whether the commands, as far as they are known before, are more than a call for help."""
    return not invocations or any(not _is_help(invocation, registry) for invocation in invocations)


def _is_help(invocation: Invocation, registry: Registry) -> bool:
    try:
        command = registry.find(invocation.name)
        return command.name == "help" or match(command, invocation).wants_help
    except EspshError:
        return False


def _needs_port(invocation: Invocation, registry: Registry) -> bool:
    """Tell whether a command works on a board that does not answer, which then is no reason to stop before it."""
    try:
        return registry.find(invocation.name).needs == "port"
    except EspshError:
        return False


def _fail(screen: Screen, error: EspshError) -> int:
    screen.say(error.message)
    if error.hint:
        screen.say(f"hint: {error.hint}")
    return error.exit_code


def _list_ports(screen: Screen, world: World, *, as_json: bool) -> None:
    from espsh.core.output import Output, Table
    from espsh.ports.listing import as_records
    from espsh.ports.port_file import lister

    records = as_records(lister(world.env)())
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


def _drop_closed_terminal() -> None:
    """Drop what cannot be shown any more: Python would end with 120 for it. A disk that is full is no terminal."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError as error:
            if error.errno == errno.EIO:
                _drop(stream)


def _drop(stream: TextIO) -> None:
    """Point a stream nowhere, so that Python does not complain about the broken pipe when it ends."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())

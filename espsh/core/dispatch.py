"""Runs what was understood, and is the one place where an error becomes text and an exit code."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import IO, NamedTuple

from espsh.base.passwords import without_password
from espsh.core.addressed import boards_of, set_of
from espsh.core.bugs import in_our_words
from espsh.core.command import Command
from espsh.core.consent import Consent, consent_of
from espsh.core.context import Context
from espsh.core.fanout import Limits, Outcome, check_done, run_on_each, summary
from espsh.core.folding import Shares
from espsh.core.help import command_help
from espsh.core.match import Matched, bind, bind_some, match
from espsh.core.output import Aside, Output, Renderer, Sink, Styled, Table
from espsh.core.parser import Invocation, Redirect, parse
from espsh.core.scope import SessionScope
from espsh.core.session import Session
from espsh.errors import EspshError, InterruptedByUserError, UsageError, gravest

_IN_MEMORY = 1024 * 1024
_BLOCK = 64 * 1024


class Dispatcher(NamedTuple):
    """Runs lines in a session. ``sink`` takes results, ``say`` a line for stderr, ``aside`` both of jobs.

    ``run_script`` runs a command file with this dispatcher and returns its exit code, ``begin_job`` begins a command
    that has an ``&``; ``where`` names the line of the file that runs now (``deploy.espsh:7``), ``board`` the board of
    a set whose part this is; ``ending`` is set when that is to end.
    """

    session: Session
    sink: Sink
    render: Renderer
    say: Callable[[str], None]
    run_script: Callable[[Dispatcher, str], int]
    begin_job: Callable[[Dispatcher, Command, Matched, Invocation], None]
    aside: Aside
    where: str = ""
    board: str = ""
    ending: threading.Event | None = None

    def run_line(self, line: str) -> int:
        """Run a line and return its exit code. It stops at its first failure unless ``keep_going`` is set."""
        try:
            invocations = parse(line, self.session.registry.rest_rule)
        except EspshError as error:
            return self.report(error)
        return self.run_all(invocations)

    def run_all(self, invocations: Iterable[Invocation]) -> int:
        """Run invocations one after another and return the gravest exit code."""
        codes: list[int] = []
        for invocation in invocations:
            codes.append(self.run(invocation))
            if (codes[-1] and not self.session.options.keep_going) or self.session.leaving or codes[-1] == 130:
                break
        return gravest(codes)

    def run(self, invocation: Invocation) -> int:
        """Run one invocation and return its exit code; whatever went wrong has been said."""
        started = time.monotonic()
        code, error = self.attempt(invocation)
        if error is not None:
            self.report(error, invocation.name)
        if self.session.options.timing:
            self.say(f"took {time.monotonic() - started:.3f} seconds")
        return code

    def attempt(self, invocation: Invocation) -> tuple[int, EspshError | None]:
        """Run one invocation; return its exit code and the error of it that has not been said."""
        try:
            return gravest(self._run(invocation)), None
        except BrokenPipeError:
            raise
        except (KeyboardInterrupt, Exception) as error:  # noqa: BLE001 - a bug must not take the session with it
            known = self._as_ours(error)
            return known.exit_code, known

    def report(self, error: EspshError, command: str = "") -> int:
        """Say an error on stderr, in one line and a hint, and return its exit code."""
        several = len(self.session.boards) > 1
        parts = [self.where, error.board if error.board and several else "", command, error.message]
        self.say(without_password(": ".join(part for part in parts if part)))
        if error.hint:
            self.say(f"hint: {without_password(error.hint)}")
        if error.detail and self.session.options.debug:
            for line in error.detail.rstrip().splitlines():
                self.say(line)
        return error.exit_code

    def _run(self, invocation: Invocation) -> list[int]:
        command = self.session.registry.find(invocation.name)
        matched = match(command, invocation)
        if matched.wants_help:
            self._output().prose(command_help(command))
            return [0]
        if invocation.background:
            self.begin_job(self, command, matched, invocation._replace(background=False))
            return [0]
        parts = set_of(command, invocation, matched)
        if parts is None:
            self._run_on(command, matched, invocation.redirect, SessionScope(self.session, self.session.current))
            return [0]
        boards = boards_of(command, parts, self.session, self.say)
        if command.boards == "set":
            scope = SessionScope(self.session, self.session.current, boards=boards)
            self._run_on(command, matched, invocation.redirect, scope)
            return [0]
        if invocation.redirect and "{board}" not in invocation.redirect.target.text:
            raise UsageError("several boards cannot write to one file", "put {board} into the file's name")
        options = bind_some(command.options, matched, SessionScope(self.session, boards[0], fanned=True))
        consent = consent_of(command, options, parts, boards, self.session, self._show)
        named = [self.session.board(name).name for name in boards]  # one that was met for the question has its own now
        return self._run_on_each(command, matched, invocation, named, consent)

    def _run_on_each(
        self, command: Command, matched: Matched, invocation: Invocation, names: list[str], consent: Consent
    ) -> list[int]:
        def work(part: Dispatcher, name: str) -> None:
            scope = SessionScope(self.session, name, fanned=True, consent=consent)
            part._run_on(command, matched, invocation.redirect, scope)

        outcomes = self._shared_out(invocation.name, names, work, streams=command.streams)
        told = summary(outcomes)
        if told and len(outcomes) > 1:
            self.say(told)
        return [outcome.code for outcome in outcomes]

    def _shared_out(
        self, command: str, names: Sequence[str], work: Callable[[Dispatcher, str], None], *, streams: bool
    ) -> list[Outcome]:
        """Have ``work`` done for several boards at once, each by the dispatcher of its part, whose output is folded."""
        ending = self.ending or threading.Event()
        shares = Shares(names, self.sink, self._label, live=streams or len(names) == 1)
        render = self.render.streamed if streams else self.render.folded

        def body(name: str) -> None:
            try:
                work(self._replace(sink=shares[name], render=render, board=name, ending=ending), name)
            except EspshError as error:
                error.board = error.board or name
                raise
            finally:
                shares[name].finish()

        outcomes = self._fan_out(command, names, body, ending)
        shares.show()
        return outcomes

    def _fan_out(
        self, command: str, names: Sequence[str], body: Callable[[str], None], ending: threading.Event
    ) -> list[Outcome]:
        def judge(name: str, error: BaseException) -> Outcome:
            return self._judge(name, error, command, tell=len(names) == 1)

        options = self.session.options
        boards = [self.session.board(name) for name in names]
        return run_on_each(boards, body, judge, Limits(options.jobs, options.fail_fast), ending)

    def _on_each(
        self, command: str, ending: threading.Event, names: Sequence[str], work: Callable[[str], None]
    ) -> None:
        """Do a part of a command for each of these boards; raise what their failures amount to."""

        def body(name: str) -> None:
            try:
                work(name)
            except EspshError as error:
                error.board = error.board or name
                raise

        check_done(self._fan_out(command, names, body, ending))

    def _show(self, table: Table) -> None:
        for line in self.render.plain.table(table).splitlines():
            self.say(line)

    def _label(self, names: str) -> str:
        return self.render.line((Styled(names, "board"),))

    def _judge(self, name: str, error: BaseException, command: str, *, tell: bool) -> Outcome:
        """Say what went wrong on one board of a set.

        An interruption of several is told once, by the summary, unless it left something to be said of this board.
        """
        known = self._as_ours(error)
        if isinstance(known, InterruptedByUserError):
            code = self.report(known, command) if tell or known.hint else known.exit_code
            return Outcome(name, "interrupted", code)
        alike = known.message.replace(f"{name}:/", ":/")
        return Outcome(name, "failed", self.report(known, command), alike)

    def _run_on(self, command: Command, matched: Matched, redirect: Redirect | None, scope: SessionScope) -> None:
        try:
            if redirect is None:
                self._call(command, matched, scope, self._output())
            else:
                self._call_into_file(command, matched, scope, redirect)
        except EspshError as error:
            error.board = error.board or (scope.board if scope.fanned else None)
            raise

    def _call(self, command: Command, matched: Matched, scope: SessionScope, output: Output) -> None:
        values = bind(command, matched, scope)
        command.function(self._context(command.name, scope, output), **values)

    def _context(self, command: str, scope: SessionScope, output: Output) -> Context:
        ending = self.ending or threading.Event()
        on_each, tell = partial(self._on_each, command, ending), partial(self._tell, command, scope)
        return Context(self.session, scope, output, self.run_file, on_each, ending, self, tell)

    def _tell(self, command: str, scope: SessionScope, error: EspshError) -> None:
        error.board = error.board or (scope.board if scope.fanned else None)
        self.report(error, command)

    def _call_into_file(self, command: Command, matched: Matched, scope: SessionScope, redirect: Redirect) -> None:
        """Collect what the command says, then put it at the target; a command that fails writes nothing."""
        import tempfile

        target = scope.resolve(redirect.target.text.replace("{board}", scope.board or ""))
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as collected:
            self._call(command, matched, scope, self._replace(sink=collected, render=self.render.plain)._output())
            size = collected.tell()
            collected.seek(0)
            files = self.session.files(target.place)
            if redirect.append:
                files.append(target.path, _blocks(collected))
            else:
                files.write(target.path, _blocks(collected), size)

    def run_file(self, path: str) -> None:
        """Run a command file; raise what its failure amounts to."""
        code = self.run_script(self, path)
        if code:
            raise ScriptFailedError(path, code)

    def check_part(self, invocation: Invocation) -> tuple[Command, Matched]:
        """Return what a command is that runs as a part of another, on one board; raise UsageError where it is none."""
        command = self.session.registry.find(invocation.name)
        matched = match(command, invocation)
        if invocation.background or set_of(command, invocation, matched) is not None:
            raise UsageError(f"'{invocation.name}' runs on each board by itself: it can name no set, and have no &")
        return command, matched

    def run_part(self, invocations: Iterable[Invocation], scope: SessionScope) -> bytes:
        """Run commands as parts of another, for the board of ``scope``, and return what they put out.

        Raises what the first that fails does.
        """
        collected = io.BytesIO()
        part = self._replace(sink=collected, render=self.render.plain, board=scope.board or "")
        for invocation in invocations:
            part._run_on(*self.check_part(invocation), invocation.redirect, scope)
        return collected.getvalue()

    def outcomes_of(self, command: str, names: Sequence[str], body: Callable[[Context], None]) -> list[Outcome]:
        """Run ``body`` for several boards at once, each with its own context, and return how they ended.

        What they put out is folded; a failure is said as that of ``command``, at once.
        """

        def work(part: Dispatcher, name: str) -> None:
            scope = SessionScope(self.session, name, fanned=True, consent="given")
            body(part._context(command, scope, part._output()))

        return self._shared_out(command, names, work, streams=False)

    def _output(self) -> Output:
        return Output(self.sink, self.render, self._note)

    def _note(self, text: str) -> None:
        if self.session.options.quiet:
            return
        named = not self.board or text.startswith(f"{self.board}:") or len(self.session.boards) == 1
        self.say(text if named else f"{self.board}: {text}")

    def _as_ours(self, error: BaseException) -> EspshError:
        return in_our_words(error, self.session.world.folder("state") / "espsh.log", self.session.plugins.blamed)


class ScriptFailedError(EspshError):
    """A command file ended with a failure, which was said where it happened."""

    def __init__(self, path: str, code: int) -> None:
        super().__init__(f"{path} failed")
        self.exit_code = code


def _blocks(file: IO[bytes]) -> Iterable[bytes]:
    while block := file.read(_BLOCK):
        yield block

"""Begins a command as a job: what it works with, where its words go, and the line that tells of its end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from espsh.core.addressed import boards_in, boards_of, set_of
from espsh.core.command import Command
from espsh.core.dispatch import Dispatcher
from espsh.core.folding import LiveLines
from espsh.core.jobs import Job
from espsh.core.match import Matched
from espsh.core.output import Styled
from espsh.core.parser import Invocation
from espsh.core.terminal import ScriptTerminal
from espsh.errors import EspshError, UsageError

if TYPE_CHECKING:
    from espsh.board.board import Board

_ROLES = {"done": "good", "failed": "bad"}


def begin(dispatcher: Dispatcher, command: Command, matched: Matched, invocation: Invocation) -> None:
    """Begin a job that runs ``invocation``. What is wrong with the line, or a board that is not free, is raised here.

    A command that streams has no end of its own that we know of; what it says may be left out on a slow screen.
    """
    session = dispatcher.session
    if session.job is not None:
        raise UsageError("a job begins no jobs of its own")
    is_set, boards = _boards(dispatcher, command, matched, invocation)
    job = session.jobs.add(invocation.text, boards, endless=command.streams)
    if session.terminal.interactive and not session.options.quiet:
        dispatcher.say(f"[{job.number}] {job.text}")
    aside = dispatcher.aside
    sink = _Counting(job, aside.offer if job.endless else aside.write)
    part = dispatcher._replace(
        session=session.for_job(job, ScriptTerminal()), sink=sink, render=dispatcher.render.streamed, say=aside.say,
        where=f"[{job.number}] {dispatcher.where}".rstrip(), board=",".join(job.board_names), ending=job.ending,
    )  # fmt: skip
    lines = None if is_set and command.boards != "set" else LiveLines(_label(part, job), sink, threading.Lock())
    run = _Run(part if lines is None else part._replace(sink=lines), job, invocation, dispatcher.where)
    job.start(lambda: run.body(lines), run.tell, aside.flush)


class _Counting(NamedTuple):
    """Where a job's lines go."""

    job: Job
    put: Callable[[bytes], object]

    def write(self, lines: bytes) -> None:
        """Pass them on, counted."""
        self.job.lines += lines.count(b"\n")
        self.put(lines)


class _Run:
    """A job's way through a dispatcher of its own; ``origin`` is the line of the file that began it."""

    def __init__(self, part: Dispatcher, job: Job, invocation: Invocation, origin: str) -> None:
        self._part = part
        self._job = job
        self._invocation = invocation
        self._origin = origin
        self._error: EspshError | None = None

    def body(self, lines: LiveLines | None) -> int:
        """Run it; return its exit code."""
        try:
            code, self._error = self._part.attempt(self._invocation)
            if lines is not None:
                lines.finish()
        except BrokenPipeError:  # who waits for the job is told
            return 1
        return code

    def tell(self) -> None:
        """Say how it ended, in a line that stands for the error, too, where there is one."""
        job = self._job
        if self._error is not None and job.state == "failed":
            where = ": ".join(filter(None, (f"[{job.number}] failed", self._origin)))
            self._part._replace(where=where).report(self._error, self._invocation.name)
        elif job.state == "failed" or not self._part.session.options.quiet:
            role = _ROLES.get(job.state, "")
            self._part.aside.say(f"[{job.number}] {job.state}  {job.text} ({job.seconds:.1f} s)", role)


def _boards(
    dispatcher: Dispatcher, command: Command, matched: Matched, invocation: Invocation
) -> tuple[bool, list[Board]]:
    """Return whether the line names a set, and the boards that its job is to hold from the start.

    The current board is held where no other is named, though the command may not need it, and so may be busy.
    """
    session = dispatcher.session
    parts = set_of(command, invocation, matched)
    if parts is not None:
        names = boards_of(command, parts, session, lambda _: None)  # what is left out is said by the job
        return True, [session.board(name) for name in names]
    named = boards_in(command, invocation, matched, session)
    if named or command.boards == "none" or session.current is None:
        return False, [session.board(name) for name in named]
    current = session.boards[session.current]
    return False, [current] if session.jobs.holder(current) is None else []


def _label(part: Dispatcher, job: Job) -> str:
    return part.render.line((Styled(part.board or f"[{job.number}]", "board"),))

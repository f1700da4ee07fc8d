"""One board's way from save to save: copied, begun anew, listened to, waited for."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import NamedTuple, NoReturn

from espsh.base.saves import Saves
from espsh.base.units import human_size
from espsh.board.board import Board
from espsh.board.trees import sync
from espsh.board.trees.replica import Content, Replica
from espsh.core.output import Output, Styled
from espsh.errors import ConnectError, EspshError, InterruptedByUserError, LinkLostError, RemoteError

_SLICE = 0.25
"""Seconds of the board's silence that are listened to in one go."""
_RETURN = 0.5
"""Seconds that a port which has gone is waited for in one go: who ends it has to come through in between."""
_NAMED = 3
"""Files of one save that are named; of more only the number is said."""


class Goal(NamedTuple):
    """What the host has for a board: files, and the program that is to run."""

    content: Content
    program: bytes


class Restart(NamedTuple):
    """What follows a copy: ``do`` begins it, ``words`` say so."""

    words: str
    do: Callable[[Goal], None]


class Screen:
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

    def end_line(self) -> None:
        """End the line that the board has begun."""
        with self._writing:
            self._end_line()

    def _put(self, line: Styled) -> None:
        with self._writing:
            self._end_line()
            self._out.text(line)

    def _end_line(self) -> None:
        if self._is_open:
            self._out.data(b"\n")
            self._is_open = False


class Watching:
    """Keeps a board as the goals have it that ``saved`` brings.

    ``due`` is the one that the board has not got yet, or not begun to run. ``heed`` raises InterruptedByUserError where
    all this is to end.
    """

    def __init__(
        self, board: Board, screen: Screen, saved: Saves[Goal], replica: Replica, restart: Restart,
        heed: Callable[[], None],
    ) -> None:  # fmt: skip
        self._board = board
        self._screen = screen
        self._saved = saved
        self._replica = replica
        self._restart = restart
        self._heed = heed
        self._due: Goal | None = None
        self._copied = ""

    def go_on(self) -> None:
        """Work until Ctrl-C, and leave the board at its prompt. Raises the EspshError that ended the watching."""
        try:
            while True:
                self._heed()
                self._due = self._saved.take() or self._due
                try:
                    self._bring()
                    self._saved.during(self._stream, self._board.cancel)
                except LinkLostError as error:
                    self._await_return(error)
        except (KeyboardInterrupt, InterruptedByUserError):
            return
        finally:
            self._screen.end_line()
            if self._board.link.lost is None:
                with contextlib.suppress(EspshError):
                    self._board.interrupt()

    def _bring(self) -> None:
        """Copy what is due; what cannot be copied waits for the next save."""
        if self._due is None:
            return
        if self._due.content.left_out:
            self._screen.say(f"left out, no file behind it: {', '.join(self._due.content.left_out)}")
        try:
            self._board.interrupt()
            self._copied = summary(self._replica.bring(self._due.content))
        except (LinkLostError, InterruptedByUserError):
            raise
        except EspshError as error:
            self._screen.fail(error)
            self._due = None

    def _stream(self) -> NoReturn:
        """Begin what is to run, and show what the board prints from then on."""
        if self._due is not None:
            self._screen.say(" · ".join(filter(None, (self._copied, self._restart.words))), "board")
            self._replica.ran()
            try:
                self._restart.do(self._due)
            except (LinkLostError, InterruptedByUserError):
                raise
            except EspshError as error:
                self._screen.fail(error)
            self._due = None
        while True:
            self._screen.program(self._board.listen(_SLICE))

    def _await_return(self, error: EspshError) -> None:
        """Wait for a board that is gone. What was due then is done again; a board that just ran has begun by itself."""
        self._replica.forget()
        self._screen.fail(error)
        self._screen.say(f"waiting for {self._board.name} to come back")
        while self._board.link.lost is not None:
            self._heed()
            try:
                self._screen.program(self._board.listen(0, _RETURN))
            except (LinkLostError, ConnectError):
                if self._board.state == "closed":
                    raise
        self._screen.say(f"{self._board.name} is back")


def summary(plan: sync.Plan) -> str:
    """Return in one line what a copy came to."""
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

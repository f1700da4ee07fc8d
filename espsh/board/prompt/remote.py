"""Calls of functions on the board: checked code up, framed answers down, each call run once."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Sequence
from typing import Any

from espsh.base.deadline import Deadline
from espsh.base.literals import literal_of
from espsh.board.prompt.delivery import DamagedError, until_end
from espsh.board.prompt.failures import board_error, errno_of, innermost, kind_of, parse_traceback
from espsh.board.prompt.frames import Record
from espsh.board.prompt.rawrepl import Entered, RawRepl
from espsh.board.prompt.replies import Reply, new_nonce
from espsh.board.prompt.toolbox import ATTEMPTS, Toolbox
from espsh.errors import TransferError, UsageError

IDLE = 4.0
"""Seconds a function on the board may work without a sign of life, where its caller says nothing else."""
FAST = 3
"""Attempts by the fastest delivery; after that short commands, of which each one may be lost alone."""
_OWN_TRIES = 4
"""Times a board may run out of memory over one call before that is the answer."""
_OWN = frozenset({"MemoryError", "RuntimeError"})
_INFLATER = "z"
"""The loader's function that inflates text before its checksum is known: damaged bytes may ask it for any memory."""


class RestartedError(TransferError):
    """The board restarted behind our back: the helpers are gone, and what a call did is not known."""


class Remote:
    """The functions on one board. ``stray`` gets what strangers print; ``entered`` is told of each new prompt.

    ``restarted`` is called when the board started anew in the middle, before anything else is sent; what it raises ends
    the work. ``start_anew`` soft-resets a board without memory for our helpers, where nothing is lost by that.
    ``window`` is how many bytes of a copy may be on their way to the board, ``damages`` counts what the line spoiled,
    ``restarts`` how often the board started anew in the middle.
    """

    def __init__(
        self, repl: RawRepl, *, stray: Callable[[bytes], None], entered: Callable[[Entered], None],
        restarted: Callable[[], None] = lambda: None, start_anew: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        self.repl = repl
        self.toolbox = Toolbox(repl, entered)
        self.damages = 0
        self.restarts = 0
        self.window = 0
        self._stray = stray
        self._restarted = restarted
        self._start_anew = start_anew
        self._own_errors = 0
        self._may_start_anew = True
        self._partial: Reply | None = None

    def call(
        self, function: str, *arguments: object, snippets: Sequence[str] = (), repeatable: bool = False,
        idle: float = IDLE, subject: str = "",
    ) -> Any:  # fmt: skip
        """Run ``function(*arguments)`` on the board and return its value; see :meth:`rows`."""
        return self.rows(function, *arguments, snippets=snippets, repeatable=repeatable, idle=idle, subject=subject)[1]

    def rows(
        self, function: str, *arguments: object, snippets: Sequence[str] = (), repeatable: bool = False,
        idle: float = IDLE, subject: str = "",
    ) -> tuple[list[Any], Any]:  # fmt: skip
        """Run ``function(*arguments)`` and return what it emitted and its value.

        ``snippets`` are the names of what it needs from ``onboard/``. When the line damages the exchange, it is
        repeated: one that is ``repeatable`` runs again, another one is asked for its answer again, so that it has
        run once. ``subject`` is what errors are about.
        """
        nonce = new_nonce()
        self._own_errors, self._may_start_anew = 0, True
        for attempt in range(ATTEMPTS):
            try:
                reply = self._exchange(nonce, function, arguments, snippets, idle, careful=attempt >= FAST)
            except DamagedError as error:
                try:
                    self.damaged(error)
                except RestartedError:
                    if attempt and not repeatable:  # an earlier attempt may have run
                        raise
            else:
                if reply.whole:
                    return self._value(reply, subject)
            if repeatable:
                nonce = new_nonce()
        raise TransferError(
            f"{subject + ': ' if subject else ''}the line to the board damages too much",
            "check the cable; try a lower baud rate: --baud",
        )

    def gather(
        self, function: str, *arguments: object, snippets: Sequence[str], idle: float, subject: str
    ) -> tuple[list[Any], bool]:
        """Run ``function`` once; return the first rows that came without a gap, and whether that is all of them.

        An exchange that the line damaged gives the rows before the damage, perhaps none.
        """
        self._partial = None
        try:
            reply = self._exchange(new_nonce(), function, arguments, snippets, idle, careful=False)
        except DamagedError as error:
            self.damaged(error)
            if self._partial is None:
                return [], False
            reply = self._partial
        if reply.final is not None and reply.final.text.startswith("!"):
            self._value(reply, subject)
        rows: list[Any] = []
        while len(rows) in reply.rows:
            rows.append(literal(reply.rows[len(rows)]))
        return rows, reply.whole

    def begin(self, reply: Reply, function: str, *arguments: object, snippets: Sequence[str], careful: bool) -> None:
        """Start ``function(*arguments)``, which talks with its caller while it runs; ``reply`` takes what it says.

        Return when the board has the call. Raises DamagedError.
        """
        values = "".join("," + ascii(argument) for argument in arguments)
        self.toolbox.deliver(snippets, f"({reply.nonce},{function}{values})", reply, careful=careful)
        self.toolbox.took(snippets)

    def end(self, reply: Reply, subject: str, *, idle: float = IDLE) -> Any:
        """Return the value of the call that was begun, when it is over. Raises DamagedError, or what the board says."""
        self.repl.ready = False
        deadline = Deadline(30, idle)
        while reply.final is None:
            if reply.end is not None:
                self.repl.ready = True
                raise DamagedError("the answer is missing", reply.end)
            if not (data := self.repl.link.receive(deadline)):
                raise DamagedError("the board does not answer")
            reply.feed(data)
        self.drain(reply)
        if stray := reply.stray:
            self._stray(stray)
        if reply.final.text.startswith("!"):
            self._value(reply, subject)
        return literal(reply.final.text[1:])

    def ask_plainly(self, command: bytes, deadline: Deadline) -> Record:
        """Send a command that needs nothing of ours on the board, checks itself, and may run twice.

        Return its only record, of nonce 0. Raises DamagedError.
        """
        self.toolbox.prompt()
        reply = Reply("0")
        self.repl.send(command)
        error = until_end(self.repl, reply, deadline)
        if reply.final is None:
            raise DamagedError("the answer is missing", error)
        if stray := reply.stray:
            self._stray(stray)
        return reply.final

    def keep(self, text: bytes) -> None:
        """Bring the user's source to the board, checked, without running it. Raises TransferError."""
        self._own_errors, self._may_start_anew = 0, True
        for attempt in range(ATTEMPTS):
            try:
                self.toolbox.bring_program(text, careful=attempt >= FAST)
            except DamagedError as error:
                with contextlib.suppress(RestartedError):  # nothing has run: all of it is brought again
                    self.damaged(error)
            else:
                return
        raise TransferError("the code does not reach the board whole", "check the cable; try a lower baud rate")

    # The exchange

    def _exchange(
        self, nonce: str, function: str, arguments: tuple[object, ...], snippets: Sequence[str], idle: float,
        *, careful: bool,
    ) -> Reply:  # fmt: skip
        values = "".join("," + ascii(argument) for argument in arguments)
        reply = Reply(nonce)
        self.toolbox.deliver(snippets, f"({nonce},{function}{values})", reply, careful=careful)
        self._partial = reply
        # Only the answer itself, and what is asked for it, is a sign of life: others may print all the time.
        answering = Deadline(math.inf, idle)
        while reply.final is None:
            if reply.end is not None:
                self.repl.ready = True
                raise DamagedError("the answer is missing", reply.end)
            known = len(reply.rows), self.repl.link.sifted
            reply.feed(self.repl.link.receive(Deadline(answering.remaining)))
            if (len(reply.rows), self.repl.link.sifted) > known:
                answering.touch()
            elif answering.expired:
                raise DamagedError("the board does not answer")
        self.toolbox.took(snippets)
        until_end(self.repl, reply, Deadline(5, 0.5)) if not reply.whole else self.drain(reply)
        if stray := reply.stray:
            self._stray(stray)
        return reply

    def drain(self, reply: Reply) -> None:
        """Read the raw prompt after a whole answer; where it was damaged the next command finds its own way."""
        try:
            until_end(self.repl, reply, Deadline(2, 0.5))
        except DamagedError:
            self.repl.ready = False

    def damaged(self, error: DamagedError) -> None:
        """Take note of a damaged exchange. Raises RestartedError when it turns out that the board forgot us."""
        self.repl.ready = False
        if error.gone and self.toolbox.there:
            self.toolbox.forget()
            self.restarts += 1
            self._restarted()
            raise RestartedError("the board restarted in the middle", "see what was done, and try again")
        # An exception of the board's own, not one that damaged code raised: the line does not do that again and again.
        text = error.said.decode("utf-8", "replace")
        kind, said, number = parse_traceback(text)
        if kind not in _OWN or innermost(text) == _INFLATER:
            self._own_errors = 0
            self.damages += 1
            self.repl.failures += 1
            if kind in ("KeyError", "NameError"):
                self.toolbox.doubt()
            return
        self._own_errors += 1
        if self._own_errors >= _OWN_TRIES:
            self._own_errors = 0
            if kind == "MemoryError" and self._may_start_anew and self._has_nothing_to_lose():
                self._may_start_anew = False
                self._start_anew()
                raise RestartedError(
                    "the board had no memory left, and was soft-reset", "see what was done, and try again"
                )
            raise board_error(kind, said, number, text)
        if kind == "MemoryError":
            self.toolbox.short_of_memory()

    def _has_nothing_to_lose(self) -> bool:
        """Tell whether nothing of a user's is on the board, or no line can reach it any more."""
        return not self.toolbox.has_users or self.repl.takes_nothing()

    def _value(self, reply: Reply, subject: str) -> tuple[list[Any], Any]:
        assert reply.final is not None
        text = reply.final.text
        if text == "?":
            raise TransferError("the call was interrupted on the board", "try again")
        if text.startswith("!"):
            kind, said, arguments = literal_of(text[1:])
            raise board_error(kind_of(kind), said, errno_of(arguments), reply.traceback, subject)
        rows = [literal(reply.rows[number]) for number in sorted(reply.rows)]
        return rows, literal(text[1:])


def check_source(text: bytes) -> None:
    """Refuse source text that no board's prompt can take: Ctrl-C is the interrupt, and it must be UTF-8."""
    if b"\x03" in text:
        raise UsageError("the code holds a Ctrl-C byte (0x03)", "write it as \\x03 in the source")
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError("the code is not UTF-8 text") from None


def literal(text: str) -> Any:
    """Return the value that ``text`` spells, or the text where it spells none (an object's repr)."""
    try:
        return literal_of(text)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return text

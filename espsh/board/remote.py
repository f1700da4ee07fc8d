"""Calls of functions on the board: checked code up, framed answers down, each call run once."""

from __future__ import annotations

import ast
import contextlib
import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

from espsh.base.deadline import Deadline
from espsh.board.delivery import (
    ByDeflate,
    ByPaste,
    ByPieces,
    ByStdin,
    DamagedError,
    Delivery,
    Facts,
    OneLine,
    until_end,
)
from espsh.board.failures import board_error, errno_of, innermost, kind_of, parse_traceback
from espsh.board.frames import Record
from espsh.board.rawrepl import LINE_LIMIT, Entered, RawRepl
from espsh.board.replies import Reply
from espsh.board.snippets import ANY, names_in, snippet
from espsh.errors import ConnectError, TransferError, UsageError

IDLE = 4.0
"""Seconds a function on the board may work without a sign of life, where its caller says nothing else."""
ATTEMPTS = 10
"""How often an exchange is tried before the line is called bad. At one byte in a thousand lost, four are typical."""
_FAST = 3
"""Attempts by the fastest delivery; after that short commands, of which each one may be lost alone."""

_BASE = ("records", "calls")
_OWN_TRIES = 4
"""Times a board may run out of memory over one call before that is the answer."""
_OWN = frozenset({"MemoryError", "RuntimeError"})
_INFLATER = "z"
"""The loader's function that inflates text before its checksum is known: damaged bytes may ask it for any memory."""

_nonces = itertools.count(1)


class RestartedError(TransferError):
    """The board restarted behind our back: the helpers are gone, and what a call did is not known."""


class Remote:
    """The functions on one board. ``stray`` gets what strangers print; ``entered`` is told of each new prompt.

    ``rungs`` are the ways for longer text, in order of preference. On a ``lean`` board helpers go when others come, on
    one that is not ``roomy`` when a program of the user's comes.
    """

    def __init__(self, repl: RawRepl, *, stray: Callable[[bytes], None], entered: Callable[[Entered], None]) -> None:
        self.repl = repl
        self.facts = Facts()
        self.rungs: Sequence[Delivery] = (
            ByDeflate(self.facts), ByStdin(self.facts), ByPaste(self.facts), ByPieces(self.facts),
        )  # fmt: skip
        self._stray = stray
        self._entered = entered
        self._loaded: set[str] = set()
        self._has_loader = False
        self._met = False
        self._short = OneLine(self.facts)
        self.damages = 0
        self.lean = False
        self.window = 0
        self.roomy = False
        self._own_errors = 0
        self._untidy = False
        self._partial: Reply | None = None

    def forget(self) -> None:
        """The board starts anew: nothing of ours is on it, and where it is, is not known."""
        self.repl.ready = False
        self._has_loader = False
        self._met = False
        self._loaded.clear()

    def expect_ourselves(self) -> None:
        """What runs when we come is ours: its interruption is not told."""
        self._met = True

    def leave_to_user(self) -> None:
        """The prompt was the user's: what runs when we come again is theirs, and its interruption is told."""
        self.repl.ready = False
        self._met = False

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
        nonce = self.new_nonce()
        self._own_errors = 0
        for attempt in range(ATTEMPTS):
            try:
                reply = self._exchange(nonce, function, arguments, snippets, idle, careful=attempt >= _FAST)
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
                nonce = self.new_nonce()
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
            reply = self._exchange(self.new_nonce(), function, arguments, snippets, idle, careful=False)
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
        self._make_room(snippets)
        call = f"({reply.nonce},{function}{values})"
        self._deliver(self._missing((*_BASE, *snippets)), call, reply, careful=careful)
        self._loaded.update((*_BASE, *snippets))

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

    def keep(self, text: bytes) -> None:
        """Bring the user's source to the board, checked, without running it. Raises TransferError."""
        runner = "lean" if self.small_stack else "running"
        for attempt in range(ATTEMPTS):
            careful = attempt >= _FAST
            try:
                if not self.roomy:
                    self._drop_all_but(("keeping", runner))
                self.install(("keeping",) if self.lean else ("keeping", runner), careful=careful)
                reply = Reply()
                self._by(self._choose(text, "keep", careful=careful), "keep", text, reply)
                if error_text := until_end(self.repl, reply, Deadline(30, self.repl.patience(LINE_LIMIT))):
                    raise DamagedError("the code was not taken", error_text)
            except DamagedError as error:
                with contextlib.suppress(RestartedError):  # nothing has run: all of it is brought again
                    self.damaged(error)
            else:
                return
        raise TransferError("the code does not reach the board whole", "check the cable; try a lower baud rate")

    def install(self, snippets: Sequence[str], *, careful: bool = False) -> None:
        """Have these snippets on the board, without calling them. Raises DamagedError."""
        self.ready()
        self._make_room(snippets)
        missing = self._missing((*_BASE, *snippets))
        for names in [(name,) for name in missing] if self.lean or careful else [missing]:
            if names:
                self._bring("".join(map(snippet, names)).encode(), careful=careful)
                self._loaded.update(names)

    @property
    def small_stack(self) -> bool:
        """Whether the board is so small that only short commands reach it: its stack is, too."""
        return all(rung.supports() is not None for rung in self.rungs[:-1])

    def start(self, command: bytes, reply: Reply) -> None:
        """Send a short checked call and return when the board has it; what it answers is the caller's to follow.

        Raises DamagedError.
        """
        self.ready()
        text = b"(%s,%s)" % (reply.nonce.encode(), command)
        self._choose(text, "call", careful=False).deliver(self.repl, "call", text, reply)

    def ready(self) -> None:
        """Be at the raw prompt with the loader in place. Raises ConnectError, DamagedError."""
        for attempt in itertools.count(1):
            self._prompt()
            if self._has_loader:
                return
            try:
                self._load(b"")
            except DamagedError:
                if attempt == ATTEMPTS:
                    raise
                self.repl.ready = False

    def _prompt(self) -> None:
        """Be at the raw prompt. Only the first entry interrupts a program of the user's; later it is our own code."""
        if not self.repl.ready:
            entered = self.repl.enter()
            if not self._met:
                self._met = True
                self._entered(entered)
            if self._untidy:
                self._tidy()

    def ask_plainly(self, command: bytes, deadline: Deadline) -> Record:
        """Send a command that needs nothing of ours on the board, checks itself, and may run twice.

        Return its only record, of nonce 0. Raises DamagedError.
        """
        self._prompt()
        reply = Reply("0")
        self.repl.send(command)
        error = until_end(self.repl, reply, deadline)
        if reply.final is None:
            raise DamagedError("the answer is missing", error)
        if stray := reply.stray:
            self._stray(stray)
        return reply.final

    # The exchange

    def _exchange(
        self, nonce: str, function: str, arguments: tuple[object, ...], snippets: Sequence[str], idle: float,
        *, careful: bool,
    ) -> Reply:  # fmt: skip
        values = "".join("," + ascii(argument) for argument in arguments)
        self._make_room(snippets)
        parts = self._missing((*_BASE, *snippets))
        reply = Reply(nonce)
        self._deliver(parts, f"({nonce},{function}{values})", reply, careful=careful)
        self._partial = reply
        # Only what the answer itself says is a sign of life: others may print all the time.
        answering = Deadline(math.inf, idle)
        while reply.final is None:
            if reply.end is not None:
                self.repl.ready = True
                raise DamagedError("the answer is missing", reply.end)
            known = len(reply.rows)
            reply.feed(self.repl.link.receive(Deadline(answering.remaining)))
            if len(reply.rows) > known:
                answering.touch()
            elif answering.expired:
                raise DamagedError("the board does not answer")
        self._loaded.update(name for name in (*_BASE, *snippets))
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

    def _deliver(self, parts: Sequence[str], call: str, reply: Reply, *, careful: bool) -> None:
        """Bring the snippets ``parts`` and the ``call``; return when the board has them. ``reply`` takes the answer."""
        last = call.encode()
        reply.acks = (self.facts.digest(last),) if parts else ()
        together = "".join([*map(snippet, parts), f"call({last!r},{self.facts.digest(last)})"]).encode()
        self._prompt()
        if not self._has_loader:
            reading = self._choose(together, "x", careful=careful)
            if isinstance(reading, ByStdin) and not self.lean:
                self._load_and_read(reading, together, reply)
                return
            self.ready()
        if parts:
            way = self._choose(together, "x", careful=careful)
            if not (self.lean or isinstance(way, ByPieces)):
                self._by(way, "x", together, reply)
                return
            for part in parts:  # one after the other: a small board cannot compile all of it at once
                self._bring(snippet(part).encode(), careful=careful)
                self._loaded.add(part)
        self._by(self._choose(last, "call", careful=careful), "call", last, reply)

    def _by(self, way: Delivery, sink: str, text: bytes, reply: Reply) -> None:
        try:
            way.deliver(self.repl, sink, text, reply)
        except (DamagedError, ConnectError) as error:
            self._note_refusal(way, error, reply)
            raise DamagedError(str(error), getattr(error, "said", b"")) from None

    def _bring(self, text: bytes, *, careful: bool = True) -> None:
        """Bring a snippet, or another text that answers nothing."""
        reply = Reply()
        self._by(self._choose(text, "x", careful=careful), "x", text, reply)
        if error := until_end(self.repl, reply, Deadline(30, self.repl.patience(LINE_LIMIT))):
            raise DamagedError("a helper was not taken", error)

    def _load_and_read(self, reading: ByStdin, text: bytes, reply: Reply) -> None:
        """Send the loader and, in the same turn, the command that reads the first text."""
        reply.feed(self._load(reading.command("x", text)))
        deadline = Deadline(30, self.repl.patience(LINE_LIMIT))
        while b"OK" not in reply.rest:
            if not (data := self.repl.link.receive(deadline)):
                raise DamagedError("the board did not take the command")
            reply.feed(data)
        if reading.supports():  # what it cannot read would be a line of its prompt
            raise DamagedError("the board has no stdin", until_end(self.repl, reply, deadline))
        try:
            reading.send_text(self.repl, text, reply)
        except DamagedError as error:
            self._note_refusal(reading, error, reply)
            raise

    def _load(self, then: bytes) -> bytes:
        """Bring the loader; it proves itself by its checksum. ``then`` goes right behind it.

        Return what came of the answer to ``then``.
        """
        code, proof = self.facts.loader.text(self.new_nonce())
        self.repl.send(code, *([then] if then else []))
        reply = Reply()
        deadline = Deadline(30, self.repl.patience(LINE_LIMIT))
        tail = b"\x04\x04>"
        while not (tail in reply.rest and (reply.echoed(proof) or reply.echoed(proof + 1))):
            if reply.end:
                if b"ImportError" in reply.end:
                    self.facts.loader = ANY
                raise DamagedError("the loader was damaged", reply.end)
            data = self.repl.link.receive(deadline)
            if not data:
                raise DamagedError("the loader was not taken")
            reply.feed(data)
        if not reply.echoed(proof + 1):
            self.facts.refused[ByStdin.name] = "the board has no sys.stdin"
        self._has_loader = True
        self._loaded.clear()
        self.repl.ready = not then
        return bytes(reply.rest).partition(tail)[2]

    def _choose(self, text: bytes, sink: str, *, careful: bool) -> Delivery:
        if self._short.fits(sink, text):
            return self._short
        if careful:
            return self.rungs[-1]
        reasons = []
        for rung in self.rungs:
            reason = rung.supports()
            if reason is None:
                return rung
            reasons.append(f"{rung.name}: {reason}")
        raise ConnectError("no way to bring code to this board", "; ".join(reasons))

    def _note_refusal(self, way: Delivery, error: Exception, reply: Reply) -> None:
        """Remember what a board cannot do, as against what the line damaged."""
        text = reply.end or bytes(reply.rest)
        if isinstance(way, ByStdin) and (b"'stdin'" in text or b"no attribute 'encode'" in text):
            self.facts.refused[way.name] = "the board has no sys.stdin that can be read"
        elif isinstance(way, ByPaste) and "no raw paste" in str(error):
            self.facts.refused[way.name] = "the board has none"

    def _make_room(self, snippets: Sequence[str]) -> None:
        """On a board with little memory, drop what the next call does not need."""
        if self.lean:
            self._drop_all_but(snippets)

    def _drop_all_but(self, snippets: Sequence[str]) -> None:
        extra = self._loaded - {*_BASE, *snippets}
        if not (extra and self.repl.ready):
            return
        names = tuple(name for snippet_name in sorted(extra) for name in names_in(snippet_name))
        self._bring(b"for q in %a:d.pop(q,0)\np=s=0\ngc.collect()" % (names,))
        self._loaded -= extra

    def _missing(self, snippets: Sequence[str]) -> list[str]:
        if not self._has_loader:
            self._loaded.clear()
        return [name for name in snippets if name not in self._loaded]

    def damaged(self, error: DamagedError) -> None:
        """Take note of a damaged exchange. Raises RestartedError when it turns out that the board forgot us."""
        self.repl.ready = False
        self.damages += 1
        self.repl.failures += 1
        if error.gone and self._has_loader:
            self.forget()
            raise RestartedError("the board restarted in the middle", "see what was done, and try again")
        # An exception of the board's own, not one that damaged code raised: the line does not do that again and again.
        text = error.said.decode("utf-8", "replace")
        kind, said, number = parse_traceback(text)
        if innermost(text) == _INFLATER:
            kind = ""
        self._own_errors = self._own_errors + 1 if kind in _OWN else 0
        if self._own_errors >= _OWN_TRIES:
            self._own_errors = 0
            raise board_error(kind, said, number, text)
        if kind in ("KeyError", "NameError"):
            self._loaded.clear()  # a helper is missing; they may all come twice
        if kind == "MemoryError":
            self.lean = True  # one helper at a time may fit where all together do not
            self.repl.leave()  # frees the buffer of the prompt's line, as long as its longest one
            self._untidy = True

    def _tidy(self) -> None:
        """Free what a failed delivery left on the board."""
        self._untidy = False
        self.repl.send(b"_espsh['p']=0;_espsh['gc'].collect()")
        with contextlib.suppress(DamagedError):
            until_end(self.repl, Reply(), Deadline(5, self.repl.patience(LINE_LIMIT)))

    def _value(self, reply: Reply, subject: str) -> tuple[list[Any], Any]:
        assert reply.final is not None
        text = reply.final.text
        if text == "?":
            raise TransferError("the call was interrupted on the board", "try again")
        if text.startswith("!"):
            kind, said, arguments = ast.literal_eval(text[1:])
            raise board_error(kind_of(kind), said, errno_of(arguments), reply.traceback, subject)
        rows = [literal(reply.rows[number]) for number in sorted(reply.rows)]
        return rows, literal(text[1:])

    def new_nonce(self) -> str:
        """Return the name of a new call: a number, since boards keep every short string in a program for ever."""
        return str(next(_nonces))


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
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text

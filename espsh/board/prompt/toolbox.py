"""What of ours is on a board, and the ways to bring more of it: the loader first, then snippets and calls."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterable, Sequence

from espsh.base.deadline import Deadline
from espsh.board.prompt.delivery import (
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
from espsh.board.prompt.rawrepl import LINE_LIMIT, Entered, RawRepl
from espsh.board.prompt.replies import Reply, new_nonce
from espsh.board.prompt.snippets import ANY, Loader, names_in, snippet
from espsh.errors import ConnectError

ATTEMPTS = 10
"""How often an exchange is tried before the line is called bad. At one byte in a thousand lost, four are typical."""
_BASE = ("records", "calls")


class Toolbox:
    """The helpers on one board. ``entered`` is told of each new prompt.

    ``rungs`` are the ways for longer text, in order of preference. On a ``lean`` board helpers go when others come, on
    one that is not ``roomy`` when a program of the user's comes; but those that are ``staying`` are in use.
    ``has_users`` says that the user has run something since we came, and may want to keep what it left.
    """

    def __init__(self, repl: RawRepl, entered: Callable[[Entered], None]) -> None:
        self.facts = Facts()
        self.rungs: Sequence[Delivery] = (
            ByDeflate(self.facts), ByStdin(self.facts), ByPaste(self.facts), ByPieces(self.facts),
        )  # fmt: skip
        self.lean = False
        self.roomy = False
        self.has_users = False
        self.there = False
        self.staying: frozenset[str] = frozenset()
        self._repl = repl
        self._entered = entered
        self._short = OneLine(self.facts)
        self._loaded: set[str] = set()
        self._met = False
        self._untidy = False

    def forget(self) -> None:
        """The board starts anew: nothing of ours is on it, and where it is, is not known."""
        self._repl.ready = False
        self.there = False
        self._met = False
        self._loaded.clear()

    def use(self, loader: Loader) -> None:
        """Bring this loader from now on. Where another is on the board, that knows nothing by the checksums of this."""
        if self.facts.loader is not loader:
            self.facts.loader = loader
            self.there = False

    def expect_ourselves(self) -> None:
        """What runs when we come is ours: its interruption is not told."""
        self._met = True

    def leave_to_user(self) -> None:
        """The prompt was the user's: what runs when we come again is theirs, and its interruption is told."""
        self._repl.ready = False
        self._met = False
        self.has_users = True

    def has(self, snippets: Iterable[str]) -> bool:
        """Whether the board is known to have these."""
        return self.there and self._loaded.issuperset(snippets)

    @property
    def small_stack(self) -> bool:
        """Whether the board is so small that only short commands reach it: its stack is, too."""
        return all(rung.supports() is not None for rung in self.rungs[:-1])

    def prompt(self) -> None:
        """Be at the raw prompt. Only the first entry interrupts a program of the user's; later it is our own code."""
        if not self._repl.ready:
            entered = self._repl.enter()
            if not self._met:
                self._met = True
                self._entered(entered)
            if self._untidy:
                self._tidy()

    def ready(self) -> None:
        """Be at the raw prompt with the loader in place. Raises ConnectError, DamagedError."""
        for attempt in itertools.count(1):
            self.prompt()
            if self.there:
                return
            try:
                self._load(b"")
            except DamagedError:
                if attempt == ATTEMPTS:
                    raise
                self._repl.ready = False

    def install(self, snippets: Sequence[str], *, careful: bool = False) -> None:
        """Have these snippets on the board, without calling them. Raises DamagedError."""
        self.ready()
        self._make_room(snippets)
        missing = self._missing(snippets)
        for names in [(name,) for name in missing] if self.lean or careful else [missing]:
            if names:
                self._bring("".join(map(snippet, names)).encode(), careful=careful)
                self._loaded.update(names)

    def bring_program(self, text: bytes, *, careful: bool) -> None:
        """Have the user's source on the board, checked, and what runs it. Raises DamagedError."""
        runner = "lean" if self.small_stack else "running"
        if not self.roomy:
            self._drop_all_but(("keeping", runner))
        self.install(("keeping",) if self.lean else ("keeping", runner), careful=careful)
        reply = Reply()
        self._by(self._choose(text, "keep", careful=careful), "keep", text, reply)
        if error_text := until_end(self._repl, reply, Deadline(30, self._repl.patience(LINE_LIMIT))):
            raise DamagedError("the code was not taken", error_text)
        self.has_users = True

    def deliver(self, snippets: Sequence[str], call: str, reply: Reply, *, careful: bool) -> None:
        """Bring what is missing of ``snippets``, and the ``call``; return when the board has them.

        ``reply`` takes the answer. Raises DamagedError.
        """
        self._make_room(snippets)
        parts = self._missing(snippets)
        last = call.encode()
        reply.acks = (self.facts.digest(last),) if parts else ()
        together = "".join([*map(snippet, parts), f"call({last!r},{self.facts.digest(last)})"]).encode()
        self.prompt()
        if not self.there:
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

    def start(self, command: bytes, reply: Reply) -> None:
        """Send a short checked call and return when the board has it; what it answers is the caller's to follow.

        Raises DamagedError.
        """
        self.ready()
        text = b"(%s,%s)" % (reply.nonce.encode(), command)
        self._choose(text, "call", careful=False).deliver(self._repl, "call", text, reply)

    def took(self, snippets: Sequence[str]) -> None:
        """Note that the board has these, since it answered a call that needs them."""
        self._loaded.update((*_BASE, *snippets))

    def doubt(self) -> None:
        """A helper is missing on the board: they may all come twice."""
        self._loaded.clear()

    def short_of_memory(self) -> None:
        """Bring one helper at a time from now on, which may fit where all together do not."""
        self.lean = True
        self._repl.leave_wholly()  # frees the buffer of the prompt's line, as long as its longest one
        self._untidy = True

    def _make_room(self, snippets: Sequence[str]) -> None:
        """On a board with little memory, drop what the next call does not need."""
        if self.lean:
            self._drop_all_but(snippets)

    def _drop_all_but(self, snippets: Sequence[str]) -> None:
        extra = self._loaded - {*_BASE, *snippets, *self.staying}
        if not (extra and self.there):
            return
        self.prompt()
        names = tuple(name for snippet_name in sorted(extra) for name in names_in(snippet_name))
        self._bring(b"for q in %a:d.pop(q,0)\np=s=0\ngc.collect()" % (names,))
        self._loaded -= extra

    def _missing(self, snippets: Sequence[str]) -> list[str]:
        if not self.there:
            self._loaded.clear()
        return [name for name in (*_BASE, *snippets) if name not in self._loaded]

    def _bring(self, text: bytes, *, careful: bool = True) -> None:
        """Bring a snippet, or another text that answers nothing."""
        reply = Reply()
        self._by(self._choose(text, "x", careful=careful), "x", text, reply)
        if error := until_end(self._repl, reply, Deadline(30, self._repl.patience(LINE_LIMIT))):
            raise DamagedError("a helper was not taken", error)

    def _by(self, way: Delivery, sink: str, text: bytes, reply: Reply) -> None:
        try:
            way.deliver(self._repl, sink, text, reply)
        except (DamagedError, ConnectError) as error:
            self._note_refusal(way, error, reply)
            raise DamagedError(str(error), getattr(error, "said", b"")) from None

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

    def _load(self, then: bytes) -> bytes:
        """Bring the loader; it proves itself by its checksum. ``then`` goes right behind it.

        Return what came of the answer to ``then``.
        """
        code, proof = self.facts.loader.text(new_nonce())
        self._repl.send(code, *([then] if then else []))
        reply = Reply()
        deadline = Deadline(30, self._repl.patience(LINE_LIMIT))
        tail = b"\x04\x04>"
        while not (tail in reply.rest and (reply.echoed(proof) or reply.echoed(proof + 1))):
            if reply.end:
                if b"ImportError" in reply.end:
                    self.facts.loader = ANY
                raise DamagedError("the loader was damaged", reply.end)
            data = self._repl.link.receive(deadline)
            if not data:
                raise DamagedError("the loader was not taken")
            reply.feed(data)
        if not reply.echoed(proof + 1):
            self.facts.refused[ByStdin.name] = "the board has no sys.stdin"
        self.there = True
        self._loaded.clear()
        self._repl.ready = not then
        return bytes(reply.rest).partition(tail)[2]

    def _load_and_read(self, reading: ByStdin, text: bytes, reply: Reply) -> None:
        """Send the loader and, in the same turn, the command that reads the first text."""
        reply.feed(self._load(reading.command("x", text)))
        deadline = Deadline(30, self._repl.patience(LINE_LIMIT))
        while b"OK" not in reply.rest:
            if not (data := self._repl.link.receive(deadline)):
                raise DamagedError("the board did not take the command")
            reply.feed(data)
        if reading.supports():  # what it cannot read would be a line of its prompt
            raise DamagedError("the board has no stdin", until_end(self._repl, reply, deadline))
        try:
            reading.send_text(self._repl, text, reply)
        except DamagedError as error:
            self._note_refusal(reading, error, reply)
            raise

    def _tidy(self) -> None:
        """Free what a failed delivery left on the board."""
        self._untidy = False
        self._repl.send(b"_espsh['p']=0;_espsh['gc'].collect()")
        with contextlib.suppress(DamagedError):
            until_end(self._repl, Reply(), Deadline(5, self._repl.patience(LINE_LIMIT)))

"""One board behind a port: its files, its Python, its clock, its resets."""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from espsh.base.deadline import Deadline
from espsh.base.events import BoardLost, Event, EventBus, Notice, StrayOutput
from espsh.base.files import Entry, Incoming
from espsh.board import program
from espsh.board.delivery import DamagedError
from espsh.board.download import NOTHING, Part, collect
from espsh.board.filesystem import LEFT_OVER, BoardFiles
from espsh.board.flatfiles import FlatFiles
from espsh.board.greeting import greet
from espsh.board.identity import NAMES, Abilities, Identity, understand
from espsh.board.link import Link, open_trace
from espsh.board.names import NameStore, choose_name
from espsh.board.rate import Rate
from espsh.board.rawrepl import CTRL_C, CTRL_D, Entered, RawRepl
from espsh.board.refusals import Refusals
from espsh.board.remote import ATTEMPTS, IDLE, Remote, check_source
from espsh.board.reset import HARD_RESETS
from espsh.board.stream import WINDOW
from espsh.board.upload import News, upload
from espsh.errors import (
    ConnectError,
    EspshError,
    InterruptedByUserError,
    LinkLostError,
    RemoteError,
    TransferError,
)
from espsh.ports.open import PortSettings, open_port

_RETURN = 8.0
"""Seconds within which the USB port of a board that was reset comes back."""
_PROMPT = 2.0
"""Seconds in which a board that leaves the raw REPL comes to its friendly prompt."""
_LEAN = 24_000
"""Bytes of free heap below which helpers on the board make room for each other."""
_ROOMY = 60_000
"""Bytes of free heap from which on the helpers, 1 to 3 kB, stay when a program of the user's runs."""


class Heap(NamedTuple):
    """A board's heap after a garbage collection, in bytes."""

    free: int
    used: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.free + self.used


class Wire:
    """The bytes of a board's friendly prompt, for a user's terminal. ``lost`` is set when the port is gone."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._end: Callable[[], None] = lambda: None
        self.lost = threading.Event()
        if link.lost is not None:
            self.lost.set()

    def write(self, data: bytes) -> None:
        """Send bytes to the board."""
        self._link.write(data)

    def subscribe(self, listener: Callable[[bytes], None]) -> Callable[[], None]:
        """Hand ``listener``, the only one, what the board has sent and will send; the returned function ends that."""
        self._end = self._link.divert(listener)
        return self.end

    def end(self) -> None:
        """Hand on nothing more."""
        self._end()


class Board:
    """A connected board. ``state`` is ``ready``, ``lost`` (its port is gone) or ``closed``.

    One thread at a time talks to it; :meth:`cancel` may come from any.
    """

    identity: Identity
    abilities: Abilities
    files: BoardFiles
    link: Link

    def __init__(
        self, url: str, settings: PortSettings, events: EventBus, names: NameStore | None, refusals: Refusals | None
    ) -> None:
        """Use :meth:`connect`."""
        self.url = url
        self.name = ""
        self.state = "closed"
        self._settings = settings
        self._events = events
        self._names = names
        self._refusals = refusals
        self._trace = open_trace(settings.trace)
        self._wires: list[Wire] = []
        self._comes_back = False
        self._untold: list[Event] | None = []
        self._seen: list[Entry] | None = None

    @classmethod
    def connect(
        cls, url: str, *, settings: PortSettings, events: EventBus, names: NameStore | None, name: str | None = None,
        refusals: Refusals | None = None,
    ) -> Board:  # fmt: skip
        """Open ``url``, come to the board's prompt, and learn who it is and what it can do.

        Raises ConnectError (or PortBusyError, PortDeniedError) that says what is behind the port.
        """
        board = cls(url, settings, events, names, refusals)
        board.name = name or url
        board._open(settings)
        try:
            with board._using():
                board._learn()
                board._look_around()
        except BaseException:
            board.close()
            raise
        board._baptise(choose_name(board.identity, name, names))
        return board

    def rename(self, name: str) -> None:
        """Call the board ``name`` from now on, here and in later sessions."""
        self.name = choose_name(self.identity, name, self._names)

    # Python on the board

    def execute(
        self, source: str | bytes, *, output: Callable[[bytes], None], filename: str = "<stdin>",
        argv: Sequence[str] = (),
    ) -> None:  # fmt: skip
        """Run the user's code in the globals of the board's prompt; its output goes to ``output`` as it comes.

        Raises RemoteError with the board's traceback, also for SystemExit unless its value is 0 or None.
        """
        self._program(source, "exec", filename, argv, output)

    def evaluate(self, expression: str) -> str:
        """Return the repr of the expression's value. What it prints is told as StrayOutput."""
        return self._program(expression, "eval", "<stdin>", (), self._stray)

    def call(self, snippet: str, function: str, *arguments: object) -> Any:
        """Return the value of ``function(*arguments)``, a function of the snippet ``espsh/onboard/<snippet>.py``.

        It runs once, whatever the line does. Its value must be one that ``repr`` can spell.
        """
        self.files.forget_listings()
        return self.rows(function, *arguments, snippets=(snippet,))[1]

    def heap(self) -> Heap:
        """Return the heap after a garbage collection."""
        free, used = self.rows("heap", snippets=("clock",), repeatable=True)[1]
        return Heap(free, used)

    def time(self) -> datetime:
        """Return the date and time of the board's clock, as it keeps it (without a time zone)."""
        value = self.rows("clock", snippets=("clock",), repeatable=True)[1]
        if value is None:
            raise RemoteError("this board has no clock")
        year, month, day, _, hour, minute, second = value[:7]
        return datetime(year, month, day, hour, minute, second)

    def set_time(self, when: datetime) -> None:
        """Set the board's real-time clock."""
        _, missing = self.rows(
            "set_clock", when.year, when.month, when.day, when.weekday(), when.hour, when.minute, when.second, 0,
            snippets=("clock",), repeatable=True,
        )  # fmt: skip
        if missing:
            raise RemoteError("this board has no clock that can be set")

    # Resets and the prompt

    def soft_reset(self) -> None:
        """Restart MicroPython as Ctrl-D at the prompt does: boot.py and main.py run."""
        with self._using():
            self._remote.repl.enter()
            self._remote.forget()
            self.files.forget_listings()
            self._remote.repl.leave()
            self._hear(b">>> ", 2.0)
            self.link.write(CTRL_D)
            if not self._hear(b"soft reboot", 5.0):
                raise ConnectError("the board did not restart", "try: reset --hard")

    def hard_reset(self) -> None:
        """Restart the chip, by command or by the port's lines. Raises ConnectError with every reason."""
        reasons = []
        with self._using():
            for way in HARD_RESETS:
                reason = way.supports(self.link)
                if reason is None:
                    try:
                        way.reset(self.link, self._remote)
                        break
                    except ConnectError as error:
                        reason = error.message
                reasons.append(f"{way.name}: {reason}")
            else:
                raise ConnectError("the board cannot be reset from here", "; ".join(reasons))
            self._remote.forget()
            self.files.forget_listings()
            self._comes_back = True

    @contextlib.contextmanager
    def repl(self) -> Iterator[Wire]:
        """Yield the wire to the friendly prompt; afterwards the raw REPL is entered again when it is needed."""
        with self._using():
            if not self._remote.repl.ready:
                self._remote.repl.enter()
            self._remote.repl.leave()
            wire = Wire(self.link)
            self._wires.append(wire)
        try:
            with self.link.owner:
                yield wire
        finally:
            self._wires.remove(wire)
            wire.end()
            self._remote.leave_to_user()
            self.files.forget_listings()

    def cancel(self) -> None:
        """End what the board does now, from any thread: it is interrupted, and the waiting thread is told."""
        self.link.cancel()

    def close(self) -> None:
        """Leave the board at its friendly prompt and close the port."""
        if self.state == "closed":
            return
        if self.state == "ready" and self.link.lost is None:
            with contextlib.suppress(EspshError):
                if not self._remote.repl.ready:
                    self.link.write(CTRL_C)
                self._remote.repl.leave()
                if self._remote.lean:
                    # A micro:bit (1.9.2) that gets a Ctrl-C while it leaves the raw REPL has no heap any more: the
                    # next one to come must find it at its prompt.
                    self._hear(b">>> ", _PROMPT)
        self.state = "closed"
        self.link.close()

    @property
    def idle(self) -> bool:
        """Whether the board waits at our prompt, so that asking it something interrupts no program of the user's."""
        return self.state == "ready" and self._remote.repl.ready

    # What the parts of a board share

    @property
    def damages(self) -> int:
        """How often an exchange was damaged so far."""
        return self._remote.damages

    @property
    def lean(self) -> bool:
        """Whether the board has so little memory that helpers come one at a time."""
        return self._remote.lean

    def rows(
        self, function: str, *arguments: object, snippets: Sequence[str] = (), repeatable: bool = False,
        idle: float = IDLE, subject: str = "",
    ) -> tuple[list[Any], Any]:  # fmt: skip
        """Run a function of a snippet; return what it emitted and its value."""
        with self._using():
            return self._remote.rows(
                function, *arguments, snippets=snippets, repeatable=repeatable, idle=idle, subject=self._about(subject)
            )

    def gather(
        self, function: str, *arguments: object, snippets: Sequence[str], idle: float, subject: str
    ) -> tuple[list[Any], bool]:
        """Run a function once; return the first rows that came without a gap, and whether that is all."""
        with self._using():
            return self._remote.gather(function, *arguments, snippets=snippets, idle=idle, subject=self._about(subject))

    def part(self, path: str, offset: int, stop: int, size: int) -> Part:
        """Ask once for a part of a file in blocks of ``size`` bytes; with its end comes the digest of the whole."""
        with self._using():
            try:
                return collect(self._remote, path, offset, stop, size, subject=self._about(path))
            except LinkLostError as error:
                self._await_return(error)
                return NOTHING

    def upload(self, files: Sequence[Incoming], told: Callable[[News], None]) -> None:
        """Write files by one stream of checked frames; ``told`` hears how it goes."""
        done = 0
        for again in itertools.count():
            first = done
            try:
                with self._using():
                    for news in upload(self._remote, files[first:], begun=again > 0):
                        done += news.verified
                        told(news._replace(number=first + news.number))
            except LinkLostError as error:
                if again == ATTEMPTS:
                    raise
                self._await_return(error)
            else:
                return

    @contextlib.contextmanager
    def hurried(self, size: int) -> Iterator[None]:
        """Copy ``size`` bytes, where it pays over a faster line."""
        with self._using(), self._rate.raised(size):
            yield

    def _why_not_faster(self) -> str:
        from espsh.ports.bridges import why_no_uart

        if not self._settings.fast:
            return "it was not wanted"
        return why_no_uart(self.url) or (self._refusals.find(self.identity, self.url) if self._refusals else "")

    def _note_no_faster(self, reason: str) -> None:
        if self._refusals:
            self._refusals.remember(self.identity, self.url, reason)

    def _about(self, path: str) -> str:
        """Return what an error says of a path: whose it is."""
        return f"{self.name}:{path}" if path else ""

    def tell(self, event: Event) -> None:
        """Emit an event; while the board has no name yet, keep it until it has."""
        if self._untold is None:
            self._events.emit(event)
        else:
            self._untold.append(event)

    def _baptise(self, name: str) -> None:
        self.name = name
        untold, self._untold = self._untold or [], None
        for event in untold:
            self._events.emit(event._replace(board=name))

    def _program(
        self, source: str | bytes, mode: str, filename: str, argv: Sequence[str], output: Callable[[bytes], None]
    ) -> str:
        text = source.encode() if isinstance(source, str) else source
        check_source(text)
        with self._using():
            self.files.forget_listings()
            return program.run(self._remote, text, mode, filename, argv, output)

    @contextlib.contextmanager
    def _using(self) -> Iterator[None]:
        """Hold the board for one operation; on Ctrl-C bring it back to its prompt. Errors carry the board's name."""
        with self.link.owner:
            try:
                self.link.drop_old_cancel()
                self._be_there()
                yield
            except (KeyboardInterrupt, InterruptedByUserError):
                self._stop()
                raise InterruptedByUserError from None
            except DamagedError as error:
                raise TransferError(f"the line to the board damages too much: {error}") from None
            except EspshError as error:
                error.board = error.board or self.name
                raise

    def _stop(self) -> None:
        self.link.cancelled.clear()
        repl = self._remote.repl
        if not repl.ready and self.link.lost is None:
            repl.enter()

    def _be_there(self) -> None:
        if self.state == "closed":
            raise ConnectError("the board is closed", "connect it again")
        if self.state == "lost":
            self._reopen(self._settings.wait)
            self._look_around()
        if self._remote.repl.ready and (said := self.link.pending()):
            self._heard_meanwhile(said)

    def _heard_meanwhile(self, said: bytes) -> None:
        """Judge what came while nobody asked: a restart is one, the rest is somebody's print."""
        if program.RESTART.search(said):
            self._remote.forget()
            self.files.forget_listings()
            self.tell(Notice(self.name, "the board had restarted"))
        else:
            self._stray(said)

    def _open(self, settings: PortSettings) -> None:
        port = open_port(self.url, settings)
        self.link = Link(port, trace=self._trace)
        self.link.on_lost = self._lost
        self._remote = Remote(RawRepl(self.link), stray=self._stray, entered=self._entered)
        self._remote.window = settings.buffer_size or WINDOW
        self.state = "ready"

    def _learn(self) -> None:
        """Ask who the board is and, in the same turn, what its root holds, since most sessions look there."""
        greeting = greet(self._remote)
        if greeting is None:
            about = self._remote.call("about", NAMES, snippets=("about",), repeatable=True)
        else:
            about = greeting.about
        self.identity, self.abilities = understand(about)
        self._rate = Rate(self._remote, self.identity.chip, self._why_not_faster, self._note_no_faster)
        self._remote.lean = self._remote.lean or self.abilities.heap < _LEAN
        self._remote.roomy = self.abilities.heap >= _ROOMY
        self.files = (FlatFiles if self.abilities.flat else BoardFiles)(self)
        self._seen = greeting.root if greeting else None

    def _look_around(self) -> None:
        """Use what was seen of the root, now that this is known to be our board: sweep what a cut copy left there."""
        seen, self._seen = self._seen, None
        if seen is None:
            return
        if LEFT_OVER.isdisjoint(entry.path for entry in seen):
            self.files.glimpse("/", seen)
        else:
            self.files.sweep()

    def _await_return(self, error: LinkLostError) -> None:
        """Wait for a port that was lost in the middle of a copy. Raises ``error`` where it does not come back."""
        patience = self._settings.patience
        if self.link.lost is None or not patience:
            raise error
        self.tell(Notice(self.name, f"{error.message}; waiting {patience:g} s for it to come back"))
        try:
            with self.link.owner:
                self._reopen(patience, in_a_copy=True)
        except ConnectError:
            if self.link.lost is None:  # somebody is there
                raise
            raise error from None

    def _reopen(self, wait: float, *, in_a_copy: bool = False) -> None:
        """Open the port again, wait ``wait`` seconds for it, and make sure that it is the same board."""
        known = self.identity
        self.link.close()
        # A board with its own USB goes and comes back when it is reset.
        wait = max(wait, _RETURN) if self._comes_back else wait
        self._open(self._settings._replace(wait=wait))
        self._comes_back = False
        if in_a_copy:
            self._remote.expect_ourselves()
        try:
            self._learn()
        except EspshError:
            self.state = "lost"
            raise
        if self.identity.unique_id != known.unique_id:
            found, self.identity = self.identity, known
            self.state = "lost"
            raise ConnectError(
                f"another board is on {self.url} now: {found.chip} {found.unique_id}",
                f"connect it under a name of its own: disconnect {self.name}; connect {self.url}",
            )
        self.tell(Notice(self.name, "connected again"))

    def _lost(self, reason: str) -> None:
        if self.state != "ready":
            return
        self.state = "lost"
        for wire in self._wires:
            wire.lost.set()
        self.tell(BoardLost(self.name, reason))

    def _entered(self, entered: Entered) -> None:
        if entered.interrupted:
            self.tell(Notice(self.name, "a program was running; it was interrupted"))

    def _stray(self, data: bytes) -> None:
        self.tell(StrayOutput(self.name, data))

    def _hear(self, what: bytes, seconds: float) -> bool:
        said = b""
        deadline = Deadline(seconds)
        while what not in said:
            data = self.link.receive(deadline)
            if not data:
                return False
            said += data
        return True

"""The way to one board while it is used: its port opened, met, lost and opened again, and held by one operation."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from typing import Any

from espsh.base.deadline import Deadline
from espsh.base.events import BoardLost, Event, EventBus, Notice, StrayOutput
from espsh.base.files import Entry
from espsh.base.location import is_board_name
from espsh.base.passwords import password_of, without_password
from espsh.board import program
from espsh.board.delivery import DamagedError
from espsh.board.greeting import greet
from espsh.board.identity import NAMES, UNKNOWN, Abilities, Identity, understand
from espsh.board.link import Link, open_trace
from espsh.board.names import NameStore, choose_name
from espsh.board.rate import Rate
from espsh.board.rawrepl import CTRL_C, Entered, RawRepl
from espsh.board.refusals import Refusals
from espsh.board.remote import Remote
from espsh.board.reset import soft_reset
from espsh.board.stream import WINDOW
from espsh.errors import ConnectError, EspshError, InterruptedByUserError, LinkLostError, RemoteError, TransferError
from espsh.ports.network import hint_for_hang_up
from espsh.ports.open import PortSettings, open_port

OPEN, READY, LOST, CLOSED = "open", "ready", "lost", "closed"
_RETURN = 8.0
"""Seconds within which the USB port of a board that was reset comes back."""
_BAD = 3
"""Damaged exchanges from which on the user should know of it."""
_LEAN = 24_000
"""Bytes of free heap below which helpers on the board make room for each other."""
_ROOMY = 60_000
"""Bytes of free heap from which on the helpers, 1 to 3 kB, stay when a program of the user's runs."""


class Connection:
    """A port and who answers behind it. ``state`` says how far that went.

    ``open``: the port is ours, and who is behind it was not asked yet; the first :meth:`using` asks. ``ready``: it is
    the board of ``identity``. ``lost``: the port is gone; the next :meth:`using` opens it again. ``closed``: for good.

    ``on_met`` gets what the root holds, where that was seen, each time the board was met; ``on_restart`` is called
    when what was known of the board's files may be wrong; ``on_named`` gets the name it had and the one it gets when it
    is met for the first time, and may refuse that; ``on_use`` is called with the board at hand, before each operation,
    ``on_open`` when there is a new link.
    """

    def __init__(
        self, url: str, settings: PortSettings, events: EventBus, names: NameStore | None,
        refusals: Refusals | None, name: str | None,
    ) -> None:  # fmt: skip
        """Open the port. Raises ConnectError (or PortBusyError, PortDeniedError)."""
        self.url = without_password(url)
        password = password_of(url)
        self.settings = settings if password is None else settings._replace(password=password)
        self.name = name or _name_of_port(self.url)
        self.state = CLOSED
        self.identity = UNKNOWN
        self.comes_back = False
        self.on_met: Callable[[list[Entry] | None], None] = lambda _: None
        self.on_restart: Callable[[], None] = lambda: None
        self.on_lost: Callable[[], None] = lambda: None
        self.on_named: Callable[[str, str], None] = lambda old, new: None
        self.on_use: Callable[[], None] = lambda: None
        self.on_open: Callable[[], None] = lambda: None
        self._abilities: Abilities | None = None
        self._given = name
        self._events = events
        self._names = names
        self._refusals = refusals
        self._trace = open_trace(settings.trace)
        self._untold: list[Event] | None = []
        self._seen: list[Entry] | None = None
        self._talks = False
        self._bad_was_said = False
        self._restarts_told = 0
        self._open(self.settings)

    @property
    def abilities(self) -> Abilities:
        """What the board has; it is met for that."""
        if self._abilities is None:
            with self.using():
                pass
        assert self._abilities is not None
        return self._abilities

    def rename(self, name: str) -> None:
        """Call the board ``name`` from now on, here and in later sessions."""
        self.name = self._given = choose_name(self.identity, name, self._names)

    @contextlib.contextmanager
    def using(self) -> Iterator[None]:
        """Hold the board for one operation; on Ctrl-C bring it back to its prompt. Errors carry the board's name."""
        with self.link.owner:
            try:
                self.link.drop_old_cancel()
                self._be_there()
                self.on_use()
                yield
                if self.remote.restarts > self._restarts_told:
                    self._restarts_told = self.remote.restarts
                    self.tell(Notice(self.name, "the board restarted in the middle; the command went on"))
            except (KeyboardInterrupt, InterruptedByUserError):
                self._stop()
                raise InterruptedByUserError from None
            except DamagedError as error:
                raise TransferError(f"the line to the board damages too much: {error}") from None
            except EspshError as error:
                error.board = error.board or self.name
                raise
            finally:
                self._say_how_bad()

    def forget(self) -> None:
        """The board starts anew: nothing of ours is on it, and its files may be others."""
        self.remote.toolbox.forget()
        self.on_restart()

    @property
    def dies_with_board(self) -> bool:
        """Whether the port is MicroPython's own doing, and goes when that restarts."""
        return getattr(self.link.port, "dies_with_board", False)

    def restarts(self, *, own_usb: bool = True) -> None:
        """The chip restarts, with a port that is its ``own_usb``; or just MicroPython. A port that goes comes back."""
        self.forget()
        self.comes_back = own_usb or self.dies_with_board
        if self.dies_with_board:
            self.link.close()
            self.state = LOST

    def listen(self, seconds: float, wait: float | None = None) -> bytes:
        """Return what the board says next, ``b""`` if that is nothing within ``seconds``. Nothing is sent to it.

        A port that had gone is opened again when it comes back (a board's own USB does so after each reset). Raises
        LinkLostError when the port goes, ConnectError when it does not come back within ``wait`` seconds (None: as long
        as a reset takes, or as the settings say).
        """
        with self.link.owner:
            if self.state == CLOSED:
                raise ConnectError("the board is closed", "connect it again")
            if self.link.lost is not None:
                if said := self.link.pending():
                    return said
                state = self.state
                self._open_again(max(self.settings.wait, _RETURN) if wait is None else wait)
                self.state = state  # whether its board is the one that was known is left to the next use
            self.link.drop_old_cancel()
            try:
                data = self.link.receive(Deadline(seconds))
            finally:
                self.link.cancelled.clear()
            if data:
                self.forget()  # what runs now may have been started by anyone
            return data

    @contextlib.contextmanager
    def lend(self, wait: float = 0.0) -> Iterator[Any]:
        """Hand out the open port to somebody who restarts the chip; the board has to be met again afterwards.

        A port that was lost is waited for, ``wait`` seconds. Raises InterruptedByUserError after a cancel, whose read
        it cuts short.
        """
        self._tell_all()  # who has no firmware gets no other name, and what is done to it shall be seen meanwhile
        with self.lend_link(wait) as link, link.lend() as port:
            yield port

    @contextlib.contextmanager
    def lend_link(self, wait: float = 0.0) -> Iterator[Link]:
        """Hand out the link to somebody who restarts the chip; the board has to be met again afterwards."""
        with self.link.owner:
            if self.state == CLOSED:
                raise ConnectError("the board is closed", "connect it again")
            if self.link.lost is not None:
                self._open_again(max(self.settings.wait, wait))
            self.link.drop_old_cancel()
            self.link.pending()
            try:
                yield self.link
            except EspshError:
                if self.link.cancelled.is_set():  # what the read that was cut short looked like
                    raise InterruptedByUserError from None
                raise
            finally:
                self.link.cancelled.clear()
                self.forget()
                self._talks = False
                self.state = OPEN

    def await_return(self, error: LinkLostError) -> None:
        """Wait for a port that was lost in the middle of a copy. Raises ``error`` where it does not come back."""
        patience = self.settings.patience
        if self.link.lost is None or not patience:
            raise error
        self.tell(Notice(self.name, f"{error.message}; waiting {patience:g} s for it to come back"))
        try:
            with self.link.owner:
                self._reopen(patience, in_a_copy=True)
                self.on_restart()
        except ConnectError:
            if self.link.lost is None:  # somebody is there
                raise
            raise error from None

    def tell(self, event: Event) -> None:
        """Emit an event; while the board has no name yet, keep it until it has."""
        if self._untold is None:
            self._events.emit(event)
        else:
            self._untold.append(event)

    def _tell_all(self) -> None:
        """Emit what was kept, under the name that the board has now; from now on nothing is kept."""
        untold, self._untold = self._untold or [], None
        for event in untold:
            self._events.emit(event._replace(board=self.name))

    def stray(self, data: bytes) -> None:
        """Tell of bytes that nobody asked for. On a line that damages they are our own, echoed by a prompt."""
        if not self.remote.damages:
            self.tell(StrayOutput(self.name, data))

    def close(self) -> None:
        """Leave the board, where it was asked anything, at its friendly prompt, and close the port."""
        if self.state == CLOSED:
            return
        if self._talks and self.link.lost is None:
            with contextlib.suppress(EspshError):
                if not self.remote.repl.ready:
                    self.link.write(CTRL_C)
                repl = self.remote.repl
                (repl.leave_wholly if self.remote.toolbox.lean else repl.leave)()
        self.state = CLOSED
        self.link.close()

    def _say_how_bad(self) -> None:
        if self.remote.damages >= _BAD and not self._bad_was_said:
            self._bad_was_said = True
            self.tell(
                Notice(self.name, "the line damages what is sent: it is repeated until it is right (try speedtest)")
            )

    def _stop(self) -> None:
        self.link.cancelled.clear()
        repl = self.remote.repl
        if not repl.ready and self.link.lost is None:
            repl.enter()

    def _be_there(self) -> None:
        if self.state == CLOSED:
            raise ConnectError("the board is closed", "connect it again")
        self._talks = True
        if self.state == OPEN:
            self._meet()
        elif self.state == LOST:
            self._reopen(self.settings.wait)
            self.on_met(self._seen)
        if self.remote.repl.ready and (said := self.link.pending()):
            self._heard_meanwhile(said)

    def _heard_meanwhile(self, said: bytes) -> None:
        """Judge what came while nobody asked: a restart is one, the rest is somebody's print."""
        if program.RESTART.search(said):
            self.forget()
            self.tell(Notice(self.name, "the board had restarted"))
        else:
            self.stray(said)

    def _open(self, settings: PortSettings) -> None:
        port = open_port(self.url, settings)
        self.link = Link(port, trace=self._trace)
        self.link.on_lost = self._lost
        self.remote = Remote(RawRepl(self.link), stray=self.stray, entered=self._entered)
        self.remote.window = settings.buffer_size or WINDOW
        self._restarts_told = 0
        self.state = OPEN
        self.on_open()

    def _meet(self) -> None:
        """Come to the prompt of whoever is behind the port, and give the board its name."""
        known = self.identity
        if self.link.lost is not None:
            self._open_again(self.settings.wait)
        try:
            self._learn()
        except LinkLostError:  # nothing was under way yet
            raise ConnectError(f"{self.url}: {self.link.lost}", hint_for_hang_up(self.url)) from None
        self._make_sure(known)
        name = choose_name(self.identity, self._given, self._names)
        self.on_named(self.name, name)
        self.name = name
        self.state = READY
        self._tell_all()
        self.on_met(self._seen)

    def _learn(self) -> None:
        """Ask who the board is and, in the same turn, what its root holds, since most sessions look there."""
        greeting = greet(self.remote)
        self.identity, self._abilities = understand(greeting.about if greeting else self._ask_patiently())
        self.remote.toolbox.lean = self.remote.toolbox.lean or self._abilities.heap < _LEAN
        self.remote.toolbox.roomy = self._abilities.heap >= _ROOMY
        self.rate = Rate(self.remote, self.identity.chip, self._why_not_faster, self._note_no_faster)
        self._seen = greeting.root if greeting else None

    def _ask_patiently(self) -> tuple[Any, ...]:
        """Ask a board that is not usual who it is. One without the memory for the question is restarted first.

        That is for nothing else of use: what the last to work with it left there, or a Ctrl-C at a bad time
        (micro:bit 1.9.2), took its heap, and whatever is asked of it fails.
        """
        try:
            return self._ask_about()
        except RemoteError as error:
            if error.kind != "MemoryError":
                raise
            self.tell(Notice(self.name, "the board had no memory left at its prompt; it was soft-reset"))
            soft_reset(self.remote.repl)
            self.forget()
            return self._ask_about()

    def _ask_about(self) -> tuple[Any, ...]:
        about: tuple[Any, ...] = self.remote.call("about", NAMES, snippets=("about",), repeatable=True)
        return about

    def _reopen(self, wait: float, *, in_a_copy: bool = False) -> None:
        """Open the port again, wait ``wait`` seconds for it, and make sure that it is the same board."""
        known = self.identity
        self._open_again(wait)
        self.state = LOST
        if in_a_copy:
            self.remote.toolbox.expect_ourselves()
        self._learn()
        self._make_sure(known)
        self.state = READY
        self.tell(Notice(self.name, "connected again"))

    def _open_again(self, wait: float) -> None:
        """Open a port that was lost. A board with its own USB goes and comes back when it is reset."""
        self.link.close()
        self._open(self.settings._replace(wait=max(wait, _RETURN) if self.comes_back else wait))
        self.comes_back = False

    def _make_sure(self, known: Identity) -> None:
        """Refuse another board than the one that was known here."""
        if known is not UNKNOWN and self.identity.unique_id != known.unique_id:
            found, self.identity = self.identity, known
            raise ConnectError(
                f"another board is on {self.url} now: {found.chip} {found.unique_id}",
                f"connect it under a name of its own: disconnect {self.name}; connect {self.url}",
            )

    def _why_not_faster(self) -> str:
        from espsh.ports.bridges import why_no_uart

        if not self.settings.fast:
            return "it was not wanted"
        return why_no_uart(self.url) or (self._refusals.find(self.identity, self.url) if self._refusals else "")

    def _note_no_faster(self, reason: str) -> None:
        if self._refusals:
            self._refusals.remember(self.identity, self.url, reason)

    def _lost(self, reason: str) -> None:
        if self.state != READY:
            return
        self.state = LOST
        self.on_lost()
        self.tell(BoardLost(self.name, reason))

    def _entered(self, entered: Entered) -> None:
        if entered.interrupted:
            self.tell(Notice(self.name, "a program was running; it was interrupted"))


def _name_of_port(url: str) -> str:
    """Return what a board is called before it was met: the port's last part, such as ttyUSB0."""
    last = re.sub(r"[^A-Za-z0-9_-]+", "-", re.split(r"[/:](?=[^/:])", url.partition("?")[0])[-1]).strip("-")
    return last if is_board_name(last) else "board"

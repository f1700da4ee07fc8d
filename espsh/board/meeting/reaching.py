"""Reaching one board: its port opened, met, lost and found again, there or wherever it comes back."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable

from espsh.base.events import BoardLost, Event, EventBus, Notice, StrayOutput
from espsh.base.files import Entry
from espsh.base.passwords import password_of, without_password
from espsh.board.copying.rate import Rate
from espsh.board.copying.refusals import Refusals
from espsh.board.copying.stream import WINDOW
from espsh.board.identity import UNKNOWN, Abilities, Identity
from espsh.board.link import Link
from espsh.board.meeting.meeting import Met, is_same, learn
from espsh.board.meeting.names import NameStore, choose_name, name_of_port
from espsh.board.meeting.notices import Notices
from espsh.board.meeting.reset import soft_reset
from espsh.board.meeting.search import AnotherBoardError, Search, Trail
from espsh.board.meeting.whereabouts import Hints
from espsh.board.prompt import program
from espsh.board.prompt.rawrepl import CTRL_C, Entered, RawRepl
from espsh.board.prompt.remote import Remote
from espsh.board.trace import open_trace
from espsh.errors import ConnectError, EspshError, LinkLostError
from espsh.ports.network import hint_for_hang_up
from espsh.ports.open import PortSettings, open_port

OPEN, READY, LOST, CLOSED = "open", "ready", "lost", "closed"
RETURN = 8.0
"""Seconds within which the USB port of a board that was reset comes back."""
_HANDS = 2.0
"""Seconds without a word in which hands may put the wires to another board."""


class Reach:
    """A port and who answers behind it. ``state`` says how far that went.

    ``open``: the port is ours, and who is behind it was not asked yet; its first use asks. ``ready``: it is
    the board of ``identity``. ``lost``: the port is gone; the next use finds it again. ``closed``: for good.

    ``on_met`` gets what the root holds, where that was seen, each time the board was met; ``on_restart`` is called
    when what was known of the board's files may be wrong; ``on_named`` gets the name it had and the one it gets when it
    is met for the first time, and may refuse that; ``on_learned`` is called before that name is chosen;
    ``on_use`` with the board at hand, before each operation, ``on_open`` when there is a new link.
    """

    def __init__(
        self, url: str, settings: PortSettings, events: EventBus, names: NameStore | None,
        refusals: Refusals | None, name: str | None, search: Search | None = None,
    ) -> None:  # fmt: skip
        """Open the port. Raises ConnectError (or PortBusyError, PortDeniedError)."""
        self.url = without_password(url)
        password = password_of(url)
        self.settings = settings if password is None else settings._replace(password=password)
        self.name = name or name_of_port(self.url)
        self.state = CLOSED
        self.identity = UNKNOWN
        self.comes_back = False
        self.on_met: Callable[[list[Entry] | None], None] = lambda _: None
        self.on_restart: Callable[[], None] = lambda: None
        self.on_lost: Callable[[], None] = lambda: None
        self.on_learned: Callable[[], object] = lambda: None
        self.on_named: Callable[[str, str], None] = lambda old, new: None
        self.on_use: Callable[[], None] = lambda: None
        self.on_open: Callable[[], None] = lambda: None
        self._abilities: Abilities | None = None
        self._given = name
        self._has_name = False
        self._notices = Notices(events)
        self._names = names
        self._refusals = refusals
        self._owner = threading.RLock()
        self._trace = open_trace(settings.trace, lambda text: self.tell(Notice(self.name, text)))
        self._seen: list[Entry] | None = None
        self._talks = False
        self._restarts_told = 0
        self._trail = Trail(self.url, search)
        self._open(self.url, self.settings.wait)
        self._trail.follow(self.url)

    @property
    def nameless(self) -> bool:
        """Whether it is called only after its port: it has no name yet."""
        return self._given is None and not self._has_name

    @property
    def hints(self) -> Hints:
        """What USB said of where the board is, or was."""
        return self._trail.hints

    def rename(self, name: str) -> None:
        """Call the board ``name`` from now on, here and in later sessions."""
        self.name = self._given = choose_name(self.identity, name, self._names)

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
        self.remote.toolbox.has_users = False
        self.comes_back = own_usb or self.dies_with_board
        if self.dies_with_board:
            self.link.close()
            self.state = LOST

    def tell(self, event: Event) -> None:
        """Emit an event; while the board has no name yet, keep it until it has."""
        self._notices.tell(event)

    def stray(self, data: bytes) -> None:
        """Tell of bytes that nobody asked for. On a line that damages they are our own, echoed by a prompt."""
        if not self.remote.damages:
            self.tell(StrayOutput(self.name, data))

    def _leave(self) -> None:
        """Leave whoever is behind the port at its friendly prompt."""
        if self.link.lost is not None:
            return
        with contextlib.suppress(EspshError):
            if not self.remote.repl.ready:
                self.link.write(CTRL_C)
            repl = self.remote.repl
            (repl.leave_wholly if self.remote.toolbox.lean else repl.leave)()

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
        if self._may_be_another():
            self._who_is_there()

    def _may_be_another(self) -> bool:
        """Tell whether hands had time for the wires, and the prompt is not as it was left."""
        repl = self.remote.repl
        return time.monotonic() - self.link.used_at > _HANDS and not (repl.ready and repl.is_as_left())

    def _heard_meanwhile(self, said: bytes) -> None:
        """Judge what came while nobody asked: a restart is one, the rest is somebody's print."""
        if program.RESTART.search(said):
            self.forget()
            self.tell(Notice(self.name, "the board had restarted"))
            self._who_is_there()
        else:
            self.stray(said)

    def _open(self, url: str, wait: float) -> None:
        port = open_port(url, self.settings._replace(wait=wait))
        self.url = url
        self.link = Link(port, self._owner, trace=self._trace)
        self.link.on_lost = self._lost
        self.remote = Remote(
            RawRepl(self.link),
            stray=self.stray,
            entered=self._entered,
            restarted=self._who_is_there,
            start_anew=self._start_anew,
        )
        self.remote.window = self.settings.buffer_size or WINDOW
        self._restarts_told = 0
        self.state = OPEN
        self.on_open()

    def _meet(self) -> None:
        """Come to the prompt of whoever is behind the port, and give the board its name."""
        known = self.identity
        if self.link.lost is not None:
            self._open_again(self.settings.wait)
        try:
            self._take(self._ask_who(known))
        except LinkLostError:  # nothing was under way yet
            raise ConnectError(f"{self.url}: {self.link.lost}", hint_for_hang_up(self.url)) from None
        self.on_learned()
        name = choose_name(self.identity, self._given, self._names)
        self.on_named(self.name, name)
        self.name, self._has_name = name, True
        self._is_here()
        self._notices.release(name)
        self.on_met(self._seen)

    def _ask_who(self, known: Identity) -> Met:
        """Ask who is there. Raises AnotherBoardError, and closes the port, where it is not the ``known`` board."""
        met = learn(self.remote, self._start_anew)
        if known is not UNKNOWN and not is_same(known, met.identity):
            self._leave()
            self.link.close()
            self.state = LOST
            raise AnotherBoardError(
                f"another board is on {self.url} now: {self._called(met.identity)}",
                f"connect it under a name of its own: disconnect {self.name}; connect {self.url}",
            )
        return met

    def _take(self, met: Met) -> None:
        self.identity, self._abilities, self._seen = met
        self.rate = Rate(self.remote, self.identity.chip, self._why_not_faster, self._note_no_faster)

    def _called(self, found: Identity) -> str:
        name = self._names.all().get(found.unique_id) if self._names else None
        return f"{found.chip} {found.unique_id}" + (f" ({name})" if name else "")

    def _is_here(self) -> None:
        """Note that the board was met at this port."""
        self.state = READY
        if self.url != self._trail.hints.port:
            self._trail.follow(self.url)

    def _reopen(self, wait: float, *, in_a_copy: bool = False) -> None:
        """Find the board again, at this port or another, within ``wait`` seconds; it is asked who it is."""
        known, at = self.identity, self.url
        self.link.close()

        def attempt(port: str, wait: float) -> None:
            self._open(port, wait)
            self.state = LOST
            if in_a_copy:
                self.remote.toolbox.expect_ourselves()
            try:
                with self._notices.on_trial(self.name):  # whose program is interrupted is not known yet
                    self._take(self._ask_who(known))
            except BaseException:
                self.link.close()
                self.url = at
                raise

        self._trail.find(attempt, self._trail.possible, self._patience(wait), self._is_cancelled)
        self._is_here()
        self.tell(Notice(self.name, "connected again" + (f", on {self.url} now" if self.url != at else "")))

    def _open_again(self, wait: float) -> None:
        """Open the port of a board that was lost, where that is as far as USB can say; nobody is asked who is there."""
        self.link.close()
        self._trail.find(self._open, self._trail.likely, self._patience(wait), self._is_cancelled)

    def _patience(self, wait: float) -> float:
        """Return for how many seconds a lost board is looked for: one with its own USB goes when it is reset."""
        awaited, self.comes_back = self.comes_back, False
        return max(wait, RETURN) if awaited else wait

    def _is_cancelled(self) -> bool:
        return self.link.cancelled.is_set()

    def _who_is_there(self) -> None:
        """Make sure that who is not as we left it is the board that was known.

        A bridge does not see that its wires were put to another one.
        """
        if self.state == READY:
            self.state = OPEN  # in the meantime nobody is sure to be there
            self._ask_who(self.identity)
            self.state = READY

    def _start_anew(self) -> None:
        soft_reset(self.remote.repl)
        self.remote.toolbox.has_users = False
        self.tell(Notice(self.name, "the board had no memory left; it was soft-reset"))
        self.forget()

    def _why_not_faster(self) -> str:
        from espsh.ports.bridges import why_no_uart

        if not self.settings.fast:
            return "it was not wanted"
        return why_no_uart(self.url) or (self._refusals.find(self.identity, self.url) if self._refusals else "")

    def _note_no_faster(self, reason: str) -> None:
        if self._refusals:
            self._refusals.remember(self.identity, self.url, reason)

    def _lost(self, reason: str) -> None:
        self._trail.lost()
        if self.state != READY:
            return
        self.state = LOST
        self.on_lost()
        self.tell(BoardLost(self.name, reason))

    def _entered(self, entered: Entered) -> None:
        if entered.interrupted:
            self.tell(Notice(self.name, "a program was running; it was interrupted"))

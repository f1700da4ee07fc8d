"""A board on a port of ours: who it is, what it is called, and the port while others have it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from espsh.base.events import Event
from espsh.board.identity import Abilities, Identity
from espsh.board.link import Link
from espsh.board.meeting.connection import Connection
from espsh.board.meeting.reaching import READY
from espsh.board.meeting.whereabouts import Hints
from espsh.board.prompt.remote import Remote


class HeldBoard:
    """A board behind a connection, whose ``state`` is the connection's.

    One thread at a time talks to it; :meth:`cancel` may come from any. What needs MicroPython meets the board first.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def meet(self) -> None:
        """Come to the board's prompt and learn who it is, where that is not known yet. Raises ConnectError."""
        with self._connection.using():
            pass

    @property
    def url(self) -> str:
        """The port."""
        return self._connection.url

    @property
    def hints(self) -> Hints:
        """What USB said of where it is, or was."""
        return self._connection.hints

    @property
    def name(self) -> str:
        """What the board is called; before it was met, the port's name."""
        return self._connection.name

    @property
    def state(self) -> str:
        """``open``, ``ready``, ``lost`` or ``closed``."""
        return self._connection.state

    @property
    def identity(self) -> Identity:
        """Who it is, as far as it was asked."""
        return self._connection.identity

    @property
    def abilities(self) -> Abilities:
        """What it has."""
        return self._connection.abilities

    @property
    def link(self) -> Link:
        """The port's bytes; another one after the port was lost."""
        return self._connection.link

    @property
    def nameless(self) -> bool:
        """Whether it is called only after its port: it has no name yet."""
        return self._connection.nameless

    def call_for_now(self, name: str) -> None:
        """Call the board ``name`` until it is met."""
        self._connection.name = name

    def rename(self, name: str) -> None:
        """Call the board ``name`` from now on, here and in later sessions."""
        self._connection.rename(name)

    def on_named(self, told: Callable[[str, str], None]) -> None:
        """Have ``told`` called with the port's name and the board's own when it is met; it may refuse that name."""
        self._connection.on_named = told

    def on_learned(self, told: Callable[[], object]) -> None:
        """Have ``told`` called when the board is met, before it gets its name."""
        self._connection.on_learned = told

    def listen(self, seconds: float, wait: float | None = None) -> bytes:
        """Return what the board says next; see :meth:`~espsh.board.meeting.connection.Connection.listen`."""
        return self._connection.listen(seconds, wait)

    def lend(self, wait: float = 0.0) -> contextlib.AbstractContextManager[Any]:
        """Hand out the open port, a pyserial object; see :meth:`~espsh.board.meeting.connection.Connection.lend`."""
        return self._connection.lend(wait)

    @property
    def patience(self) -> float:
        """Seconds that a port which is lost in the middle of something is waited for."""
        return self._connection.settings.patience

    def cancel(self) -> None:
        """End what the board does now, from any thread: it is interrupted, and the waiting thread is told."""
        self.link.cancel()

    def close(self) -> None:
        """Leave the board at its friendly prompt and close the port."""
        self._connection.close()

    @property
    def idle(self) -> bool:
        """Whether the board waits at our prompt, and nobody works with it: asking it something interrupts nothing."""
        return self.state == READY and self._remote.repl.ready and not self.busy

    @property
    def busy(self) -> bool:
        """Whether another thread works with the board."""
        return self._connection.busy

    def tell(self, event: Event) -> None:
        """Emit an event; while the board has no name yet, keep it until it has."""
        self._connection.tell(event)

    def _about(self, path: str) -> str:
        """Return what an error says of a path: whose it is."""
        return f"{self.name}:{path}" if path else ""

    @property
    def _remote(self) -> Remote:
        return self._connection.remote

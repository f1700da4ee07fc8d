"""The way to one board while it is used: held by one operation, lent to esptool, listened to, closed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from espsh.base.deadline import Deadline
from espsh.base.events import Notice
from espsh.board.identity import Abilities
from espsh.board.link import Link
from espsh.board.meeting.reaching import CLOSED, OPEN, RETURN, Reach
from espsh.board.meeting.search import AnotherBoardError
from espsh.board.prompt.delivery import DamagedError
from espsh.errors import ConnectError, EspshError, InterruptedByUserError, LinkLostError, TransferError

_BAD = 3
"""Damaged exchanges from which on the user should know of it."""


class Connection(Reach):
    """A board that is reached, and held by whoever works with it, one at a time."""

    _bad_was_said = False

    @property
    def abilities(self) -> Abilities:
        """What the board has; it is met for that."""
        if self._abilities is None:
            with self.using():
                pass
        assert self._abilities is not None
        return self._abilities

    @property
    def busy(self) -> bool:
        """Whether another thread holds the board."""
        if not self._owner.acquire(blocking=False):
            return True
        self._owner.release()
        return False

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
                self.open_unasked(max(self.settings.wait, RETURN) if wait is None else wait)
            self.link.drop_old_cancel()
            self.link.linger()
            try:
                data = self.link.receive(Deadline(seconds))
            finally:
                self.link.cancelled.clear()
            if data:
                self.forget()  # what runs now may have been started by anyone
            return data

    def open_unasked(self, seconds: float) -> Link:
        """Open a port that was lost again, within so many seconds. Raises ConnectError, LinkLostError."""
        state = self.state
        self._open_again(seconds)
        self.state = state  # whether its board is the one that was known is left to the next use
        return self.link

    @contextlib.contextmanager
    def lend(self, wait: float = 0.0) -> Iterator[Any]:
        """Hand out the open port to somebody who restarts the chip; the board has to be met again afterwards.

        A port that was lost is waited for, ``wait`` seconds. Raises InterruptedByUserError after a cancel, whose read
        it cuts short.
        """
        # Who has no firmware gets no other name, and what is done to it shall be seen meanwhile.
        self._notices.release(self.name)
        with self.lend_link(wait) as link, link.lend() as port:
            link.pending()  # what was said before is not what a chip says that starts afterwards
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
        except AnotherBoardError:
            raise
        except ConnectError:
            raise error from None

    def close(self) -> None:
        """Leave the board, where it was asked anything, at its friendly prompt, and close the port."""
        if self.state == CLOSED:
            return
        if self._talks:
            self._leave()
        self.state = CLOSED
        self.link.close()
        self._trail.end(self.identity.unique_id)

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

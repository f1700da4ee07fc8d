"""A board's chip in download mode, held for one piece of work after another. It is all that asking a chip needs."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from espsh.base.events import Notice, Progress
from espsh.board.meeting.search import AnotherBoardError
from espsh.errors import (
    ConnectError,
    EspshError,
    FirmwareError,
    InterruptedByUserError,
    LinkLostError,
    RemoteError,
    TransferError,
)
from espsh.firmware.chips import foreign_chip
from espsh.firmware.hands import HANDS, Hands
from espsh.firmware.rates import FlashRates
from espsh.firmware.trouble import LineError, NotInDownloadModeError, NotVerifiedError

if TYPE_CHECKING:
    from espsh.board.board import Board
    from espsh.firmware.esp import Esp

Result = TypeVar("Result")
_LOSSES = 2
"""How often a port may go in one piece of work: one that goes each time lacks power."""


class Work:
    """One board's flash work: ``on`` what it is, and the progress of it as events of the board.

    ``state`` is what the flash is in the middle of a change, and what mends it; "" when it is whole.
    ``hands`` are those of who presses the board's buttons where the port cannot. ``agreed`` says that the user was
    asked, and said yes.
    """

    def __init__(
        self,
        board: Board,
        state: Path,
        baud: int | None = None,
        *,
        changes: bool = False,
        attended: bool = False,
    ) -> None:
        """Take a board, the folder where its best rate is remembered, and the rate that the user wants, if any.

        Work that ``changes`` the flash tells, when it fails before it did, that it did not. Where it is ``attended``
        somebody has time for the buttons of a board that does not enter download mode by itself.
        """
        self.hands = Hands(board, HANDS if attended else 0.0)
        self._asked_micropython = False
        self._changes = changes
        self.board = board
        self.rates = FlashRates(state / "flash-rates", baud)
        self._what, self._size, self._place, self._of = "", 0, 1, 1
        self._log: list[str] = []
        self.state = ""
        self.agreed = False
        self._mac = ""
        self._rate = 0

    def on(self, what: str, size: int, place: int = 1, of: int = 1) -> None:
        """Tell what is done next: ``size`` bytes of ``what``."""
        self._what, self._size, self._place, self._of = what, size, place, of

    def run(self, job: Callable[[Esp], Result]) -> Result:
        """As :meth:`hold`; where the chip stays in download mode, what to press is told."""
        try:
            return self.hold(job)
        finally:
            self.hands.say()

    def hold(self, job: Callable[[Esp], Result]) -> Result:
        """Return what ``job`` makes of the chip, which is in download mode meanwhile, and is restarted afterwards.

        Where it is not, ``hands.left`` says what to press. Where the line fails the job runs again at a lower rate, and
        where the port goes, once more when it comes back. Errors say what they leave behind.
        """
        losses = 0
        foreign = foreign_chip(self.board.identity.chip)
        if foreign is not None:
            message = f"this is esptool's work, which knows no {foreign.name}"
            raise FirmwareError(message, "flash asks other back ends, too; plugins lists them")
        self.board.reach_loader()
        with self._telling_state():
            self.hands.needed = self.hands.needed or bool(self.board.lineless)
            while True:
                try:
                    with self._chip(self.board.patience if losses else 0.0) as esp:
                        result = job(esp)
                    break
                except NotInDownloadModeError as error:
                    if not (self._brought_by_command() or self.hands.bring(error)):
                        raise
                except (LineError, NotVerifiedError) as error:
                    if not self._slower(error):
                        raise
                except LinkLostError as error:
                    losses += 1
                    if losses > _LOSSES or not self.comes_back(error):
                        raise
            if not esp.restarted and self.comes_back(LinkLostError("the port went away before the chip was restarted")):
                with contextlib.suppress(EspshError):  # who asks the board next will see
                    self.board.restart_by_line()
            return result

    @contextlib.contextmanager
    def _chip(self, wait: float) -> Iterator[Esp]:
        from espsh.firmware.esp import download_mode
        from espsh.firmware.words import Ears

        ears = Ears(self._said, self._moved)
        self._log.clear()
        try:
            with self.board.lend(wait) as port, download_mode(port, ears, self.rates, self.hands.needed) as esp:
                self.hands.leave(esp.target.chip, self.board.lineless)
                self._same(esp.target.mac)
                self._rate = esp.rate
                yield esp
        except EspshError as error:
            error.detail = "\n".join([*self._log, error.detail or ""])
            raise

    def _brought_by_command(self) -> bool:
        """Let MicroPython bring a chip whose port has no lines into download mode; tell whether it did."""
        if self._asked_micropython or not self.board.lineless:
            return False
        self._asked_micropython = True
        try:
            self.board.enter_download_mode()
        except AnotherBoardError:
            raise
        except (ConnectError, RemoteError, TransferError):
            return False
        return True

    def _same(self, mac: str) -> None:
        """Refuse another chip than the one that was judged and agreed on, or that the board was known to be."""
        known = self.board.identity.unique_id
        if not self._mac and len(known) == len(mac.replace(":", "")):  # an ESP32's id is its MAC, an ESP8266's is not
            self._mac = ":".join(known[at : at + 2] for at in range(0, len(known), 2))
        self._mac = self._mac or mac
        if mac != self._mac:
            raise ConnectError(
                f"another chip is on {self.board.url} now: {mac}, not {self._mac}", "plug the right one in again"
            )

    def _slower(self, error: EspshError) -> bool:
        if not self.rates.lower(self._mac, self._rate):
            return False
        slower = self.rates.of(self._mac)[0]
        self.board.tell(Notice(self.board.name, f"{error.message} at {self._rate} baud; once more at {slower}"))
        return True

    def comes_back(self, error: LinkLostError) -> bool:
        """Wait for a port that went, and tell whether it is back."""
        patience = self.board.patience
        if not patience:
            return False
        self.board.tell(Notice(self.board.name, f"{error.message}; waiting {patience:g} s for it to come back"))
        try:
            with self.board.lend(patience):
                return True
        except ConnectError:
            return False

    @contextlib.contextmanager
    def _telling_state(self) -> Iterator[None]:
        """Let what ends the work say in which state it left the flash."""
        try:
            yield
        except (KeyboardInterrupt, InterruptedByUserError):
            stopped = InterruptedByUserError()
            stopped.hint = self._mend or None
            raise stopped from None
        except (TransferError, ConnectError) as error:
            if not self.state:
                error.hint = _joined(error.hint, self._mend)
                raise
            raise FirmwareError(error.message, _joined(error.hint, self._mend), detail=error.detail) from None
        except FirmwareError as error:
            error.hint = _joined(error.hint, self._mend)
            raise

    @property
    def _mend(self) -> str:
        if not self.state:
            return "nothing was written" if self._changes else ""
        return f"the flash is {self.state}"

    def _said(self, text: str) -> None:
        self._stop_if_asked()
        self._log.append(text)

    def _stop_if_asked(self) -> None:
        if self.board.link.cancelled.is_set():
            raise InterruptedByUserError

    def _moved(self, done: int, total: int) -> None:
        self._stop_if_asked()
        if self._what and total:
            share = self._size * done // total
            self.board.tell(Progress(self.board.name, self._what, share, self._size, self._place, self._of, wire=done))


def _joined(*hints: str | None) -> str | None:
    return "; ".join(filter(None, hints)) or None

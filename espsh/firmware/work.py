"""A board's chip in download mode, held for one piece of work after another. It is all that asking a chip needs."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from espsh.base.events import Notice, Progress
from espsh.errors import EspshError, InterruptedByUserError
from espsh.firmware.rates import FlashRates
from espsh.firmware.trouble import is_line_fault

if TYPE_CHECKING:
    from espsh.board.board import Board
    from espsh.firmware.esp import Esp

Result = TypeVar("Result")


class Work:
    """One board's flash work: ``on`` what it is, and the progress of it as events of the board."""

    def __init__(self, board: Board, state: Path, baud: int | None = None) -> None:
        """Take a board, the folder where its best rate is remembered, and the rate that the user wants, if any."""
        self.board = board
        self.rates = FlashRates(state / "flash-rates", baud)
        self._what, self._size, self._place, self._of = "", 0, 1, 1
        self._log: list[str] = []

    def on(self, what: str, size: int, place: int = 1, of: int = 1) -> None:
        """Tell what is done next: ``size`` bytes of ``what``."""
        self._what, self._size, self._place, self._of = what, size, place, of

    @contextlib.contextmanager
    def chip(self) -> Iterator[Esp]:
        """Hold the board's chip in download mode; it is restarted afterwards."""
        from espsh.firmware.esp import download_mode
        from espsh.firmware.words import Ears

        ears = Ears(self._log.append, self._moved)
        try:
            with self.board.lend() as port, download_mode(port, ears, self.rates.of) as esp:
                yield esp
        except EspshError as error:
            error.detail = "\n".join([*self._log, error.detail or ""])
            raise

    def run(self, job: Callable[[Esp], Result]) -> Result:
        """Return what ``job`` makes of the chip; where the line fails it runs again at a lower rate."""
        while True:
            with self.chip() as esp:
                try:
                    return job(esp)
                except EspshError as error:
                    if not self._slower(esp, error):
                        raise

    def _slower(self, esp: Esp, error: EspshError) -> bool:
        if not is_line_fault(error) or not self.rates.lower(esp.target.mac, esp.rate):
            return False
        slower = self.rates.of(esp.target.mac)[0]
        self.board.tell(Notice(self.board.name, f"{error.message} at {esp.rate} baud; once more at {slower}"))
        return True

    def _moved(self, done: int, total: int) -> None:
        if self.board.link.cancelled.is_set():
            raise InterruptedByUserError
        if self._what and total:
            share = self._size * done // total
            self.board.tell(Progress(self.board.name, self._what, share, self._size, self._place, self._of, wire=done))

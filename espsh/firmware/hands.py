"""The person at a board: what to press where the port cannot restart the chip, and how long that is waited for."""

from __future__ import annotations

from espsh.base.deadline import Deadline
from espsh.base.events import Notice
from espsh.board.board import Board
from espsh.board.meeting.booting import watch_boot
from espsh.chips.chip import EspChip
from espsh.diagnose.verdict import Verdict
from espsh.errors import EspshError
from espsh.firmware.trouble import BUTTONS

HANDS = 30.0
"""Seconds that somebody has to press the buttons of a board."""
_BOOT = 12.0
"""Seconds in which a board comes to its prompt: a first boot makes the filesystem, which takes some for 2 MB."""
_RUNS = 3.0
"""Seconds in which a firmware without a prompt fails twice, if it does."""


class Hands:
    """Who presses the buttons of ``board``; ``patience`` is in seconds, 0 where nobody is there.

    ``needed`` says that the chip is not restarted from here. ``left`` is what to press where its work left it in
    download mode, "" where it runs its program.
    """

    def __init__(self, board: Board, patience: float) -> None:
        self._board = board
        self._patience = patience
        self._entering: Deadline | None = None
        self.needed = False
        self.left = ""

    def bring(self, error: EspshError) -> bool:
        """Tell which buttons bring the chip into download mode, once, and whether there is time left for it."""
        if self._entering is None:
            if not self._patience:
                return False
            self.needed = True
            self._entering = Deadline(self._patience)
            self._ask(f"{error.message}; {BUTTONS}")
        return not self._entering.expired

    def leave(self, chip: EspChip, lineless: str | None) -> None:
        """Note what is to be pressed now that the work is done."""
        if not self.needed or chip.watchdog:
            self.left = ""
        elif lineless:
            self.left = f"the chip stays in download mode: press EN (reset) to start it ({lineless})"
        else:
            self.left = "where the chip stays in download mode, press EN (reset) to start it"

    def say(self) -> None:
        """Tell what is to be pressed, once."""
        if self.left:
            self._board.tell(Notice(self._board.name, self.left))
        self.left = ""

    def watch(self, *, prompt: bool = True) -> Verdict:
        """Return what becomes of the chip that starts now; where EN has to be pressed for it, that is waited for.

        Where no ``prompt`` is to be expected, it is enough to see that it does not fail. The verdict is ``silent``
        where nobody pressed EN.
        """
        if not self.left:
            return watch_boot(self._board.listen, _BOOT if prompt else _RUNS).verdict
        if not self._patience:
            return Verdict("silent", self.left)
        self._ask(self.left)
        return watch_boot(self._board.listen, self._patience).verdict

    def _ask(self, words: str) -> None:
        self._board.tell(Notice(self._board.name, f"{words}: waiting {self._patience:g} s for that"))

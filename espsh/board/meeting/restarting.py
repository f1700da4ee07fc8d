"""A board that is restarted: Python only, the chip, or the chip into its ROM's loader."""

from __future__ import annotations

from espsh.board.meeting.download_mode import pulse_into_download_mode, reasons_joined, wait_for_loader
from espsh.board.meeting.held import HeldBoard
from espsh.board.meeting.reaching import OPEN
from espsh.board.meeting.reset import HARD_RESETS, ByLine, soft_reset
from espsh.board.meeting.search import AnotherBoardError
from espsh.board.prompt.rawrepl import CTRL_D
from espsh.errors import ConnectError, EspshError


class RestartingBoard(HeldBoard):
    """A board and the ways to restart it."""

    def soft_reset(self) -> None:
        """Restart MicroPython as Ctrl-D at the prompt does: boot.py and main.py run."""
        with self._connection.using():
            soft_reset(self._remote.repl)
            self._connection.restarts(own_usb=False)

    def hard_reset(self) -> None:
        """Restart the chip, by command or by the port's lines. Raises ConnectError with every reason."""
        if self.state == OPEN and self.restart_by_line() is None:
            return  # it need not answer
        reasons = []
        with self._connection.using():
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
            self._connection.restarts()

    def reach_loader(self) -> None:
        """Raise ConnectError where the ROM's loader is not behind the port: it would be started and out of reach."""
        if self._connection.dies_with_board:
            raise ConnectError("the chip's loader is not behind a WebREPL", "use the board's cable for this")

    def enter_download_mode(self) -> None:
        """Restart the chip into its ROM's loader, by the port's lines or by command, and leave it there."""
        self.reach_loader()
        reasons: list[tuple[str, EspshError]] = []
        for way, enter in (
            ("DTR and RTS", self._download_by_line),
            ("machine.bootloader()", self._download_by_command),
        ):
            try:
                enter()
            except AnotherBoardError:
                raise
            except EspshError as error:
                reasons.append((way, error))
            else:
                return
        hint = "hold BOOT (GPIO0; GPIO9 on a C3 or C6), press and let go of EN (reset), let go of BOOT"
        raise ConnectError(f"the chip does not enter download mode ({reasons_joined(reasons)})", hint)

    def _download_by_line(self) -> None:
        with self._connection.lend_link() as link:
            pulse_into_download_mode(link)

    def _download_by_command(self) -> None:
        self.meet()
        with self._connection.lend_link() as link:
            link.write(b"import machine; machine.bootloader()" + CTRL_D)
            wait_for_loader(link)

    def restart_by_line(self) -> str | None:
        """Restart the chip by the port's lines, without a word to what runs there; return why that cannot be."""
        with self.link.owner:
            way = ByLine()
            if reason := way.supports(self.link):
                return reason
            way.reset(self.link, self._remote)
            self._connection.restarts()
            return None

    @property
    def lineless(self) -> str | None:
        """Why the port cannot restart the chip by its lines; None where it has them."""
        return ByLine().supports(self.link)

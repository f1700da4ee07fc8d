"""Ways to restart a board; each says why it cannot."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Protocol

from espsh.base.deadline import Deadline
from espsh.board.prompt.delivery import DamagedError
from espsh.board.prompt.rawrepl import CTRL_D
from espsh.board.prompt.replies import Reply, new_nonce
from espsh.errors import ConnectError, LinkLostError

if TYPE_CHECKING:
    from espsh.board.link import Link
    from espsh.board.prompt.rawrepl import RawRepl
    from espsh.board.prompt.remote import Remote

_PULSE = 0.1
"""Seconds that EN is held low: the time a chip needs, not a wait for something (esptool holds it as long)."""
_ANSWER = 0.5
"""Seconds after which a board that has not answered to machine.reset() is restarting."""
_REBOOT = 5.0
"""Seconds in which a board says that it restarts MicroPython."""
_LINE = 0.1
"""Seconds in which the rest of that line comes; what comes behind it is main.py's."""
_OURS = re.compile(rb"\AOK(?:\d+ \d+\r\n)?")
"""What the board answers to the command before it restarts."""


class HardReset(Protocol):
    """One way to restart the chip."""

    name: str

    def supports(self, link: Link) -> str | None:
        """Return None if this way may work, else the reason why not."""

    def reset(self, link: Link, remote: Remote) -> None:
        """Restart the chip. Raises ConnectError when that did not work."""


class ByCommand:
    """``machine.reset()``, for a board that is at its prompt."""

    name = "machine.reset()"

    def supports(self, link: Link) -> str | None:
        """Any board may have it."""
        return None

    def reset(self, link: Link, remote: Remote) -> None:
        """See :meth:`HardReset.reset`."""
        reply = Reply(new_nonce())
        try:
            remote.toolbox.install(())
            remote.toolbox.start(b"__import__('machine').reset", reply)
            deadline = Deadline(_ANSWER)
            while reply.final is None and (data := link.receive(deadline)):
                reply.feed(data)
        except LinkLostError:
            return  # the board's own USB went away with it: that is what was asked for
        except DamagedError as error:
            raise ConnectError(f"the board did not take the command: {error}") from None
        if reply.final is not None:
            raise ConnectError("the board did not restart at the command")
        link.put_back(_OURS.sub(b"", bytes(reply.rest)))  # what a board says as it starts is for whoever watches it


class ByLine:
    """EN pulled low through RTS, as the boards with a USB bridge and the S3/C3's own USB have it."""

    name = "RTS pulse"

    def supports(self, link: Link) -> str | None:
        """It needs a port with lines."""
        if "protocol_socket" in type(link.port).__module__:
            return "a socket has no lines"
        try:
            link.port.rts = link.port.rts
        except (OSError, ValueError, AttributeError):
            return "the port has no RTS line"
        return None

    def reset(self, link: Link, remote: Remote) -> None:
        """See :meth:`HardReset.reset`. DTR is off meanwhile, or the chip would start in download mode."""
        port = link.port
        dtr = port.dtr
        try:
            port.dtr = False
            port.rts = True
            time.sleep(_PULSE)
            port.rts = False
            port.dtr = dtr
        except OSError as error:
            raise ConnectError(f"the port's lines cannot be set: {error}") from None


def soft_reset(repl: RawRepl) -> None:
    """Restart MicroPython as Ctrl-D at the friendly prompt does: boot.py and main.py run. Raises ConnectError."""
    repl.enter()
    repl.leave_wholly()
    repl.link.write(CTRL_D)
    try:
        heard = repl.hear(b"soft reboot", _REBOOT)
        if heard:
            repl.hear(b"\n", _LINE)
    except LinkLostError:
        heard = getattr(repl.link.port, "dies_with_board", False)
    if not heard:
        raise ConnectError("the board did not restart", "try: reset --hard")


HARD_RESETS: tuple[HardReset, ...] = (ByCommand(), ByLine())

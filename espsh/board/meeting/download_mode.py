"""Bringing a chip into download mode, where its ROM waits for a flasher; each way says why it cannot."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from espsh.base.deadline import Deadline
from espsh.board.meeting.reset import ByLine
from espsh.errors import ConnectError, EspshError

if TYPE_CHECKING:
    from espsh.board.link import Link

_WAITS = re.compile(rb"waiting for download|DOWNLOAD\(|DOWNLOAD_BOOT|USB_BOOT")
_EN_LOW, _IO0_LOW = 0.1, 0.05
"""Seconds that the lines are held, as esptool holds them: the time a chip needs, not a wait for something."""
_ANSWER = 1.0


def pulse_into_download_mode(link: Link) -> None:
    """Restart the chip with IO0 held low, by DTR and RTS. Raises ConnectError where it does not wait afterwards."""
    if reason := ByLine().supports(link):
        raise ConnectError(reason)
    port = link.port
    link.pending()
    try:
        port.dtr, port.rts = False, True
        time.sleep(_EN_LOW)
        port.dtr, port.rts = True, False
        time.sleep(_IO0_LOW)
        port.dtr = False
    except OSError as error:
        raise ConnectError(f"the port's lines cannot be set: {error}") from None
    wait_for_loader(link)


def wait_for_loader(link: Link) -> None:
    """Read until the ROM says that it waits. Raises ConnectError where it does not."""
    said, deadline = b"", Deadline(_ANSWER)
    while not _WAITS.search(said):
        data = link.receive(deadline)
        if not data:
            raise ConnectError("the chip restarted and did not wait" if b"rst:" in said else "the chip says nothing")
        said += data


def reasons_joined(reasons: list[tuple[str, EspshError]]) -> str:
    """Return why each way failed, in one sentence."""
    return "; ".join(f"{way}: {error.message}" for way, error in reasons)

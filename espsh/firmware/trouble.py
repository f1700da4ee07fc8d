"""What esptool's messages mean for the person at the board: a sentence, what to do, and which kind of error."""

from __future__ import annotations

import re
from typing import NamedTuple

from espsh.errors import ConnectError, EspshError, FirmwareError, LinkLostError, TransferError

BUTTONS = "hold BOOT (GPIO0; GPIO9 on a C3 or C6), press and let go of EN (reset), let go of BOOT"
_AGAIN = f"{BUTTONS}, and try again"


class NotInDownloadModeError(ConnectError):
    """Nobody answers as a chip in download mode does; a person may bring it there by its buttons."""


class LineError(TransferError):
    """The line to the chip loses or damages too much; a lower rate may help."""


class StubError(LineError):
    """esptool's helper on the chip does not start."""


class NotVerifiedError(FirmwareError):
    """The flash does not hold what was written to it; a lower rate may help."""


class _Row(NamedTuple):
    """A message by its ``pattern``, and what is said instead; "" keeps esptool's first line."""

    pattern: str
    message: str
    hint: str
    kind: type[EspshError]


# The messages of esptool 5; the first that matches counts. The pins are those of its troubleshooting page.
_ROWS = (
    _Row(
        r"Wrong boot mode detected \((0x[0-9a-f]+)\)",
        "the chip answers, but it starts its program: it is not in download mode (boot:{0})",
        f"the board cannot do that by itself: {_AGAIN}",
        NotInDownloadModeError,
    ),
    _Row(
        r"Failed to connect[^\n]*(?:Invalid head of packet|serial noise|Packet content)",
        "what answers is not the chip's loader: it is not in download mode",
        f"the board cannot do that by itself: {_AGAIN}",
        NotInDownloadModeError,
    ),
    _Row(
        r"getting no sync reply",
        "the chip is in download mode, and hears nothing of what is sent",
        "the wire from the host's TX to the chip's RX is cut or in use: check cable, jumpers and what hangs on RX",
        ConnectError,
    ),
    _Row(
        r"Failed to connect[^\n]*No serial data received",
        "no chip answers in download mode",
        f"is it the right port, and powered? if so: {_AGAIN}",
        NotInDownloadModeError,
    ),
    _Row(r"Failed to connect", "no chip answers in download mode", _AGAIN, NotInDownloadModeError),
    _Row(
        r"MD5 of file does not match|[Vv]erif(?:y|ication) failed|[Ff]lash region is empty",
        "what is on the flash is not what was written",
        "write it once more; if that does not help, the flash chip or its power supply is bad",
        NotVerifiedError,
    ),
    _Row(
        r"[Ss]ecure [Bb]oot|[Ff]lash [Ee]ncryption|Secure Download Mode|Active security features",
        "",
        "the chip is locked: use the tools and the keys of who locked it",
        FirmwareError,
    ),
    _Row(
        r"will not fit in|exceeds|outside of flash",
        "",
        "take a firmware for the size of this flash: flash_id shows it",
        FirmwareError,
    ),
    _Row(
        r"Failed to autodetect chip type|Unexpected chip (?:ID|magic) value",
        "",
        "a newer esptool may know this chip: pip install -U esptool",
        ConnectError,
    ),
    _Row(
        r"Failed to start stub",
        "the helper that was loaded into the chip does not start",
        "take a shorter cable or another USB port",
        StubError,
    ),
    _Row(
        r"No (?:more|serial) data|[Ss]erial noise|Serial data stream stopped|Timed out waiting for packet|"
        r"Packet content transfer stopped|Corrupt data|Invalid (?:head of packet|SLIP)|Response doesn't match|"
        r"[Dd]igest|Read more than expected|Only got|Failed to set baud|"
        r"result was (?:C[1-4789A]|01(?:0[57BCD]))",
        "the line to the chip is disturbed",
        "take a shorter cable or another USB port; where --baud was given, leave it out",
        LineError,
    ),
)


def translate(error: Exception) -> EspshError:
    """Return what an exception of esptool's or of the port's amounts to; its text is kept whole as the detail."""
    text = str(error)
    if not isinstance(error, RuntimeError):  # the port's: esptool's own are RuntimeErrors
        return _of_the_port(text)
    for row in _ROWS:
        if match := re.search(row.pattern, text):
            message = row.message.format(*match.groups()) if row.message else _first_line(text)
            return row.kind(message, row.hint, detail=text)
    return FirmwareError(_first_line(text), "--debug shows all that esptool said", detail=text)


def _of_the_port(text: str) -> EspshError:
    if "imeout" in text:
        return ConnectError("the port takes no data", "pull the cable and plug it in again", detail=text)
    return LinkLostError("the port went away", "plug it in again, and run the command once more", detail=text)


def _first_line(text: str) -> str:
    lines = text.strip().splitlines()
    return " ".join(lines[0].split()).rstrip(". ") if lines and lines[0].strip(". ") else "esptool gave up"

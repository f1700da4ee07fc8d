"""What esptool's messages mean for the person at the board: a sentence, what to do, and which kind of error."""

from __future__ import annotations

import re
from typing import NamedTuple

from espsh.errors import ConnectError, EspshError, FirmwareError

_BUTTONS = "hold BOOT (GPIO0; GPIO9 on a C3 or C6), press and let go of EN (reset), let go of BOOT, and try again"
_LINE = "try a lower rate: --baud 115200, a shorter cable, another USB port"


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
        f"the board cannot do that by itself: {_BUTTONS}",
        ConnectError,
    ),
    _Row(
        r"Failed to connect[^\n]*(?:Invalid head of packet|serial noise|Packet content)",
        "what answers is not the chip's loader: it is not in download mode",
        f"the board cannot do that by itself: {_BUTTONS}",
        ConnectError,
    ),
    _Row(
        r"getting no sync reply",
        "the chip is in download mode, and hears nothing of what is sent",
        "the wire from the host's TX to the chip's RX is cut or in use: check cable, jumpers and what hangs on RX",
        ConnectError,
    ),
    _Row(
        r"No serial data received",
        "no chip answers in download mode",
        f"is it the right port, and powered? if so: {_BUTTONS}",
        ConnectError,
    ),
    _Row(
        r"Invalid head of packet|possible serial noise|Serial data stream stopped|Timed out waiting for packet|"
        r"Packet content transfer stopped|Corrupt data|Bad data (?:checksum|length)|result was (?:01|C1|0A|C2|C4|C5)",
        "the line to the chip is disturbed",
        _LINE,
        ConnectError,
    ),
    _Row(r"Failed to connect", "no chip answers in download mode", _BUTTONS, ConnectError),
    _Row(
        r"chip stopped responding|device reports readiness|write failed|read failed|Attempting to use a port that is "
        r"not open|Could not configure port|Input/output error|device disconnected",
        "the port went away",
        "plug it in again, and run the command once more",
        ConnectError,
    ),
    _Row(
        r"MD5 of file does not match|Verify failed|verification failed|Flash region is empty|written flash region",
        "what is on the flash is not what was written",
        "try again with --baud 115200; if that does not help, the flash chip or its power supply is bad",
        FirmwareError,
    ),
    _Row(
        r"[Ss]ecure [Bb]oot|[Ff]lash [Ee]ncryption|Secure Download Mode",
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
)


def translate(text: str) -> EspshError:
    """Return what a message of esptool's or of the port's amounts to; it is kept whole as the detail."""
    for row in _ROWS:
        if match := re.search(row.pattern, text):
            message = row.message.format(*match.groups()) if row.message else _first_line(text)
            return row.kind(message, row.hint, detail=text)
    return FirmwareError(_first_line(text), "--debug shows all that esptool said", detail=text)


def is_line_fault(error: EspshError) -> bool:
    """Tell whether a lower rate may help."""
    return error.hint == _LINE or error.message.startswith("what is on the flash")


def _first_line(text: str) -> str:
    return " ".join((text.strip().splitlines() or ["esptool gave up"])[0].split()).rstrip(".")

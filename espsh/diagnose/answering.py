"""What answers behind a port that does not come to a prompt: told from its bytes, with a sentence and a hint."""

from __future__ import annotations

import enum
import re

from espsh.diagnose.lines import unreadable
from espsh.errors import ConnectError


class Answering(enum.Enum):
    """A kind of answer: a name, whether waiting longer is of no use, and what to tell the user."""

    SILENT = (False, "nothing answers", "is it powered, and the baud rate right? try: reset --hard, or replug it")
    DOWNLOAD = (True, "the chip is in download mode", "let go of BOOT and press EN (reset)")
    BOOTLOOP = (
        True,
        "the chip starts again and again and never reaches MicroPython",
        "flash the firmware for this chip",
    )
    PANIC = (
        True,
        "the firmware crashes as it starts",
        "flash the firmware again; erase the flash if that does not help",
    )
    BOOTING = (
        False,
        "the chip started but no prompt came",
        "press EN (reset); if it stays so, flash the firmware again",
    )
    STUCK = (False, "a program on the board does not stop for Ctrl-C", "try: reset --hard")
    GARBLED = (
        False,
        "what answers is garbled",
        "most likely the baud rate is wrong: MicroPython's is 115200, -b sets another; else look at the cable",
    )
    FOREIGN = (False, "something else than MicroPython answers", "is it the right port, and the right baud rate?")

    def __init__(self, is_final: bool, message: str, hint: str) -> None:
        self.is_final = is_final
        self.message = message
        self.hint = hint


_LOGS = frozenset({Answering.DOWNLOAD, Answering.BOOTLOOP, Answering.PANIC, Answering.BOOTING, Answering.FOREIGN})
"""Kinds of which the log may say more."""
_RESETS = re.compile(rb"rst:0x[0-9a-f]+|rst cause:\d")
_DOWNLOAD = re.compile(rb"waiting for download|wait spi download|waiting spi download")
_PANIC = re.compile(rb"Guru Meditation|abort\(\) was called|assert failed|A fatal error occurred")
_STARTED = re.compile(rb"MicroPython v?\d|raw REPL; CTRL-B|>>> ")
_PYTHON = re.compile(rb"Traceback \(most recent|KeyboardInterrupt|MicroPython|MPY: ")
_LOG_LINE = re.compile(
    rb"(?m)^(?:ets |ESP-ROM|Build:|rst:|configsip|clk_drv|SPIWP|mode:|load:|ho \d|entry |csum|v[0-9a-f]{8}).*$"
)
_BOOT_WORDS = 400
"""Bytes after a boot log from which on an application speaks, not a board that is still starting."""
_RECENT = 200
"""Bytes at the end that tell whether a line is garbled: an ESP8266 only starts so (74880 baud)."""
_GARBLED = 0.3
"""Share of unreadable bytes from which on text is garbled: nearly two thirds where bytes come at random."""
LOOP = 3
"""Starts without MicroPython's banner between that make a boot loop."""


def classify(said: bytes) -> Answering:
    """Return what kind of thing said this."""
    resets = list(_RESETS.finditer(said))
    since_banner = said[max((m.end() for m in _STARTED.finditer(said)), default=0) :]
    if _DOWNLOAD.search(since_banner):
        return Answering.DOWNLOAD
    if len(_RESETS.findall(since_banner)) >= LOOP:
        return Answering.PANIC if _PANIC.search(since_banner) else Answering.BOOTLOOP
    if said.strip(b"\0") and unreadable(since_banner[-_RECENT:]) >= _GARBLED:
        return Answering.GARBLED
    if resets and _RESETS.search(since_banner) and len(_after_boot_log(since_banner)) < _BOOT_WORDS:
        return Answering.BOOTING
    if not said.strip(b"\0"):
        return Answering.SILENT
    return Answering.STUCK if _PYTHON.search(said) else Answering.FOREIGN


def _after_boot_log(said: bytes) -> bytes:
    return said[max((match.end() for match in _LOG_LINE.finditer(said)), default=0) :]


def judge(said: bytes) -> ConnectError:
    """Return the error for a board that said this and came to no prompt: what its log shows, else what kind it is."""
    from espsh.diagnose.verdict import explain  # here, since a board that answers needs no table of failures

    kind = classify(said)
    detail = f"it said: {said[-2000:]!r}" if said else None
    verdict = explain(said) if kind in _LOGS else None
    if verdict is None or verdict.outcome != "failed":
        return ConnectError(kind.message, kind.hint, detail=detail)
    return ConnectError(verdict.text, verdict.fix, detail=detail)

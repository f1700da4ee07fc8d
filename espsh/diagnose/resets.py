"""Why a chip started, and from where: the numbers that its ROM prints, in words.

The numbers are those of ESP-IDF's ``rom/rtc.h`` (``RESET_REASON``) of each chip; the text behind them differs from chip
to chip (``RTC_SW_CPU_RST``, ``SW_CPU_RESET``) and is not relied on. The ESP8266's are those of its Non-OS SDK.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["start", "program", "sleep", "watchdog", "power", "host", "fault"]


class Reason(NamedTuple):
    """What started the chip, in words, and what kind of event that is."""

    words: str
    kind: Kind


UNKNOWN = Reason("for a reason that espsh does not know", "fault")

_REASONS = {
    0x01: Reason("power-on, or the EN button", "start"),
    0x03: Reason("a restart by software", "program"),
    0x04: Reason("the old watchdog", "watchdog"),
    0x05: Reason("waking from deep sleep", "sleep"),
    0x06: Reason("the SDIO host", "host"),
    0x07: Reason("a watchdog (timer group 0): nothing ran, or something ran for too long", "watchdog"),
    0x08: Reason("a watchdog (timer group 1): interrupts were blocked for too long", "watchdog"),
    0x09: Reason("the RTC watchdog", "watchdog"),
    0x0A: Reason("the intrusion test", "fault"),
    0x0B: Reason("a timer watchdog, of one core", "watchdog"),
    0x0C: Reason("a restart by software: machine.reset(), or after a crash", "program"),
    0x0D: Reason("the RTC watchdog, of one core", "watchdog"),
    0x0E: Reason("the other core", "program"),
    0x0F: Reason("a supply that was too low (brownout)", "power"),
    0x10: Reason("the RTC watchdog: in a loop, nothing that boots was found", "watchdog"),
    0x11: Reason("a timer watchdog, of one core", "watchdog"),
    0x12: Reason("the super watchdog", "watchdog"),
    0x13: Reason("a glitch of the clock", "power"),
    0x14: Reason("damaged efuses", "fault"),
    0x15: Reason("the computer, over the chip's own USB", "host"),
    0x16: Reason("the computer, over the chip's own USB (JTAG)", "host"),
    0x17: Reason("a glitch of the supply", "power"),
    0x18: Reason("a debugger", "host"),
}
_OF_ALL = frozenset({0x01, 0x03, 0x05, 0x07, 0x08, 0x09, 0x0B, 0x0C, 0x0D, 0x0F, 0x10})
_MISSING = {
    "esp32": frozenset(_REASONS) - _OF_ALL - {0x04, 0x06, 0x0A, 0x0E},
    "esp32s2": frozenset({0x04, 0x06, 0x0E, 0x15, 0x16, 0x17, 0x18}),
    "esp32s3": frozenset({0x04, 0x06, 0x0E, 0x18}),
    "esp32c3": frozenset({0x04, 0x06, 0x0E, 0x18}),
    "esp32c6": frozenset({0x04, 0x0A, 0x0E, 0x13, 0x17}),
}
"""Numbers that a chip does not have; what a chip of no entry has is not held against it."""
_OF_ESP8266 = {
    1: Reason("power-on", "start"),
    2: Reason("the reset pin, or a restart by software", "program"),
    3: Reason("a restart by software", "program"),
    4: Reason("the hardware watchdog", "watchdog"),
}

_STRAPS = {
    "esp32": ((0x01, "GPIO5"), (0x02, "GPIO15"), (0x04, "GPIO4"), (0x08, "GPIO2"), (0x10, "GPIO0"), (0x20, "GPIO12")),
    "esp32s2": ((0x04, "GPIO46"), (0x08, "GPIO0")),
    "esp32s3": ((0x04, "GPIO46"), (0x08, "GPIO0")),
    "esp32c2": ((0x04, "GPIO8"), (0x08, "GPIO9")),
    "esp32c3": ((0x04, "GPIO8"), (0x08, "GPIO9")),
    "esp32c6": ((0x04, "GPIO8"), (0x08, "GPIO9")),
    "esp32h2": ((0x04, "GPIO8"), (0x08, "GPIO9")),
}
"""Which bit of ``boot:0xNN`` is which pin's level at reset (esptool's documentation, "Boot mode selection")."""


def reason(chip: str, number: int) -> Reason:
    """Return why ``chip`` (``esp32c3``; "" where it is not known) started, by the number its ROM printed."""
    if chip == "esp8266":
        return _OF_ESP8266.get(number, UNKNOWN)
    return UNKNOWN if number in _MISSING.get(chip, ()) else _REASONS.get(number, UNKNOWN)


def straps(chip: str, bits: int) -> dict[str, bool]:
    """Return the levels at reset of the pins that choose how ``chip`` boots; nothing for a chip of other pins."""
    return {pin: bool(bits & bit) for bit, pin in _STRAPS.get(chip, ())}

"""What an ESP8266 says when it does not start."""

from __future__ import annotations

from espsh.diagnose.rules import row

RULES = (
    row(
        "rf-cal", "fatal", r"rf_cal\[0\] !=0x05,is 0x[0-9A-Fa-f]{2}",
        title="the ESP8266's radio data are missing from its flash",
        cause="the sector at the end of the flash is empty, or the image is for another flash size",
        fix="erase the flash, then flash the image for this flash size: erase; flash IMAGE",
    ),
    row(
        "fatal-exception", "crash",
        r"Fatal exception (?P<number>\d+)\((?P<what_crash>\w+)\)", r"Fatal exception \((?P<what_crash>\d+)\)",
        title="the ESP8266's firmware crashed: {what_crash}",
        cause="in a loop: the image is for another flash size, or the flash is read in a mode it does not take",
        fix="erase the flash, then flash the image for this flash size, with the flash mode DOUT: erase; flash IMAGE",
    ),
    row(
        "esp8266-watchdog", "crash", r"rst cause:4,", r"^(?:Soft )?(?:wdt|WDT) reset",
        title="the ESP8266's watchdog restarted it",
        cause="a program that ran for too long without a pause, or a firmware that does not start",
        fix="let the program sleep now and then; if nothing starts: erase; flash IMAGE",
    ),
)  # fmt: skip
"""The rows of the ESP8266."""

GARBLED = row(
    "garbled", "note",
    title="some of it is at another baud rate",
    cause="the ESP8266's ROM speaks at 74880 baud after each reset, and some others at a rate of their own",
    fix="nothing to do if readable text follows; else set the baud rate: -b",
)  # fmt: skip
"""What unreadable lines mean: not told by a pattern."""

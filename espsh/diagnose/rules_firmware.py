"""What a firmware says when it stops: supply, file system, memory, crashes, watchdogs; most telling first."""

from __future__ import annotations

from espsh.diagnose.rules import row

_AGAIN = "once: mostly a bug of this version; in a loop: flash another version, or erase the flash"

RULES = (
    row(
        "brownout", "crash", r"Brownout detector was triggered", r"rst:0x0?f \(",
        title="the supply drops too low (brownout), typically when Wi-Fi starts",
        cause="cable, port or regulator give less than the chip takes at its peaks; no fault of the firmware",
        fix="a short good cable, another port or supply, a capacitor of 100 µF or more at 3.3 V",
    ),
    row(
        "vfs-corrupt", "final",
        r"The filesystem appears to be corrupted", r"The filesystem starting at sector \d+ with size \d+ sectors",
        title="MicroPython started, but its file system is damaged or is another firmware's",
        cause="the vfs partition moved or changed its size with this firmware, or a write was cut off",
        fix="Ctrl-C reaches the prompt; save what is needed, then erase the file system: erase --fs",
    ),
    row(
        "flash-unreadable", "fatal", r'File "flashbdev\.py", line \d+.*\nOSError: (?:\[Errno 5\]|5\b)',
        title="MicroPython cannot read its flash",
        cause="a build for more flash than the board has, or a flash mode that this flash chip does not take",
        fix="flash the variant for this board's flash size: flash IMAGE",
    ),
    row(
        "no-filesystem", "crash", r"OSError: \[Errno 19\] ENODEV",
        title="no file system is mounted",
        cause="the vfs partition was never formatted, or could not be mounted",
        fix="erase the file system, MicroPython makes a new one: erase --fs",
    ),
    row(
        "no-heap", "fatal", r"mp_task_heap allocation failed",
        title="MicroPython finds no memory for its heap",
        cause="a build for another memory (SPIRAM) than this board has",
        fix="flash another variant for this board: flash IMAGE",
    ),
    row(
        "nlr-jump", "crash", r"NLR jump failed",
        title="MicroPython stopped at an error that nothing caught",
        cause="it cannot start with what is in flash: mostly a file system that cannot be read",
        fix="erase the flash, then: flash IMAGE",
    ),
    row(
        "stack-overflow", "crash", r"\*\*\*ERROR\*\*\* A stack overflow in task (?P<task>\S+)",
        r"Stack canary watchpoint triggered \((?P<task>\w+)",
        title="the stack of the task {task} overflowed",
        cause="recursion that is too deep, or a bug of the firmware",
        fix=_AGAIN,
    ),
    row(
        "interrupt-watchdog", "crash", r"panic'ed \(Interrupt wdt timeout on CPU(?P<core>\d)\)",
        title="interrupts were blocked for too long on core {core}",
        cause="code that runs with interrupts off, or an interrupt handler that does not end",
        fix=_AGAIN,
    ),
    row(
        "cache-disabled", "crash", r"panic'ed \(Cache disabled but cached memory region accessed\)",
        title="code in flash was called while the flash was being written",
        cause="an interrupt handler that is not in RAM: a bug of the firmware",
        fix=_AGAIN,
    ),
    row(
        "panic", "crash", r"Guru Meditation Error: Core\s+(?P<core>\d+) panic'ed \((?P<what_crash>[^)]*)\)",
        title="the firmware crashed: {what_crash}",
        cause="a bug of the firmware or of a native module; after machine.reset() on old versions it is harmless",
        fix=_AGAIN,
    ),
    row(
        "assert", "crash", r"assert failed: (?P<where>.+)",
        title="the firmware stopped at a check of its own: {where}",
        cause="the lines before it say what was wrong",
        fix=_AGAIN,
    ),
    row(
        "abort", "crash", r"abort\(\) was called at PC (?P<address>0x[0-9a-f]{8})",
        title="the firmware gave up (abort) at {address}",
        cause="the lines before it say what was wrong",
        fix=_AGAIN,
    ),
    row(
        "crash-dump", "crash", r"A fatal error occurred\. The crash dump printed below",
        title="MicroPython crashed",
        cause="the dump that follows names its version and where it was: send it with a report",
        fix=_AGAIN,
    ),
    row(
        "backtrace-corrupt", "crash", r"Backtrace:.*CORRUPTED",
        title="the firmware crashed, and its stack was damaged",
        cause="the backtrace ends where the stack could not be followed; the lines before it say more",
        fix=_AGAIN,
    ),
    row(
        "task-watchdog", "note", r"Task watchdog got triggered",
        title="a task ran for too long without a pause (task watchdog)",
        cause="a loop that gives no other task time",
        fix="let the program sleep now and then",
    ),
    row(
        "watchdog", "crash", r"rst:0x0?(?:7|8|9|b|d|10|11|12) \((?P<name>\w*)\)",
        title="a watchdog restarted the chip ({name})",
        cause="what ran before did not feed it in time, or nothing could be started",
        fix="feed machine.WDT in the program; if nothing starts: flash IMAGE",
    ),
    row(
        "glitch", "crash", r"rst:0x(?:13|17) \(",
        title="a glitch of the clock or of the supply restarted the chip",
        cause="the supply is not steady",
        fix="a short good cable, another port or supply",
    ),
    row(
        "gpio12-high", "note", r"(?:2016 00:22:57|2019 12:21:46)\nrst:0x[0-9a-f]+ \(\w+\),boot:0x[23][0-9a-f] ",
        title="GPIO12 was high at reset: the flash gets 1.8 V unless the efuses say otherwise",
        cause="GPIO12 (MTDI) chooses the flash's supply",
        fix="nothing to do while the board starts; else unplug what is wired to GPIO12",
    ),
)  # fmt: skip
"""The rows of a firmware that runs."""

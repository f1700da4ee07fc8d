"""An unmodified micro:bit firmware (MicroPython 1.9.2) under QEMU, its UART on a pty."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.qemu.wire import slowed

FIRMWARE = Path("/usr/share/firmware-microbit-micropython/firmware.hex")
EMULATOR = "qemu-system-arm"


def missing() -> str | None:
    """Return why the emulated board cannot be had here, or None."""
    if shutil.which(EMULATOR) is None:
        return f"{EMULATOR} is not installed (Debian: qemu-system-arm)"
    if not FIRMWARE.is_file():
        return f"{FIRMWARE} is not there (Debian: firmware-microbit-micropython)"
    return None


@contextlib.contextmanager
def microbit() -> Iterator[str]:
    """Run the board and yield the pty of its UART; its flash is empty each time."""
    command = [
        EMULATOR, "-M", "microbit", "-device", f"loader,file={FIRMWARE}",
        "-display", "none", "-monitor", "none", "-serial", "pty",
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as emulator:
        try:
            assert emulator.stdout is not None
            said = ""
            while (found := re.search(r"redirected to (\S+)", said)) is None:
                line = emulator.stdout.readline()
                assert line, f"the emulator ended: {said}"
                said += line
            with slowed(found[1]) as port:
                yield port
        finally:
            emulator.kill()

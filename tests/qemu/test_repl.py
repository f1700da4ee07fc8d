"""A person at the prompt of real firmware: a micro:bit with MicroPython 1.9.2, on a terminal."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.qemu.microbit import microbit, missing
from tests.terminal import Terminal

pytestmark = [pytest.mark.qemu, pytest.mark.skipif(missing() is not None, reason=str(missing()))]
PROMPT = (b"\x1b[?2004h", b" >")
"""A new prompt of espsh: it switches bracketed paste on, which the drawing of a key that is typed does not."""
ENDLESS = b"x = 1\rwhile True: x = x and print('ru' + 'ns')\r\r"
"""Says once that it runs: a Ctrl-C that comes before is nothing to 1.9.2."""


def test_the_boards_own_prompt(terminal: Terminal, tmp_path: Path) -> None:
    before = terminal.modes
    (tmp_path / "a.txt").write_text("a")
    with microbit() as port, terminal.running(sys.executable, "-m", "espsh", "-p", port) as process:
        terminal.expect(b"Ctrl-D to leave", *PROMPT)
        terminal.type(b"cp a.txt :\r")
        terminal.expect(*PROMPT)
        terminal.type(b"repl\r")
        terminal.expect(b"leaves\r\n", b">>> ")
        terminal.type(b"6*7\r")
        terminal.expect(b"42\r\n>>> ")
        terminal.type(ENDLESS)
        terminal.expect(b"runs\r\n")
        terminal.type(b"\x03")
        terminal.expect(b"KeyboardInterrupt", b">>> ")
        terminal.type(b"\x04")
        terminal.expect(b"soft reboot", b"MicroPython v1.9.2", b">>> ")
        terminal.type(b"2+2\r")
        terminal.expect(b"4\r\n>>> ")
        terminal.type(b"\x18")
        terminal.expect(*PROMPT)
        terminal.type(b"ls :\r")
        terminal.expect(b"a.txt\r\n", *PROMPT)
        terminal.type(b"repl\r")
        terminal.expect(b"leaves\r\n", b">>> ")
        terminal.type(ENDLESS)
        terminal.expect(b"runs\r\n")
        terminal.type(b"\x18")
        terminal.expect(*PROMPT)
        terminal.type(b"eval 6*7\r")
        terminal.expect(b"42\r\n", *PROMPT)
        terminal.type(b"exit\r")
        assert process.wait(30) == 0
    assert terminal.modes == before

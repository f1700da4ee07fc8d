"""Ctrl-C while the filesystem works: raised when littlefs is done, as on a board."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest

from espsh.sim.console import STARTED, Event
from espsh.sim.start_vm import INTERRUPT

pytestmark = pytest.mark.skipif("ESPSH_MICROPYTHON" in os.environ, reason="that one raises KeyboardInterrupt anywhere")
WORK = (
    "import os\ndef work():\n print('go')\n i = 0\n while True:\n  i += 1\n  f = open('d/t%d' % (i % 5), 'wb')\n"
    "  f.write(bytes(700 * (i % 6)))\n  f.close()\n  os.rename('d/t%d' % (i % 5), 'd/u')\n"
    "  if 'keep.txt' not in os.listdir('/') or open('keep.txt').read() != 'kept': print('LOST')\n"
)
WHOLE = (
    "import os\nprint(open('keep.txt').read(), 'keep.txt' in os.listdir('/'), 'd' in os.listdir('/'))\n"
    "for n in os.listdir('d'):\n with open('d/' + n, 'rb') as f: assert not any(f.read())\n"
)


def at_work(board: Any) -> None:
    board.put("keep.txt", "kept")
    board.raw()
    board.execute("import os\nos.mkdir('d')")
    board.execute(WORK)


def strike(vm: Any, inside: bool) -> None:
    """Interrupt the VM in the middle of a block access, or between two."""
    for _ in range(2000):
        assert vm.halt()
        hit = vm.catches(signal.SIGINT) and vm.guard.accesses % 2 == inside
        if hit:
            vm._process.send_signal(INTERRUPT)
        vm.resume()
        if hit:
            return
        vm.wait(0.0001)
    raise AssertionError("the filesystem was never at work")


def answer(board: Any) -> bytes:
    came: bytes = board.until(b"\x04>")
    assert b"LOST" not in came
    assert came.count(b"KeyboardInterrupt") == 1
    return came


@pytest.mark.parametrize("inside", [True, False])
def test_an_interrupt_in_the_middle_of_littlefs_waits_for_it(wire: Callable[..., Any], inside: bool) -> None:
    board = wire(erase="300us", write="20us")
    at_work(board)
    pause = random.Random(4)
    for _ in range(40):
        board.port.write(b"work()\x04")
        board.until(b"go\r\n")
        time.sleep(pause.uniform(0, 0.01))
        board.machine._ask(lambda: strike(board.machine._chip.program.vm, inside))
        answer(board)
    assert board.execute(WHOLE) == b"kept True True\r\n"
    board.port.write(b"\x04")
    board.until(b"CTRL-B to exit\r\n>")
    assert board.execute(WHOLE) == b"kept True True\r\n"
    assert board.machine.boots == 2


def test_many_interrupts_of_heavy_work_lose_nothing(wire: Callable[..., Any]) -> None:
    board = wire()
    at_work(board)
    pause = random.Random(1)
    for _ in range(150):
        board.port.write(b"work()\x04")
        board.until(b"go\r\n")
        time.sleep(pause.uniform(0, 0.004))
        board.port.write(b"\x03" * pause.randint(1, 3))
        came = board.until(b"\x04>")
        assert b"LOST" not in came
        assert b"KeyboardInterrupt" in came
    board.port.write(b"\x03")
    board.raw()
    assert board.execute(WHOLE) == b"kept True True\r\n"


def test_an_interrupt_waits_for_a_long_step_in_c(wire: Callable[..., Any]) -> None:
    board = wire(psram="1")
    board.raw()
    code = "import hashlib\nb = bytes(3000000)\nprint('go')\nfor i in range(1000):\n h = hashlib.sha256(b)\n n = i\n"
    board.port.write(code.encode() + b"\x04")
    board.until(b"go\r\n")
    time.sleep(0.05)
    board.port.write(b"\x03")
    answer(board)
    assert board.execute("print(n == i)") == b"True\r\n"


@pytest.mark.parametrize(
    "code",
    [
        "while True: pass",
        "import time\ntime.sleep(100)",
        "import sys\nsys.stdin.buffer.read(10)",
        "import select, sys\np = select.poll()\np.register(sys.stdin, 1)\np.poll(-1)",
        "while True: print('x' * 100)",
    ],
)
def test_whatever_a_program_waits_for_is_interrupted(wire: Callable[..., Any], code: str) -> None:
    board = wire()
    board.raw()
    for _ in range(3):
        board.port.write(b"print('go')\n" + code.encode() + b"\x04")
        board.until(b"go\r\n")
        time.sleep(0.01)
        board.port.write(b"\x03")
        answer(board)
    assert board.execute("print(6*7)") == b"42\r\n"


def interrupt_boots(board: Any) -> None:
    """From now on a Ctrl-C arrives with each boot, as soon as the board hears: its own boot code runs then."""
    program = board.machine._chip.program
    told = program._told

    def interrupting(event: Event, now: float) -> None:
        told(event, now)
        if event.kind == STARTED:
            program.receive(b"\x03", now)

    program._told = interrupting


def test_an_interrupt_while_the_board_boots_is_a_character_for_the_prompt(wire: Callable[..., Any]) -> None:
    board = wire()
    interrupt_boots(board)
    for _ in range(20):
        board.port.write(b"\x04")
        came = board.until(b"information.\r\n>>> ")
        assert came.startswith(b"\r\nMPY: soft reboot\r\nMicroPython ")
        assert b"KeyboardInterrupt" not in came
        assert board.until(b">>> ") == b"\r\n>>> "
        assert board.enter("print(6*7)") == b"42\r\n"


STEP = "import hashlib\nb = bytes(1000000)\nprint('go')\nx = 1\n" + "hashlib.sha256(b)\n" * 20
"""A program that is not to be interrupted for a while: nothing but long steps in C, and no branch."""


@pytest.mark.parametrize(
    ("last", "raised"), [("x = 2", b"KeyboardInterrupt"), ("1/0", b"ZeroDivisionError: divide by zero")]
)
def test_an_interrupt_does_not_outlive_the_program_it_came_to(
    wire: Callable[..., Any], last: str, raised: bytes
) -> None:
    board = wire(psram="1")
    board.put("main.py", STEP + last)
    board.port.write(b"\x04")
    board.until(b"go\r\n")
    board.port.write(b"\x03")
    text = board.prompt()
    assert raised in text
    assert text.count(b"Error") + text.count(b"KeyboardInterrupt") == 1
    assert board.enter("max([i for i in range(9)]), x") == (b"(8, 1)\r\n" if last == "1/0" else b"(8, 2)\r\n")


def test_an_interrupt_when_a_command_has_just_ended_does_nothing_to_the_next(wire: Callable[..., Any]) -> None:
    board = wire()
    board.raw()
    pause = random.Random(2)
    late = 0
    for _ in range(200):
        board.port.write(b"print(5)\x04")
        board.until(b"OK")
        time.sleep(pause.uniform(0, 0.0005))
        board.port.write(b"\x03")
        late += b"KeyboardInterrupt" not in board.until(b"\x04>")
        board.machine.settle()
        assert board.execute("for i in range(9): pass\nprint(i)") == b"8\r\n"
    assert late

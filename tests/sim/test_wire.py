"""The UART of a running board: what is dropped, what it takes, what Ctrl-C does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import serial


def test_a_busy_program_keeps_259_bytes_and_the_rest_is_dropped(wire: Callable[..., Any]) -> None:
    board = wire(baud="115200")
    board.raw()
    board.port.write(b"import sys, time\nprint('go')\nwhile True:\n if time.ticks_ms() < 0: break\n\x04")
    board.until(b"go\r\n")
    board.port.write(b"x" * 400)
    assert board.machine.drain(20)
    board.machine.settle()
    assert board.machine.dropped == 400 - 259
    board.port.write(b"\x03")
    board.until(b"\x04>")


@pytest.mark.parametrize("rxbuf", [64, 1000])
def test_the_ring_has_the_size_asked_for(wire: Callable[..., Any], rxbuf: int) -> None:
    board = wire(baud="115200", rxbuf=str(rxbuf))
    board.port.write(b"while True: pass\r\r")
    board.until(b"... \r\n")
    board.port.write(b"x" * (rxbuf + 100))
    board.machine.drain(20)
    board.machine.settle()
    assert board.machine.dropped == 101


def test_an_unpaced_board_pushes_back_and_drops_nothing(wire: Callable[..., Any]) -> None:
    board = wire()
    board.raw()
    code = "import sys, time\ntime.sleep_ms(50)\nd = sys.stdin.buffer.read(30000)\nprint(d == b'0123456789' * 3000)\n"
    board.port.write(code.encode() + b"\x04")
    board.until(b"OK")
    board.port.write(b"0123456789" * 3000)
    assert board.until(b">") == b"True\r\n\x04\x04>"
    assert board.machine.dropped == 0


def test_a_write_that_does_not_fit_times_out(wire: Callable[..., Any]) -> None:
    board = wire()
    board.port.write(b"while True: pass\r\r")
    board.until(b"... \r\n")
    board.port.write_timeout = 0.2
    with pytest.raises(serial.SerialTimeoutException):
        board.port.write(b"x" * 100_000)
    board.port.reset_output_buffer()


def test_both_directions_keep_the_lines_rate(wire: Callable[..., Any]) -> None:
    board = wire(baud="115200")
    board.raw()
    start = time.monotonic()
    board.port.write(b"import sys\nn = sys.stdout.buffer.write(bytes(3000))\x04")
    board.until(b"OK")
    assert len(board.port.read(3000)) == 3000
    assert time.monotonic() - start >= 3000 * 10 / 115200
    lost, start = board.machine.lost_time, time.monotonic()
    board.port.write(b"#" * 200 + b"\x04")
    board.until(b"OK")
    assert time.monotonic() - start >= 200 * 10 / 115200
    assert board.machine.lost_time >= lost


def test_latency_delays_what_the_host_gets(wire: Callable[..., Any]) -> None:
    board = wire(latency="50ms")
    board.raw()
    start = time.monotonic()
    board.execute("1")
    assert time.monotonic() - start >= 0.05


def test_counters_count_bytes_and_turns(wire: Callable[..., Any]) -> None:
    board = wire()
    board.machine.settle()
    up, down, turns = board.machine.bytes_up, board.machine.bytes_down, board.machine.turns
    board.port.write(b"1+1\r")
    came = board.prompt()
    assert (board.machine.bytes_up - up, board.machine.bytes_down - down) == (4, len(came))
    assert board.machine.turns == turns + 1
    board.port.write(b"2+2\r")
    board.prompt()
    assert board.machine.turns == turns + 2


def test_a_wrong_rate_is_garbage_both_ways_and_the_right_one_heals(wire: Callable[..., Any]) -> None:
    board = wire(baud="115200")
    board.port.baudrate = 9600
    board.port.write(b"1+1\r\r\r\r\r\r\r\r")
    assert board.silent_for(0.2) == b"" or b"1+1" not in board.port.read(board.port.in_waiting)
    board.port.baudrate = 115200
    board.port.write(b"\x03")
    board.prompt()
    assert board.enter("1+1") == b"2\r\n"


def test_ctrl_c_stops_a_busy_loop_ahead_of_what_waits(wire: Callable[..., Any]) -> None:
    board = wire(baud="115200")
    board.port.write(b"while True: pass\r\r")
    board.until(b"... \r\n")
    board.port.write(b"7*6\r\x03")
    board.until(b"KeyboardInterrupt: \r\n>>> ")
    assert board.until(b"42\r\n>>> ") == b"7*6\r\n42\r\n>>> "  # what was typed before came out of the ring after


def test_ctrl_c_at_the_prompt_is_a_byte_like_others(wire: Callable[..., Any]) -> None:
    board = wire()
    board.port.write(b"abc\x03")
    assert board.prompt() == b"abc\r\n>>> "


def test_many_ctrl_c_at_once_leave_the_board_alive(wire: Callable[..., Any]) -> None:
    board = wire()
    for _ in range(5):
        board.port.write(b"while True: pass\r\r")
        board.until(b"... \r\n")
        board.port.write(b"\x03" * 8)
        board.until(b"KeyboardInterrupt: \r\n>>> ")
    board.port.write(b"\r6*7\r")
    board.until(b"42\r\n>>> ")
    assert board.machine.boots == 1


def test_a_program_can_keep_ctrl_c(wire: Callable[..., Any]) -> None:
    board = wire()
    board.raw()
    board.port.write(
        b"import sys, micropython\nmicropython.kbd_intr(-1)\nprint('go')\nc = sys.stdin.buffer.read(2)\n"
        b"micropython.kbd_intr(3)\nprint(c)\x04"
    )
    board.until(b"go\r\n")
    board.port.write(b"\x03\x04")
    assert board.until(b">") == b"b'\\x03\\x04'\r\n\x04\x04>"


def test_a_deaf_board_is_reset_by_en_only(wire: Callable[..., Any]) -> None:
    board = wire()
    board.raw()
    board.port.write(b"import micropython\nmicropython.kbd_intr(-1)\nprint('go')\nwhile True: pass\x04")
    board.until(b"go\r\n")
    board.port.write(b"\x03\x03\x01")
    assert board.silent_for(0.1) == b""
    board.port.dtr, board.port.rts = False, True
    board.port.rts = False
    board.prompt()


def test_interrupts_never_break_the_filesystem(wire: Callable[..., Any]) -> None:
    board = wire()
    board.put("keep.txt", "kept")
    code = (
        "import os\ndef work():\n i = 0\n print('go')\n while True:\n  i += 1\n  f = open('t%d' % (i % 4), 'wb')\n"
        "  f.write(bytes(3000))\n  f.close()\n  os.rename('t%d' % (i % 4), 'u')\n"
    )
    board.raw()
    board.execute(code)
    for _ in range(40):
        board.port.write(b"work()\x04")
        board.until(b"go\r\n")
        board.port.write(b"\x03")
        assert b"KeyboardInterrupt" in board.until(b"\x04>")
    assert board.execute("print(open('keep.txt').read())") == b"kept\r\n"
    board.port.write(b"\x04")
    board.until(b"CTRL-B to exit\r\n>")
    assert board.execute("print(open('keep.txt').read())") == b"kept\r\n"
    assert (
        board.execute("import os\nprint(all(open(n, 'rb').read() is not None for n in os.listdir('/')))") == b"True\r\n"
    )


def test_flash_takes_its_time(wire: Callable[..., Any]) -> None:
    code = "f = open('x', 'wb')\nn = f.write(bytes(40000))\nf.close()"
    slow, fast = wire(erase="10ms", write="400us"), wire()
    took = []
    for board in (slow, fast):
        board.raw()
        start = time.monotonic()
        assert board.execute(code) == b""
        took.append(time.monotonic() - start)
    assert took[0] >= 9 * 0.010 + 40000 / 256 * 0.0004
    assert took[0] > took[1]


def test_stalls_halt_the_program_and_nothing_is_lost_but_time(wire: Callable[..., Any]) -> None:
    board = wire(stall="20ms/60ms")
    board.raw()
    code = "import time\ng = 0\nl = time.ticks_us()\ne = time.ticks_ms() + 400\nwhile time.ticks_ms() < e:\n"
    code += " n = time.ticks_us()\n g = max(g, n - l)\n l = n\nprint(g > 15000)"
    assert board.execute(code) == b"True\r\n"
    board.port.write(b"while True: pass\x04")
    board.until(b"OK")
    board.port.write(b"\x03")
    assert b"KeyboardInterrupt" in board.until(b"\x04>")


def test_much_output_to_a_slow_reader_of_an_unpaced_board_is_whole(wire: Callable[..., Any]) -> None:
    board = wire()
    board.raw()
    board.port.write(b"for i in range(20000): print('%08d' % i)\n\x04")
    board.until(b"OK")
    board.machine.settle()
    expected = b"".join(b"%08d\r\n" % i for i in range(20000))
    assert board.port.read(len(expected)) == expected

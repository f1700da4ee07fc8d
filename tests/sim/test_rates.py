"""A program changes the rate of the console's UART, the host changes its own, and not at the same moment."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import serial

from espsh.sim.uart import Line, garble

SLOW, FAST = 115200, 460800
WAIT = "import time; time.sleep_ms(30)\n"  # until what was printed is out


def meet(board: Any, rate: int, *, code: str = "machine.UART(0, %d)") -> None:
    """Take both ends of the line to another rate, in the raw REPL."""
    program = f"import machine, sys\nprint('go')\n{WAIT}{code % rate}\nsys.stdin.read(1)\nprint('there')\n"
    board.port.write(program.encode() + b"\x04")
    board.until(b"go\r\n")
    wait_for(lambda: board.machine.board_baud == rate)
    board.port.baudrate = rate
    board.port.write(b"k")
    assert board.until(b"\x04>") == b"there\r\n\x04\x04>"


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.001)


def reset(board: Any) -> None:
    board.port.dtr, board.port.rts = False, True
    board.port.rts = False


@pytest.mark.parametrize("code", ["machine.UART(0, %d)", "u = machine.UART(0); u.init(baudrate=%d)"])
def test_both_ends_take_another_rate_and_return(wire: Callable[..., Any], code: str) -> None:
    board = wire(baud="115200")
    board.raw()
    meet(board, FAST, code=code)
    lost, start = board.machine.lost_time, time.monotonic()
    assert board.execute("n = sys.stdout.buffer.write(bytes(range(32, 256)) * 20)") == bytes(range(32, 256)) * 20
    took = time.monotonic() - start - (board.machine.lost_time - lost)
    assert 4480 * 10 / FAST <= took < 4480 * 10 / SLOW
    assert board.execute("print(machine.UART(0))").startswith(b"UART(0, baudrate=460800, bits=8")
    meet(board, SLOW, code=code)
    assert board.execute("print(6*7)") == b"42\r\n"


def test_a_board_alone_on_a_rate_hears_and_says_garbage(wire: Callable[..., Any]) -> None:
    board = wire(baud="115200")
    board.raw()
    there_and_back = (
        f"import machine, sys\nprint('go')\n{WAIT}machine.UART(0, 460800)\nd = sys.stdin.buffer.read(5)\n"
        f"n = sys.stdout.buffer.write(d + b'hello')\n{WAIT}machine.UART(0, 115200)\nprint(d)\n"
    )
    board.port.write(there_and_back.encode() + b"\x04")
    board.until(b"go\r\n")
    wait_for(lambda: board.machine.board_baud == FAST)
    board.port.write(b"world")
    heard = garble(b"world")
    assert board.port.read(10) == garble(heard + b"hello")
    assert board.until(b"\x04>") == f"{heard!r}\r\n\x04\x04>".encode()


def test_a_host_alone_on_a_rate_hears_and_says_garbage(wire: Callable[..., Any]) -> None:
    board = wire(baud="115200")
    board.raw()
    board.port.write(b"import sys\nprint('go')\nd = sys.stdin.buffer.read(5)\nprint(d)\x04")
    board.until(b"go\r\n")
    board.port.baudrate = FAST
    board.port.write(b"world")
    said = f"{garble(b'world')!r}\r\n\x04\x04>".encode()
    assert board.port.read(len(said)) == garble(said)


def test_what_was_not_out_goes_at_the_new_rate(wire: Callable[..., Any]) -> None:
    board = wire(baud="115200")
    board.raw()
    text = b"abcdefgh" * 50
    code = (
        f"import machine, sys\nn = sys.stdout.buffer.write(b'abcdefgh' * 50); u = machine.UART(0, 460800)\n{WAIT}"
        "u.init(115200)\nprint('back')\n"
    )
    for _ in range(20):
        board.port.write(code.encode() + b"\x04")
        came = board.until(b"\x04\x04>").removesuffix(b"back\r\n\x04\x04>").removeprefix(b"OK")
        good = len(came.rstrip(garble(text)))
        assert came == text[:good] + garble(text[good:])
        if good < len(text):
            break  # (a computer that is late lets all of it out before)
    assert len(text) - 129 <= good < len(text)


def test_a_soft_reset_keeps_the_rate_and_a_hard_one_does_not(wire: Callable[..., Any]) -> None:
    board = wire(baud="115200")
    board.raw()
    meet(board, FAST)
    board.port.write(b"\x04")
    board.until(b"CTRL-B to exit\r\n>")
    assert board.execute("import machine; print(machine.UART(0))").startswith(b"UART(0, baudrate=460800")
    reset(board)
    wait_for(lambda: board.machine.board_baud == SLOW)
    board.port.baudrate = SLOW
    board.prompt()
    assert board.enter("import machine; machine.UART(0)").startswith(b"UART(0, baudrate=115200")


def test_machine_reset_takes_the_first_rate_again(wire: Callable[..., Any]) -> None:
    board = wire(baud="115200")
    board.raw()
    meet(board, FAST)
    board.port.write(b"print('bye'); machine.reset()\x04")
    assert board.until(b"bye\r\n") == b"OKbye\r\n"
    wait_for(lambda: board.machine.board_baud == SLOW)
    board.port.baudrate = SLOW
    board.prompt()


RAISES = b"OSError: (-259, 'ESP_ERR_INVALID_STATE')\r\n"


@pytest.mark.parametrize(
    ("quirk", "error", "hears", "sends"),
    [
        ("works", b"", True, True),
        ("raises", RAISES, True, True),
        ("refuses", RAISES, False, False),
        ("stuck", b"", False, False),
        ("deaf", b"", False, True),
        ("mute", b"", True, False),
    ],
)
def test_quirks(wire: Callable[..., Any], quirk: str, error: bytes, hears: bool, sends: bool) -> None:
    board = wire(baud="115200", uart=quirk)
    board.raw()
    code = (
        f"import machine, sys\nprint('go')\n{WAIT}e = None\ntry: machine.UART(0, 460800)\nexcept OSError as x: e = x\n"
        "n = sys.stdin.buffer.read(6)\n"
        "d = sys.stdin.buffer.read(5)\nn = sys.stdout.buffer.write(b'hello')\n"
        f"{WAIT}\ntry: machine.UART(0, 115200)\nexcept OSError: pass\n{WAIT}print(d)\nif e: raise e\n"
    )
    board.port.write(code.encode() + b"\x04")
    board.until(b"go\r\n")
    board.port.baudrate = FAST
    time.sleep(0.1)  # (the change cannot be seen from here when it does not happen)
    board.port.write(b"world!world")
    assert board.port.read(5) == (b"hello" if sends else garble(b"hello"))
    board.port.baudrate = SLOW
    answer = board.until(b"\x04>")
    assert answer.endswith(error + b"\x04>")
    assert answer.startswith(repr(b"world" if hears else garble(b"world")).encode())


def test_above_its_limit_the_cable_garbles_both_ways(wire: Callable[..., Any]) -> None:
    board = wire(baud="115200", maxbaud="460800")
    board.raw()
    meet(board, FAST)
    board.port.write(
        f"print('go')\n{WAIT}u = machine.UART(0, 921600)\nd = sys.stdin.buffer.read(3)\n"
        f"n = sys.stdout.buffer.write(d)\n{WAIT}u.init(460800)\nprint('back')\x04".encode()
    )
    board.until(b"go\r\n")
    board.port.baudrate = 921600
    wait_for(lambda: board.machine.board_baud == 921600)
    board.port.write(b"abc")
    assert board.port.read(3) == garble(garble(b"abc"))
    board.port.baudrate = FAST
    board.until(b"back\r\n\x04\x04>")


def test_the_console_of_a_native_usb_board_is_no_uart(wire: Callable[..., Any]) -> None:
    board = wire(baud="0")
    board.enter("import machine; u = machine.UART(0, 9600)")
    assert board.enter("u.fake, u.write(b'x'), u.read()") == b"(True, 1, None)\r\n"
    board.port.baudrate = FAST
    assert board.enter("6*7") == b"42\r\n"
    assert board.machine.board_baud == 0


def test_the_consoles_uart_object(wire: Callable[..., Any]) -> None:
    board = wire(baud="115200")
    board.enter("import machine; u = machine.UART(0)")
    assert board.enter("u") == b"UART(0, baudrate=115200, bits=8, parity=None, stop=1)\r\n"
    assert board.enter("u.write(b'hi'), u.any(), u.read(), u.deinit()") == b"hi(2, 0, None, None)\r\n"
    assert b"UART buffer size is fixed" in board.enter("machine.UART(0, 115200, rxbuf=4096)")
    assert b"UART(3) does not exist" in board.enter("machine.UART(3)")
    assert b"TypeError" in board.enter("machine.UART(0, speed=3)")
    assert board.enter("machine.UART(1, 9600, tx=4, rx=5).fake") == b"True\r\n"
    assert b"UART(2) does not exist" in wire("esp32c3").enter("import machine; machine.UART(2)")


@pytest.mark.parametrize("options", [{"without": "UART"}, {"profile": "small"}])
def test_boards_without_it(wire: Callable[..., Any], options: dict[str, str]) -> None:
    board = wire(**options)
    assert b"AttributeError" in board.enter("import machine; machine.UART")


def test_an_interrupted_change_still_happens(wire: Callable[..., Any]) -> None:
    board = wire(baud="115200")
    board.port.write(b"import machine; print('x' * 3000); machine.UART(0, 230400)\r")
    board.until(b"x" * 100)
    board.port.write(b"\x03")
    wait_for(lambda: board.machine.board_baud == 230400)
    board.port.baudrate = 230400
    board.port.write(b"\r")
    board.prompt()
    assert board.enter("6*7") == b"42\r\n"


def test_a_served_board_hears_the_rate_of_the_pty(served: Any) -> None:
    _, where = served("--pty", board="esp32/served?latency=0")
    with serial.Serial(where, SLOW, timeout=20) as port:
        port.read_until(b">>> ")
        port.write(b"import machine; machine.UART(0, 460800)\r")
        port.timeout = 0.5
        port.read(1000)
        port.timeout = 20
        port.baudrate = 9600
        port.write(b"7*6\r")
        time.sleep(0.2)
        port.reset_input_buffer()
        port.baudrate = FAST
        port.write(b"\x03")
        port.read_until(b">>> ")
        port.write(b"6*7\r")
        assert port.read_until(b">>> ") == b"6*7\r\n42\r\n>>> "


def test_a_line_changes_its_rate_when_only_so_much_waits() -> None:
    line, done = Line(1000), []
    line.push(bytes(range(10)), 0.0)
    line.change(2000, 0.025, 4, lambda: done.append(line.baud))
    assert line.take(0.055) == bytes(range(5))
    assert line.due() == pytest.approx(0.06)
    assert line.take(0.0651) == bytes((5,))
    assert (line.baud, done) == (1000, [])
    assert line.take(0.0651) == bytes((6,))
    assert (line.baud, done) == (2000, [2000])
    assert line.take(0.08) == bytes((7, 8, 9))


def test_a_line_changes_at_once_but_what_has_passed_has_passed() -> None:
    line = Line(1000)
    line.push(b"abcd", 0.0)
    line.change(10000, 0.021, 4)
    assert (line.take(0.021), line.baud) == (b"ab", 1000)
    assert (line.take(0.021), line.baud) == (b"c", 10000)
    assert line.take(0.022) == b"d"
    line.change(500, 0.022, 128)
    assert (line.take(0.022), line.baud, line.due()) == (b"", 500, None)

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import pytest


def ask(board: Any, expression: str) -> Any:
    answer = board.enter(expression)
    assert b"Traceback" not in answer, answer
    return ast.literal_eval(answer.decode().strip())


def test_it_says_it_is_an_esp32(wire: Callable[..., Any]) -> None:
    board = wire()
    board.enter("import sys, os, machine, esp, esp32, gc, micropython")
    assert ask(board, "sys.platform") == "esp32"
    assert ask(board, "tuple(os.uname())")[0::4] == ("esp32", "Generic ESP32 module with ESP32")
    assert ask(board, "os.uname().release") == ask(board, "os.uname()[2]")
    assert ask(board, "sys.implementation.name") == "micropython"
    assert ask(board, "sys.implementation._machine") == "Generic ESP32 module with ESP32"
    assert ask(board, "sys.implementation._mpy") & 0xFF == 6
    assert ask(board, "sys.implementation._mpy") >> 10 == 0  # no native code of any chip can run
    assert ask(board, "sys.version").startswith("3.4.0; MicroPython v1.")
    assert ask(board, "sys.path") == ["", ".frozen", "/lib"]
    assert ask(board, "machine.freq()") == 160_000_000
    assert ask(board, "esp.flash_size()") == 4 << 20
    assert ask(board, "machine.reset_cause()") == 1
    assert ask(board, "os.statvfs('/')")[:3] == (4096, 4096, 512)
    assert ask(board, "(machine.Pin.fake, machine.RTC.fake, esp32.fake)") == (True, True, True)


def test_the_heap_is_a_boards(wire: Callable[..., Any]) -> None:
    assert 140_000 < ask(wire(), "__import__('gc').mem_free()") < 175_000
    assert 100_000 < ask(wire(heap="110k"), "__import__('gc').mem_free()") < 125_000
    assert ask(wire(psram="1"), "__import__('gc').mem_free()") > 4_000_000


def test_unique_ids_follow_profile_and_name(wire: Callable[..., Any], reopen: Callable[..., Any]) -> None:
    from espsh.sim.identity import unique_id
    from espsh.sim.options import parse_url

    names = ["sim:esp32", "sim:esp32/kitchen", "sim:esp32c3", "sim:esp32s3/kitchen"]
    ids = [unique_id(parse_url(name)) for name in names]
    assert len(set(ids)) == len(ids)
    assert unique_id(parse_url("sim:esp32?baud=0")) == ids[0]
    assert ids[0][:3].hex() == "30aea4"
    board = wire()
    assert ask(board, "__import__('machine').unique_id()") == board.machine.unique_id
    assert len(board.machine.unique_id) == 6


def test_the_host_cannot_be_reached(wire: Callable[..., Any]) -> None:
    board = wire()
    board.enter("import os, sys")
    assert ask(board, "os.listdir('/')") == ["boot.py"]
    for path in ("/etc/passwd", "/proc/self/fd/0", "../etc/passwd"):
        assert b"OSError" in board.enter(f"open({path!r})")
    for name in ("os", "vfs", "uos"):
        board.enter(f"import {name}")
        for word in ("getenv", "system", "putenv", "VfsPosix"):
            assert b"AttributeError" in board.enter(f"{name}.{word}")
    assert ask(board, "hasattr(sys, 'executable')") is False
    assert ask(board, "os.getcwd()") == "/"
    assert b"vmboot" not in board.enter("sys.stdout.buffer.write(1)")
    assert board.enter("import nothing") == (
        b'Traceback (most recent call last):\r\n  File "<stdin>", line 1, in <module>\r\n'
        b"ImportError: no module named 'nothing'\r\n"
    )
    assert ask(board, "sorted(n for n in sys.modules if n.startswith('vm_'))") == []


def test_the_prompt_starts_with_clean_names(wire: Callable[..., Any]) -> None:
    assert ask(wire(), "dir()") == ["__name__"]


def test_shims_survive_names_a_client_takes(wire: Callable[..., Any]) -> None:
    board = wire()
    for name in ("len", "print", "bytes", "memoryview", "time", "vm_link"):
        board.enter(f"{name} = None")
    assert board.enter("import sys; sys.stdout.buffer.write(b'ok')") == b"ok2\r\n"
    assert ask(board, "__import__('os').uname().sysname") == "esp32"


def test_text_gets_cr_lf_and_binary_does_not(wire: Callable[..., Any]) -> None:
    board = wire()
    board.raw()
    everything = bytes(range(256)) * 3 + b"\n\r\n\n"
    assert board.execute("print('a\\nb')") == b"a\r\nb\r\n"
    assert board.execute("import sys; sys.stdout.write('a\\n'); print('x', file=sys.stdout)") == b"a\r\nx\r\n"
    assert board.execute("1/0").endswith(b'"<stdin>", line 1, in <module>\r\nZeroDivisionError: divide by zero\r\n')
    board.port.write(f"n = sys.stdout.buffer.write({everything!r}); print(n)\x04".encode())
    answer = board.until(f"{len(everything)}\r\n\x04\x04>".encode())
    assert answer == b"OK" + everything + f"{len(everything)}\r\n\x04\x04>".encode()


def test_long_binary_output_and_text_keep_their_order(wire: Callable[..., Any]) -> None:
    board = wire()
    board.raw()
    code = "import sys\nfor i in range(200):\n print(i)\n k = sys.stdout.buffer.write(bytes([i]) * 700)\n"
    board.port.write(code.encode() + b"\x04")
    expected = b"OK" + b"".join(b"%d\r\n" % i + bytes([i]) * 700 for i in range(200)) + b"\x04\x04>"
    assert board.port.read(len(expected)) == expected


def test_stdin_is_binary_clean_with_kbd_intr_off(wire: Callable[..., Any]) -> None:
    board = wire()
    board.raw()
    everything = bytes(range(256)) * 2
    code = (
        "import sys, micropython\nmicropython.kbd_intr(-1)\nprint('go')\n"
        "data = sys.stdin.buffer.read(512)\nmicropython.kbd_intr(3)\nprint(data == bytes(range(256)) * 2)\n"
    )
    board.port.write(code.encode() + b"\x04")
    board.until(b"go\r\n")
    board.port.write(everything)
    assert board.until(b">") == b"True\r\n\x04\x04>"


def test_poll_sees_stdin(wire: Callable[..., Any]) -> None:
    board = wire()
    board.raw()
    code = (
        "import sys, select\np = select.poll()\np.register(sys.stdin.buffer, select.POLLIN)\nprint(len(p.poll(0)))\n"
        "p.poll()\nprint(sys.stdin.read(1))\n"
    )
    board.port.write(code.encode() + b"\x04")
    board.until(b"OK0\r\n")
    board.port.write(b"k")
    assert board.until(b">") == b"k\r\n\x04\x04>"


def test_prints_of_a_thread_arrive(wire: Callable[..., Any]) -> None:
    board = wire()
    board.enter("import _thread, time")
    board.port.write(b"_thread.start_new_thread(lambda: print('from a thread'), ())\r")
    board.until(b"from a thread\r\n")


def test_sys_ps1_can_be_changed(wire: Callable[..., Any]) -> None:
    board = wire()
    board.port.write(b"import sys; sys.ps1 = '$ '\r")
    board.until(b"\r\n$ ")
    board.port.write(b"1+1\r")
    board.until(b"2\r\n$ ")


def test_raw_repl_and_raw_paste_byte_for_byte(wire: Callable[..., Any]) -> None:
    board = wire()
    board.port.write(b"\x01")
    assert board.until(b"exit\r\n>") == b"\r\nraw REPL; CTRL-B to exit\r\n>"
    board.port.write(b"print(1)\x04")
    assert board.until(b"\x04>") == b"OK1\r\n\x04\x04>"[: len(b"OK1\r\n\x04\x04>")]
    board.port.write(b"\x05A\x01")
    assert board.port.read(5) == b"R\x01\x80\x00\x01"
    code = b"x = 0\n" + b"x += 1\n" * 60
    sent = 0
    credit = 256
    while sent < len(code):
        board.port.write(code[sent : sent + credit])
        sent += credit
        credit = 0
        while not credit and sent < len(code):
            assert board.port.read(1) == b"\x01"
            credit = 128
    board.port.write(b"\x04")
    assert board.until(b"\x04>").lstrip(b"\x01") == b"\x04\x04\x04>"
    assert board.execute("print(x)") == b"60\r\n"


def test_a_syntax_error_ends_raw_paste_early(wire: Callable[..., Any]) -> None:
    board = wire()
    board.raw()
    board.port.write(b"\x05A\x01")
    assert board.port.read(5) == b"R\x01\x80\x00\x01"
    board.port.write(b"1 = = 2\n" + b"#" * 240)
    assert board.until(b"\x04").strip(b"\x01") == b"\x04"


def test_mip_and_time_are_usable(wire: Callable[..., Any]) -> None:
    board = wire()
    board.enter("import machine, time, os")
    assert ask(board, "len(machine.RTC().datetime())") == 8
    board.enter("machine.RTC().datetime((2031, 2, 3, 0, 4, 5, 6, 0))")
    assert ask(board, "machine.RTC().datetime()[:3]") == (2031, 2, 3)
    assert ask(board, "machine.Pin(2, machine.Pin.OUT, value=1).value()") == 1
    assert board.enter("os.sync()") == b""


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("deflate", "import deflate"),
        ("hashlib", "import hashlib"),
        ("hashlib", "import uhashlib"),
        ("binascii", "import binascii"),
        ("vfs", "import vfs"),
        ("stdin.buffer", "import sys; sys.stdin.buffer"),
        ("stdin", "import sys; sys.stdin"),
        ("stdout.buffer", "import sys; sys.stdout.buffer"),
        ("rename", "import os; os.rename"),
        ("os.ilistdir", "import os; os.ilistdir"),
        ("uname", "import os; os.uname"),
        ("statvfs", "import os; os.statvfs"),
        ("stat", "import os; os.stat"),
        ("kbd_intr", "import micropython; micropython.kbd_intr"),
        ("binascii.crc32", "import binascii; binascii.crc32"),
        ("hashlib.sha256", "import hashlib; hashlib.sha256"),
        ("machine.unique_id", "import machine; machine.unique_id"),
    ],
)
def test_abilities_can_be_taken_away(wire: Callable[..., Any], word: str, code: str) -> None:
    assert b"Traceback" not in wire().enter(code)
    board = wire(without=word)
    answer = board.enter(code)
    assert b"AttributeError" in answer or b"ImportError" in answer
    assert board.enter("1") == b"1\r\n"


def test_several_abilities_at_once_and_main_still_runs(wire: Callable[..., Any]) -> None:
    board = wire(without="stat,ilistdir,rename,deflate,stdin.buffer")
    board.put("main.py", "print('MAIN')")
    board.port.write(b"\x04")
    assert b"MAIN\r\n" in board.prompt()


def test_without_rawpaste_the_wire_answers_like_old_firmware(wire: Callable[..., Any]) -> None:
    board = wire(without="rawpaste")
    board.raw()
    board.port.write(b"\x05A\x01")
    assert board.until(b"exit\r\n>").lstrip(b"\r\n") == b"raw REPL; CTRL-B to exit\r\n>"
    assert board.execute("print(len('\x05x'))") == b"2\r\n"


def test_a_small_board_is_small(wire: Callable[..., Any]) -> None:
    board = wire("small")
    assert 10_000 < ask(board, "__import__('gc').mem_free()") < 17_000
    assert b"MemoryError" in board.enter("bytearray(20000)")
    for code in ("import hashlib", "import deflate", "import sys; sys.stdin.buffer"):
        assert b"Error" in board.enter(code)
    board.put("a.txt", "fits")
    assert board.enter("open('a.txt').read()") == b"'fits'\r\n"


def test_a_full_disk(wire: Callable[..., Any]) -> None:
    board = wire(disk="full", size="256k")
    board.port.write(b"f = open('x', 'wb'); n = f.write(bytes(20000)); f.close()\r")
    assert b"OSError: 28" in board.prompt()
    assert board.enter("import os; os.remove('filler.bin')") == b""


def test_a_read_only_disk(wire: Callable[..., Any]) -> None:
    board = wire(disk="ro")
    assert board.enter("import os; os.listdir('/')") == b"['boot.py']\r\n"
    assert b"OSError: 30" in board.enter("open('x', 'w')")
    assert b"Error" in board.enter("os.remove('boot.py')")
    assert board.enter("os.listdir('/')") == b"['boot.py']\r\n"

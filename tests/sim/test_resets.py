from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

BANNER = (
    b"MicroPython v1.29.0-preview on 2026-07-05; Generic ESP32 module with ESP32\r\n"
    b'Type "help()" for more information.\r\n>>> '
)
LOADING = (
    b"configsip: 0, SPIWP:0xee\r\n"
    b"clk_drv:0x00,q_drv:0x00,d_drv:0x00,cs0_drv:0x00,hd_drv:0x00,wp_drv:0x00\r\n"
    b"mode:DIO, clock div:2\r\n"
    b"load:0x3fff0030,len:4892\r\n"
    b"ho 0 tail 12 room 4\r\n"
    b"load:0x40078000,len:14896\r\n"
    b"load:0x40080400,len:4\r\n"
    b"load:0x40080404,len:3372\r\n"
    b"entry 0x400805b0\r\n"
)


def log(reset: bytes) -> bytes:
    return b"ets Jul 29 2019 12:21:46\r\n\r\nrst:" + reset + b",boot:0x12 (SPI_FAST_FLASH_BOOT)\r\n" + LOADING


def banner_of(text: bytes) -> bytes:
    """The version and date are MicroPython's own; the rest is compared byte for byte."""
    head, _, rest = text.partition(b"MicroPython v")
    version, _, rest = rest.partition(b"; Generic")
    number, _, date = version.partition(b" on ")
    assert number[:1].isdigit()
    assert len(date) == 10
    return head + BANNER.partition(b"; Generic")[0] + b"; Generic" + rest


def test_power_on_says_what_an_esp32_says(wire: Callable[..., Any]) -> None:
    board = wire(prompt=False)
    assert banner_of(board.until(b">>> ")) == log(b"0x1 (POWERON_RESET)") + BANNER


def test_a_c3_has_its_own_log(wire: Callable[..., Any]) -> None:
    text = wire("esp32c3", prompt=False).until(b">>> ")
    assert text.startswith(b"ESP-ROM:esp32c3-api1-20210207\r\nBuild:Feb  7 2021\r\nrst:0x1 (POWERON),boot:0x8 (SPI_F")
    assert b"; ESP32C3 module with ESP32C3\r\n" in text


def test_soft_reset_at_the_friendly_prompt(wire: Callable[..., Any]) -> None:
    board = wire()
    board.put("boot.py", "print('BOOT')\n")
    board.put("main.py", "print('MAIN')\n")
    board.enter("x = 1")
    board.port.write(b"\x04")
    assert banner_of(board.prompt()) == b"\r\nMPY: soft reboot\r\nBOOT\r\nMAIN\r\n" + BANNER
    assert b"NameError" in board.enter("x")


def test_soft_reset_in_the_raw_repl_runs_boot_but_not_main(wire: Callable[..., Any]) -> None:
    board = wire()
    board.put("boot.py", "print('BOOT')\n")
    board.put("main.py", "print('MAIN')\n")
    board.raw()
    board.execute("x = 1")
    board.port.write(b"\x04")
    assert board.until(b"CTRL-B to exit\r\n>") == b"OK\r\nMPY: soft reboot\r\nBOOT\r\nraw REPL; CTRL-B to exit\r\n>"
    assert b"NameError" in board.execute("x")
    board.port.write(b"\x02")
    assert banner_of(board.prompt()) == b"\r\n" + BANNER


@pytest.mark.parametrize(
    "code", ["raise SystemExit", "import sys; sys.exit(3)", "import machine; machine.soft_reset()"]
)
def test_system_exit_is_a_soft_reset(wire: Callable[..., Any], code: str) -> None:
    board = wire()
    board.port.write(code.encode() + b"\r")
    assert b"MPY: soft reboot\r\n" in board.prompt()
    assert board.enter("import machine; machine.reset_cause() == machine.SOFT_RESET") == b"True\r\n"


def test_machine_reset_is_a_reset_of_the_chip(wire: Callable[..., Any]) -> None:
    board = wire()
    board.put("boot.py", "print('BOOT')\n")
    board.put("main.py", "print('MAIN')\n")
    board.port.write(b"import machine; machine.reset()\r")
    text = banner_of(board.prompt()).partition(b"\r\n")[2]
    assert text == log(b"0xc (SW_CPU_RESET)") + b"BOOT\r\nMAIN\r\n" + BANNER


def test_rts_alone_resets_and_both_lines_do_nothing(wire: Callable[..., Any]) -> None:
    board = wire()
    board.enter("x = 1")
    board.port.dtr = board.port.rts = True
    assert board.enter("x") == b"1\r\n"
    board.port.dtr = False  # EN goes low
    board.machine.settle()
    assert board.machine.state == "held in reset"
    board.port.write(b"x\r")
    board.port.rts = False
    assert banner_of(board.until(b">>> ")) == log(b"0x1 (POWERON_RESET)") + BANNER
    assert board.silent_for(0.05) == b""  # what was sent into the reset is gone
    assert b"NameError" in board.enter("x")


def test_io0_low_at_the_end_of_reset_is_download_mode(wire: Callable[..., Any]) -> None:
    board = wire()
    board.port.dtr, board.port.rts = False, True
    board.port.dtr = True  # both: EN is released only when RTS goes, as esptool does it
    board.port.rts = True
    board.port.dtr = False
    board.machine.settle()
    board.port.reset_input_buffer()
    board.machine.set_lines(dtr=True, rts=False)
    text = board.until(b"waiting for download\r\n")
    assert text.endswith(
        b"rst:0x1 (POWERON_RESET),boot:0x3 (DOWNLOAD_BOOT(UART0/UART1/SDIO_REI_REO_V2))\r\nwaiting for download\r\n"
    )
    board.port.write(b"\r\x03\x01print(1)\x04")
    assert board.silent_for(0.1) == b""
    assert board.machine.state == "download mode"
    board.port.dtr, board.port.rts = False, True
    board.port.rts = False
    assert board.prompt()


def test_a_main_loop_is_interrupted(wire: Callable[..., Any]) -> None:
    board = wire()
    board.put("main.py", "print('MAIN')\nwhile True: pass\n")
    board.port.write(b"\x04")
    board.until(b"MAIN\r\n")
    board.port.write(b"\x03")
    text = board.prompt()
    assert text.startswith(
        b'Traceback (most recent call last):\r\n  File "main.py", line 2, in <module>\r\nKeyboardInt'
    )
    assert text.endswith(BANNER[-40:])


def test_an_error_in_boot_does_not_keep_main_from_running(wire: Callable[..., Any]) -> None:
    board = wire()
    board.put("boot.py", "1/0")
    board.put("main.py", "print('MAIN')")
    board.port.write(b"\x04")
    text = board.prompt()
    assert b'File "boot.py", line 1, in <module>\r\nZeroDivisionError' in text
    assert b"MAIN\r\n" in text


def test_names_of_main_are_at_the_prompt(wire: Callable[..., Any]) -> None:
    board = wire()
    board.put("main.py", "answer = 42")
    board.port.write(b"\x04")
    board.prompt()
    assert board.enter("answer, __name__") == b"(42, '__main__')\r\n"


def test_type_ahead_survives_a_soft_reset(wire: Callable[..., Any]) -> None:
    board = wire()
    board.port.write(b"\x04" + b"6*7\r")
    board.until(b"6*7\r\n42\r\n>>> ")


def test_type_ahead_survives_a_soft_reset_in_the_raw_repl(wire: Callable[..., Any]) -> None:
    board = wire()
    board.raw()
    again = b"OK\r\nMPY: soft reboot\r\nraw REPL; CTRL-B to exit\r\n>"
    board.port.write(b"\x04" + b"print(6*7)\x04")
    assert board.until(b"\x04\x04>") == again + b"OK42\r\n\x04\x04>"
    board.port.write(b"\x04" + b"\x03" * 3 + b"print(7*7)\x04")
    assert board.until(b"\x04\x04>") == again + b"OK49\r\n\x04\x04>"


def test_a_crashed_vm_is_a_panic_reboot(wire: Callable[..., Any]) -> None:
    board = wire()
    board.port.write(b"from machine import Pin\r")
    board.prompt()
    import os
    import signal

    vm = board.machine._chip.program.vm
    assert vm is not None
    os.kill(vm.pid, signal.SIGSEGV)
    assert b"rst:0xc" in board.prompt()
    assert board.enter("1") == b"1\r\n"


def test_the_boot_log_takes_its_time_on_the_line(wire: Callable[..., Any]) -> None:
    start = time.monotonic()
    board = wire(prompt=False, baud="115200")
    came = board.until(b">>> ")
    assert time.monotonic() - start > len(came) * 10 / 115200

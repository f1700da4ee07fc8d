from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import serial

Server = Callable[..., tuple["subprocess.Popen[str]", str]]


def ask(port: Any, line: bytes) -> bytes:
    port.timeout = 20
    port.write(line + b"\r")
    assert port.read_until(line + b"\r\n").endswith(line + b"\r\n")
    answer: bytes = port.read_until(b">>> ")
    return answer


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_pty_behind_a_link(served: Server, tmp_path: Path, number: int) -> None:
    link = tmp_path / "ttyUSB0"
    process, where = served("--pty", "--link", str(link))
    assert where == str(link)
    for question in (b"x = 5", b"x"):  # the board lives on between two programs
        with serial.Serial(where, 115200, timeout=20) as port:
            answer = ask(port, question)
    assert answer == b"5\r\n>>> "
    process.send_signal(number)
    assert process.wait(20) == 0
    assert process.stderr is not None
    assert process.stderr.read() == ""
    assert not link.is_symlink()


@pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")  # pyserial 3.5's own client
def test_rfc2217_with_the_reset_lines(served: Server) -> None:
    process, where = served("--rfc2217", "0")
    for _ in range(2):
        with serial.serial_for_url(where, 115200, timeout=20) as port:
            assert ask(port, b"6*7") == b"42\r\n>>> "
            port.dtr = False
            port.rts = True
            port.rts = False
            assert b"rst:0x1 (POWERON_RESET)" in port.read_until(b">>> ")
            assert ask(port, b"import sys; n = sys.stdout.buffer.write(bytes(range(256)))")[:256] == bytes(range(256))
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0


@pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")  # pyserial 3.5's own client
def test_espsh_itself_is_a_client_of_rfc2217(served: Server, sh: Any) -> None:
    _, where = served("--rfc2217", "0")
    result = sh.run("-p", where, "ls", ":")
    assert (result.code, result.lines) == (0, ["boot.py"])


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("esp99", "--pty"), 2, "esp99"),
        (("esp32?bau=1", "--pty"), 2, "baud"),
        (("esp32", "--rfc2217", "x"), 2, "'x'"),
        (("esp32", "--rfc2217", "99999"), 2, "99999"),
        (("esp32", "--rfc2217", "0", "--link", "/tmp/x"), 2, "--link"),
        (("esp32/n", "--pty", "--link", "/no/such/folder/x"), 2, "/no/such/folder/x"),
        (("esp32/n", "--pty", "--link", "/etc/passwd"), 2, "/etc/passwd"),
        (("esp32",), 2, "--pty"),
    ],
)
def test_bad_input_is_a_line_and_a_code(words: tuple[str, ...], code: int, said: str) -> None:
    command = [sys.executable, "-m", "espsh.sim", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=dict(os.environ))
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_busy_board_is_refused(served: Server) -> None:
    served("--pty")
    second, _ = served("--pty")
    assert second.wait(20) == 3
    assert second.stderr is not None
    assert "busy" in second.stderr.read()

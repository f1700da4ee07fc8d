"""`repl`, and the prompt around it, on a real terminal: keys, pastes, windows that change, stop or close."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.terminal import Terminal

BOARD = "sim:esp32?fresh=1&baud=115200&rxbuf=260"
ESPSH = (sys.executable, "-m", "espsh")
READY = (b"Ctrl-D to leave", b"] >")
SUSPENDED = b"outside$ "


@pytest.fixture
def device(tmp_path: Path) -> Iterator[str]:
    """A board in a process of its own, which outlives espsh."""
    link = tmp_path / "ttyUSB0"
    command = [sys.executable, "-m", "espsh.sim", "esp32?fresh=1", "--pty", "--link", str(link)]
    env = {**os.environ, "ESPSH_STATE_DIR": str(tmp_path / "board")}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == str(link)
        yield str(link)
        process.terminate()
        assert process.wait(20) == 0


def test_every_mode_of_the_boards_prompt_is_at_hand(terminal: Terminal) -> None:
    before = terminal.modes
    with terminal.running(*ESPSH, "-p", BOARD) as process:
        terminal.expect(*READY)
        terminal.type(b"repl\r")
        terminal.expect(b"REPL of esp32", b">>> ")
        for keys, answer in (
            (b"6*7\r", b"42"),
            (b"while True: pass\r\r", b"... \r\n"),
            (b"\x03", b"KeyboardInterrupt"),
            (b"\x01", b"raw REPL; CTRL-B to exit"),
            (b"\x02", b"MicroPython"),
            (b"\x05", b"paste mode; Ctrl-C to cancel"),
            (b"print('pasted')\r\x04", b"\r\npasted"),
            (b"\x04", b"soft reboot"),
            (b"\x0b", b">>> "),  # Ctrl-K is the board's, too
            (b"\x1a6*9\r", b"54"),  # Ctrl-Z neither ends nor stops anything
        ):
            terminal.type(keys)
            terminal.expect(answer)
        terminal.type(b"\x18")
        terminal.expect(b"] >")
        terminal.type(b"exec print('o' + 'pen', end='')\r")
        terminal.expect(b"open\r\n", b"] >")  # the prompt is not drawn over it
        terminal.type(b"exit\r")
        assert process.wait(30) == 0
    assert terminal.modes == before


def test_what_is_pasted_arrives_as_it_is_and_is_captured(tmp_path: Path, terminal: Terminal) -> None:
    letters = "".join(random.Random(1).choices("abcdefgh é\t'", k=4000))
    text = "\n".join(letters[at : at + 60] for at in range(0, len(letters), 60))
    digest = hashlib.sha256(text.encode()).hexdigest()
    program = f'text = """{text}"""\nif 1:\n    import hashlib, binascii\n\n    d = hashlib.sha256(text).digest()\n'
    with terminal.running(*ESPSH, "-p", BOARD) as process:
        terminal.expect(*READY)
        terminal.type(b"repl --capture log.txt\r")
        terminal.expect(b"\x1b[?2004h", b">>> ")
        terminal.type(b"\x1b[200~" + program.encode() + b"print(binascii.hexlify(d))\x1b[201~")
        terminal.expect(b"=== print(binascii.hexlify(d))\r\n", digest.encode(), b">>> ")
        terminal.type(b"\x18")
        terminal.expect(b"\x1b[?2004l", b"] >")
        terminal.type(b"exit\r")
        assert process.wait(30) == 0
    assert digest.encode() in (tmp_path / "log.txt").read_bytes()


def test_ctrl_k_runs_the_file_as_it_is_now(tmp_path: Path, terminal: Terminal) -> None:
    file = tmp_path / "test.py"
    file.write_text("\ufeffif 1:\n\n    print('one', 1 + 1)\n")
    with terminal.running(*ESPSH, "-p", BOARD, "repl", "--inject", "test.py") as process:
        terminal.expect(b"Ctrl-K injects", b">>> ")
        terminal.type(b"while True: pass\r\r")
        terminal.expect(b"... \r\n")
        terminal.type(b"\x0b")
        terminal.expect(b"injecting", b"KeyboardInterrupt", b">>> ", b"one 2\r\n>>> ")
        file.write_text("print('two', input())")
        terminal.type(b"\x0b")
        terminal.expect(b"injecting 21 bytes", b">>> ")
        terminal.type(b"me\r")
        terminal.expect(b"two me", b">>> ")
        file.unlink()
        terminal.type(b"\x0b")
        terminal.expect(b"test.py: no such file")
        terminal.type(b"\x1d")
        assert process.wait(30) == 0


def test_a_board_that_is_unplugged_is_waited_for(tmp_path: Path, terminal: Terminal) -> None:
    with terminal.running(*ESPSH, "-p", f"{BOARD}&fault=unplug@3000:replug=0.3s", "repl") as process:
        terminal.expect(b">>> ")
        terminal.type(b"#" + b"x" * 3000)
        terminal.expect(b"esp32 is gone; waiting for it", b"esp32 is back")
        terminal.type(b"\x03")
        terminal.expect(b">>> ")
        terminal.type(b"6*7\r")
        terminal.expect(b"42", b">>> ")
        terminal.type(b"\x18")
        assert process.wait(30) == 0


def test_ctrl_z_suspends_the_prompt_and_a_command(terminal: Terminal) -> None:
    with terminal.running("bash", "--norc", "-i", PS1="outside$ "):
        terminal.expect(SUSPENDED)
        terminal.type(" ".join(ESPSH).encode() + f" -p '{BOARD}'\r".encode())
        terminal.expect(*READY)
        terminal.type(b"echo 'ke'pt")
        terminal.type(b"\x1a")
        terminal.expect(b"Stopped", SUSPENDED)
        terminal.type(b"fg\r")
        terminal.expect(b"] >", b"'ke'pt")
        terminal.type(b"\r")
        terminal.expect(b"kept", b"] >")
        terminal.type(b"exec for i in range(10**6): print('n', i)\r")
        terminal.expect(b"n 1\r\n")
        terminal.type(b"\x1a")
        terminal.expect(b"Stopped", SUSPENDED)
        terminal.type(b"fg\r")
        terminal.expect(b"n ", b"n ")
        terminal.type(b"\x03")
        terminal.expect(b"exec: interrupted", b"] >")
        terminal.type(b"eval 6*7\r")
        terminal.expect(b"42", b"] >")
        terminal.type(b"exit\r")
        terminal.expect(SUSPENDED)


def test_a_window_of_five_lines_takes_the_prompt_its_menu_and_the_repl(terminal: Terminal) -> None:
    terminal.resize(24, 80)
    with terminal.running(*ESPSH, "-p", BOARD) as process:
        terminal.expect(*READY)
        terminal.resize(5, 20)
        terminal.type(b"l\t")
        terminal.expect(b"less")
        terminal.type(b"\x03echo 'sm'all\r")
        terminal.expect(b"small")
        terminal.type(b"repl\r")
        terminal.expect(b">>> ")
        terminal.resize(24, 80)
        terminal.type(b"6*7\r")
        terminal.expect(b"42", b">>> ")
        terminal.type(b"\x18")
        terminal.expect(b"] >")
        terminal.type(b"exit\r")
        assert process.wait(30) == 0
    assert b"too small" not in terminal.seen


@pytest.mark.parametrize("line", ["repl", "exec while True: pass"])
def test_sighup_leaves_the_board_at_its_prompt_and_the_terminal_sane(
    terminal: Terminal, device: str, line: str
) -> None:
    before = terminal.modes
    with terminal.running("sh", "-c", f"{' '.join(ESPSH)} -p {device}; echo left $?; exec sleep 600"):
        terminal.expect(*READY)
        terminal.type(b"!echo pid $PPID\r")
        terminal.expect(b"lpid ")
        pid = int(terminal.expect(b"\r"))
        terminal.expect(b"] >")
        terminal.type(f"{line}\r".encode())
        terminal.expect(b">>> " if line == "repl" else b"\r\n")
        os.kill(pid, signal.SIGHUP)
        terminal.expect(b"left 129")
        assert terminal.modes == before
    assert_at_prompt(device)


@pytest.mark.parametrize("line", ["", "repl", "exec while True: pass"])
def test_a_closed_window_ends_espsh_with_the_board_at_its_prompt(terminal: Terminal, device: str, line: str) -> None:
    with terminal.running(*ESPSH, "-p", device) as process:
        terminal.expect(*READY)
        terminal.type(f"{line}\r".encode())
        terminal.expect(b">>> " if line == "repl" else b"\r\n")
        terminal.hang_up()
        assert process.wait(30) in (0, 129)  # the end of what is typed may be seen before the signal
    assert_at_prompt(device)


def assert_at_prompt(device: str) -> None:
    """Enter is answered by a prompt."""
    port = os.open(device, os.O_RDWR | os.O_NOCTTY)
    try:
        os.write(port, b"\r6*7\r")
        said = b""
        while b"42\r\n>>> " not in said:
            said += os.read(port, 100)
    finally:
        os.close(port)


def test_a_history_that_cannot_be_written_costs_the_history_only(tmp_path: Path, terminal: Terminal) -> None:
    history = tmp_path / "state" / "history"
    history.mkdir(parents=True)  # a file that refuses root, too
    with terminal.running(*ESPSH, ESPSH_STATE_DIR=str(history.parent)) as process:
        terminal.expect(b"Ctrl-D to leave", b" >")
        terminal.type(b"echo 'on'e\r")
        terminal.expect(b"one", b" >")
        terminal.type(b"\x1b[A\r")
        terminal.expect(b"one", b" >")
        terminal.type(b"\x04")
        assert process.wait(30) == 0
    assert b"Traceback" not in terminal.seen

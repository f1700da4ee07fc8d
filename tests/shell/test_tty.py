"""The whole of espsh on a real terminal, which it must leave as it found it."""

from __future__ import annotations

import os
import random
import signal
import sys
from pathlib import Path

import pytest

from tests.terminal import Terminal


@pytest.mark.parametrize("term", ["xterm", "dumb"])
def test_a_session_on_a_terminal(terminal: Terminal, term: str) -> None:
    before = terminal.modes
    with terminal.running(sys.executable, "-m", "espsh", TERM=term) as process:
        terminal.expect(b"Ctrl-D to leave", b" >")
        terminal.type(b"echo 'typed '\"at it\"\r")
        terminal.expect(b"typed at it", b" >")
        terminal.type(b"echo 'be'gun; sleep 600\r")
        terminal.expect(b"begun")
        terminal.type(b"\x03")
        terminal.expect(b"interrupted", b" >")
        terminal.type(b"exit\r")
        assert process.wait(30) == 0
    assert terminal.modes == before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_espsh_and_what_it_runs(tmp_path: Path, terminal: Terminal, number: signal.Signals) -> None:
    before = terminal.modes
    held = tmp_path / "held"
    os.mkfifo(held)
    # Not the leader of its session, as it mostly runs: the leader's end would end all others on the terminal.
    with terminal.running("sh", "-c", f"{sys.executable} -m espsh; echo left $?; exec sleep 600"):
        terminal.expect(b"Ctrl-D to leave", b" >")
        terminal.type(b"!stty -echo; (echo $PPID; exec sleep 600) > held; true\r")
        with held.open("rb", buffering=0) as pipe:
            os.kill(int(pipe.readline()), number)
            terminal.expect(b"left %d" % (128 + number))
            assert pipe.read() == b""  # comes when all who could write have ended
        assert terminal.modes == before


def test_a_program_may_be_stopped_and_go_on(terminal: Terminal) -> None:
    with terminal.running("bash", "--norc", "-i", PS1="outside$ "):
        terminal.expect(b"outside$ ")
        terminal.type(f"{sys.executable} -m espsh\r".encode())
        terminal.expect(b"Ctrl-D to leave", b" >")
        terminal.type(b"!echo as''ks; read answer; echo got $answer\r")
        terminal.expect(b"asks\r\n")
        terminal.type(b"\x1a")
        terminal.expect(b"outside$ ")
        terminal.type(b"fg\r")
        terminal.expect(b"espsh\r\n")
        terminal.type(b"yes\r")
        terminal.expect(b"got yes", b" >")
        terminal.type(b"!echo as''ks; read answer\r")
        terminal.expect(b"asks\r\n")
        terminal.type(b"\x03")
        terminal.expect(b"exit code", b" >")
        terminal.type(b"exit\r")
        terminal.expect(b"outside$ ")


def test_a_copy_on_a_terminal_shows_its_progress_until_it_is_interrupted(tmp_path: Path, terminal: Terminal) -> None:
    (tmp_path / "data.bin").write_bytes(random.Random(1).randbytes(200_000))
    port = "sim:esp32?fresh=1&baud=115200"
    with terminal.running(sys.executable, "-m", "espsh", "-p", port, "cp", "data.bin", ":") as process:
        terminal.expect(b"esp32", b"data.bin", b"%", b"kB/s", b" left")
        terminal.type(b"\x03")
        terminal.expect(b"\r\x1b[2K", b"cp: interrupted\r\n")
        assert process.wait(30) == 130

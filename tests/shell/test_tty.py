"""The whole of espsh on a real terminal, which it must leave as it found it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

termios = pytest.importorskip("termios", reason="a POSIX terminal")


def wait_for(terminal: int, text: bytes, seen: bytes = b"") -> bytes:
    """Read the terminal until ``text`` appears after what was ``seen``."""
    while text not in seen:
        seen += os.read(terminal, 4096)
    return seen.partition(text)[2]


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    pair = os.openpty()
    yield pair
    for end in pair:
        os.close(end)


@contextlib.contextmanager
def started(terminal: tuple[int, int], folder: Path, argv: list[str], **env: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start a program with the terminal as its own, and end it afterwards."""
    known = {"PATH": os.environ["PATH"], "HOME": str(folder), "TERM": "xterm", "ESPSH_PORT": "none"}
    process = subprocess.Popen(
        argv,
        cwd=folder,
        env={**known, "PROMPT_TOOLKIT_NO_CPR": "1", **env},
        stdin=terminal[1],
        stdout=terminal[1],
        stderr=terminal[1],
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("term", ["xterm", "dumb"])
def test_a_session_on_a_terminal(tmp_path: Path, terminal: tuple[int, int], term: str) -> None:
    ours, theirs = terminal
    before = termios.tcgetattr(theirs)
    with started(terminal, tmp_path, [sys.executable, "-m", "espsh"], TERM=term) as process:
        rest = wait_for(ours, b"Ctrl-D to leave")
        rest = wait_for(ours, b" >", rest)
        os.write(ours, b"echo 'typed '\"at it\"\r")
        rest = wait_for(ours, b"typed at it", rest)
        rest = wait_for(ours, b" >", rest)
        os.write(ours, b"echo 'be'gun; sleep 600\r")
        rest = wait_for(ours, b"begun", rest)
        os.write(ours, b"\x03")
        rest = wait_for(ours, b"interrupted", rest)
        rest = wait_for(ours, b" >", rest)
        os.write(ours, b"exit\r")
        assert process.wait(30) == 0
    assert termios.tcgetattr(theirs) == before


UNDER_A_SHELL = ["sh", "-c", f"{sys.executable} -m espsh; echo left $?; exec sleep 600"]
"""espsh as it mostly runs: not the leader of its session, whose end would end all others on the terminal."""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_espsh_and_what_it_runs(
    tmp_path: Path, terminal: tuple[int, int], number: signal.Signals
) -> None:
    ours, theirs = terminal
    before = termios.tcgetattr(theirs)
    held = tmp_path / "held"
    os.mkfifo(held)
    with started(terminal, tmp_path, UNDER_A_SHELL):
        rest = wait_for(ours, b"Ctrl-D to leave")
        rest = wait_for(ours, b" >", rest)
        os.write(ours, b"!stty -echo; (echo $PPID; exec sleep 600) > held; true\r")
        with held.open("rb", buffering=0) as pipe:
            os.kill(int(pipe.readline()), number)
            wait_for(ours, b"left %d" % (128 + number), rest)
            assert pipe.read() == b"", "the program runs on"
        assert termios.tcgetattr(theirs) == before


def test_a_program_may_be_stopped_and_go_on(tmp_path: Path, terminal: tuple[int, int]) -> None:
    ours, _ = terminal
    with started(terminal, tmp_path, ["bash", "--norc", "-i"], PS1="outside$ "):
        rest = wait_for(ours, b"outside$ ")
        os.write(ours, f"{sys.executable} -m espsh\r".encode())
        rest = wait_for(ours, b"Ctrl-D to leave", rest)
        rest = wait_for(ours, b" >", rest)
        os.write(ours, b"!echo as''ks; read answer; echo got $answer\r")
        rest = wait_for(ours, b"asks\r\n", rest)
        os.write(ours, b"\x1a")
        rest = wait_for(ours, b"outside$ ", rest)
        os.write(ours, b"fg\r")
        rest = wait_for(ours, b"espsh\r\n", rest)
        os.write(ours, b"yes\r")
        rest = wait_for(ours, b"got yes", rest)
        rest = wait_for(ours, b" >", rest)
        os.write(ours, b"!echo as''ks; read answer\r")
        rest = wait_for(ours, b"asks\r\n", rest)
        os.write(ours, b"\x03")
        rest = wait_for(ours, b"exit code", rest)
        rest = wait_for(ours, b" >", rest)
        os.write(ours, b"exit\r")
        wait_for(ours, b"outside$ ", rest)

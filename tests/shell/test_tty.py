"""The whole of espsh on a real terminal, which it must leave as it found it."""

from __future__ import annotations

import fcntl
import os
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


@pytest.mark.parametrize("term", ["xterm", "dumb"])
def test_a_session_on_a_terminal(tmp_path: Path, terminal: tuple[int, int], term: str) -> None:
    ours, theirs = terminal
    before = termios.tcgetattr(theirs)
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TERM": term, "ESPSH_PORT": "none"}
    process = subprocess.Popen(
        [sys.executable, "-m", "espsh"],
        cwd=tmp_path,
        env={**env, "PROMPT_TOOLKIT_NO_CPR": "1"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    try:
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
    finally:
        process.kill()
        process.wait()
    assert termios.tcgetattr(theirs) == before

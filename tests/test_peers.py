"""mpremote, rshell and ampy on a virtual board, unchanged: list, put, get, compare."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.peer

Tool = Callable[..., str]
CONTENT = bytes(range(256)) * 6 + random.Random(2).randbytes(1500) + b"\n\r\n\x03\x04\x01"


@pytest.fixture
def device(tmp_path: Path) -> Iterator[str]:
    """The path of a served virtual ESP32 on a UART of 115200 baud that drops on overflow."""
    link = tmp_path / "ttyUSB0"  # by this name: mpremote treats a bare /dev/pts specially
    command = [sys.executable, "-m", "espsh.sim", "esp32", "--pty", "--link", str(link)]
    env = {**os.environ, "ESPSH_STATE_DIR": str(tmp_path / "state")}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == str(link)
        yield str(link)
        process.terminate()
        assert process.wait(20) == 0


@pytest.fixture
def run(tmp_path: Path) -> Tool:
    def run(name: str, *words: str) -> str:
        program = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
        if program is None:
            pytest.skip(f"{name} is not installed")
        done = subprocess.run([program, *words], capture_output=True, text=True, timeout=100, cwd=tmp_path, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    there, back = tmp_path / "there.bin", tmp_path / "back.bin"
    there.write_bytes(CONTENT)
    return there, back


def test_mpremote(device: str, run: Tool, files: tuple[Path, Path]) -> None:
    there, back = files
    at = ("connect", device)
    run("mpremote", *at, "cp", there.name, ":there.bin")
    assert "there.bin" in run("mpremote", *at, "ls")
    run("mpremote", *at, "cp", ":there.bin", back.name)
    assert back.read_bytes() == CONTENT
    assert run("mpremote", *at, "exec", "import os; print(os.uname().sysname)").strip() == "esp32"
    assert run("mpremote", *at, "mkdir", ":lib", "+", "touch", ":lib/a.py", "+", "ls", ":lib").endswith("0 a.py\n")


def test_rshell(device: str, run: Tool, files: tuple[Path, Path]) -> None:
    there, back = files
    at = ("--quiet", "-p", device)
    run("rshell", *at, "cp", there.name, "/pyboard/there.bin")
    assert "there.bin" in run("rshell", *at, "ls", "/pyboard")
    run("rshell", *at, "cp", "/pyboard/there.bin", back.name)
    assert back.read_bytes() == CONTENT


def test_ampy(device: str, run: Tool, files: tuple[Path, Path]) -> None:
    there, back = files
    at = ("-p", device)
    run("ampy", *at, "put", there.name, "there.bin")
    assert "/there.bin" in run("ampy", *at, "ls")
    run("ampy", *at, "get", "there.bin", back.name)
    assert back.read_bytes() == CONTENT


def test_each_reads_what_another_wrote(device: str, run: Tool, files: tuple[Path, Path]) -> None:
    there, back = files
    run("rshell", "--quiet", "-p", device, "cp", there.name, "/pyboard/a.bin")
    run("ampy", "-p", device, "get", "a.bin", back.name)
    assert back.read_bytes() == CONTENT
    run("mpremote", "connect", device, "cp", there.name, ":b.bin", "+", "cp", ":b.bin", back.name)
    assert back.read_bytes() == CONTENT

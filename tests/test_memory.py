"""However much passes through espsh, it holds a little of it at a time."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import Shell

Serve = Callable[[str, str], str]
STATUS = Path("/proc/self/status")
pytestmark = pytest.mark.skipif(not STATUS.is_file(), reason="no /proc here")
GROWTH = 3_000_000
"""Bytes of memory that a big job may take more than a small one; measured: 0.2 MB for output, 0.6 MB for a copy."""
FAST = "baud=0&latency=0&erase=0&write=0"
MEASURED = """
import re, sys
from espsh.cli import main
code = main(sys.argv[2:])
with open("/proc/self/status") as status, open(sys.argv[1], "w") as peak:
    peak.write(re.search(r"VmHWM:\\s+(\\d+) kB", status.read())[1])
sys.exit(code)
"""


@pytest.fixture
def serve(sh: Shell, tmp_path: Path) -> Iterator[Serve]:
    """Serve virtual boards from processes of their own, so that their memory is not counted."""
    served = []

    def serve(name: str, options: str) -> str:
        link = tmp_path / name
        command = [sys.executable, "-m", "espsh.sim", f"esp32/{name}?{options}", "--pty", "--link", str(link)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=sh.env)
        served.append(process)
        assert process.stdout is not None
        assert process.stdout.readline().strip() == str(link)
        return f"{name}={link}"

    yield serve
    for process in served:
        process.terminate()
        process.communicate(timeout=20)


def peak(sh: Shell, *argv: str) -> tuple[int, int]:
    """Run espsh in a process of its own; return the bytes of its stdout and its peak of resident memory in bytes."""
    found = sh.folder / "peak"
    command = [sys.executable, "-c", MEASURED, str(found), *argv]
    with (sh.folder / "out").open("wb") as out:
        done = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, env=sh.env, cwd=sh.folder, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return (sh.folder / "out").stat().st_size, int(found.read_text()) * 1024


def test_a_programs_output_passes_through(sh: Shell, serve: Serve) -> None:
    port = serve("talker", FAST)
    kilobyte = "for i in range({}): print('x' * 999)"
    small, little = peak(sh, "-p", port, "exec", kilobyte.format(1))
    big, much = peak(sh, "-p", port, "exec", kilobyte.format(10_000))
    assert (small, big) == (1000, 10_000_000)
    assert much - little < GROWTH


def test_a_copy_between_two_boards_passes_through(sh: Shell, serve: Serve) -> None:
    content = random.Random(1).randbytes(4_000_000)
    sh.write("files/big", content)
    sh.write("files/small", content[:1000])
    roomy = f"{FAST}&flash=8MB&size=6M"
    ports = ["-p", serve("here", f"{roomy}&dir={sh.folder / 'files'}"), "-p", serve("there", roomy)]
    _, little = peak(sh, *ports, "cp", "here:/small", "there:/")
    _, much = peak(sh, *ports, "cp", "here:/big", "there:/")
    assert much - little < GROWTH
    _, much = peak(sh, *ports, "cat", "there:/big")
    assert sh.read("out") == content
    assert much - little < GROWTH

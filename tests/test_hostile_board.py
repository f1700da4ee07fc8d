"""A board that means harm: names that lead elsewhere, and escape sequences in what it says."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Shell
from tests.terminal import Terminal

BOOT = """
import os
NAMES = ["../up", "/etc/abs", "nul\\0nul", "\\x1b[2Jcls", "\\x1b]0;pwn\\x07t", "new\\nline", "c1\\x9b31m", "..",
         ".", "", "sub/dir", "good.txt", " lead", "-rf", "del\\x7f"]
def ilistdir(path="."):
    if path in ("/", "", "."):
        return iter([(name, 0x8000, 0, 4) for name in NAMES] + [("../updir", 0x4000, 0, 0), ("..", 0x4000, 0, 0)])
    if "up" in path or ".." in path:
        return iter([("inside.txt", 0x8000, 0, 4)])
    raise OSError(2)
def stat(path):
    name = path.split("/")[-1]
    return (0x4000 if name in ("", "..", "updir") else 0x8000, 0, 0, 0, 0, 0, 4, 0, 0, 0)
import builtins
import io
real = open
def open(path, mode="r", *rest):
    return io.BytesIO(b"\\x1b[2J") if mode == "rb" else real(path, mode, *rest)
os.ilistdir, os.stat, builtins.open = ilistdir, stat, open
"""
Port = Callable[..., str]
ESCAPE = re.compile("[\x00-\x08\x0b-\x1f\x7f\x80-\x9f]")


@pytest.fixture
def evil(sh: Shell, port: Port, tmp_path: Path) -> Shell:
    files = tmp_path / "evil"
    files.mkdir()
    (files / "boot.py").write_text(BOOT)
    sh.ports = [f"evil={port(dir=str(files))}"]
    return sh


def made(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.mark.parametrize(
    "line", ["cp -r :/ out", "cp -r :/* out", "rsync :/ out", "cp :/.. out", "snapshot save out/s"]
)
def test_no_name_leads_out_of_the_target(evil: Shell, tmp_path: Path, line: str) -> None:
    evil.write("out/kept", "")
    before = made(tmp_path) | {"state", "cache", "config"}
    result = evil(line)
    new = made(tmp_path) - before
    assert all(name.startswith(("work/out/", "state/", "cache/", "sim")) or name.endswith(".flash") for name in new)
    assert "Traceback" not in result.err
    assert not ESCAPE.search(result.err.replace("\n", ""))
    if line.endswith(" out") and "/.." not in line:
        copied = {path.name for path in (evil.folder / "out").iterdir()} - {"kept"}
        assert "good.txt" in copied
        assert not copied & {"up", "abs", "updir", "inside.txt", "dir", "sub"}


@pytest.mark.parametrize("line", ["ls :", "ls -l :", "ls -R :", "tree :", "ls --json :"])
def test_what_no_file_can_be_called_is_left_out_and_said(evil: Shell, line: str) -> None:
    result = evil(line)
    assert result.code == 0
    assert "good.txt" in result.out
    assert not re.search(r"\.\./up|etc/abs|nul\W*nul|sub/dir|inside", result.out)
    assert re.search(r"^left out below /: \d+ names that no file can have$|^evil: left out below", result.err, re.M)


LINES = ("ls :", "ls -lR :", "tree :", "cat :good.txt", "head :good.txt", "sha256sum :*")


@pytest.mark.parametrize("whom", ["", "@all "])
def test_nothing_that_a_board_says_steers_the_terminal(evil: Shell, terminal: Terminal, port: Port, whom: str) -> None:
    files = evil.folder.parent / "evil"
    words = ["-p", evil.ports[0], "-p", port("esp32c3", dir=str(files))]
    script = "; ".join([*(whom + line for line in LINES), "boards; echo over"])
    with terminal.running(sys.executable, "-m", "espsh", *words, "-c", script, NO_COLOR="1") as process:
        terminal.expect(b"over\r\n")
        assert process.wait(30) == 0
    assert terminal.seen.count(b"good.txt") >= 3
    assert b"\\x1b[2J" in terminal.seen
    text = re.sub(r"\x1b\[(\d*[KA]|\?25[hl]|J)|[\r\n]", "", terminal.seen.decode())  # what espsh draws progress with
    assert not ESCAPE.search(text), text

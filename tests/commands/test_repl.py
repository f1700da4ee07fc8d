"""`repl` as a script uses it, and what is wrong with its words, told before a board is touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Shell


def test_what_code_prints_is_captured_behind_what_was_there(board: Shell) -> None:
    board.write("log.txt", "before\n")
    assert board("repl --capture log.txt ~ print('a') ~ print('b') ~").out == "a\nb\n"
    assert board.read("log.txt").replace(b"\r\n", b"\n") == b"before\na\nb\n"


def test_a_log_that_cannot_be_written_is_told_and_nothing_runs(board: Shell, tmp_path: Path) -> None:
    result = board(f"repl --capture {tmp_path} ~ print('ran') ~")
    assert (result.code, result.out) == (1, "")
    assert result.err == f"repl: {tmp_path}: is a directory\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_disk_that_is_full_ends_it_in_one_line(board: Shell) -> None:
    result = board("repl --capture /dev/full ~ print('a') ~")
    assert result.code == 1
    assert result.err.splitlines()[-1] == "repl: /dev/full: no space left on device"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "test.py: no such file"),
        (b"a = 1\nb = '\x03'\n", "test.py, line 2: Ctrl-C and Ctrl-D cannot be typed"),
        (b"\x04", "test.py, line 1: Ctrl-C and Ctrl-D cannot be typed"),
    ],
)
def test_a_file_that_cannot_be_injected_is_told_first(sh: Shell, content: bytes | None, message: str) -> None:
    if content is not None:
        sh.write("test.py", content)
    result = sh("repl --inject test.py")
    assert result.code == 2
    assert message in result.err.splitlines()[0]

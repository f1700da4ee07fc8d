"""head, tail, grep, hexdump and less, on the host's files and on a board's."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable

import pytest

from tests.conftest import Shell

Port = Callable[..., str]
LOG = b"".join(b"line %d%s\n" % (number, b" WiFi\r" if number % 7 == 0 else b"") for number in range(2000))
BINARY = bytes(range(256)) + bytes(64) + b"wifi"


@pytest.fixture
def board(sh: Shell, port: Port) -> Shell:
    sh.ports.append(f"attic={port()}")
    sh.write("log.txt", LOG)
    sh.write("bin.dat", BINARY)
    sh.write("sub/a.py", "import machine\nwifi = 1\n")
    assert sh("cp log.txt bin.dat :; cp -r sub :").code == 0
    return sh


@pytest.mark.parametrize("place", ["", ":"])
@pytest.mark.parametrize("count", [0, 1, 3, 2000, 5000])
def test_first_and_last_lines(board: Shell, place: str, count: int) -> None:
    lines = LOG.splitlines(keepends=True)
    assert board(f"head -n {count} {place}log.txt").data == b"".join(lines[:count])
    assert board(f"tail -n {count} {place}log.txt").data == b"".join(lines[len(lines) - min(count, len(lines)) :])


def test_a_last_line_without_an_end_is_one(board: Shell) -> None:
    board.write("x", "a\nb\nc")
    assert board("cp x :; tail -n 2 :x").out == "b\nc"
    assert board("head -n 3 :x").out == "a\nb\nc"


def test_an_empty_file_has_no_lines(board: Shell) -> None:
    assert board("touch :e; head :e; tail :e; hexdump :e").out == "00000000\n"


def test_of_a_long_file_only_the_end_is_read(board: Shell) -> None:
    board("tail -n 1 :log.txt", "--trace", str(board.folder / "trace.txt"))
    heard = sum(len(line) for line in board.read("trace.txt").splitlines() if b" < " in line)
    assert heard < len(LOG) / 4


def test_several_files_stand_under_their_names(board: Shell) -> None:
    assert board("head -n 1 sub/a.py :sub/a.py").lines == [
        "==> sub/a.py <==", "import machine", "", "==> attic:/sub/a.py <==", "import machine",
    ]  # fmt: skip


@pytest.mark.parametrize("place", ["", ":"])
def test_lines_that_match(board: Shell, place: str) -> None:
    assert board(f"grep -n '199[0-9] W' {place}log.txt").lines == ["1996:line 1995 WiFi"]
    assert board(f"grep -i '^line 14 wifi$' {place}log.txt").lines == ["line 14 WiFi"]
    name = "attic:/bin.dat" if place else "bin.dat"
    assert board(f"grep -F '[' {place}bin.dat").lines == [f"{name}: a binary file that matches"]
    assert board(f"grep -c {place}log.txt").code == 2


@pytest.mark.parametrize("place", ["", ":"])
def test_what_only_pythons_expressions_can_say_is_found_too(board: Shell, place: str) -> None:
    assert board(rf"grep -n '\b(19){{1}}9[5-6]\b' {place}log.txt").lines == ["1996:line 1995 WiFi", "1997:line 1996"]


def test_below_a_directory(board: Shell) -> None:
    assert board("grep -r -i -l wifi :").lines == ["attic:/bin.dat", "attic:/log.txt", "attic:/sub/a.py"]
    assert board("grep -rn wifi sub").lines == ["sub/a.py:2:wifi = 1"]
    told = board("grep wifi :sub")
    assert (told.code, "grep -r" in told.err) == (2, True)


def test_a_pipe_below_a_directory_is_not_waited_for(board: Shell) -> None:
    os.mkfifo(board.folder / "sub" / "pipe")
    (board.folder / "sub" / "nowhere").symlink_to("gone")
    assert board("grep -r wifi sub").lines == ["sub/a.py:wifi = 1"]


def test_nothing_that_matches_is_a_failure_in_one_line(board: Shell) -> None:
    told = board("grep nono :log.txt")
    assert (told.code, told.out, told.err) == (1, "", "grep: nothing matches nono\n")


def test_what_is_no_expression_is_said_before_anything_is_read(board: Shell) -> None:
    told = board("grep '(' :nosuch.txt :log.txt")
    assert told.code == 2
    told = board("grep '(' :log.txt")
    assert (told.code, "is no regular expression" in told.err, "-F" in told.err) == (2, True, True)


def test_a_board_without_re_has_its_files_brought_here(sh: Shell, port: Port) -> None:
    sh.ports.append(port(without="re"))
    sh.write("a.txt", "one\ntwo\n")
    assert sh("cp a.txt :; grep -n t.o :a.txt").lines == ["2:two"]


def test_a_long_line_is_looked_at_in_front(board: Shell) -> None:
    board.write("long", b"x" * 511 + b"needle\nneedle\n")
    for place in ("", ":"):
        assert board(f"cp long :; grep -n needle {place}long").lines == ["2:needle"]


@pytest.mark.skipif(shutil.which("hexdump") is None, reason="hexdump is not installed (Debian: bsdextrautils)")
@pytest.mark.parametrize("options", ["", "-s 3 -n 40", "-s 0xf0", "-n 0"])
def test_bytes_as_hexdump_shows_them(board: Shell, options: str) -> None:
    argv = ["hexdump", "-C", *options.split(), str(board.folder / "bin.dat")]
    theirs = subprocess.run(argv, capture_output=True, text=True, check=True)
    ours = board(f"hexdump {options} :bin.dat").out
    assert ours.splitlines()[:-1] == theirs.stdout.splitlines()[:-1]


def test_a_pager_needs_a_terminal(board: Shell) -> None:
    told = board("less :log.txt")
    assert (told.code, "cat prints a file" in told.err) == (2, True)


def test_cat_says_of_directories_what_they_are(board: Shell) -> None:
    for place in (":", ":/", ".", "/"):
        told = board(f"cat {place}")
        assert told.code and "is a directory" in told.err, told.err

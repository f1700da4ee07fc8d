"""heap: sizes, the map, and again and again."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.conftest import Shell

Port = Callable[..., str]


@pytest.fixture
def board(sh: Shell, port: Port) -> Shell:
    sh.ports.append(port())
    return sh


def facts(board: Shell) -> dict[str, int]:
    return dict(json.loads(board("heap --json").out))


def test_sizes_are_those_of_the_board(board: Shell) -> None:
    before = facts(board)
    assert before["free"] + before["used"] == before["total"]
    assert board("exec kept = bytearray(20000)").code == 0
    after = facts(board)
    assert 19_000 < before["free"] - after["free"] < 24_000
    assert after["largest"] <= after["free"]


def test_it_leaves_no_names_and_the_users_own_stay(board: Shell) -> None:
    board("exec gc = 5")
    assert board("heap; eval gc").lines[-1] == "5"
    assert board("heap; eval [n for n in dir() if n in ('m', 'sys', 'micropython')]").lines[-1] == "[]"


def test_esp_idfs_heap_is_shown_where_there_is_one(sh: Shell, port: Port) -> None:
    sh.ports.append(port(without="esp32"))
    assert [line.split()[0] for line in sh("heap").lines] == ["free"]
    assert facts(sh)["idf"] == []


def test_the_map_shows_what_is_used(board: Shell) -> None:
    *head, last = board("heap --map").lines
    rows = head[2:]
    assert {len(row) for row in rows[:-1]} == {64}
    assert set("".join(rows)) <= set("·░▒▓█")
    assert "·" in rows[-1]
    assert last.startswith("· free  █ used  ")


def test_a_firmware_without_mem_info_tells_the_sizes(sh: Shell, port: Port) -> None:
    sh.ports.append(port(without="micropython.mem_info"))
    assert sh("heap").lines[0].startswith("free ")
    told = sh("heap --map")
    assert (told.code, "draws no map" in told.err) == (2, True)


SOURCE = "class A:\n" + "".join(f"    def f{n}(self, a, b):\n        return a + b * {n}\n" for n in range(40))
TOLD = "import micropython as m;w=m.mem_current();import app;print(m.mem_peak() - w)"


def imports(board: Shell, what: str) -> dict[str, dict[str, int]]:
    found = json.loads(board(f"heap --json --import {what}").out)
    return {one["file"]: one for one in found}


def test_what_an_import_takes_is_what_the_firmware_itself_counts(board: Shell) -> None:
    board.write("app.py", SOURCE)
    assert board("cp app.py :").code == 0
    counted = int(board(f"reset; exec {TOLD}").out)
    peak = imports(board, "app.py")["app.py"]["peak"]
    assert 0.8 * counted < peak < 1.2 * counted


def test_a_source_is_weighed_beside_its_mpy(board: Shell) -> None:
    board.write("app.py", SOURCE)
    both = imports(board, "app.py")
    assert list(both) == ["app.py", "app.mpy"]
    assert 2 * both["app.mpy"]["peak"] < both["app.py"]["peak"]
    assert 2000 < both["app.py"]["stays"] < both["app.py"]["peak"]
    head, *rows, last = board("heap --import app.py").lines
    assert [line.split()[0] for line in (head, *rows)] == ["import", "app.py", "app.mpy"]
    assert last.startswith("free ")


def test_a_measured_import_leaves_nothing_behind(board: Shell) -> None:
    board.write("app.py", "import helper\nx = 2\n")
    board.write("helper.py", "y = 3\n")
    board("cp helper.py :; exec import sys;sys.modules['app'] = 'mine';before = sys.path[:]")
    assert board("heap --import app.py; heap --import helper").code == 0
    left = "[sys.modules['app'], 'helper' in sys.modules, sys.path == before]"
    assert board(f"eval {left}").out == "['mine', False, True]\n"
    assert board("ls -a :").lines == ["helper.py"]


def test_lines_that_both_imports_print_stay_lines(board: Shell) -> None:
    board.write("app.py", "print('first')\nprint('last')\n")
    assert board("heap --import app.py").err.splitlines() == ["esp32 | first", "esp32 | last"] * 2


def test_an_import_that_fails_says_so_and_leaves_nothing(board: Shell) -> None:
    board.write("app.py", "import nosuch\n")
    board.write("large.py", "x = bytearray(1_000_000)\n")
    board.write("wrong.py", "x = = 1\n")
    assert "no module named 'nosuch'" in board("heap --import app.py").err
    assert [line.split()[1:] for line in board("heap --import large.py").lines[1:3]] == [
        ["does", "not", "fit", "?"]
    ] * 2
    assert "wrong.py:1: SyntaxError" in board("heap --import wrong.py").err
    assert [board(f"heap --import {name}").code for name in ("nosuch.py", "./app.txt", "nosuch")] == [2, 2, 1]
    assert board("ls -a :").lines == []


def test_a_firmware_whose_memory_cannot_be_seen_tells_what_stays(sh: Shell, port: Port) -> None:
    sh.ports.append(port(without="uctypes"))
    sh.write("app.py", SOURCE)
    assert [line.split()[1] for line in sh("heap --import app.py").lines[1:3]] == ["?", "?"]
    assert imports(sh, "app.py")["app.py"]["stays"] > 2000


def test_one_board_is_watched_at_a_time(sh: Shell, port: Port) -> None:
    sh.ports += [f"attic={port()}", f"kitchen={port()}"]
    assert sh("@all heap --watch 1").code == 2

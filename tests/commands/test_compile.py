"""mpycross: files compiled for a board, and what the board makes of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conftest import Shell

Port = Callable[..., str]


@pytest.fixture
def project(board: Shell) -> Shell:
    board.write("m.py", "x = 6 * 7\n\n\ndef fail():\n    raise ValueError('no')\n")
    return board


def test_a_board_imports_what_was_compiled_for_it(project: Shell) -> None:
    assert project("mpycross m.py; cp m.mpy :").code == 0
    assert project("ls :; exec import m; print(m.x)").lines == ["m.mpy", "42"]
    assert 'File "m.py", line 5, in fail' in project("exec import m; m.fail()", "--debug").err


def test_onto_the_board(project: Shell) -> None:
    project.write("n.py", "x = 1\n")
    assert project("mkdir :lib; mpy-cross m.py n.py -o :/lib; ls -R :").lines == ["lib/", "lib/m.mpy", "lib/n.mpy"]
    assert project("exec import m, n; print(m.x, n.x)").lines == ["42 1"]
    assert project("mpycross m.py -o :/lib/other.mpy; exec import other; print(other.x)").lines == ["42"]


@pytest.mark.parametrize(
    ("line", "made"),
    [
        ("mpycross m.py", "m.mpy"),
        ("mpycross m.py -o other.mpy", "other.mpy"),
        ("mpycross ./m.py -o out", "out/m.mpy"),
        ("mpycross m.py -o out/", "out/m.mpy"),
        ("mpycross --for 1.22 *.py -o out", "out/m.mpy"),
        ("cd out; mpycross ../m.py", "m.mpy"),
        ("cd out; mpycross ../m.py -o .", "out/m.mpy"),
        ("mpycross -O3 -X heapsize=4M m.py", "m.mpy"),
        ("mpycross m.py ./m.py", "m.mpy"),
    ],
)
def test_where_it_goes(project: Shell, line: str, made: str) -> None:
    (project.folder / "out").mkdir()
    result = project(line)
    assert (result.code, result.out, result.err) == (0, "", "")
    assert project.read(made)[:2] == b"M\x06"
    assert sorted(path.name for path in project.folder.rglob("*.*")) == sorted(["m.py", made.rpartition("/")[2]])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("mpycross none.py", "no such file"),
        ("mpycross *.pyx", "nothing matches"),
        ("mpycross m.py -o none", "no such directory"),
        ("mpycross m.py -o none/", "no such directory"),
        ("mpycross m.py -o none/m.mpy", "no such"),
        ("mpycross m.py -o :/none", "no such directory"),
        ("mpycross m.py -o m.py", "ends in .mpy"),
        ("mpycross m.py -o m.py/", "not a directory"),
        ("mpycross m.py d/m.py -o d", "both become"),
        ("mpycross m.py d/m.py -o x.mpy", "no such directory"),
        ("mpycross d", "is a directory"),
        ("mpycross old.mpy", "compiled already"),
        ("mpycross -O4 m.py", "none of"),
        ("mpycross -X heapsize=0 m.py", "out of range"),
        ("mpycross -X emit=native m.py", "not heapsize=N"),
        ("mpycross --for new m.py", "no MicroPython version"),
        ("@all mpycross m.py -o m.mpy", "several boards"),
    ],
)
def test_usage_errors_write_nothing(project: Shell, line: str, said: str) -> None:
    project.write("d/m.py", "")
    project.write("old.mpy", "")
    result = project(line)
    assert result.code == 2 and said in result.err
    assert sorted(path.name for path in project.folder.rglob("*.*")) == ["m.py", "m.py", "old.mpy"]


def test_it_stops_at_the_first_file_that_does_not_compile(project: Shell) -> None:
    project.write("l.py", "x = 1\ndef f(:\n")
    project.write("l.mpy", "old")
    result = project("mpycross *.py")
    assert (result.code, result.err) == (1, "mpycross: l.py:2: SyntaxError: invalid syntax\n")
    assert project.read("l.mpy") == b"old"
    assert not (project.folder / "m.mpy").exists()


def test_without_a_board_the_release_has_to_be_named(sh: Shell) -> None:
    sh.write("m.py", "x = 1\n")
    result = sh("mpycross m.py")
    assert result.code == 2 and "--for" in result.err
    assert sh("mpycross --for 1.12 m.py").code == 0
    assert sh.read("m.mpy")[:2] == b"M\x05"
    for release in ("1.8.7", "1.99"):
        result = sh(f"mpycross --for {release} m.py")
        assert result.code == 1 and f"MicroPython {release}" in result.err
    assert sh.read("m.mpy")[:2] == b"M\x05"


def test_what_a_board_would_not_load_is_not_written_to_it(project: Shell) -> None:
    result = project("mpycross --for 1.18 m.py -o :")
    assert result.code == 1
    assert "compiled as .mpy version 5" in result.err and "incompatible .mpy file" in result.err
    assert project("ls :").lines == []
    assert project("mpycross --for 1.20 m.py -o :; exec import m; print(m.x)").lines == ["42"]


def test_names_with_blanks_and_letters_of_the_world(project: Shell) -> None:
    project.write("übung 1.py", "x = 'ä'\n")
    assert project("mpycross 'übung 1.py' -o :; ls :").lines == ["übung 1.mpy"]
    assert project("exec print(__import__('übung 1').x)").lines == ["ä"]


def test_a_source_that_hides_what_was_compiled_is_told(project: Shell) -> None:
    said = project("cp m.py :; mpycross m.py -o :").err
    assert said.endswith(":/m.py is there too, and import takes it first\n")


def test_a_board_starts_main_py_only(project: Shell) -> None:
    project.write("main.py", "")
    assert "never their .mpy" in project("mpycross main.py -o :").err


def test_each_board_of_a_set_gets_its_own(sh: Shell, port: Port) -> None:
    sh.ports += [f"attic={port()}", f"kitchen={port()}"]
    sh.write("m.py", "x = 42\n")
    assert sh("@all mpycross m.py -o :").code == 0
    for name in ("attic", "kitchen"):
        assert sh(f"@{name} exec import m; print(m.x)").out.split()[-1] == "42"
    assert sh("@all mpycross m.py").code == 0
    assert sh.read("attic/m.mpy") == sh.read("kitchen/m.mpy")


def test_on_a_boards_place(project: Shell) -> None:
    assert project("cp m.py :; cd :; mpycross m.py; ls").lines == ["m.mpy", "m.py"]


def test_help_explains_it(sh: Shell) -> None:
    text = sh("help mpycross").out
    assert "runs on the host" in text and "--for 1.22" in text

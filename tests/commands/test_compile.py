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
    assert project("mkdir :lib; mpy-cross -q m.py n.py -o :/lib; ls -R :").lines == ["lib/", "lib/m.mpy", "lib/n.mpy"]
    assert project("exec import m, n; print(m.x, n.x)").lines == ["42 1"]
    assert project("mpycross -q m.py -o :/lib/other.mpy; exec import other; print(other.x)").lines == ["42"]


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
    result = project(line, "-q")
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
        ("mpycross m.py d/m.py -o y.mpy", "no such directory"),
        ("mpycross m.py d/m.py -o x.mpy", "not a directory"),
        ("mpycross d/e", "no .py files"),
        ("mpycross d/ -o x.mpy", "a file, not a directory"),
        ("mpycross d/ m.py -o d", "both become"),
        ("mpycross --for 1.22 --bytecode 6 m.py", "not both"),
        ("mpycross --board none m.py", "no board 'none'"),
        ("mpycross --bytecode six m.py", "no version of .mpy files"),
        ("mpycross --march esp32 m.py", "no architecture"),
        ("mpycross -X heapsize=Board m.py", "not heapsize=N"),
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
    project.write("d/e/no.txt", "")
    project.write("old.mpy", "")
    project.write("x.mpy", "")
    result = project(line)
    assert result.code == 2 and said in result.err
    assert sorted(p.name for p in project.folder.rglob("*.*")) == ["m.py", "m.py", "no.txt", "old.mpy", "x.mpy"]
    assert (project.read("old.mpy"), project.read("x.mpy")) == (b"", b"")


def test_nothing_is_written_where_one_file_does_not_compile_and_each_such_is_named(project: Shell) -> None:
    project.write("k.py", "x = 1\ndef f(:\n")
    project.write("l.py", "return 1\n")
    project.write("l.mpy", "old")
    result = project("mpycross *.py")
    assert (result.code, result.out) == (1, "")
    assert result.err.splitlines() == [
        "mpycross: k.py:2: SyntaxError: invalid syntax",
        "hint: also: l.py:1: SyntaxError: 'return' outside function",
    ]
    assert project.read("l.mpy") == b"old"
    assert not (project.folder / "m.mpy").exists()


def test_sizes_before_and_after(project: Shell) -> None:
    size = len((project.folder / "m.py").read_bytes())
    (headings, row) = project("mpycross m.py").lines
    made = len(project.read("m.mpy"))
    assert headings.split() == ["compiled", "source", ".mpy"]
    assert row.split() == ["m.py", *f"{size} B {made} B {made / size:.0%}".split()]
    project.write("empty.py", "")
    assert project("mpycross *.py").lines[-1].startswith("2 files")
    assert project("mpycross -q *.py").out == ""


def test_of_many_files_the_sum_is_said_and_each_with_v(project: Shell) -> None:
    for number in range(50):
        project.write(f"src/m{number}.py", f"x = {number}\n")
    assert [line.split()[:2] for line in project("mpycross --for 1.28 src").lines[1:]] == [["50", "files"]]
    assert len(project("mpycross -v --for 1.28 src").lines) == 52
    assert len(list((project.folder / "src").glob("*.mpy"))) == 50


@pytest.mark.parametrize(
    ("line", "made"),
    [
        ("mpycross src -o out", ["out/src/a.mpy", "out/src/pkg/b.mpy"]),
        ("mpycross src/ -o out", ["out/a.mpy", "out/pkg/b.mpy"]),
        ("mpycross src/pkg/ m.py -o out/", ["out/b.mpy", "out/m.mpy"]),
        ("mpycross src", ["src/a.mpy", "src/pkg/b.mpy"]),
        ("cd src; mpycross . -o ../out", ["out/a.mpy", "out/pkg/b.mpy"]),
        ("cd src; mpycross .", ["src/a.mpy", "src/pkg/b.mpy"]),
    ],
)
def test_a_directory_keeps_its_structure(project: Shell, line: str, made: list[str]) -> None:
    for name in ("a.py", "pkg/b.py", "pkg/left.txt", ".hidden/c.py", "__pycache__/d.py", "not/e.py", "empty/x.txt"):
        project.write(f"src/{name}", "x = 1\n")
    project.write("src/.espshignore", "not/\n")
    assert project(line).code == 0
    assert sorted(p.relative_to(project.folder).as_posix() for p in project.folder.rglob("*.mpy")) == made


def test_a_directory_onto_the_board(project: Shell) -> None:
    project.write("src/a.py", "x = 1\n")
    project.write("src/pkg/__init__.py", "from pkg.b import y\n")
    project.write("src/pkg/b.py", "y = 2\n")
    found = project("mpycross -q src/ -o :/lib; ls -R :").lines
    assert found == ["lib/", "lib/a.mpy", "lib/pkg/", "lib/pkg/__init__.mpy", "lib/pkg/b.mpy"]
    assert project("exec import a, pkg; print(a.x, pkg.y)").lines == ["1 2"]


def test_for_a_board_by_its_name(sh: Shell, port: Port) -> None:
    sh.ports += [f"attic={port()}", f"kitchen={port()}"]
    sh.write("m.py", "x = 42\n")
    assert sh("mpycross --board attic m.py").code == 0
    assert sh.read("m.mpy")[:2] == b"M\x06"
    refused = sh("mpycross --board attic --for 1.22 m.py")
    assert refused.code == 2 and "--board says it all" in refused.err


NATIVE = "import micropython\n\n@micropython.native\ndef f(a):\n    return a + 1\n"


def test_native_code_without_a_board(sh: Shell) -> None:
    sh.write("n.py", NATIVE)
    refused = sh("mpycross --bytecode 6 n.py")
    assert refused.code == 1 and "n.py:" in refused.err and "--march" in refused.err
    assert sh("mpycross --bytecode 6.1 --march xtensawin n.py").code == 0
    made = sh.read("n.mpy")
    assert (made[1], made[2] >> 2 & 15, made[2] & 3) == (6, 10, 1)
    assert sh("mpycross --march armv6m n.py").code == 0
    assert sh.read("n.mpy")[2] >> 2 & 15 == 4


def test_the_heap_of_the_board_may_be_that_of_the_compiler(project: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    from espsh.mpycross import compiler

    given = []
    real = compiler.compile_source

    def told(source: bytes, name: str, target: object, options: object, **more: object) -> bytes:
        given.append(options)
        return real(source, name, target, options, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(compiler, "compile_source", told)
    assert project("mpycross -X heapsize=board m.py").code == 0
    assert 10_000 < given[0].heapsize < 1_000_000


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
    (project.folder / "src").mkdir()
    project.write("src/n.py", "")
    assert project("mpycross --for 1.18 src -o :/new").code == 1
    assert project("ls :").lines == []
    assert project("mpycross -q --for 1.20 m.py -o :; exec import m; print(m.x)").lines == ["42"]


def test_names_with_blanks_and_letters_of_the_world(project: Shell) -> None:
    project.write("übung 1.py", "x = 'ä'\n")
    assert project("mpycross -q 'übung 1.py' -o :; ls :").lines == ["übung 1.mpy"]
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
    assert project("cp m.py :; cd :; mpycross -q m.py; ls").lines == ["m.mpy", "m.py"]


def test_help_explains_it(sh: Shell) -> None:
    text = sh("help mpycross").out
    assert "runs on the host" in text and "--for 1.22" in text

"""cp and mv between any two places."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from tests.conftest import Shell

Port = Callable[..., str]


@pytest.fixture
def tree(sh: Shell) -> Shell:
    sh.write("src/a.py", "a")
    sh.write("src/lib/b.py", "b")
    sh.write("src/lib/.hidden", "h")
    (sh.folder / "src/empty").mkdir()
    return sh


TREE = ["a.py", "empty/", "lib/", "lib/.hidden", "lib/b.py"]


def test_a_file_there_and_back(board: Shell) -> None:
    board.write("a.py", "print(1)\n")
    assert board("cp a.py :; cp :a.py b.py").code == 0
    assert board.read("b.py") == b"print(1)\n"


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("cp -r src :", ":/src"),
        ("cp -r src/ :", ":/src"),
        ("cp -r src :/new", ":/new"),
        ("mkdir :/old; cp -r src :/old", ":/old/src"),
        ("cp -r src copy", "copy"),
    ],
)
def test_a_directory_lands_where_cp_on_unix_puts_it(tree: Shell, port: Port, line: str, place: str) -> None:
    tree.ports.append(port())
    result = tree(f"{line}; ls -aR {place}")
    assert (result.code, result.lines) == (0, TREE), result.err


def test_the_content_of_a_directory(tree: Shell, port: Port) -> None:
    tree.ports.append(port())
    assert tree("cp -r src/* :; ls -aR :").lines == TREE


def test_a_directory_comes_back(tree: Shell, port: Port) -> None:
    tree.ports.append(port())
    assert tree("cp -r src :; cp -r :src back").code == 0
    assert sorted(p.relative_to(tree.folder / "back").as_posix() for p in (tree.folder / "back").rglob("*")) == [
        name.rstrip("/") for name in TREE
    ]


def test_between_boards_and_on_one_board(sh: Shell, port: Port) -> None:
    sh.ports += [f"attic={port()}", f"kitchen={port()}"]
    sh.write("x.py", bytes(range(256)) * 20)
    assert sh("cp x.py attic:; cp attic:/x.py kitchen:/; cp kitchen:x.py kitchen:y.py; cp kitchen:y.py .").code == 0
    assert sh.read("y.py") == bytes(range(256)) * 20


def test_globs_expand_on_either_side(board: Shell) -> None:
    for name in ("a.py", "b.py", "c.txt", ".d.py"):
        board.write(name, name)
    assert board("cp *.py :; ls -a :").lines == ["a.py", "b.py"]
    (board.folder / "back").mkdir()
    assert board("cp :[ab].py back/; ls back").lines == ["a.py", "b.py"]
    assert board("rm :?.py; ls -a :").lines == []
    assert board("rm :*.py").code == 2


def test_a_quoted_glob_is_a_name(board: Shell) -> None:
    board.write("a*.py", "star")
    board.write("ab.py", "ab")
    assert board("cp 'a*.py' :; ls :").lines == ["a*.py"]


def test_a_failing_copy_leaves_the_old_file(sh: Shell, port: Port) -> None:
    sh.ports.append(port(fault="unplug@9000"))
    sh.write("small", "old content")
    assert sh("cp small :file").code == 0
    sh.write("big", random.Random(1).randbytes(50_000))
    assert sh("cp big :file").code == 4


def test_mv_renames_on_a_board_and_moves_between_places(board: Shell) -> None:
    board.write("a.py", "a")
    assert board("mv a.py :; mv :a.py :b.py; mkdir :lib; mv :b.py :lib; ls -R :").lines == ["lib/", "lib/b.py"]
    assert not (board.folder / "a.py").exists()
    assert board("mv :lib .; ls -a :").lines == []
    assert board.read("lib/b.py") == b"a"


def test_mv_replaces_a_file(board: Shell) -> None:
    board.write("a", "new")
    board.write("b", "old")
    assert board("cp a b :; mv :a :b; cat :b").out == "new"


@pytest.mark.parametrize("line", ["cp :a.py :a.py", "cp -r :lib :lib/x", "mv :lib :lib/x", "cp a.py a.py"])
def test_a_copy_onto_or_into_itself_is_refused(board: Shell, line: str) -> None:
    board.write("a.py", "a")
    assert board("cp a.py :; mkdir :lib").code == 0
    assert board(line).code == 2
    assert board.read("a.py") == b"a"
    assert board("ls :").lines == ["a.py", "lib/"]


def test_several_boards_as_a_source_write_to_a_directory_each(sh: Shell, port: Port) -> None:
    sh.ports += [f"attic={port()}", f"kitchen={port()}"]
    assert sh("@all exec f = open('log.txt', 'w'); f.write(str(1)); f.close()").code == 0
    assert sh("@all cp :log.txt logs/").code == 0
    assert sh("cp *:/log.txt more").code == 0
    assert [sh.read(f"{folder}/{name}/log.txt") for folder in ("logs", "more") for name in ("attic", "kitchen")] == [
        b"1"
    ] * 4


def test_one_source_to_several_boards(sh: Shell, port: Port) -> None:
    sh.ports += [f"attic={port()}", f"kitchen={port()}"]
    sh.write("a.py", "a")
    assert sh("cp a.py attic,kitchen:/; cat attic:a.py kitchen:a.py").out == "aa"


def test_what_is_the_same_already_is_not_written_again(board: Shell) -> None:
    board.write("a.py", "a = 1\n")
    assert board("cp a.py :").err == ""
    guard = "import builtins; f = open; builtins.open = lambda p, m='r', *a: f(p, m, *a) if 'r' in m else 1/0"
    result = board(f"exec {guard}\ncp a.py :\ncp -f a.py :")
    first, *rest = result.err.splitlines()
    assert first == "esp32:/a.py is the same already; cp -f copies even so"
    assert "ZeroDivisionError" in rest[0]


def test_content_of_equal_size_is_told_apart(board: Shell) -> None:
    board.write("a.py", "a = 1\n")
    assert board("cp a.py :; cp a.py b.py").code == 0
    board.write("a.py", "a = 2\n")
    result = board("cp a.py :; cp a.py b.py; cat :a.py b.py")
    assert (result.out, result.err) == ("a = 2\na = 2\n", "")


def test_a_tree_is_copied_without_what_is_the_same(tree: Shell, port: Port) -> None:
    tree.ports.append(port())
    assert tree("cp -r src :").err == ""
    tree.write("src/lib/b.py", "c")
    result = tree("cp -r src :; cat :src/lib/b.py; cp -r :src .")
    assert result.out == "c"
    assert result.err.splitlines() == [
        "esp32:/: 2 of 3 files are the same already; cp -f copies even so",
        f"{tree.folder}: 3 of 3 files are the same already; cp -f copies even so",
    ]
    assert tree("cp -rf src :; cp -r : whole; cp -r whole/ :; ls -aR :src").lines == TREE


def test_several_files_are_compared_in_one_go(sh: Shell, port: Port) -> None:
    sh.ports += [f"attic={port()}", f"kitchen={port()}"]
    for name in ("a", "b", "c"):
        sh.write(name, name)
    assert sh("@all cp a b c :").err == ""
    sh.write("b", "B")
    result = sh("@all cp a b c :; cp attic:a kitchen:b attic:/c .; cat attic:b")
    assert result.out == "B"
    assert sorted(result.err.splitlines()) == sorted(
        f"{where}: {count} of 3 files are the same already; cp -f copies even so"
        for where, count in (("attic:/", 2), ("kitchen:/", 2), (sh.folder, 3))
    )


def test_in_place_where_there_is_no_room_for_both(sh: Shell, port: Callable[..., str]) -> None:
    sh.ports.append(port(size="128k"))
    old, new = random.Random(1).randbytes(70_000), random.Random(2).randbytes(70_000)
    sh.write("big", old)
    assert sh("cp big :").code == 0
    sh.write("big", new)
    refused = sh("cp big :")
    assert refused.code == 1
    assert "cp --in-place" in refused.err
    assert sh("cp :big back").code == 0
    assert sh.read("back") == old
    assert sh("cp --in-place big :").code == 0
    assert sh("cp :big back").code == 0
    assert sh.read("back") == new

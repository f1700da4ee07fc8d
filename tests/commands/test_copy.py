"""cp and mv between any two places."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator

import pytest

from espsh.base.hostfiles import HostFiles
from espsh.board.files.filesystem import BoardFiles
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


def below(shell: Shell) -> list[str]:
    return sorted(path.relative_to(shell.folder).as_posix() for path in shell.folder.rglob("*"))


@pytest.fixture
def doubled(sh: Shell, port: Port) -> Shell:
    """A shell with two boards; each of three places has two files of one name."""
    sh.ports += [f"attic={port()}", f"kitchen={port()}"]
    for folder in ("s1", "s2", "host"):
        sh.write(f"{folder}/x", folder)
    (sh.folder / "logs").mkdir()
    assert sh("mkdir attic:/a attic:/b attic:/c; cp s1/x attic:/a; cp s2/x attic:/b; cp s1/x kitchen:/x").code == 0
    return sh


@pytest.mark.parametrize("verb", ["mv", "cp", "cp -r"])
@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("attic:/a/x kitchen:/x logs/", "logs/x"),
        ("attic:/*/x logs", "logs/x"),
        ("attic:/a/x attic:/b/x attic:/c", "attic:/c/x"),
        ("s1/x s2/x attic:/", "attic:/x"),
        ("s1/x s2/x logs", "logs/x"),
        ("s1/x attic:/b/x kitchen:/", "kitchen:/x"),
    ],
)
def test_two_sources_of_one_name_are_refused_before_anything_is_changed(
    doubled: Shell, verb: str, words: str, named: str
) -> None:
    look = "ls -aR attic:; ls -aR kitchen:"
    before = below(doubled), doubled(look).lines
    failed = doubled(f"{verb} {words}")
    assert (failed.code, f"{named} (two of the source would be this one)" in failed.err) == (1, True), failed.err
    assert (below(doubled), doubled(look).lines) == before


def test_two_directories_of_one_name_are_joined_by_cp_and_refused_by_mv(board: Shell) -> None:
    board.write("s1/lib/a", "a")
    board.write("s2/lib/b", "b")
    assert board("cp -r s1/lib s2/lib :; ls -R :").lines == ["lib/", "lib/a", "lib/b"]
    board.write("s2/lib/a", "other")
    failed = board("cp -r s1/lib s2/lib .")
    assert (failed.code, "lib/a (two of the source" in failed.err) == (1, True)
    failed = board("mv s1/lib s2/lib .")
    assert (failed.code, "lib (two of the source" in failed.err) == (1, True)
    assert below(board) == ["s1", "s1/lib", "s1/lib/a", "s2", "s2/lib", "s2/lib/a", "s2/lib/b"]


def test_a_source_named_twice_is_copied_once(board: Shell) -> None:
    board.write("a", "a")
    assert board("cp a ./a :; mkdir :d; mv :a :/a :d; ls -R :").lines == ["d/", "d/a"]


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


@pytest.mark.parametrize("place", ["", ":"])
def test_mv_of_a_directory_onto_one_of_its_name(board: Shell, place: str) -> None:
    board.write("from/dir/a", "a")
    board.write("to/dir/keep", "keep")
    assert board(f"mkdir {place}up {place}into; mv from/dir {place}up; mv to/dir {place}into").code == 0
    look = f"ls -R {place}up {place}into"
    before = board(look).lines
    failed = board(f"mv {place}up/dir {place}into")
    assert (failed.code, "into/dir: directory not empty" in failed.err, "rm " in failed.err) == (1, True, False)
    assert board(look).lines == before
    moved = board(f"rm {place}into/dir/keep; mv {place}up/dir {place}into; ls -R {place}into")
    assert (moved.code, moved.lines) == (0, ["dir/", "dir/a"]), moved.err


def test_mv_of_a_directory_between_places_onto_one_of_its_name(tree: Shell, port: Port) -> None:
    tree.ports.append(port())
    failed = tree("mkdir :src; touch :src/keep; mv src :")
    assert (failed.code, "esp32:/src: directory not empty" in failed.err) == (1, True)
    assert tree("ls -R :").lines == ["src/", "src/keep"]
    assert tree("rm :src/keep; mv src :; ls -aR :src").lines == TREE
    assert below(tree) == []


@pytest.mark.parametrize("target", ["no/new", ":no/new"])
def test_mv_of_a_directory_below_nothing_is_refused(tree: Shell, port: Port, target: str) -> None:
    tree.ports.append(port())
    for source in ("src", ":src"):
        failed = tree(f"cp -r src :; mv {source} {target}")
        assert (failed.code, "no: no such directory" in failed.err) == (2, True), failed.err
    assert tree("ls -aR :src; ls").lines == [*TREE, "src/"]


def test_the_full_directory_is_named_and_not_the_source(board: Shell) -> None:
    board.write("la", "la")
    failed = board("mkdir :a :c; cp la :a/log.txt; mkdir :c/a; touch :c/a/keep; mv :a :c")
    assert failed.code == 1
    assert failed.err.splitlines() == [
        "mv: esp32:/c/a: directory not empty",
        "hint: nothing was moved; cp -r joins two directories",
    ]


def changing(monkeypatch: pytest.MonkeyPatch, files: type, change: Callable[[object, str], None]) -> None:
    """Let ``change`` happen after a file was read, before it is in its place."""
    read = files.read  # type: ignore[attr-defined]

    def then_change(self: object, path: str) -> Iterator[bytes]:
        yield from read(self, path)
        change(self, path)

    monkeypatch.setattr(files, "read", then_change)


def test_mv_removes_only_what_it_copied(tree: Shell, port: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    tree.ports.append(port())

    def make_more(_: object, path: str) -> None:
        tree.write("src/new.txt", "new")
        tree.write("src/lib/new/deep.txt", "deep")

    changing(monkeypatch, HostFiles, make_more)
    failed = tree("mv src :; ls -aR :src")
    assert failed.code == 1
    for name in ("src/lib/new/deep.txt", "src/new.txt"):
        assert f"{tree.folder}/{name} (not copied)" in failed.err
    assert below(tree) == ["src", "src/lib", "src/lib/new", "src/lib/new/deep.txt", "src/new.txt"]
    assert tree("ls -aR :src").lines == TREE


def test_mv_leaves_a_host_file_that_changed_meanwhile(tree: Shell, port: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    tree.ports.append(port())

    def change(_: object, path: str) -> None:
        if path.endswith("b.py"):
            times = (tree.folder / "src/lib/b.py").stat()
            tree.write("src/lib/b.py", "B")
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))

    changing(monkeypatch, HostFiles, change)
    failed = tree("mv src :")
    assert (failed.code, f"{tree.folder}/src/lib/b.py (changed meanwhile)" in failed.err) == (1, True)
    assert below(tree) == ["src", "src/lib", "src/lib/b.py"]
    assert tree.read("src/lib/b.py") == b"B"


def test_mv_leaves_a_board_file_that_changed_meanwhile(board: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    board.write("log", "old")
    assert board("cp log :; rm log").code == 0

    def change(files: object, path: str) -> None:
        assert isinstance(files, BoardFiles)
        files.write(path, [b"new"], 3)

    changing(monkeypatch, BoardFiles, change)
    failed = board("mv :log .")
    assert (failed.code, "esp32:/log (changed meanwhile)" in failed.err) == (1, True)
    assert board("ls :").lines == ["log"]
    assert board.read("log") == b"old"


def test_roots_are_not_moved(board: Shell) -> None:
    board.write("a", "a")
    assert board("cp a :; mv : copy").code == 2
    assert below(board) == ["a"]
    assert board("ls :").lines == ["a"]


def test_a_file_and_a_directory_clash_in_one_sentence(board: Shell) -> None:
    board.write("src/x/a", "a")
    board.write("src/y", "y")
    board.write("x", "x")
    (board.folder / "y").mkdir()
    assert board("cp x :; mkdir :y").code == 0
    before = below(board), board("ls -R :").lines
    is_file, is_dir = (
        "(a file at the source, a directory at the target)",
        "(a directory at the source, a file at the target)",
    )
    for line, sentence in (
        ("cp src/y :", f"esp32:/y {is_file}"),
        ("cp -r src/x :", f"esp32:/x {is_dir}"),
        ("cp -r src/x :x", f"esp32:/x {is_dir}"),
        ("cp -r src/* :", f"esp32:/x {is_dir}, esp32:/y {is_file}"),
        ("mv src/y :", f"esp32:/y {is_file}"),
        ("mv src/x :", f"esp32:/x {is_dir}"),
        ("mv src/y .", f"{board.folder}/y {is_file}"),
        ("mv src/x .", f"{board.folder}/x {is_dir}"),
    ):
        failed = board(line)
        assert (failed.code, sentence in failed.err) == (1, True), (line, failed.err)
    for words in ("cp src/y :x/", "cp src/y :x/z", "cp -r src/x :x/z", "mv :y :x/z", "cp src/y x :x"):
        failed = board(words)
        assert (failed.code, "esp32:/x is a file" in failed.err) == (2, True), (words, failed.err)
    assert (below(board), board("ls -R :").lines) == before
    assert board("mkdir :s; cp -r src/x :s; rm -r :s/x; touch :s/x; mkdir :s/y; mkdir in; cp -r src in").code == 0
    nested = board("rm -r in/src/x; touch in/src/x; cp -r src in")
    assert (nested.code, f"{board.folder}/in/src/x {is_dir}" in nested.err) == (1, True)


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_links_are_followed_and_what_is_no_file_is_left_out(tree: Shell, port: Port) -> None:
    tree.ports.append(port())
    tree.write("outside/o.py", "o")
    (tree.folder / "src/linked").symlink_to(tree.folder / "outside")
    (tree.folder / "src/gone").symlink_to(tree.folder / "nowhere")
    os.mkfifo(tree.folder / "src/lib/pipe")
    os.mkfifo(tree.folder / "src/pipe")
    for line in ("cp -r src :", "cp -r src/* :/src", "cp -r src copy"):
        result = tree(line)
        assert (result.code, result.err.splitlines()[0].partition(": ")[0]) == (0, "left out, no file behind it")
        assert set(result.err.splitlines()[0].partition(": ")[2].split(", ")) == {
            *("src/gone", "src/lib/pipe", "src/pipe")
        }
    whole = sorted([*TREE, "linked/", "linked/o.py"])
    assert tree("ls -aR :src").lines == whole
    assert tree("ls -aR copy").lines == whole
    moved = tree("mv src :/new")
    assert (moved.code, f"{tree.folder}/src/lib/pipe (no file behind it)" in moved.err) == (1, True)
    assert below(tree)[-6:] == ["outside/o.py", "src", "src/gone", "src/lib", "src/lib/pipe", "src/pipe"]
    assert tree("ls -aR :/new").lines == whole
    assert tree("cp src/gone :").code == 2
    refused = tree("mv :/new/a.py src/pipe")
    assert (refused.code, "keeps nothing" in refused.err) == (1, True)
    assert tree("mv src/gone :").code == 1
    assert tree("mv src/gone src/lib/pipe .").code == 0
    assert (tree.folder / "gone").is_symlink()


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


@pytest.mark.parametrize("line", ["mv a.py attic,kitchen:/", "@all mv a.py :/", "mv shed:/a.py attic,kitchen:/"])
def test_one_file_does_not_move_to_several_boards(sh: Shell, port: Port, line: str) -> None:
    sh.ports += [f"{name}={port()}" for name in ("attic", "kitchen", "shed")]
    sh.write("a.py", "a")
    result = sh(f"cp a.py shed:/; {line}")
    assert result.code == 2
    assert "cannot move to several boards" in result.err
    assert "hint: cp it to them, then rm it" in result.err
    assert (sh.read("a.py"), sh("cat shed:/a.py").out) == (b"a", "a")

"""rsync between any two places, by the front door."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Shell

Port = Callable[..., str]


@pytest.fixture
def tree(board: Shell) -> Shell:
    """A shell with a board and a tree of awkward names on the host."""
    board.write("src/a.py", "a = 1\n")
    board.write("src/empty.txt", "")
    board.write("src/lib/b c=é 你.py", "b = 2\n" * 300)
    board.write("src/lib/.env", "secret")
    board.write("src/lib/__pycache__/b.pyc", "x")
    (board.folder / "src/hollow").mkdir()
    return board


SYNCED = ["a.py", "empty.txt", "hollow/", "lib/", "lib/b c=é 你.py"]
SUMMARY = "3 files: 3 copied, 0 the same, 1.8 kB"


def below(folder: Path) -> list[str]:
    found = sorted(folder.rglob("*"))
    return [path.relative_to(folder).as_posix() + ("/" if path.is_dir() else "") for path in found]


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("src :", ":/src"),
        ("src :/lib/new", ":/lib/new/src"),
        ("src/ :/lib/new", ":/lib/new"),
        ("src/. :", ":"),
        ("src/* :/x", ":/x"),
        ("src copy", "copy/src"),
        ("src/ copy/deep", "copy/deep"),
    ],
)
def test_a_directory_lands_where_rsync_on_unix_puts_it(tree: Shell, words: str, place: str) -> None:
    result = tree(f"rsync {words}; ls -aR {place}")
    assert (result.code, result.lines) == (0, [SUMMARY, *SYNCED]), result.err


def test_from_a_board_to_the_host_and_from_board_to_board(tree: Shell, port: Port) -> None:
    tree.ports[:] = [f"attic={tree.ports[0]}", f"kitchen={port()}"]
    result = tree("rsync src/ attic:/s; rsync attic:/s/ kitchen:/s/t; rsync kitchen:/s/t/ back; rsync attic:s kitchen:")
    assert (result.code, result.lines) == (0, [SUMMARY] * 4), result.err
    assert below(tree.folder / "back") == SYNCED
    assert tree.read("back/lib/b c=é 你.py") == b"b = 2\n" * 300
    assert tree.read("back/empty.txt") == b""
    assert tree("rsync attic:/s/ attic:/u; ls -R attic:u").lines == [SUMMARY, *SYNCED]


@pytest.mark.parametrize("lost", ["attic", "kitchen"])
def test_between_boards_one_is_lost_and_the_next_run_completes_it(sh: Shell, port: Port, lost: str) -> None:
    for number in range(4):
        sh.write(f"src/{number}", random.Random(number).randbytes(8_000))
    whole = {"attic": port(), "kitchen": port()}
    sh.ports += [f"{name}={url}" for name, url in whole.items()]
    assert sh("rsync src/ attic:/; touch kitchen:/old").code == 0
    cut = {"attic": "unplug@1400", "kitchen": "unplug@15000"}[lost]
    sh.ports[:] = [f"{name}={url}{f'&fault={cut}' if name == lost else ''}" for name, url in whole.items()]
    failed = sh("rsync -m attic:/ kitchen:/", "--wait", "0")
    assert (failed.code, failed.err.startswith(f"{lost}: rsync: the board is gone")) == (4, True), failed.err
    sh.ports[:] = [f"{name}={url}" for name, url in whole.items()]
    assert sh("filetype kitchen:/old").out == "file\n"
    assert sh("rsync -m attic:/ kitchen:/; diff attic:/ kitchen:/; diff src kitchen:/").code == 0


def test_single_files(tree: Shell) -> None:
    assert (
        tree("rsync src/a.py :/new.py; rsync src/a.py :/d/; rsync src/lib/.env :/d; cat :/new.py").lines[-1] == "a = 1"
    )
    assert tree("rsync -m src/empty.txt :/d; ls -aR :").lines == [
        "1 file: 1 copied, 0 the same, 0 B",
        *("d/", "d/.env", "d/a.py", "d/empty.txt", "new.py"),
    ]


def test_an_unchanged_run_writes_nothing(tree: Shell) -> None:
    assert tree("rsync src/ :/s; rsync src/ copy").code == 0
    before = {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in (tree.folder / "copy").rglob("*")}
    guard = "import builtins; f = open; builtins.open = lambda p, m='r', *a: f(p, m, *a) if 'r' in m else 1/0"
    result = tree(f"rsync src/ copy\nexec {guard}\nrsync src/ :/s\nrsync src/a.py :/other")
    assert result.lines == ["3 files: 0 copied, 3 the same"] * 2
    assert "ZeroDivisionError" in result.err
    after = {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in (tree.folder / "copy").rglob("*")}
    assert after == before


def test_changed_content_of_equal_size_and_time_is_found(tree: Shell) -> None:
    assert tree("rsync src/ :/s; rsync src/ copy").code == 0
    path = tree.folder / "src/a.py"
    for other in (path, tree.folder / "copy/a.py"):
        os.utime(other, (1e9, 1e9))
    path.write_text("a = 2\n")
    os.utime(path, (1e9, 1e9))
    result = tree("rsync -v src/ :/s; rsync -v src/ copy; cat :/s/a.py copy/a.py")
    assert result.lines == ["* a.py", "3 files: 1 copied, 2 the same, 6 B"] * 2 + ["a = 2"] * 2


def test_a_rehearsal_changes_nothing_and_says_what_is_then_done(tree: Shell) -> None:
    assert tree("mkdir -p :/s/old/deep; touch :/s/old/x :/s/gone; cp src/empty.txt :/s/a.py").code == 0
    before = tree("ls -aR :").lines
    rehearsed = tree("rsync -n -m src/ :/s").lines
    assert tree("ls -aR :").lines == before
    assert rehearsed[:-1] == [
        *("+ hollow/", "+ lib/", "* a.py", "+ empty.txt", "+ lib/b c=é 你.py"),
        *("- gone", "- old/x", "- old/deep/", "- old/"),
    ]
    assert rehearsed[-1] == "3 files: 3 to copy, 0 the same, 4 to remove, 1.8 kB"
    done = tree("rsync -v -m src/ :/s").lines
    assert done == [*rehearsed[:-1], "3 files: 3 copied, 0 the same, 4 removed, 1.8 kB"]
    assert tree("ls -aR :/s; rsync -n -m src/ :/s").lines == [*SYNCED, "3 files: 0 to copy, 3 the same"]


def test_quiet_says_nothing_and_json_everything(tree: Shell) -> None:
    assert tree("rsync -q src/ :/s; rsync -q -v -n src/ :/t").out == ""
    assert tree.run("--quiet", "-c", "rsync src/ :/t").out == ""
    assert tree.run("--json", "-c", "rsync -n src/a.py :/new/").out == (
        '{"done": false, "files": 1, "copied": 1, "same": 0, "removed": 0, "bytes": 6, "steps": '
        '[{"action": "make", "path": "", "size": 0}, {"action": "new", "path": "a.py", "size": 6}]}\n'
    )


def test_what_is_excluded_is_neither_sent_nor_removed(tree: Shell) -> None:
    tree.write("src/lib/notes.md", "notes")
    assert tree("mkdir -p :/s/data; touch :/s/boot.py :/s/data/log.txt :/s/data/x :/s/.hidden :/s/lib.md").code == 0
    result = tree("rsync -v -m --exclude boot.py --exclude=*.md --exclude data/log* src/ :/s; ls -aR :/s")
    left = [".hidden", "a.py", "boot.py", "data/", "data/log.txt", *SYNCED[1:], "lib.md"]
    assert result.lines[-len(left) :] == left
    assert "- data/x" in result.lines
    assert not [line for line in result.lines if "notes" in line]


def test_the_sources_own_list_of_what_to_ignore(tree: Shell) -> None:
    tree.write("src/.espshignore", "# not for boards\n/lib\n*.txt\n!empty.txt\nhollow/\n")
    tree.write("src/big.txt", "x")
    assert tree("mkdir -p :/s/lib; touch :/s/lib/x :/s/old.txt :/s/old").code == 0
    assert tree("rsync -m src/ :/s; ls -aR :/s").lines[1:] == ["a.py", "empty.txt", "lib/", "lib/x", "old.txt"]
    assert tree("rsync -a -m src/* :/t; ls -aR :/t").lines[1:] == ["a.py", "empty.txt"]
    assert tree("rsync :/s/ back; rsync back/ :/u; rsync -a -m src/ :/u; ls -aR :/u").code == 0
    tree.write("src/.espshignore", "!\n")
    failed = tree("rsync src/ :/s")
    assert (failed.code, "'!'" in failed.err) == (2, True)


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_links_on_the_host_are_followed(tree: Shell) -> None:
    (tree.folder / "outside").mkdir()
    (tree.folder / "outside/o.py").write_text("o")
    (tree.folder / "src/linked").symlink_to(tree.folder / "outside")
    (tree.folder / "src/gone").symlink_to(tree.folder / "nowhere")
    (tree.folder / "src/.#lock").symlink_to(tree.folder / "nowhere")
    result = tree("rsync src/ :/s; ls -R :/s/linked; rsync -m src/ :/s")
    assert result.lines[1:] == ["o.py", "4 files: 0 copied, 4 the same"]
    assert result.err.splitlines() == ["left out, no file behind it: gone"] * 2


def test_hidden_names_with_all(tree: Shell) -> None:
    assert tree("rsync -a src/ :/s; ls -aR :/s").lines[1:] == sorted([*SYNCED, "lib/.env"])


def test_several_sources_are_mirrored_each_by_itself(tree: Shell) -> None:
    assert tree("mkdir -p :/t/lib; touch :/t/lib/old :/t/stays").code == 0
    assert tree("rsync -m src/* :/t; ls -R :/t").lines == [
        "3 files: 3 copied, 0 the same, 1 removed, 1.8 kB",
        *(*SYNCED, "stays"),
    ]


def test_clashes_are_named_before_anything_is_changed(tree: Shell) -> None:
    assert tree("mkdir -p :/s/a.py; touch :/s/lib :/s/old").code == 0
    before = tree("ls -aR :").lines
    failed = tree("rsync -m src/ :/s")
    assert (failed.code, failed.out) == (1, "")
    assert "a.py (a file at the source, a directory at the target)" in failed.err
    assert "lib (a directory at the source, a file at the target)" in failed.err
    assert "hint: " in failed.err
    rehearsed = tree("rsync -n -m src/ :/s")
    assert (rehearsed.code, [line[0] for line in rehearsed.lines[:-1]]) == (1, list("!!++-"))
    assert tree("ls -aR :").lines == before
    assert tree("rsync src/ :/s/old").code == 1


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("rsync -m missing/ :/s", 2),
        ("rsync -m :/missing/ src", 2),
        ("rsync -m missing* :/s", 2),
        ("rsync src/ src/copy", 2),
        ("rsync src/ src", 2),
        ("rsync -m src/lib/ src", 2),
        ("rsync src .", 2),
        ("rsync src/a.py src", 2),
        ("rsync src/a.py :/s/a.py :/t", 2),
        ("rsync src/a.py src/lib/a.py :/t", 2),
        ("rsync --mpy :/s/ back", 2),
        ("rsync src", 2),
        ("rsync --exclude", 2),
    ],
)
def test_what_cannot_be_meant_changes_nothing(tree: Shell, line: str, code: int) -> None:
    assert tree("rsync src/ :/s").code == 0
    before = below(tree.folder), tree("ls -aR :").lines
    assert tree(line).code == code
    assert (below(tree.folder), tree("ls -aR :").lines) == before


def test_two_sources_of_one_name_clash(tree: Shell) -> None:
    tree.write("a.py", "another")
    failed = tree("rsync a.py src/a.py :/t")
    assert (failed.code, "two of the source" in failed.err) == (1, True)
    assert tree("ls :").out == ""


def test_leftovers_of_a_broken_copy_are_no_files(tree: Shell) -> None:
    assert tree("mkdir :/s; touch :/s/.espsh~1; rsync -a -m :/s/ back; rsync -a -m src/ :/s").code == 0
    assert below(tree.folder / "back") == []
    assert tree("filetype :/s/.espsh~1").out == "file\n"


def test_on_several_boards(tree: Shell, port: Port) -> None:
    tree.ports[:] = [f"attic={tree.ports[0]}", f"kitchen={port()}"]
    assert tree("rsync src/a.py attic:/lib/").code == 0
    result = tree("@all rsync src/ :/lib")
    assert sorted(result.lines) == ["attic: 3 files: 2 copied, 1 the same, 1.8 kB", f"kitchen: {SUMMARY}"]
    assert tree("@all rsync :/lib logs").code == 0
    assert below(tree.folder / "logs/attic/lib") == below(tree.folder / "logs/kitchen/lib") == SYNCED
    assert tree("rsync src/ attic,kitchen:/lib").lines == ["attic,kitchen: 3 files: 0 copied, 3 the same"]


def test_one_board_lost_in_the_middle_keeps_its_old_files(sh: Shell, port: Port) -> None:
    sh.ports.append(port(fault="unplug@20000"))
    sh.write("src/a", "old")
    assert sh("rsync src/ :/s").code == 0
    sh.write("src/a", os.urandom(60_000))
    assert sh("rsync src/ :/s").code == 4


def test_modules_compiled_on_their_way(tree: Shell) -> None:
    tree.write("src/main.py", "import a")
    assert tree("rsync src/ :").code == 0
    result = tree("rsync -v --mpy src/ :; rsync --mpy src/ :; ls -R :; eval __import__('a').a")
    assert (result.code, result.lines[:5]) == (
        0,
        ["+ a.mpy", "+ lib/b c=é 你.mpy", "- a.py", "- lib/b c=é 你.py", result.lines[4]],
    )
    assert "4 files: 0 copied, 4 the same" in result.lines
    assert result.lines[-7:] == ["a.mpy", "empty.txt", "hollow/", "lib/", "lib/b c=é 你.mpy", "main.py", "1"]
    tree.write("src/a.py", "a =")
    tree.write("src/b.py", "b = 1")
    failed = tree("rsync --mpy src/ :")
    assert (failed.code, "a.py" in failed.err) == (1, True)
    assert tree("filetype :b.mpy").out == "missing\n"


def test_modules_compiled_below_the_root(tree: Shell) -> None:
    tree.write("src/main.py", "m = 1")
    assert tree("rsync --mpy src/ :/app; ls -R :/app").lines[-1] == "main.mpy"
    assert tree("rsync --mpy src/main.py :/app; rsync --mpy src/a.py :/b/c.py; ls :/b").lines[-1] == "c.mpy"


def test_a_board_without_directories(sh: Shell, port: Port) -> None:
    sh.ports.append(port("small"))
    sh.write("src/a.py", "a = 1\n")
    result = sh("rsync src/ :; rsync src/ :; rsync : back")
    assert (result.code, result.lines[1]) == (0, "1 file: 0 copied, 1 the same"), result.err
    assert sh.read("back/a.py") == b"a = 1\n"


CARD = """
import vfs
class Card:
    def __init__(self):
        self.data = bytearray(64 * 512)
    def readblocks(self, n, buffer, at=0):
        start = n * 512 + at
        buffer[:] = self.data[start : start + len(buffer)]
    def writeblocks(self, n, buffer, at=0):
        self.data[n * 512 + at : n * 512 + at + len(buffer)] = buffer
    def ioctl(self, op, _):
        return {4: 64, 5: 512, 6: 0}.get(op)
card = Card()
vfs.VfsLfs2.mkfs(card)
vfs.mount(card, '/sd')
open('/sd/photo', 'w').close()
"""
"""A second filesystem, in the board's memory."""


def test_a_mirror_of_the_root_leaves_a_card_alone_unless_the_source_has_one(sh: Shell, port: Port) -> None:
    sh.ports.append(port())
    sh.write("card.py", CARD)
    sh.write("new/main.py", "")
    sh.write("cards/sd/other", "")
    result = sh("run card.py; touch :old; rsync -q -m new/ :/; ls :; ls :/sd; rsync -q -m cards/ :/; ls :; ls :/sd")
    assert (result.code, result.lines) == (0, ["main.py", "sd/", "photo", "sd/", "other"]), result.err

"""ls, tree, df and their like, on the host and on boards."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable

import pytest

from tests.conftest import Shell


def filled(board: Shell) -> Shell:
    board.write("t/boot.py", "# boot\n")
    board.write("t/.secret", "s")
    board.write("t/lib/x.mpy", b"M\x06")
    assert board("cp -r t/* t/.secret :").code == 0
    return board


def test_ls_is_the_same_on_host_and_board(board: Shell) -> None:
    filled(board)
    for place in (":", "t", ":/", "/x/../" + str(board.folder / "t")):
        assert board(f"ls {place}").lines == ["boot.py", "lib/"]
    assert board("ls -a :").lines == [".secret", "boot.py", "lib/"]
    assert board("ls -R :").lines == ["boot.py", "lib/", "lib/x.mpy"]
    assert board("ls :boot.py").lines == [":boot.py"]
    assert board("ls :*.py :lib").lines == [":boot.py", "", ":lib:", "x.mpy"]


def test_ls_long_shows_sizes(board: Shell) -> None:
    filled(board)
    for place in (":", "t/"):
        assert re.fullmatch(rf"7 20\d\d-\d\d-\d\d \d\d:\d\d {place}boot.py\n", board(f"ls -l {place}boot.py").out)


def test_json(board: Shell) -> None:
    filled(board)
    records = json.loads(board("ls -R --json :").out)
    assert [(r["path"], r["type"], r["size"]) for r in records] == [
        ("/boot.py", "file", 7),
        ("/lib", "dir", 0),
        ("/lib/x.mpy", "file", 2),
    ]
    (room,) = json.loads(board("df --json").out)
    assert 0 < room["free"] < room["total"] == 2 * 1024 * 1024
    (found,) = json.loads(board("boards --json").out)
    assert (found["chip"], found["state"], found["current"]) == ("ESP32", "ready", True)
    assert len(found["id"]) == 12


RAM_DISK = """
import os
class Ram:
    def __init__(self): self.data = bytearray(32 * 512)
    def readblocks(self, n, buf, off=0): buf[:] = self.data[n * 512 + off:n * 512 + off + len(buf)]
    def writeblocks(self, n, buf, off=0): self.data[n * 512 + off:n * 512 + off + len(buf)] = buf
    def ioctl(self, op, arg): return {4: 32, 5: 512, 6: 0}.get(op)
disk = Ram()
os.VfsLfs2.mkfs(disk)
os.mount(os.VfsLfs2(disk), '/ram')
"""


def test_df_shows_every_filesystem_of_the_board(board: Shell) -> None:
    filled(board)
    board.write("disk.py", RAM_DISK)
    head, root, ram = board("run disk.py; df").lines
    name = board("name").out.strip()
    assert head.split() == ["filesystem", "size", "used", "free", "use"]
    assert root.split()[:2] == [f"{name}:/", "2097152"]
    assert re.fullmatch(rf"{name}:/ram +16384 +1024 +15360 +6%", ram)
    assert [line.split()[0] for line in board("df -h :/lib").lines] == ["filesystem", f"{name}:/lib"]


def test_df_leaves_out_what_the_host_lends(board: Shell) -> None:
    board.write("src/a.py", "")
    assert len(board("mount src; df").lines) == 2 + 1


def test_tree(board: Shell) -> None:
    filled(board)
    assert board("tree :").lines == [":", "├── boot.py", "└── lib/", "    └── x.mpy", "2 files, 9 B"]


def test_sizes_types_and_digests(board: Shell) -> None:
    filled(board)
    assert board("filesize :boot.py t/boot.py").lines == ["7", "7"]
    assert board("filetype :boot.py :lib :nosuch").lines == ["file", "dir", "missing"]
    assert board("sha256sum :boot.py").out == f"{hashlib.sha256(b'# boot' + bytes([10])).hexdigest()}  :boot.py\n"


def test_making_and_removing(board: Shell) -> None:
    assert board("mkdir -p :/a/b; touch :/a/b/c; mkdir -p :/a; ls -R :").lines == ["a/", "a/b/", "a/b/c"]
    assert board("mkdir :/a").code == 1
    assert board("rm :/a").code == 2
    assert board("rm -r :/a; ls -a :").lines == []
    assert board("rm -f :/nosuch").code == 0


def test_what_was_seen_before_the_chip_restarted_is_no_answer(board: Shell) -> None:
    board.write("a.py", "1")
    assert board("ls :; flash_id; mkdir :lib; cp a.py :lib; ls :lib").lines[-1] == "a.py"
    assert board("ls :; flash_id; rm -r :lib; ls :").lines[-1].startswith("PSRAM")


def test_redirection_to_either_side(board: Shell) -> None:
    assert board("echo one > :f; echo two >> :f; cat :f > g; cat g").lines == ["one", "two"]
    assert board("cat :nosuch > g").code == 2
    assert board.read("g") == b"one\ntwo\n"


def test_going_places(board: Shell) -> None:
    board.write("sub/x", "")
    result = board("mkdir :lib; cd :lib; pwd; touch here; cd host:; cd sub; ls; cd -; pwd; ls :lib")
    name = board("name").out.strip()
    assert result.lines[0] == f"{name}:/lib"
    assert result.lines[1:] == ["x", str(board.folder), "here"]


def test_rshells_spelling_of_a_boards_path(board: Shell) -> None:
    filled(board)
    assert board.run("-p", "ignored", "--version").code == 0
    name = board("name").out.strip()
    assert board(f"ls /{name}/lib").lines == ["x.mpy"]


def test_several_boards_at_once(sh: Shell, port: Callable[..., str]) -> None:
    sh.ports += [f"attic={port()}", f"kitchen={port()}"]
    assert sh("@all eval 1+1").lines == ["attic,kitchen: 2"]
    result = sh("@attic,kitchen ls :nosuch")
    assert result.code == 2
    assert sorted(result.err.splitlines()) == [
        "2 failed: attic,kitchen: :/nosuch: no such file or directory",
        "attic: ls: attic:/nosuch: no such file or directory",
        "kitchen: ls: kitchen:/nosuch: no such file or directory",
    ]
    assert sh("@attic,nowhere ls").code == 2
    assert sh("@all ls > out").code == 2
    assert sh("@all echo hi > {board}.txt").code == 2
    assert sh("@all heap > {board}.txt; cat attic.txt kitchen.txt").out.count("used ") == 2


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("ls :nope :lib :none", ":lib:\nx.mpy\n"),
        ("cat :nope :boot.py :none", "# boot\n"),
        ("filesize :nope :boot.py :none", "7\n"),
        ("tail :nope :boot.py :none", "==> esp32:/boot.py <==\n# boot\n"),
        ("sha256sum :nope :boot.py :none", hashlib.sha256(b"# boot\n").hexdigest() + "  :boot.py\n"),
        ("tree :nope :lib :none", ":lib\n└── x.mpy\n1 file, 2 B\n"),
        ("rm :nope :boot.py :none", ""),
        ("mkdir :lib/x.mpy/no :new :lib/x.mpy/none", ""),
    ],
)
def test_one_that_fails_does_not_keep_the_others_from_their_turn(board: Shell, line: str, shown: str) -> None:
    result = filled(board)(line)
    assert result.out == shown
    assert result.code in (1, 2)
    first, last = line.split()[1], line.split()[-1]
    command = line.split()[0]
    assert [said.split(": ")[:2] for said in result.err.splitlines()] == [
        [command, f"esp32:/{name.removeprefix(':')}"] for name in (first, last)
    ]
    assert board("filetype :boot.py").lines == ["missing" if command == "rm" else "file"]
    assert board("filetype :new").lines == ["dir" if command == "mkdir" else "missing"]


def test_a_place_that_is_lost_is_not_tried_again(sh: Shell, port: Callable[..., str]) -> None:
    sh.ports = [f"attic={port(fault='unplug:up@1200')}", f"shed={port()}"]
    result = sh("ls attic:/lib attic:/ attic:/lib shed:/")
    assert result.code == 4
    assert [said.split(": ")[:3] for said in result.err.splitlines()][-1] == ["attic", "ls", "the board is gone"]
    assert result.err.count("the board is gone") == 1
    assert result.lines[-1] == "shed:/:"

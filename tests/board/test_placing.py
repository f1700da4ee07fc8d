"""A verified file comes to its place, or the old one stays, wherever the power goes."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import espsh.onboard
from tests.conftest import Shell

Port = Callable[..., str]
PACKED = Path(espsh.onboard.__file__).parent / "packed"
HERE = Path(__file__).parent


@pytest.mark.parametrize("old", ["old", "same", "none"])
@pytest.mark.parametrize("target", ["/main.py", "/lib/a long name of a module.py"])
@pytest.mark.parametrize("system", ["VfsFat", "VfsLfs2"])
def test_power_cuts(system: str, target: str, old: str) -> None:
    pytest.importorskip("micropython_unix", reason="needs espsh[sim]")
    snippets = [str(PACKED / name) for name in ("placing.py", "sweeping.py")]
    result = subprocess.run(
        [str(Path(sys.executable).parent / "micropython"), str(HERE / "power_cuts.py"), system, target, old, *snippets],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert re.fullmatch(r"\d+ cuts\n", result.stdout), result.stdout + result.stderr


FAT = """
import os
class Disk:
    data = bytearray(256 * 512)
    def readblocks(self, n, buffer):
        buffer[:] = self.data[n * 512 : n * 512 + len(buffer)]
    def writeblocks(self, n, buffer):
        self.data[n * 512 : n * 512 + len(buffer)] = buffer
    def ioctl(self, what, _):
        return {4: 256, 5: 512}.get(what, 0)
os.VfsFat.mkfs(Disk())
if PLACE == "/":
    os.umount("/")
os.mount(os.VfsFat(Disk()), PLACE)
os.mkdir(PLACE.rstrip("/") + "/lib")
"""
LEAVE = """
def leave(top, **files):
    names = {"part": "", "whole": "ok", "note": "to"}
    for kind, text in files.items():
        with open(top + "/.espsh~" + names[kind], "w") as f:
            f.write(text)
"""


class Fat:
    """Shells with a virtual board that has a FAT somewhere."""

    def __init__(self, sh: Shell, port: Port) -> None:
        self.sh = sh
        self._port = port

    def mount(self, place: str, **options: str) -> None:
        """Mount a FAT on a new board."""
        self.sh.ports[:] = [self._port(heap="300000", **options)]
        self.execute(f"PLACE = {place!r}\n{FAT}{LEAVE}")

    def execute(self, text: str) -> None:
        """Run a program on the board."""
        self.sh.write("program.py", text)
        result = self.sh.run("run", "program.py")
        assert result.code == 0, result.err

    def files(self, *paths: str) -> list[str]:
        """Return what the files hold."""
        results = [self.sh.run("cat", ":" + path) for path in paths]
        assert not [result.err for result in results if result.code]
        return [result.out for result in results]

    def names(self, path: str) -> list[str]:
        """Return the names in a directory, asked by nothing of espsh's."""
        return sorted(eval(self.sh.run("eval", f"__import__('os').listdir({path!r})").out))


@pytest.fixture
def fat(sh: Shell, port: Port) -> Fat:
    return Fat(sh, port)


def test_a_file_is_replaced(fat: Fat) -> None:
    fat.mount("/")
    for text in ("old\n", "new and longer\n", "short\n"):
        fat.sh.write("a", text)
        assert fat.sh("cp a :; cp a ':lib/a name that is long.txt'; cp :a :lib/b; cp :a :c; mv :c :d").code == 0
        assert fat.files("/a", "/lib/a name that is long.txt", "/lib/b", "/d") == [text] * 4
    assert fat.names("/") == ["a", "d", "lib"]
    assert fat.names("/lib") == ["a name that is long.txt", "b"]


def test_a_name_that_differs_in_capitals_alone_is_the_same_one(fat: Fat) -> None:
    fat.mount("/")
    fat.sh.write("a", "text")
    assert fat.sh("cp a :; cp a :lib/b; mv :a :A; mv :lib :Lib").code == 0
    assert fat.names("/") == ["A", "Lib"]
    assert fat.files("/A", "/Lib/b") == ["text"] * 2
    for line in (
        "mv :Lib :LIB/x",
        "mv :Lib :lib/x",
        "cp -r :Lib :lib",
        "cp -r :Lib :LIB/x",
        "cp :a :A",
        "mv :lib :Lib/x",
    ):
        assert fat.sh(f"ls -R :; {line}").code == 2, line
    assert fat.sh("ls -R :").lines == ["A", "Lib/", "Lib/b"]


def test_a_verified_file_whose_target_is_gone_comes_to_its_place(fat: Fat) -> None:
    fat.mount("/")
    fat.execute("leave('', whole='new\\n', note='/lib/a\\n')")
    assert fat.sh("ls -a :").lines == ["lib/"]
    assert fat.names("/") == ["lib"]
    assert fat.files("/lib/a") == ["new\n"]


@pytest.mark.parametrize(
    "left",
    [
        "part='half'",
        "part='new', note=''",
        "part='new', note='/lib/a'",
        "part='new', note='/lib/a\\n'",
        "whole='new', note='/lib/a\\n'",
        "note='/lib/a\\n'",
    ],
)
def test_an_old_file_that_is_there_stays(fat: Fat, left: str) -> None:
    fat.mount("/")
    assert fat.sh("echo old > :lib/a").code == 0
    fat.execute(f"leave('', {left})")
    assert fat.files("/lib/a") == ["old\n"]
    assert fat.names("/") == ["lib"]


@pytest.mark.parametrize("path", ["/no/a", "/lib", "/a?b"])
def test_a_place_that_cannot_be_leaves_nothing(fat: Fat, path: str) -> None:
    fat.mount("/")
    fat.execute(f"leave('', whole='new', note={path + chr(10)!r})")
    assert fat.sh("ls -a :").lines == ["lib/"]
    assert fat.names("/") == ["lib"]


@pytest.mark.parametrize("line", ["cp new :/sd/b", "cp :/new :/sd/b"])
@pytest.mark.parametrize("options", [{}, {"without": "stdin.buffer"}], ids=["stream", "blocks"])
def test_on_a_filesystem_beside_the_root_the_next_write_does_it(fat: Fat, line: str, options: dict[str, str]) -> None:
    fat.mount("/sd", **options)
    fat.sh.write("new", "new\n")
    assert fat.sh("cp new :/").code == 0
    fat.execute("leave('/sd', whole='before\\n', note='/sd/lib/a\\n')")
    result = fat.sh(line)
    assert result.code == 0, result.err
    assert fat.files("/sd/b", "/sd/lib/a") == ["new\n", "before\n"]
    assert fat.names("/sd") == ["b", "lib"]


@pytest.mark.parametrize("line", ["cp new :lib/a", "cp :new :lib/a"])
@pytest.mark.parametrize("step", range(5))
def test_what_interrupts_a_board_in_the_middle_costs_nothing(fat: Fat, step: int, line: str) -> None:
    fat.mount("/")
    fat.sh.write("new", "new\n")
    assert fat.sh("cp new :; echo old > :lib/a").code == 0
    fat.execute(f"""
import os
def interrupted(function):
    def call(*names):
        global left
        left -= 1
        if left == -1:
            raise KeyboardInterrupt
        return function(*names)
    return call
left = {step}
os.rename, os.remove = interrupted(os.rename), interrupted(os.remove)
""")
    result = fat.sh(line)
    assert fat.files("/lib/a") in (["old\n"], ["new\n"]), result.err
    assert result.code or fat.files("/lib/a") == ["new\n"]
    assert fat.names("/") == ["lib", "new"]


def test_a_mounted_filesystem_hides_nothing_of_the_root(sh: Shell, fat: Fat) -> None:
    fat.mount("/sd")
    assert sh("echo half > :.espsh~").code == 0
    assert sh("ls -a :").lines == ["sd/"]
    assert fat.names("/") == ["sd"]

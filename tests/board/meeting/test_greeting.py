"""The first question to a board: answered in one turn by a usual one, asked more patiently of every other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from espsh.sim.machine import machine_at
from tests.conftest import Shell

Port = Callable[..., str]
PATIENT = 900
"""Bytes to a board that has to be asked by a loader and its helpers; more than twice a greeting."""


@pytest.fixture
def asked(sh: Shell, port: Port, tmp_path: Path) -> Callable[..., tuple[list[str], int]]:
    """List the root of a board with these options; return what was printed and the bytes that went to it."""

    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "boot.py").write_text("# nothing\n")

    def ask(**options: str) -> tuple[list[str], int]:
        sh.ports[:] = [port(dir=str(tmp_path / "files"), **options)]
        result = sh("ls -l :")
        assert result.code == 0, result.err
        return [line.split()[-1] for line in result.lines], machine_at(sh.ports[0]).bytes_up

    return ask


def test_a_usual_board_is_asked_once(asked: Callable[..., tuple[list[str], int]]) -> None:
    names, up = asked()
    assert names == ["boot.py"]
    assert up < 500


@pytest.mark.parametrize("without", ["hashlib", "stdin.buffer", "rename", "binascii"])
def test_one_that_lacks_something_is_asked_patiently(asked: Callable[..., tuple[list[str], int]], without: str) -> None:
    names, up = asked(without=without)
    assert names == ["boot.py"]
    assert up > PATIENT


def test_what_the_root_holds_is_used_once(sh: Shell, port: Port) -> None:
    sh.ports.append(port())
    lines = sh("ls -l :\ntouch :a\nls -l :\nexec import os; os.remove('a'); open('b', 'w').close()\nls -l :").lines
    assert [line.split()[-1] for line in lines] == ["a", "b"]


def test_a_long_root_is_listed_whole(sh: Shell, port: Port) -> None:
    sh.ports.append(port())
    assert sh("exec for n in range(40): open('file_%02d.txt' % n, 'w').close()").code == 0
    assert len(sh("ls -l :").lines) == 40


def test_odd_names_in_the_root(sh: Shell, port: Port) -> None:
    sh.ports.append(port())
    assert sh("touch \":O'zbek =é 你好.py\"; mkdir :'a b'").code == 0
    assert [line.split(maxsplit=1)[-1] for line in sh("ls :").lines] != []
    assert "O'zbek =é 你好.py" in sh("ls :").out
    assert "a b" in sh("ls :").out


@pytest.mark.parametrize("position", range(5, 460, 13))
def test_a_byte_lost_in_the_question(asked: Callable[..., tuple[list[str], int]], position: int) -> None:
    assert asked(fault=f"lose:up@{position}")[0] == ["boot.py"]


@pytest.mark.parametrize("position", range(20, 200, 13))
def test_a_byte_lost_in_the_answer(asked: Callable[..., tuple[list[str], int]], position: int) -> None:
    assert asked(fault=f"lose:down@{position}")[0] == ["boot.py"]


def test_what_a_killed_copy_left_is_swept_by_the_next_command(sh: Shell, port: Port) -> None:
    sh.ports.append(port())
    assert sh("echo half > :.espsh~; echo whole > :a").code == 0
    assert sh("ls -la :").lines[0].endswith(" a")
    assert sh("ls -la :").lines[0].endswith(" a")
    assert [line.split()[-1] for line in sh("eval __import__('os').listdir()").lines] == ["['a']"]

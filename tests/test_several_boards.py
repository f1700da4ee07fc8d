"""Two boards in one shell: each is itself, and the loss of one is not the loss of the other."""

from __future__ import annotations

import io
import random
import signal
import threading
from collections.abc import Callable

import pytest

from espsh.base.world import World
from espsh.cli import main
from tests.conftest import Shell

Port = Callable[..., str]


@pytest.fixture
def two(sh: Shell, port: Port) -> Shell:
    sh.ports += [f"attic={port()}", f"kitchen={port('esp32c3')}"]
    return sh


def test_they_are_told_apart(two: Shell) -> None:
    rows = [line.split() for line in two("boards").lines]
    assert [row[:3] for row in rows[1:]] == [["*", "attic", "ESP32"], ["kitchen", "ESP32-C3", "1.29.0-preview"]]
    assert two("cd kitchen:; name; touch x; ls attic:; ls").lines == ["kitchen", "x"]


def test_a_name_follows_the_chip(sh: Shell, port: Port) -> None:
    url = port()
    sh.ports.append(f"attic={url}")
    assert sh("name").out == "attic\n"
    sh.ports[:] = [url]
    assert sh("name cellar; name").out == "cellar\n"
    assert sh("name").out == "cellar\n"


def test_connecting_and_disconnecting(sh: Shell, port: Port) -> None:
    result = sh(f"connect {port()} attic; connect serial {port()}; disconnect attic; boards; name")
    assert result.code == 0, result.err
    assert [line.split()[:2] for line in result.lines[1:-1]] == [["*", "esp32"]]
    assert result.lines[-1] == "esp32"
    twice = sh("connect {0} a1; connect {0} a2".format(port()))
    assert (twice.code, "connected already, as a1" in twice.err) == (2, True)


def test_one_is_lost_and_the_shell_lives_on(sh: Shell, port: Port) -> None:
    sh.ports += [f"attic={port(fault='unplug@9000')}", f"kitchen={port()}"]
    sh.write("big.bin", random.Random(1).randbytes(30_000))
    result = sh("cp big.bin attic:; eval 1\ncd kitchen:\n>>> 6*7\nboards", "-k")
    assert result.code == 4
    assert "attic" in result.err
    assert "gone" in result.err
    assert "42" in result.lines
    states = {line.split()[-1] for line in result.lines if "ESP32" in line}
    assert states == {"lost", "ready"}


def test_one_of_a_set_is_lost(sh: Shell, port: Port) -> None:
    sh.ports += [f"attic={port(fault='unplug@9000')}", f"kitchen={port()}"]
    sh.write("big.bin", random.Random(1).randbytes(30_000))
    result = sh("@all cp big.bin :")
    assert result.code == 4
    assert [line for line in result.err.splitlines() if line.startswith("attic: cp: the board is gone")]
    assert result.err.splitlines()[-1].startswith("1 done, 1 failed: attic: the board is gone")
    sh.ports.pop(0)
    assert sh("filesize :big.bin").out == "30000\n"


@pytest.fixture
def four(sh: Shell, port: Port) -> Shell:
    chips = {"attic": "esp32", "kitchen": "esp32c3", "cellar": "esp32", "shed": "esp32s3"}
    sh.ports += [f"{name}={port(chip)}" for name, chip in chips.items()]
    return sh


def test_sets_are_calculated(four: Shell) -> None:
    for boards, names in (
        ("all!attic", "kitchen,cellar,shed"),
        ("chip:ESP32_C3,shed", "kitchen,shed"),
        ("*e*&chip:esp32", "cellar"),
        ("all^attic,shed", "kitchen,cellar,shed"),
    ):
        assert four(f"@{boards} eval 1").lines == [f"{names}: 1"]
    assert "attic:/nosuch" in four("ls @chip:esp32!cellar:/nosuch").err
    assert four("touch attic,kitchen:/x; @all exec import os; print('x' in os.listdir('/'))").code == 0
    assert four("@all eval 'x' in __import__('os').listdir('/')").lines == ["attic,kitchen: True", "cellar,shed: False"]


def test_what_a_set_misses_is_said(four: Shell) -> None:
    for line, said in (
        ("@attic,kichen ls :", "ls: no board 'kichen' is connected\nhint: did you mean 'kitchen'?\n"),
        ("@all!* ls :", "ls: no board is left in 'all!*'\n"),
        ("@chip:esp32h2 ls :", "ls: no board with the chip 'esp32h2' is connected\nhint: chips: ESP32, "),
        ("@attic, ls :", "ls: a board is missing after 'attic,'"),
    ):
        result = four(line)
        assert (result.code, result.out) == (2, "")
        assert result.err.startswith(said)


def test_groups_are_kept(four: Shell) -> None:
    assert four("group lab = attic, kitchen; group rest = all!@lab").err == ""
    assert four("@lab eval 1").lines == ["attic,kitchen: 1"]
    assert four("@rest eval 1").lines == ["cellar,shed: 1"]
    assert (
        four("touch @lab:/here; @all!@lab,attic filetype :/here").lines == ["cellar,shed: missing", "attic: file"][::-1]
    )
    assert "the group of that name is @lab:/x" in four("ls lab:/x").err
    assert [line.split() for line in four("group").lines[1:]] == [
        ["lab", "attic,kitchen", "attic,kitchen", "-"],
        ["rest", "all!@lab", "cellar,shed", "-"],
    ]
    assert four("group -d lab; @lab ls").code == 2
    assert "no group 'lab'" in four("@rest ls").err


def test_a_board_of_a_group_is_not_connected(two: Shell) -> None:
    assert two("group lab = attic,shed").err == "not connected now: shed\n"
    refused = two("@lab mkdir :new")
    assert (refused.code, refused.err) == (
        2,
        "mkdir: shed of @lab is not connected\nhint: connect what is missing, or leave it out: @lab!shed\n",
    )
    assert two("attic filetype :new".replace("attic ", "")).out == "missing\n"
    shown = two("@lab filetype :new")
    assert (shown.code, shown.out, shown.err) == (0, "attic: missing\n", "shed: not connected, left out\n")
    assert two("@lab!shed mkdir :new").code == 0


def test_a_file_of_groups_that_is_none(two: Shell) -> None:
    folder = two.folder.parent / "config"
    folder.mkdir()
    (folder / "groups.toml").write_bytes(b'\xff = "attic"\nx y = "attic"\nbad = "attic,"\nlab = "attic"\n')
    assert [line.split()[0] for line in two("group").lines] == ["group", "lab"]
    (folder / "groups.toml").unlink()
    folder.rmdir()
    folder.write_bytes(b"")
    result = two("group lab = attic")
    assert (result.code, "cannot be kept" in result.err) == (1, True), result.err


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("group lab = lab", "holds itself"),
        ("group all = attic", "reserved"),
        ("group attic = kitchen", "a board is called 'attic'"),
        ("group lab = attic,", "a board is missing after 'attic,'"),
        ("group lab attic", "one word too many"),
        ("group -d", "name of one group"),
        ("group -d lab", "no group 'lab'"),
        ("group lab", "no group 'lab'"),
        ("group yard = kitchen; name yard", "'yard' is a group's name"),
    ],
)
def test_groups_that_cannot_be(two: Shell, line: str, said: str) -> None:
    result = two(line)
    assert (result.code, said in result.err) == (2, True), result.err


def test_equal_answers_are_folded(four: Shell) -> None:
    four.write("a.txt", "one\ntwo\n")
    assert four("@all!shed cp a.txt :; @all touch :a.txt").code == 0
    result = four("@all cat :a.txt; @all!shed filesize :a.txt; @shed filesize :a.txt")
    assert result.lines == ["attic,kitchen,cellar:", "one", "two", "attic,kitchen,cellar: 8", "shed: 0"]


def test_what_a_program_prints_is_not_held_back(two: Shell) -> None:
    assert sorted(two("@all exec print(1); print(2)").lines) == ["attic: 1", "attic: 2", "kitchen: 1", "kitchen: 2"]


def test_failures_are_told_once_together(four: Shell) -> None:
    assert four("touch attic,kitchen:/x").code == 0
    result = four("@all rm :/x")
    assert result.code == 2
    assert result.err.splitlines()[-1] == "2 done, 2 failed: cellar,shed: :/x: no such file or directory"
    assert "done" not in four("@attic rm :/x").err


def test_boards_one_after_another_up_to_the_first_failure(four: Shell) -> None:
    told = "1 failed: attic: :/x: no such file or directory, 3 not begun: kitchen,cellar,shed"
    for result in (four("@all rm :/x", "-j", "1", "--fail-fast"), four("set jobs 1; set fail-fast on; @all rm :/x")):
        assert (result.code, result.err.splitlines()[-1]) == (2, told)
    assert four("set jobs some").code == 2


class Interrupting(io.BytesIO):
    """A stdout that presses Ctrl-C once as many boards have said that they are at work."""

    def __init__(self, boards: int) -> None:
        super().__init__()
        self._waiting = boards

    def write(self, data: bytes) -> int:  # type: ignore[override]  # more than bytes is not written
        if b"at work" in data:
            self._waiting -= 1
            if not self._waiting:
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        return super().write(data)


def test_a_board_that_is_not_there_stops_the_others_unless_they_are_to_go_on(four: Shell) -> None:
    attic, *others = four.ports
    four.ports[:] = [attic, "gone=/dev/ttyNONE", *others]
    stopped = four("@all eval 1+1")
    assert (stopped.code, stopped.out) == (3, "")
    gone_on = four("@all eval 1+1", "-k")
    assert (gone_on.code, gone_on.lines) == (3, ["attic,kitchen,cellar,shed: 2"])
    assert gone_on.err.startswith("no port /dev/ttyNONE\n")
    four.ports[:] = ["gone=/dev/ttyNONE", attic]
    assert (four("eval 1+1", "-k").code, four("eval 1+1", "-k").out) == (3, ""), (
        "what is meant for one is not for another"
    )


def test_ctrl_c_ends_all_and_each_is_left_at_its_prompt(four: Shell) -> None:
    four.write("loop.py", "print('at work')\nwhile True:\n    pass\n")
    ports = [word for port in four.ports for word in ("-p", port)]
    out, err = io.TextIOWrapper(Interrupting(4), "utf-8"), io.StringIO()
    code = main([*ports, "-c", "@all run loop.py"], World(io.StringIO(), out, err, four.env, four.folder))
    assert (code, err.getvalue()) == (130, "4 interrupted: attic,kitchen,cellar,shed\n")
    assert four("@all eval 1+1").lines == ["attic,kitchen,cellar,shed: 2"]

"""What a board lacks is worked around: every way to bring code and files, through the front door."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Shell

Port = Callable[..., str]
ALL_BYTES = bytes(range(256)) * 12
LACKS = [
    "deflate",
    "hashlib",
    "binascii",
    "rawpaste",
    "stdin.buffer",
    "stdin",
    "stdin,rawpaste",
    "rename",
    "ilistdir",
    "uname",
    "stdin,rawpaste,binascii,hashlib,rename,ilistdir,uname,deflate",
]
GREEDY = """
kept = []
try:
    while True:
        kept.append(bytes(64))
except MemoryError:
    del kept[-8:]
"""
"""Leaves a small board 512 bytes; its prompt wants a kilobyte for the shortest line."""
FULL = """
kept, load, refused = 42, _espsh['x'], 0
def full(*text):
    global refused
    refused += 1
    if refused > 4:
        return load(*text)
    raise MemoryError
_espsh['x'] = full
"""
"""Leaves the prompt its memory, and none for helpers of ours, four times."""
DROP = b"for q in ("
"""How the command begins that frees what helpers of an earlier call took."""


def uploaded(trace: Path) -> bytes:
    """Return what went to the board."""
    lines = [line.split(" ", 2) for line in trace.read_text().splitlines()]
    return b"".join(ast.literal_eval(data) for _, way, data in lines if way == ">")


@pytest.mark.parametrize("without", LACKS)
def test_files_and_code_on_a_board_that_lacks(sh: Shell, port: Port, without: str) -> None:
    sh.ports.append(port(without=without))
    sh.write("all.bin", ALL_BYTES)
    sh.write("new.bin", ALL_BYTES[::-1])
    sh.write("p.py", "for n in range(3):\n    print('line', n)\n")
    result = sh("cp all.bin :x; cp new.bin :x; sha256sum new.bin :x; cp :x back; ls -l :; run p.py\neval 6*7")
    assert result.code == 0, result.err
    ours, boards, listed, *printed = result.lines
    assert ours.split()[0] == boards.split()[0]
    assert listed.split()[0] == "3072"
    assert listed.endswith(" x")
    assert printed == ["line 0", "line 1", "line 2", "42"]
    assert sh.read("back") == ALL_BYTES[::-1]


def test_a_board_with_little_memory(sh: Shell, port: Port) -> None:
    sh.ports.append(port("small"))
    sh.write("all.bin", ALL_BYTES)
    result = sh("cp all.bin :; cp :all.bin back; ls :\neval 6*7")
    assert (result.code, result.lines) == (0, ["all.bin", "42"]), result.err
    assert sh.read("back") == ALL_BYTES


def test_a_board_with_little_memory_frees_it_although_the_line_spoils_the_first_try(sh: Shell, port: Port) -> None:
    """Seen on a micro:bit: the next helpers came, and there was no room for them, since the last had not gone."""
    sh.ports.append(port("small"))
    sh.write("a", "a")
    whole, spoilt = sh.folder / "whole", sh.folder / "spoilt"
    assert sh("cp a :\nls :", "--trace", str(whole)).code == 0
    where = uploaded(whole).index(DROP) + len(DROP)
    sh.ports[:] = [port("small", fault=f"lose:up@{where + 20}")]
    result = sh("cp a :\nls :", "--trace", str(spoilt))
    assert (result.code, result.lines) == (0, ["a"]), result.err
    _, first, again, *_ = uploaded(spoilt).split(DROP)
    assert first.partition(b")")[0] == again.partition(b")")[0]
    assert b"_espsh['call']" not in first


def test_a_board_whose_prompt_has_no_memory_for_any_line_is_soft_reset(sh: Shell, port: Port) -> None:
    """Nothing that is there can be reached any more; a micro:bit (1.9.2) comes to that by a Ctrl-C at a bad time."""
    sh.ports.append(port("small"))
    sh.write("greedy.py", GREEDY)
    result = sh("run greedy.py\ntouch :a\nls :", "-k")
    assert result.lines[-1] == "a", result.err
    assert "the board had no memory left; it was soft-reset" in result.err
    assert "the line damages" not in result.err


def test_what_a_user_left_on_a_board_is_not_reset_away_for_memory(sh: Shell, port: Port) -> None:
    sh.ports.append(port())
    sh.write("full.py", FULL)
    result = sh("run full.py\nsha256sum :x\neval kept", "-k")
    assert (result.code, result.lines) == (1, ["42"]), result.err
    assert result.err.startswith("sha256sum: the board has not enough memory\nhint: soft-reset it to free memory")


@pytest.mark.parametrize("fault", ["double:up:0.001", "damage:up:0.001", "damage:down:0.001", "noise:down:every=700"])
def test_files_on_a_bad_line(sh: Shell, port: Port, fault: str) -> None:
    sh.ports.append(port(fault=fault))
    sh.write("all.bin", ALL_BYTES)
    result = sh("cp all.bin :; cp :all.bin back")
    assert result.code == 0, result.err
    assert sh.read("back") == ALL_BYTES


def test_connect_and_list_are_frugal(sh: Shell, port: Port) -> None:
    """At most 6 turns and 1.5 kB to the board for a connection and a listing; most boards need 4 and 450 bytes."""
    from espsh.sim.machine import machine_at

    sh.ports.append(port())
    assert sh("ls :").code == 0
    machine = machine_at(sh.ports[0])
    before = machine.bytes_up, machine.turns
    assert sh("ls :").code == 0
    assert machine.bytes_up - before[0] <= 1500
    assert machine.turns - before[1] <= 6


@pytest.mark.parametrize(("heap", "stays"), [("40k", False), ("110k", True)])
def test_helpers_leave_before_a_program_where_memory_is_short(sh: Shell, port: Port, heap: str, stays: bool) -> None:
    sh.ports.append(port(heap=heap))
    sh.write("a", "a")
    result = sh("cp a :\nexec print('receive' in _espsh)\ncp -f a :b\ncat :b")
    assert (result.code, result.out) == (0, f"{stays}\na"), result.err

"""heap: sizes, the map, and again and again."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.conftest import Shell

Port = Callable[..., str]


@pytest.fixture
def board(sh: Shell, port: Port) -> Shell:
    sh.ports.append(port())
    return sh


def facts(board: Shell) -> dict[str, int]:
    return dict(json.loads(board("heap --json").out))


def test_sizes_are_those_of_the_board(board: Shell) -> None:
    before = facts(board)
    assert before["free"] + before["used"] == before["total"]
    assert board("exec kept = bytearray(20000)").code == 0
    after = facts(board)
    assert 19_000 < before["free"] - after["free"] < 24_000
    assert after["largest"] <= after["free"]


def test_it_leaves_no_names_and_the_users_own_stay(board: Shell) -> None:
    board("exec gc = 5")
    assert board("heap; eval gc").lines[-1] == "5"
    assert board("heap; eval [n for n in dir() if n in ('m', 'sys', 'micropython')]").lines[-1] == "[]"


def test_esp_idfs_heap_is_shown_where_there_is_one(sh: Shell, port: Port) -> None:
    sh.ports.append(port(without="esp32"))
    assert [line.split()[0] for line in sh("heap").lines] == ["free"]
    assert facts(sh)["idf"] == []


def test_the_map_shows_what_is_used(board: Shell) -> None:
    *head, last = board("heap --map").lines
    rows = head[2:]
    assert {len(row) for row in rows[:-1]} == {64}
    assert set("".join(rows)) <= set("·░▒▓█")
    assert "·" in rows[-1]
    assert last.startswith("· free  █ used  ")


def test_a_firmware_without_mem_info_tells_the_sizes(sh: Shell, port: Port) -> None:
    sh.ports.append(port(without="micropython.mem_info"))
    assert sh("heap").lines[0].startswith("free ")
    told = sh("heap --map")
    assert (told.code, "draws no map" in told.err) == (2, True)


def test_one_board_is_watched_at_a_time(sh: Shell, port: Port) -> None:
    sh.ports += [f"attic={port()}", f"kitchen={port()}"]
    assert sh("@all heap --watch 1").code == 2

"""Two boards in one shell: each is itself, and the loss of one is not the loss of the other."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

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
    sh.ports.pop(0)
    assert sh("filesize :big.bin").out == "30000\n"

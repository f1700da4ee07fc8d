"""info: one screen about a board."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from tests.conftest import Shell
from tests.qemu.microbit import microbit, missing

Port = Callable[..., str]


def rows(text: str) -> dict[str, str]:
    return dict(re.split("  +", line, maxsplit=1) for line in text.splitlines())


def test_what_a_board_tells(sh: Shell, port: Port) -> None:
    sh.ports.append(f"attic={port('esp32c3')}")
    told = rows(sh("info").out)
    assert told["board"].startswith("attic on sim:esp32c3")
    assert told["firmware"].endswith("MicroPython v1.29.0-preview on 2026-07-05")
    assert (told["clock"], told["flash"], told["last start"]) == ("160 MHz", "4 MB", "PWRON_RESET")
    assert told[".mpy files"].startswith("version 6.3")
    assert " free of " in told["heap"]
    assert " free of " in told["files"]
    assert "machine" in told["imported"]


def test_it_restarts_nothing_and_changes_nothing(sh: Shell, port: Port) -> None:
    sh.ports.append(port())
    assert sh("exec kept = 42").code == 0
    assert sh("info; eval kept").lines[-1] == "42"


def test_what_it_does_not_know_is_left_out(sh: Shell, port: Port) -> None:
    sh.ports.append(port(without="esp,esp32,machine.reset_cause"))
    told = rows(sh("info").out)
    assert not {"flash", "ESP-IDF heap", "last start"} & set(told)
    assert told["clock"] == "160 MHz"


def test_for_a_program_to_read(sh: Shell, port: Port) -> None:
    sh.ports.append(f"attic={port()}")
    facts = json.loads(sh("info --json").out)
    assert (facts["name"], facts["chip"], facts["reset_cause"]) == ("attic", "ESP32", "PWRON_RESET")
    assert len(facts["heap"]) == 2
    assert facts["unique_id"] == sh("eval __import__('machine').unique_id().hex()").out.strip("'\n")


@pytest.mark.qemu
@pytest.mark.skipif(missing() is not None, reason=str(missing()))
def test_a_board_with_little_memory_is_asked_bit_by_bit(sh: Shell) -> None:
    with microbit() as real:
        sh.ports.append(real)
        told = rows(sh("info").out)
    assert (told["machine"], told["clock"]) == ("micro:bit with nRF51822", "16 MHz")
    assert told["firmware"] == "MicroPython 1.9.2"

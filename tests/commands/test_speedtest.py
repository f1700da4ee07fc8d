"""speedtest on lines whose figures are known.

A loaded computer makes them slower, never faster: where time is a bound, it is one only from that side.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from tests.conftest import Shell

Port = Callable[..., str]
LINE_RATE = 11520
LATENCY = 0.016


def test_what_it_says(sh: Shell, port: Port) -> None:
    sh.ports.append(port(baud="115200", latency="1ms"))
    result = sh("speedtest\nls -a :")
    assert (result.code, result.err) == (0, "")
    assert re.fullmatch(
        r"round trip +\d+\.\d ms for a byte and its echo, \d+\.\d ms for a checked call\n"
        r"to the board +\S+ [kM]?B/s, as at \d+ baud\n"
        r"from the board +\S+ [kM]?B/s, as at \d+ baud\n"
        r"lost +0 of 8192 bytes printed · damaged exchanges: 0\n"
        r"window +256 bytes under way to the board\n",
        result.out,
    )


def test_a_uart_is_no_faster_than_it_is(sh: Shell, port: Port) -> None:
    sh.ports.append(port(baud="115200", latency="16ms"))
    found = json.loads(sh("speedtest --json").out)
    assert LATENCY < found["round_trip"] < found["call"]
    assert 0 < found["up"] < 2 * LINE_RATE
    assert 0 < found["down"] < 2 * LINE_RATE
    assert (found["printed"], found["missing"], found["damages"]) == (8192, 0, 0)


def test_usb_gets_more_to_do(sh: Shell, port: Port) -> None:
    sh.ports.append(port())
    found = json.loads(sh("speedtest --json").out)
    assert found["printed"] > 8192
    assert found["missing"] == 0
    assert found["down"] > 2 * LINE_RATE


def test_losses_are_counted_and_nothing_is_left_behind(sh: Shell, port: Port) -> None:
    sh.ports.append(port(fault="lose:up:0.0005,lose:down:0.002"))
    result = sh("speedtest --json")
    found = json.loads(result.out)
    assert result.code == 0
    assert 0 < found["missing"] < found["printed"] // 50
    assert sh("ls -a :").out == ""


def test_a_board_that_takes_no_stream_gets_no_file(sh: Shell, port: Port) -> None:
    sh.ports.append(port(without="stdin.buffer"))
    found = json.loads(sh("speedtest --json").out)
    assert (found["up"], found["window"]) == (None, None)
    assert found["down"] > 0


def test_several_boards_answer_each_for_itself(sh: Shell, port: Port) -> None:
    sh.ports += [f"{name}={port()}" for name in ("one", "two")]
    lines = sh("@all speedtest --json").lines
    found = {name: json.loads(text) for name, _, text in (line.partition(": ") for line in lines)}
    assert set(found) == {"one", "two"}
    assert all(speeds["missing"] == 0 for speeds in found.values())

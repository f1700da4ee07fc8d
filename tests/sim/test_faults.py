from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import serial
from hypothesis import given
from hypothesis import strategies as st

from espsh.sim.faults import UP, Faults, parse_faults


def cut(data: bytes, sizes: list[int]) -> list[bytes]:
    out = []
    for size in sizes:
        out.append(data[:size])
        data = data[size:]
    return [*out, data]


def through(text: str, data: bytes, direction: str = UP, sizes: list[int] | None = None, seed: int = 0) -> bytes:
    faults = Faults(parse_faults(text), seed)
    return b"".join(faults.apply(direction, piece)[0] for piece in cut(data, sizes or []))


@pytest.mark.parametrize(
    ("text", "arrived"),
    [("lose@2", b"abdef"), ("double@2", b"abccdef"), ("damage@2", b"abCdef"), ("lose:down@2", b"abcdef")],
)
def test_a_fault_at_a_position_hits_that_byte(text: str, arrived: bytes) -> None:
    assert through(text, b"abcdef") == arrived


@given(st.lists(st.integers(0, 40), max_size=12), st.sampled_from(["lose@50", "noise:up:every=30", "damage:up:0.1"]))
def test_how_the_bytes_are_cut_does_not_matter(sizes: list[int], text: str) -> None:
    data = bytes(range(200))
    assert through(text, data, sizes=sizes) == through(text, data)


@given(st.binary(min_size=1, max_size=300), st.integers(0, 300), st.sampled_from(["unplug", "kill", "mute"]))
def test_an_event_lets_the_bytes_before_it_pass(data: bytes, at: int, kind: str) -> None:
    faults = Faults(parse_faults(f"{kind}@{at}"))
    passed, events = b"", []
    for piece in cut(data, [7, 50]):
        arrived, event = faults.apply(UP, piece)
        passed += arrived
        events += [event.kind] if event else []
        if event:
            break
    if at <= len(data):
        assert (passed, events) == (data[:at], [kind])
    else:
        assert (passed, events) == (data, [])


def test_a_seed_makes_a_run_repeatable() -> None:
    data = bytes(10000)
    first = through("lose:up:0.01", data, seed=1)
    assert first == through("lose:up:0.01", data, seed=1)
    assert 9800 < len(first) < 9980
    assert len({len(through("lose:up:0.01", data, seed=seed)) for seed in range(5)}) > 1


def test_several_faults_work_together() -> None:
    assert through("lose@0,double@1", b"abc") == b"bcc"


def test_a_lost_byte_on_the_way_up_is_missing_on_the_board(wire: Callable[..., Any]) -> None:
    board = wire(fault="lose:up@2")
    board.port.write(b"1234\r")
    assert board.prompt() == b"124\r\n124\r\n>>> "


def test_a_doubled_byte_on_the_way_down(wire: Callable[..., Any]) -> None:
    board = wire()
    board.machine.faults.add("double:down@1")
    board.port.write(b"12\r")
    assert board.prompt() == b"122\r\n12\r\n>>> "
    board.machine.faults.clear()
    assert board.enter("3") == b"3\r\n"


def test_log_lines_come_between_the_bytes_of_a_reply(wire: Callable[..., Any]) -> None:
    board = wire()
    board.machine.faults.add("noise:down:every=100")
    board.port.write(b"print('z' * 300)\r")
    answer = board.prompt()
    assert answer.count(b"wifi:") == 3
    assert answer.count(b"z") == 301


def test_mute_stops_both_ways_and_can_be_undone(wire: Callable[..., Any]) -> None:
    board = wire(fault="mute@6")
    board.enter("7")
    board.port.write(b"x=1\r")
    board.machine.drain()
    assert board.silent_for(0.1) == b""
    board.machine.mute(False)
    assert board.enter("x") == b"1\r\n"  # it heard, it only said nothing


def test_unplug_at_a_byte_and_replug(wire: Callable[..., Any], reopen: Callable[..., Any]) -> None:
    board = wire(fault="unplug:replug=100ms@4")
    board.port.write(b"x=7\r")
    with pytest.raises(serial.SerialException):
        board.until(b"never")
    with pytest.raises(serial.SerialException):
        board.port.write(b"more")
    with pytest.raises(OSError, match=r"Errno 5"):
        board.port.rts = True
    board.port.close()
    again = eventually(lambda: reopen(board.url))
    assert again.enter("x") == b"7\r\n"  # the board never lost power


def test_a_port_that_was_pulled_stays_dead_after_the_replug(wire: Callable[..., Any]) -> None:
    board = wire()
    board.machine.unplug()
    board.machine.replug()
    with pytest.raises(serial.SerialException):
        board.port.read(1)
    board.port.close()
    board.port.open()
    assert board.enter("1") == b"1\r\n"


def test_no_port_while_the_cable_is_out(wire: Callable[..., Any], reopen: Callable[..., Any]) -> None:
    board = wire()
    machine = board.machine
    machine.unplug()
    board.port.close()
    with pytest.raises(serial.SerialException, match="no such device"):
        reopen(board.url)
    machine.replug()
    assert reopen(board.url).enter("1") == b"1\r\n"


def test_a_power_cut_boots_the_board(wire: Callable[..., Any]) -> None:
    board = wire(fault="kill@6")
    board.port.write(b"x = 1\r")
    assert b"rst:0x1 (POWERON_RESET)" in board.prompt()
    assert b"NameError" in board.enter("x")
    board.machine.power_cut()
    assert b"rst:0x1 (POWERON_RESET)" in board.prompt()


def eventually(make: Callable[[], Any]) -> Any:
    end = time.monotonic() + 20
    while True:
        try:
            return make()
        except serial.SerialException:
            assert time.monotonic() < end

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from espsh.sim.clock import GRACE, EmulatedClock
from espsh.sim.uart import Bridge, Line, garble

BYTE = 10 / 115200


def test_a_paced_line_lets_one_byte_through_in_ten_bit_times() -> None:
    line = Line(115200)
    line.push(b"abcdef", 0.0)
    assert line.take(0.9 * BYTE) == b""
    assert line.take(3.5 * BYTE) == b"abc"
    assert line.take(6.0 * BYTE) == b"def"
    assert line.due() is None


def test_a_pause_is_not_caught_up() -> None:
    line = Line(115200)
    line.push(b"ab", 0.0)
    assert line.take(1.0) == b"ab"
    line.push(b"cd", 2.0)
    assert line.take(2.0 + 1.5 * BYTE) == b"c"


def test_an_unpaced_line_is_at_once() -> None:
    line = Line(0)
    line.push(b"x" * 100000, 5.0)
    assert line.due() == 5.0
    assert len(line.take(5.0)) == 100000


@given(st.lists(st.tuples(st.binary(max_size=40), st.floats(0, 0.01)), max_size=30), st.sampled_from([0, 9600, 115200]))
def test_a_line_keeps_order_and_rate(steps: list[tuple[bytes, float]], baud: int) -> None:
    line, now, came = Line(baud), 0.0, b""
    for data, wait in steps:
        line.push(data, now)
        now += wait
        came += line.take(now)
        if baud:
            assert len(came) <= now * baud / 10 + 1
    while (due := line.due()) is not None:
        assert due >= now - 1 or not baud
        now = max(now, due)
        came += line.take(now)
    assert came == b"".join(data for data, _ in steps)


def test_the_bridge_holds_bytes_for_its_latency_or_until_a_packet_is_full() -> None:
    bridge = Bridge(0.016)
    bridge.push(b"a", 1.0)
    bridge.push(b"b", 1.010)
    assert bridge.take(1.015) == b""
    assert bridge.due() == pytest.approx(1.016)
    assert bridge.take(1.016) == b"ab"
    bridge.push(b"x" * 70, 2.0)
    assert len(bridge.take(2.0)) == 62
    assert len(bridge.take(2.016)) == 8


def test_a_wrong_rate_makes_garbage_of_every_byte() -> None:
    everything = bytes(range(256))
    assert all(was != now for was, now in zip(everything, garble(everything), strict=True) if was < 0x80)
    assert not set(garble(everything)) & set(range(0x80))


def test_emulated_time_stands_still_while_the_computer_is_late() -> None:
    now = [100.0]
    clock = EmulatedClock(lambda: now[0])
    now[0] = 100.5
    assert clock.woke(due=100.1) == pytest.approx(100.1 + GRACE)
    assert clock.lost == pytest.approx(0.4 - GRACE)
    assert clock.now() == pytest.approx(100.1 + GRACE)
    now[0] = 200.5
    assert clock.woke(due=None) == pytest.approx(200.1 + GRACE)  # an idle line is not late

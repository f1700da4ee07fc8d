"""The pacer against a board's ring that loses what does not fit."""

from __future__ import annotations

from collections import deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from espsh.shell.pacing import Pacer

RING = 260
BYTE = 10 / 115200
"""Seconds a byte takes on the line, either way."""


class FriendlyRepl:
    """Takes a byte from its ring every ``slow`` seconds and echoes it; a line's end takes ``think`` seconds more."""

    def __init__(self, *, slow: float = 0.0002, think: float = 0.0, prompt: int = 6, echoes: bool = True) -> None:
        self.ring: deque[tuple[float, int]] = deque()
        self.taken = bytearray()
        self.lost = 0
        self.echoed = 0
        self._prompts: deque[float] = deque()
        self.fullest = 0
        self._busy_until = 0.0
        self._slow, self._think, self._prompt, self._echoes = slow, think, prompt, echoes

    def arrive(self, data: bytes, now: float) -> float:
        """Take bytes off the line, starting now; return when the last one has arrived."""
        for position, byte in enumerate(data, 1):
            at = now + position * BYTE
            self.run(at)
            if len(self.ring) >= RING:
                self.lost += 1
            else:
                self.ring.append((at, byte))
            self.fullest = max(self.fullest, len(self.ring))
        return now + len(data) * BYTE

    def run(self, until: float) -> None:
        """Read from the ring up to ``until``."""
        while self.ring and max(self._busy_until, self.ring[0][0]) + self._slow <= until:
            arrived, byte = self.ring.popleft()
            self._busy_until = max(self._busy_until, arrived) + self._slow
            self.taken.append(byte)
            if self._echoes:
                self.echoed += 1
            if byte in b"\r\n":
                self._busy_until += self._think
                if self._echoes:
                    self.echoed += byte == 13
                    self._prompts.append(self._busy_until)
        while self._prompts and self._prompts[0] <= until:
            self._prompts.popleft()
            self.echoed += self._prompt


def paste(data: bytes, repl: FriendlyRepl) -> float:
    """Paste ``data`` and return the seconds it took."""
    pacer = Pacer()
    pacer.feed(data)
    now = 0.0
    while (due := pacer.due(now)) is not None:
        if due == 0.0:
            now = repl.arrive(pacer.take(now), now)
        else:
            now += min(due, 0.001) or 1e-6
        repl.run(now)
        if repl.echoed:
            pacer.heard(repl.echoed, now)
            repl.echoed = 0
    repl.run(1e12)
    return now


@pytest.mark.parametrize("think", [0.0, 0.1, 2.0])
def test_a_long_paste_arrives_whole(think: float) -> None:
    data = b"x = [1, 2, 3]\r" * 100
    repl = FriendlyRepl(think=think)
    paste(data, repl)
    assert (repl.lost, bytes(repl.taken)) == (0, data)


def test_a_long_line_arrives_whole_on_a_slow_board() -> None:
    repl = FriendlyRepl(slow=0.002)
    paste(b"x" * 5000 + b"\r", repl)
    assert (repl.lost, len(repl.taken)) == (0, 5001)


def test_short_lines_with_much_output_are_not_taken_for_echo() -> None:
    repl = FriendlyRepl(prompt=40, slow=0.001)
    paste(b"a\r" * 500, repl)
    assert (repl.lost, len(repl.taken)) == (0, 1000)


def test_a_program_that_echoes_nothing_gets_its_input() -> None:
    repl = FriendlyRepl(echoes=False)
    paste(b"y" * 1000, repl)
    assert (repl.lost, len(repl.taken)) == (0, 1000)


def test_a_paste_is_not_needlessly_slow() -> None:
    assert paste(b"x = [1, 2, 3]\r" * 100, FriendlyRepl()) < 6


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.binary(max_size=80).map(lambda line: line.replace(b"\x03", b"x") + b"\r"), max_size=40),
    st.sampled_from([0.0001, 0.001, 0.003]),
    st.sampled_from([0.0, 0.05, 1.0]),
)
def test_nothing_is_ever_lost(lines: list[bytes], slow: float, think: float) -> None:
    data = b"".join(lines)
    repl = FriendlyRepl(slow=slow, think=think)
    paste(data, repl)
    assert (repl.lost, bytes(repl.taken)) == (0, data)


def test_ctrl_c_overtakes_a_paste() -> None:
    pacer = Pacer()
    pacer.feed(b"x" * 1000)
    pacer.take(0.0)
    pacer.feed(b"\x03")
    assert pacer.due(0.0) == 0.0
    assert pacer.take(0.0) == b"\x03"
    assert pacer.due(0.0) is None


def test_keys_typed_one_by_one_never_wait() -> None:
    pacer = Pacer()
    for number in range(1000):
        pacer.feed(b"k")
        assert pacer.due(number * 0.03) == 0.0
        assert pacer.take(number * 0.03) == b"k"

"""A paste against a board's ring that loses what does not fit, and against boards that are not there."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from espsh.shell.pasting import ANYWHERE, AT_PROMPT, PATIENCE, Paste, Step

RING = 260
BYTE = 10 / 115200
"""Seconds a byte takes on the line, either way."""
TEXTS = st.text(st.characters(exclude_characters="\x03\x04", exclude_categories=["Cs"]), max_size=600)


class PasteMode:
    """A board at its prompt: what it gets waits in a ring, and is taken and echoed a byte each ``slow`` seconds.

    ``stall`` seconds it takes nothing after each hundredth byte; byte ``deaf_to`` of the text gets lost; ``says`` comes
    between the echoes of each two lines.
    """

    def __init__(self, *, slow: float = 0.0001, stall: float = 0.0, deaf_to: int = -1, says: bytes = b"") -> None:
        self.ran: list[bytes] = []
        self.lost = 0
        self._ring: deque[tuple[float, int]] = deque()
        self._taken: bytearray | None = None
        self._count = 0
        self._free_at = 0.0
        self._slow, self._stall, self._deaf_to, self._says = slow, stall, deaf_to, says

    def arrive(self, data: bytes, now: float) -> None:
        for byte in data:
            if len(self._ring) < RING:
                self._ring.append((now, byte))
            else:
                self.lost += 1

    def run(self, until: float) -> bytes:
        """Take from the ring up to ``until``; return what is said."""
        said = b""
        while self._ring and max(self._free_at, self._ring[0][0]) + self._slow <= until:
            arrived, byte = self._ring.popleft()
            self._free_at = max(self._free_at, arrived) + self._slow
            said += self._take(byte)
        return said

    def _take(self, byte: int) -> bytes:
        key = bytes([byte])
        if self._taken is None:
            if key == b"\x03":
                return b"\r\nKeyboardInterrupt: \r\n>>> "
            assert key == b"\x05", f"{key!r} was sent outside of paste mode"
            self._taken = bytearray()
            return b"\r\npaste mode; Ctrl-C to cancel, Ctrl-D to finish\r\n=== "
        if key in b"\x03\x04":
            if key == b"\x04":
                self.ran.append(bytes(self._taken))
            self._taken = None
            return b"\r\n>>> "
        self._count += 1
        if self._count == self._deaf_to:
            return b""
        if self._count % 100 == 0:
            self._free_at += self._stall
        self._taken += key
        return b"\r\n" + self._says + b"=== " if key == b"\r" else key


def paste(text: bytes, board: PasteMode, way: Sequence[Step] = AT_PROMPT) -> tuple[Paste, bytes, float]:
    """Paste; return the paste, what it took for no echo, and the seconds that passed."""
    pasting, now, strange = Paste(text, way), 0.0, b""
    while (due := pasting.due(now)) is not None:
        if due == 0.0:
            data = pasting.take(now)
            now += len(data) * BYTE
            board.arrive(data, now)
        else:
            now += min(due, 0.001) or 1e-6
        if said := board.run(now):
            strange += pasting.heard(said, now)
    board.run(1e12)
    return pasting, strange, now


@settings(max_examples=40, deadline=None)
@given(TEXTS, st.sampled_from([0.0001, 0.002]), st.sampled_from([0.0, 0.3, 2.0]), st.sampled_from([b"", b"log\r\n"]))
def test_a_text_arrives_as_it_is(text: str, slow: float, stall: float, says: bytes) -> None:
    board = PasteMode(slow=slow, stall=stall, says=says)
    pasting, _, _ = paste(text.encode(), board)
    assert (pasting.problem, board.lost) == ("", 0)
    assert board.ran == [text.encode().replace(b"\r\n", b"\r").replace(b"\n", b"\r")]


def test_20_kb_take_as_long_as_their_echo() -> None:
    text = b"value = compute(1, 2, 3)  # as usual\n" * 540
    board = PasteMode()
    pasting, strange, seconds = paste(text, board)
    assert (pasting.problem, strange, len(board.ran[0])) == ("", b"", len(text))
    assert seconds < 1.3 * len(text) * max(BYTE, 0.0001)


@pytest.mark.parametrize("stall", [0.05, 3.0])
def test_a_board_that_halts_loses_nothing(stall: float) -> None:
    text = b"x" * 300 + b"y = [\n" * 60
    board = PasteMode(stall=stall)
    pasting, _, _ = paste(text, board)
    assert (pasting.problem, board.lost, len(board.ran[0])) == ("", 0, len(text))


@pytest.mark.parametrize("at", [1, 40, 79])
def test_a_text_of_which_a_byte_is_lost_does_not_run(at: int) -> None:
    board = PasteMode(deaf_to=at)
    pasting, _, seconds = paste(b"x = 1\ny = 2\nprint(x + y)\n" + b"#" * 54, board)
    assert "nothing was run" in pasting.problem
    assert board.ran == []
    assert seconds < 2 * PATIENCE


def test_the_line_that_did_not_arrive_is_named() -> None:
    assert "line 2;" in paste(b"ab\ncd\nef\n", PasteMode(deaf_to=5))[0].problem


def test_what_runs_is_interrupted_for_a_program_and_shown_to_be() -> None:
    board = PasteMode()
    pasting, strange, _ = paste(b"print(1)\n", board, ANYWHERE)
    assert (pasting.problem, board.ran) == ("", [b"print(1)\r"])
    assert strange == b"\r\nKeyboardInterrupt: \r\n>>> "


def test_what_is_no_echo_is_found_between() -> None:
    assert b"temperature 20" in paste(b"a\nb\n", PasteMode(says=b"temperature 20\r\n"))[1]


@pytest.mark.parametrize(("way", "problem"), [(AT_PROMPT, "no paste mode"), (ANYWHERE, "comes to no prompt")])
def test_a_board_that_does_not_answer_is_given_up_and_the_text_is_not_sent(way: Sequence[Step], problem: str) -> None:
    pasting, sent, now = Paste(b"print(1)\n", way), b"", 0.0
    while (due := pasting.due(now)) is not None:
        now += due
        if pasting.due(now) == 0.0:
            sent += pasting.take(now)
            pasting.heard(b"deaf\r\n", now)
    assert problem in pasting.problem
    assert sent == way[0].key + b"\x03"

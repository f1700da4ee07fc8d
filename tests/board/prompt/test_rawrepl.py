"""Into the raw REPL from wherever the board is; raw paste within the credits."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from espsh.base.deadline import Deadline
from espsh.board.link import Link
from espsh.board.prompt.rawrepl import BANNER, RawRepl, raw_end
from espsh.errors import ConnectError
from tests.board.scripted import ScriptedPort

Answer = Callable[[bytes], bytes]


def entered(port: ScriptedPort, **bounds: float) -> object:
    link = Link(port)
    try:
        return RawRepl(link).enter(**bounds)
    finally:
        link.close()


def board(prompt: bytes = b"\r\n>>> ", banner: bytes = BANNER, raw: bool = False) -> Answer:
    return lambda sent: {b"\x03": b"" if raw else prompt, b"\x01": banner}.get(sent, b"")


@pytest.mark.parametrize(
    "answer",
    [
        board(),
        board(raw=True),
        board(prompt=b"\r\n$ "),
        board(banner=b"tick\r\nraw REPL; CTRL-B to exit\r\n>"),
        board(banner=b"raw REPL; CTRL-B to exit\r\n>[thread]"),
        board(banner=b"raw REL; CTRL-B to exit\r\n>"),
    ],
    ids=["friendly", "raw already", "ps1 changed", "print before", "print behind", "a byte lost"],
)
def test_entry(answer: Answer) -> None:
    assert not entered(ScriptedPort(answer)).interrupted


def test_a_program_that_was_interrupted_is_said() -> None:
    stop = b"Traceback (most recent call last):\r\nKeyboardInterrupt: \r\n>>> "
    assert entered(ScriptedPort(board(prompt=stop))).interrupted


def test_a_program_that_needs_three() -> None:
    left = iter([b"no!", b"no!", b"\r\nKeyboardInterrupt: \r\n>>> "])

    def answer(sent: bytes) -> bytes:
        if sent == b"\x03":
            return next(left, b"\r\n>>> ")
        return BANNER if sent == b"\x01" and next(iter(left), None) is None else b""

    assert entered(ScriptedPort(answer)).interrupted


def test_a_board_that_boots_is_waited_for() -> None:
    said = iter([b"ets Jul 29 2019\r\n\r\nrst:0x1 (POWERON_RESET),boot:0x12\r\n", b"\r\n>>> "])
    state = {"up": False}

    def answer(sent: bytes) -> bytes:
        if sent == b"\x03":
            return next(said, b"\r\n>>> ")
        state["up"], up = True, state["up"]
        return BANNER if up else b"MicroPython v1.24.0\r\n>>> "

    entered(ScriptedPort(answer))


class Talking(ScriptedPort):
    """A board whose main.py is never silent, and that does not hear a Ctrl-C while it starts."""

    def __init__(self) -> None:
        super().__init__(self.hear)
        self.stops = 0

    def hear(self, sent: bytes) -> bytes:
        if sent == b"\x03":
            self.stops += 1
            return b"rst:0x1 (POWERON_RESET),boot:0x12\r\n" if self.stops == 1 else b"KeyboardInterrupt: \r\n>>> "
        return BANNER if self.stops > 1 else b""

    def read(self, size: int = 1) -> bytes:
        return super().read(size) or (b"tick\r\n" if self.stops < 2 else b"")


def test_a_program_that_talks_from_the_start_on_is_interrupted() -> None:
    assert entered(Talking(), overall=5)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda _: b"", "nothing answers"),
        (lambda _: b"waiting for download\r\n", "download mode"),
        (lambda _: b"temperature 21.5\r\n", "something else than MicroPython"),
        (lambda _: b"Traceback (most recent call last):\r\nKeyboardInterrupt\r\n", "does not stop"),
    ],
)
def test_what_answers_instead_is_said(answer: Answer, message: str) -> None:
    with pytest.raises(ConnectError, match=message) as error:
        entered(ScriptedPort(answer), overall=0.4, silence=0.2)
    assert error.value.hint


class PastingBoard:
    """Takes a raw paste with a window, and notes whether the host ever sent more than it may."""

    def __init__(self, window: int) -> None:
        self.window = window
        self.room = 0
        self.got = b""
        self.overrun = False
        self.port = ScriptedPort(self.answer)

    def answer(self, sent: bytes) -> bytes:
        if sent == b"\x05A\x01":
            self.room = 2 * self.window
            return b"R\x01" + self.window.to_bytes(2, "little") + b"\x01"
        if sent == b"\x04":
            return b"\x04"
        self.got += sent
        self.room -= len(sent)
        self.overrun |= self.room < 0
        credits_ = (2 * self.window - self.room) // self.window
        self.room += credits_ * self.window
        return b"\x01" * credits_


@settings(deadline=None, max_examples=25)
@given(st.binary(min_size=1, max_size=1500).filter(lambda data: b"\x04" not in data), st.sampled_from([32, 128, 256]))
def test_raw_paste_keeps_within_the_window(text: bytes, window: int) -> None:
    pasting = PastingBoard(window)
    link = Link(pasting.port)
    try:
        assert RawRepl(link).paste(text, Deadline(20, 5))
    finally:
        link.close()
    assert pasting.got == text
    assert not pasting.overrun


@pytest.mark.parametrize("answer", [b"R\x00", b"raw REPL; CTRL-B to exit\r\n>"])
def test_a_board_without_raw_paste(answer: bytes) -> None:
    link = Link(ScriptedPort(lambda sent: answer if sent == b"\x05A\x01" else b""))
    try:
        assert not RawRepl(link).paste(b"print(1)", Deadline(5))
    finally:
        link.close()


def test_a_board_that_breaks_a_paste_off() -> None:
    link = Link(ScriptedPort(lambda sent: b"R\x01\x20\x00" if sent == b"\x05A\x01" else b"\x04"))
    try:
        with pytest.raises(ConnectError, match="broke"):
            RawRepl(link).paste(b"x" * 100, Deadline(5))
    finally:
        link.close()


def test_the_end_of_an_answer() -> None:
    assert raw_end(b"OK1\r\n\x04\x04>") == b""
    assert raw_end(b"OK\x04Traceback\r\n\x04>") == b"Traceback\r\n"
    assert raw_end(b"OK1\r\n\x04") is None

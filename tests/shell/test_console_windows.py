"""The Windows console against a fake of its functions; on Windows itself this never ran."""

from __future__ import annotations

import pytest

from espsh.shell.console_windows import (
    ENABLE_ECHO_INPUT,
    ENABLE_LINE_INPUT,
    ENABLE_PROCESSED_INPUT,
    ENABLE_VIRTUAL_TERMINAL_INPUT,
    ENABLE_VIRTUAL_TERMINAL_PROCESSING,
    STD_INPUT_HANDLE,
    STD_OUTPUT_HANDLE,
    ConsoleKeyboard,
)

BEFORE = {STD_INPUT_HANDLE: 0x01F7, STD_OUTPUT_HANDLE: 0x0003}


class FakeConsole:
    def __init__(self, *typed: str) -> None:
        self.typed = list(typed)
        self.modes = dict(BEFORE)
        self.waits = 0

    def handle(self, which: int) -> int:
        return which

    def get_mode(self, handle: int) -> int:
        return self.modes[handle]

    def set_mode(self, handle: int, mode: int) -> None:
        self.modes[handle] = mode

    def wait(self, _handle: int, milliseconds: int) -> bool:
        assert 0 < milliseconds <= 100
        self.waits += 1
        return bool(self.typed) and self.waits % 2 == 0

    def read(self, _handle: int) -> str:
        return self.typed.pop(0)


def test_the_console_is_raw_while_it_is_ours_and_as_before_afterwards() -> None:
    console = FakeConsole()
    with ConsoleKeyboard(console):
        cooked = ENABLE_PROCESSED_INPUT | ENABLE_LINE_INPUT | ENABLE_ECHO_INPUT
        assert not console.modes[STD_INPUT_HANDLE] & cooked
        assert console.modes[STD_INPUT_HANDLE] & ENABLE_VIRTUAL_TERMINAL_INPUT
        assert console.modes[STD_OUTPUT_HANDLE] & ENABLE_VIRTUAL_TERMINAL_PROCESSING
    assert console.modes == BEFORE
    with pytest.raises(RuntimeError), ConsoleKeyboard(console):
        raise RuntimeError
    assert console.modes == BEFORE


def test_keys_are_utf8_bytes() -> None:
    with ConsoleKeyboard(FakeConsole("a", "\x03", "\x1b[A", "é")) as keyboard:
        assert [keyboard.read() for _ in range(4)] == [b"a", b"\x03", b"\x1b[A", "é".encode()]


def test_a_character_in_two_halves_comes_whole() -> None:
    with ConsoleKeyboard(FakeConsole("x\ud83d", "\ude00y")) as keyboard:
        assert keyboard.read() == b"x"
        assert keyboard.read() == "😀y".encode()


def test_waking_ends_the_wait() -> None:
    with ConsoleKeyboard(FakeConsole()) as keyboard:
        keyboard.wake()
        assert keyboard.read() == b""

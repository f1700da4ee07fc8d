"""Listening to a board without a word to it, and watching it start."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

import pytest

from espsh.base.events import EventBus
from espsh.board.board import Board
from espsh.board.meeting.booting import watch_boot
from espsh.errors import ConnectError, LinkLostError
from espsh.ports.open import PortSettings
from espsh.sim.machine import machine_at

RESET = b"rst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\nload:0x3fff0030,len:4\r\nentry 0x400805cc\r\n"
PROMPT = b"MicroPython v1.24.0 on 2024-10-25; Generic ESP32 module with ESP32\r\n>>> "


def saying(*blocks: bytes | LinkLostError) -> Callable[[float], bytes]:
    """Return what hears these one after another, then nothing."""
    left = iter(blocks)

    def listen(_seconds: float) -> bytes:
        block = next(left, b"")
        if isinstance(block, LinkLostError):
            raise block
        return block

    return listen


def clock() -> Callable[[], float]:
    seconds = count()
    return lambda: next(seconds)


@pytest.fixture
def opened(port: Callable[..., str]) -> Iterator[Callable[..., Board]]:
    boards: list[Board] = []

    def open_board(**options: str) -> Board:
        boards.append(Board.open(port(**options), settings=PortSettings(), events=EventBus(), names=None))
        return boards[-1]

    yield open_board
    for board in boards:
        board.close()


def test_it_ends_at_the_prompt() -> None:
    verdict = watch_boot(saying(RESET, PROMPT, b"never heard"), clock=clock()).verdict
    assert verdict.text == "MicroPython v1.24.0 started (Generic ESP32 module with ESP32)"


def test_it_ends_when_patience_does() -> None:
    assert watch_boot(saying(RESET), 5, clock=clock()).verdict.text == "the firmware was started, but says nothing here"


def test_a_port_that_goes_with_the_reset() -> None:
    assert watch_boot(saying(LinkLostError("gone"), RESET, PROMPT), clock=clock()).verdict.outcome == "booted"


def test_an_open_port_hears_a_board_start_and_says_nothing(opened: Callable[..., Board]) -> None:
    board = opened()
    assert board.state == "open"
    assert board.restart_by_line() is None
    assert watch_boot(board.listen, 30).verdict.outcome == "booted"
    assert machine_at(board.url).bytes_up == 0
    board.close()
    assert machine_at(board.url).bytes_up == 0


def test_it_is_asked_who_it_is_when_that_is_needed(opened: Callable[..., Board]) -> None:
    board = opened()
    assert board.evaluate("6 * 7") == "42"
    assert (board.state, board.identity.chip) == ("ready", "ESP32")


def test_one_that_never_answers_can_still_be_heard(opened: Callable[..., Board]) -> None:
    board = opened(app="bootloop")
    with pytest.raises(ConnectError, match="finds nothing that it can start"):
        board.evaluate("1")
    assert b"rst:0x7" in b"".join(board.listen(5) for _ in range(20))


def test_a_port_that_comes_back_is_listened_to_again(opened: Callable[..., Board]) -> None:
    board = opened()
    assert board.evaluate("1") == "1"
    board.link._lose("pulled")
    assert board.state == "lost"
    assert board.listen(0.01) == b""
    assert board.link.lost is None
    assert board.evaluate("2") == "2"
    assert board.state == "ready"


def test_what_ran_meanwhile_is_the_users(opened: Callable[..., Board]) -> None:
    board = opened()
    assert board.evaluate("1") == "1"
    assert board.restart_by_line() is None
    assert watch_boot(board.listen, 30).verdict.outcome == "booted"
    assert board.evaluate("'x' in globals()") == "False"


def test_a_closed_one(opened: Callable[..., Board]) -> None:
    board = opened()
    board.close()
    with pytest.raises(ConnectError, match="closed"):
        board.listen(1)

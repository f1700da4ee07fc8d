"""What jobs say, while something else has the screen."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import pytest

from espsh.shell.aside import AT_ONCE, LEAST, MOST, Drawn, Piece, ScreenAside


class Stage:
    """A screen that draws when it is let, and keeps what it got."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.drawn: list[Piece] = []
        self.sizes: list[int] = []
        self.free = threading.Event()
        self.begun = threading.Event()
        self.seconds = seconds
        self.error: Exception | None = None

    def draw(self, pieces: Sequence[Piece], drawn: Drawn) -> None:
        self.begun.set()
        assert self.free.wait(60)
        self.drawn += pieces
        self.sizes.append(sum(len(piece.lines) for piece in pieces))
        drawn(self.seconds, self.error)

    @property
    def text(self) -> bytes:
        return b"".join(piece.lines for piece in self.drawn)


Make = Callable[..., ScreenAside]


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def aside(stage: Stage) -> ScreenAside:
    return make(stage)


def make(stage: Stage, *, is_screen: bool = True) -> ScreenAside:
    return ScreenAside(stage.draw, lambda text, role: f"{role}|{text}", lambda: False, is_screen=is_screen)


def lines(first: int, count: int) -> bytes:
    return b"".join(b"%098d\n" % number for number in range(first, first + count))


def test_all_comes_in_order_and_in_whole_lines(stage: Stage, aside: ScreenAside) -> None:
    for number in range(0, 1000, 7):
        aside.offer(lines(number, 7))
    aside.say("that was it", "good")
    stage.free.set()
    aside.flush()
    assert stage.text == lines(0, 1001) + b"good|that was it\n"
    assert all(piece.lines.endswith(b"\n") for piece in stage.drawn)
    assert stage.drawn[-1].is_remark
    assert max(stage.sizes) < AT_ONCE + 99  # a line more


def test_what_a_slow_screen_has_no_room_for_is_counted(stage: Stage, aside: ScreenAside) -> None:
    aside.offer(lines(0, 1))
    stage.begun.wait(60)
    for number in range(10_000):
        aside.offer(lines(number, 1))
    assert aside.waiting <= MOST
    stage.free.set()
    while b"left out" not in stage.text:
        aside.flush()
    *shown, remark = stage.text.splitlines()
    assert remark == b"bad|\xe2\x80\xa6 %d lines are left out: the screen was too slow for them" % (10_001 - len(shown))


def test_what_must_not_be_lost_waits_for_room(stage: Stage) -> None:
    for aside, put in ((make(stage), "write"), (make(stage, is_screen=False), "offer")):
        stage.free.clear()
        stage.drawn.clear()
        ready = threading.Thread(
            target=lambda aside=aside, put=put: [getattr(aside, put)(lines(n, 1)) for n in range(5000)]
        )
        ready.start()
        while aside.waiting < MOST:
            assert ready.is_alive()
        stage.free.set()
        ready.join(60)
        aside.flush()
        assert stage.text == lines(0, 5000)


def test_a_slow_screen_gets_less_at_once(stage: Stage, aside: ScreenAside) -> None:
    stage.seconds = 1.0
    stage.free.set()
    with aside.held():
        aside.offer(lines(0, 1000))
    aside.flush()
    assert stage.sizes[0] > 1000 > LEAST + 99 > stage.sizes[1]
    assert stage.text == lines(0, 1000)


def test_nothing_is_drawn_while_the_screen_is_anothers(stage: Stage, aside: ScreenAside) -> None:
    stage.free.set()
    with aside.held():
        aside.say("later")
        assert not stage.begun.wait(0.05)
    aside.flush()
    assert stage.text == b"|later\n"


def test_a_line_cannot_steer_the_screen(stage: Stage, aside: ScreenAside) -> None:
    stage.free.set()
    aside.offer(b"\x1b[31mred\x1b]0;title\x07\x1b[2J\r\ncl\x08ear \xff\x00\n")
    aside.flush()
    assert stage.text == "\x1b[31mred\x1b[0m\ncl\\x08ear \ufffd\\x00\x1b[0m\n".encode()


def test_a_file_gets_the_bytes_as_they_are(stage: Stage) -> None:
    aside = make(stage, is_screen=False)
    stage.free.set()
    aside.offer(b"\x1b[2J\xff\r\n")
    aside.flush()
    assert stage.text == b"\x1b[2J\xff\r\n"


def test_who_reads_goes_away(stage: Stage, aside: ScreenAside) -> None:
    told = threading.Event()
    aside.on_broken = told.set
    stage.error = BrokenPipeError()
    stage.free.set()
    aside.offer(b"x\n")
    assert told.wait(60)
    for use in (aside.flush, lambda: aside.offer(b"x\n"), lambda: aside.write(b"x\n")):
        with pytest.raises(BrokenPipeError):
            use()
    aside.say("nobody hears this")

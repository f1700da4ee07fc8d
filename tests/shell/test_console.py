"""The REPL on the terminal, with a wire and a keyboard whose every byte is known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from espsh.errors import EspshError
from espsh.shell.console import attach
from tests.shell.wired import Console, Keys


@pytest.fixture
def console(tmp_path: Path) -> Console:
    return Console(tmp_path)


@pytest.mark.parametrize("leave", [b"\x18", b"\x1d"])
def test_every_byte_passes_until_a_leaving_key(console: Console, leave: bytes) -> None:
    every = bytes(byte for byte in range(256) if byte not in b"\x18\x1d")
    console.attach(Keys(b"\x03", every, leave))
    assert console.wire.sent == b"\x03" + every
    assert console.board.left == 1
    assert "Ctrl-X" in console.err


def test_keys_before_the_leaving_one_are_sent_and_those_after_are_not(console: Console) -> None:
    console.attach(Keys(b"ab\x18cd"))
    assert console.wire.sent == b"ab"


def test_ctrl_c_and_ctrl_d_are_the_boards(console: Console) -> None:
    console.attach(Keys(b"\x03", b"\x04", b"\x1a", b"\x18"))
    assert console.wire.sent == b"\x03\x04\x1a"


def test_output_is_passed_as_bytes_however_it_is_split(console: Console) -> None:
    shown: list[bytes] = []
    console.screen.write = shown.append  # type: ignore[method-assign]
    text = "é\x1b[A你".encode()
    console.attach(Keys(*(bytes([byte]) for byte in text), b"\x18"))
    assert console.wire.sent == text
    assert b"".join(shown) == text + b"\r\n"
    assert console.captured == text


def test_a_second_leaving_key_drops_a_paste(console: Console) -> None:
    console.wire.say = lambda data: None  # type: ignore[method-assign,assignment]
    console.attach(Keys(b"x" * 10_000 + b"\x18", b"\x18"))
    assert 0 < len(console.wire.sent) < 10_000


def test_a_long_paste_reaches_the_board_whole(console: Console) -> None:
    lines = b"".join(b"x%d = %d\r" % (n, n) for n in range(40))
    keys = Keys(lines)
    seen = b""

    def leave_at_the_end(data: bytes) -> None:
        nonlocal seen
        seen += data
        if seen.count(b">>> ") == 40:
            keys.type(b"\x18")

    console.wire.listeners.append(leave_at_the_end)
    attach(console.board, console.world, console.screen, lambda _: None, None, keys)  # type: ignore[arg-type]
    assert console.wire.sent == lines


def when_shown(console: Console, *steps: tuple[bytes, Callable[[], object]]) -> None:
    """Do each step when its text has been shown, one after the other."""
    write, left = console.screen.write, list(steps)

    def tell(data: bytes) -> None:
        write(data)
        if left and left[0][0] in data:
            left.pop(0)[1]()

    console.screen.write = tell  # type: ignore[method-assign]


def test_a_board_that_vanishes_is_one_line_and_the_user_leaves(console: Console) -> None:
    keys = Keys()
    when_shown(console, (b"is gone", lambda: (keys.type(b"into the void"), keys.type(b"\x18"))))
    console.wire.lost = "unplugged"
    console.attach(keys)
    assert console.out.count("attic is gone; waiting for it, Ctrl-X or Ctrl-] leaves") == 1
    assert console.wire.sent == b""


def test_a_board_that_comes_back_goes_on(console: Console) -> None:
    keys = Keys()
    when_shown(
        console,
        (b"is gone", console.wire.returned.set),
        (b"attic is back", lambda: keys.type(b"1+1\r")),
        (b">>> ", lambda: keys.type(b"\x18")),
    )
    console.wire.lost = "unplugged"
    console.attach(keys)
    assert console.wire.sent == b"1+1\r"


def test_a_capture_that_cannot_be_kept_ends_it_and_the_terminal_is_given_back(console: Console) -> None:
    def full(_data: bytes) -> None:
        raise EspshError("log.txt: no space left on device")

    console._capture = full  # type: ignore[method-assign]
    keys = Keys(b"a")
    with pytest.raises(EspshError, match="no space"):
        console.attach(keys)
    assert keys.state == "given back"
    assert not console.screen.raw


def test_ctrl_k_is_the_boards_unless_something_is_to_be_injected(console: Console) -> None:
    console.attach(Keys(b"\x0b", b"\x18"))
    assert console.wire.sent == b"\x0b"


def test_a_file_that_cannot_be_injected_is_one_line(console: Console) -> None:
    def missing() -> bytes:
        raise EspshError("test.py: no such file")

    console.inject = missing
    console.attach(Keys(b"\x0b", b"\x18"))
    assert console.wire.sent == b""
    assert "\r\ntest.py: no such file\r\n" in console.out


def test_what_is_said_meanwhile_begins_at_the_left(console: Console) -> None:
    console.wire.write = lambda data: console.screen.say("attic: unplugged")  # type: ignore[method-assign]
    console.attach(Keys(b"a", b"\x18"))
    assert "\r\nattic: unplugged\r\n" in console.err
    console.screen.say("after")
    assert console.err.endswith("unplugged\r\nafter\n")


def test_a_write_that_fails_is_the_same_line(console: Console) -> None:
    console.wire.broken = True
    console.attach(Keys(b"a", b"\x18"))
    assert console.out.count("attic is gone") == 1


def test_a_keyboard_that_ends_ends_it(console: Console) -> None:
    console.attach(Keys(b"a", b""))
    assert console.wire.sent == b"a"

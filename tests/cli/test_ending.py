"""How espsh ends when somebody else ends it."""

from __future__ import annotations

import asyncio
import io
import sys

import pytest

from espsh.cli.ending import Terminated, terminal_kept
from tests.terminal import Terminal

LEFT_RAW = """
import sys, tty
from espsh.cli.ending import terminal_kept
with terminal_kept(sys.stdin):
    tty.setraw(0)
    print("raw", flush=True)
    sys.stdin.read(1)
    raise SystemExit
"""


def test_a_terminal_that_was_left_raw_is_put_back(terminal: Terminal) -> None:
    before = terminal.modes
    with terminal.running(sys.executable, "-c", LEFT_RAW) as process:
        terminal.expect(b"raw")
        assert terminal.modes != before
        terminal.type(b"x")
        assert process.wait(30) == 0
        assert terminal.modes == before


class Fake(io.StringIO):
    """A stream that says it is a terminal and has no descriptor."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("stream", [io.StringIO(), Fake()], ids=["no terminal", "no descriptor"])
def test_what_is_no_terminal_is_left_alone(stream: io.StringIO) -> None:
    with pytest.raises(Terminated) as caught, terminal_kept(stream):
        raise Terminated(15)
    assert caught.value.exit_code == 143


def test_an_event_loop_lets_the_end_pass() -> None:
    def end() -> None:
        raise Terminated(1)

    loop = asyncio.new_event_loop()
    loop.call_soon(end)
    loop.call_later(1, loop.stop)
    try:
        with pytest.raises(Terminated):
            loop.run_forever()
    finally:
        loop.close()

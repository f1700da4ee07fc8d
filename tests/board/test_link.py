"""One reader, waits that end, lines that fall in the right order."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from espsh.base.deadline import Deadline
from espsh.board.link import Link
from espsh.errors import InterruptedByUserError, LinkLostError
from tests.board.scripted import ScriptedPort


@contextmanager
def linked(port: ScriptedPort) -> Iterator[Link]:
    link = Link(port)
    try:
        yield link
    finally:
        link.close()


def test_bytes_go_to_the_buffer_and_to_every_subscriber() -> None:
    port = ScriptedPort()
    with linked(port) as link:
        heard: list[bytes] = []
        unsubscribe = link.subscribe(heard.append)
        port.say(b"abc")
        assert link.receive(Deadline(5)) == b"abc"
        unsubscribe()
        port.say(b"def")
        assert link.receive(Deadline(5)) == b"def"
        assert b"".join(heard) == b"abc"


def test_pieces_of_a_stream_are_gathered_and_an_answer_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    gathered: list[bytes] = []
    port = ScriptedPort()
    with linked(port) as link:

        def more(_seconds: float) -> None:
            gathered.append(b"and more")
            port.say(gathered[-1])

        def said(text: bytes) -> bytes:
            port.say(text)
            return link.receive(Deadline(5))

        monkeypatch.setattr("espsh.board.link.time.sleep", more)
        assert [said(b"piece") for _ in range(3)] == [b"piece"] * 3
        link.write(b"a question")
        assert [said(b"answer") for _ in range(3)] == [b"answer"] * 3
        assert gathered == []
        said(b"the fourth since")
        link.receive(Deadline(5))
        assert gathered


def test_nothing_comes() -> None:
    with linked(ScriptedPort()) as link:
        assert link.receive(Deadline(0.01)) == b""


def test_a_pulled_cable_ends_the_wait_and_is_told_once() -> None:
    port = ScriptedPort()
    told: list[str] = []
    with linked(port) as link:
        link.on_lost = told.append
        port.say(b"last words")
        port.unplug()
        assert link.receive(Deadline(5)) == b"last words"
        with pytest.raises(LinkLostError):
            link.receive(Deadline(5))
        with pytest.raises(LinkLostError):
            link.write(b"x")
    assert len(told) == 1


def test_cancel_ends_the_wait_of_another_thread() -> None:
    with linked(ScriptedPort()) as link:
        ended: list[type] = []

        def wait() -> None:
            try:
                link.receive(Deadline(60))
            except InterruptedByUserError as error:
                ended.append(type(error))

        thread = threading.Thread(target=wait)
        thread.start()
        link.cancel()
        thread.join(10)
        assert ended == [InterruptedByUserError]


def test_diverted_bytes_are_kept_by_nobody_else() -> None:
    port = ScriptedPort()
    with linked(port) as link:
        taken: list[bytes] = []
        came = threading.Event()

        def take(data: bytes) -> None:
            taken.append(data)
            if b"more" in b"".join(taken):
                came.set()

        port.say(b"first ")
        waited = link.receive(Deadline(5))
        port.say(b"second ")
        end = link.divert(take)
        port.say(b"more")
        assert came.wait(10)
        assert waited + b"".join(taken) == b"first second more"
        assert link.pending() == b""
        end()
        port.say(b"ours")
        assert link.receive(Deadline(5)) == b"ours"


def test_rts_falls_before_dtr_before_the_port_closes() -> None:
    port = ScriptedPort()
    Link(port).close()
    assert port.lines[-2:] == [("rts", False), ("dtr", False)]
    assert not port.is_open


def test_lending_stops_the_reader() -> None:
    port = ScriptedPort()
    with linked(port) as link:
        with link.lend() as lent:
            port.say(b"for esptool")
            assert lent.read(3) == b"for"
            assert lent.read(8) == b" esptool"
        port.say(b"ours")
        assert link.receive(Deadline(5)) == b"ours"


def test_the_trace_has_both_directions() -> None:
    port = ScriptedPort(lambda _: b"pong")
    lines: list[bytes] = []
    link = Link(port, trace=lines.append)
    link.write(b"ping")
    assert link.receive(Deadline(5)) == b"pong"
    link.close()
    assert [line.split(b" ", 1)[1] for line in lines] == [b"> b'ping'\n", b"< b'pong'\n"]


def test_a_secret_is_not_traced() -> None:
    port = ScriptedPort(lambda _: b"pong")
    lines: list[bytes] = []
    link = Link(port, trace=lines.append)
    with link.untraced():
        link.write(b"secret")
        assert link.receive(Deadline(5)) == b"pong"
    link.write(b"ping")
    assert link.receive(Deadline(5)) == b"pong"
    link.close()
    said = [line.split(b" ", 1)[1] for line in lines]
    assert said == [b"- b'a secret went over the line'\n", b"> b'ping'\n", b"< b'pong'\n"]


def test_a_port_that_is_gone_is_closed_whatever_it_raises() -> None:
    """tcdrain of a terminal that is gone raises an error that is no OSError."""
    termios = pytest.importorskip("termios", reason="a POSIX terminal")

    class Gone:
        in_waiting = 0
        closed = False

        def read(self, _: int) -> bytes:
            return b""

        def flush(self) -> None:
            raise termios.error(5, "Input/output error")

        def close(self) -> None:
            self.closed = True

    port = Gone()
    Link(port).close()
    assert port.closed

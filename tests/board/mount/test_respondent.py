"""Questions are answered while others use the line, each once, and only as long as somebody waits."""

from __future__ import annotations

import queue
import threading
import zlib
from collections.abc import Iterator

import pytest

from espsh.base.deadline import Deadline
from espsh.board.link import Link
from espsh.board.mount.questions import AGAIN, Question, answer
from espsh.board.mount.respondent import Respondent
from tests.board.scripted import ScriptedPort


def line(number: int, *words: object) -> bytes:
    body = f"{number} {words!r}".encode()
    return b"\x1e\x1e?%d %s\r\n" % (zlib.crc32(body), body)


class Desk:
    """A link with a respondent that notes what it is asked; ``open`` lets it answer."""

    def __init__(self) -> None:
        self.port = ScriptedPort(self.hear)
        self.link = Link(self.port)
        self.asked: list[Question] = []
        self.sent: queue.Queue[bytes] = queue.Queue()
        self.open = threading.Event()
        self.open.set()
        self.working = threading.Event()
        self.respondent = Respondent(self.link, self.answer, lambda _: None)

    def hear(self, data: bytes) -> bytes:
        self.sent.put(data)
        return b""

    def answer(self, question: Question) -> bytes:
        self.asked.append(question)
        self.working.set()
        self.open.wait(10)
        return answer(question.number, repr(question.words).encode(), deflated=False)

    def read(self, size: int) -> bytes:
        data = b""
        while len(data) < size and (more := self.link.receive(Deadline(5))):
            data += more
        return data


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.open.set()
    made.respondent.end()
    made.link.close()


def test_a_question_in_the_middle_of_output(desk: Desk) -> None:
    desk.port.say(b"one " + line(1, "a") + b"two")
    assert desk.read(7) == b"one two"
    assert desk.sent.get(timeout=5) == answer(1, b"('a',)", deflated=False)
    assert desk.link.sifted == len(line(1, "a"))


def test_what_is_asked_again_is_done_once(desk: Desk) -> None:
    for _ in range(2):
        desk.port.say(line(1, "remove", "x"))
        assert desk.sent.get(timeout=5) == answer(1, b"('remove', 'x')", deflated=False)
    assert desk.asked == [Question(1, ("remove", "x"))]


def test_a_slow_answer_comes_once_however_often_it_is_asked_for(desk: Desk) -> None:
    desk.open.clear()
    desk.port.say(line(1, "a"))
    assert desk.working.wait(5)
    desk.port.say(line(1, "a") + line(1, "a") + b"end")
    assert desk.read(3) == b"end"
    desk.open.set()
    assert desk.sent.get(timeout=5) == answer(1, b"('a',)", deflated=False)
    desk.port.say(line(2, "b"))
    assert desk.sent.get(timeout=5) == answer(2, b"('b',)", deflated=False)


def test_a_question_that_was_given_up_is_not_answered(desk: Desk) -> None:
    desk.open.clear()
    desk.port.say(line(1, "a"))
    assert desk.working.wait(5)
    desk.port.say(line(2, "b") + b"end")
    assert desk.read(3) == b"end"
    desk.open.set()
    assert desk.sent.get(timeout=5) == answer(2, b"('b',)", deflated=False)


def test_a_damaged_question_is_asked_for_again(desk: Desk) -> None:
    desk.port.say(line(1, "a").replace(b"'a'", b"'b'"))
    assert desk.sent.get(timeout=5) == AGAIN
    assert desk.asked == []


def test_what_looks_like_a_beginning_is_handed_on(desk: Desk) -> None:
    desk.port.say(b"x\x1e")
    assert desk.read(2) == b"x\x1e"


def test_the_end_hands_on_what_was_held() -> None:
    desk = Desk()
    desk.port.say(b"x\x1e\x1e?12")
    assert desk.read(1) == b"x"
    desk.respondent.end()
    assert desk.read(5) == b"\x1e\x1e?12"
    desk.port.say(line(1, "a"))
    assert desk.read(len(line(1, "a"))) == line(1, "a")
    desk.link.close()

"""MicroPython's raw REPL: getting in from wherever the board is, running one command, getting out.

Entry is a state machine driven by what the board says, under one deadline. The prompt's text is never relied
on: ``sys.ps1`` may have been changed.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from typing import NamedTuple

from espsh.base.deadline import Deadline
from espsh.board.link import Link
from espsh.diagnose.answering import Answering, classify, judge
from espsh.errors import ConnectError

CTRL_A, CTRL_B, CTRL_C, CTRL_D, CTRL_E = b"\x01", b"\x02", b"\x03", b"\x04", b"\x05"
BANNER = b"raw REPL; CTRL-B to exit\r\n>"
_LEAVING = 5.0
"""Seconds in which a board that leaves the raw REPL comes to its friendly prompt."""
FRIENDLY = b">>> "
_HALVES = (b"raw REPL; ", b" CTRL-B to exit")
LINE_LIMIT = 250
"""Bytes of a command with its Ctrl-D: it fits an ESP32's receive ring (260) whole."""

ENTRY = 10.0
"""Seconds after which a board that talks but does not come to its prompt is given up."""
ANSWER = 500
"""Milliseconds in which a board at its prompt says that it has a short command, when all goes well: a hundred times
what an ESP32 takes, and longer than its slowest garbage collection."""
SILENCE = 4.0
"""Seconds after which a board that says nothing at all is given up."""

_AT_ANOTHER_RATE = 1.0
"""Seconds in which a board is looked for at the rate that a copy was made at, before it is at the usual one."""
_SETTLE = 0.15
"""Seconds without a byte after which a board has nothing more to say to a Ctrl-C."""
_BOOT = 2.0
"""Seconds in which a board boots, half of them for one with PSRAM; a Ctrl-C in them may be lost."""
_PROMPT = b">>> "
_RAW_PROMPT = b"\x04>"
"""How the answer of a command ends, an interrupted one's too: there is nothing to wait for behind it."""
_END = re.compile(rb"\x04([^\x04]*)\x04>")


class Entered(NamedTuple):
    """How the raw REPL was reached: whether a program was ``interrupted``, and what the board had said."""

    interrupted: bool
    said: bytes


class RawRepl:
    """The raw REPL of the board on ``link``. ``ready`` says that the last thing seen was its prompt."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.ready = False
        self.failures = 0
        self.usual_rate = link.rate

    def enter(self, *, overall: float = ENTRY, silence: float = SILENCE) -> Entered:
        """Come to the raw REPL's prompt.

        Raises ConnectError that says what answered instead, LinkLostError when the port went away.
        """
        self.ready = False
        if self.link.rate != self.usual_rate:
            with contextlib.suppress(ConnectError):
                return self._enter(_AT_ANOTHER_RATE, _AT_ANOTHER_RATE)
            self.link.rate = self.usual_rate
        return self._enter(overall, silence)

    def _enter(self, overall: float, silence: float) -> Entered:
        deadline = Deadline(overall)
        said = bytearray()
        pause = _SETTLE
        quiet = Deadline(silence)
        while not deadline.expired:
            self._interrupt(said, deadline, pause)
            if self._ask_for_raw(said, deadline, pause):
                self.ready = True
                return Entered(b"KeyboardInterrupt" in said, bytes(said))
            if said:
                answering = classify(bytes(said))
                if answering is Answering.BOOTING:
                    self._let_boot(said, deadline)
                elif answering.is_final:
                    break
            elif quiet.expired:
                break
            pause = min(pause * 1.6, 1.0)
        raise judge(bytes(said))

    def _interrupt(self, said: bytearray, deadline: Deadline, pause: float) -> None:
        """Send one Ctrl-C and listen until a prompt, or until the board is quiet for ``pause`` seconds."""
        self.link.write(CTRL_C)
        start = len(said)

        def enough() -> bool:
            return said.endswith((_PROMPT, _RAW_PROMPT)) and len(said) > start

        self._listen(said, Deadline(min(deadline.remaining, pause * 8), pause), enough)

    def _ask_for_raw(self, said: bytearray, deadline: Deadline, pause: float) -> bool:
        self.link.write(CTRL_A)
        start = len(said)

        def there() -> bool:
            heard = bytes(said[start:])
            # A byte of the banner may be lost; what ends like it and reads like half of it is it.
            return BANNER in heard or (heard.endswith(b">") and any(half in heard for half in _HALVES))

        return self._listen(said, Deadline(min(deadline.remaining, pause * 8), max(pause * 2, 0.5)), there)

    def _let_boot(self, said: bytearray, deadline: Deadline) -> None:
        """Wait for the end of a boot: its prompt, or the time it takes; a main.py may talk on for ever."""
        self._listen(said, Deadline(min(deadline.remaining, _BOOT)), lambda: said.endswith(_PROMPT))

    def _listen(self, said: bytearray, deadline: Deadline, enough: Callable[[], bool]) -> bool:
        while not enough():
            data = self.link.receive(deadline)
            if not data:
                return False
            said += data
        return True

    def patience(self, length: int = 0) -> float:
        """Return the seconds within which a board at its prompt answers to ``length`` bytes.

        Too short costs a retry, too long costs time for each byte that is lost; so it grows while answers fail.
        """
        return (ANSWER << min(self.failures, 2)) / 1000 + length * 12 / (self.link.rate or 115200)

    def is_as_left(self) -> bool:
        """Tell whether the raw prompt still answers, as it does unless the board has started anew or is another.

        A friendly prompt takes the question for a digit that somebody types.
        """
        self.send(b"0")
        if self.hear(b"OK\x04\x04>", self.patience()):
            self.ready = True
        return self.ready

    def takes_nothing(self) -> bool:
        """Tell whether the prompt has no memory even for the shortest line: what is on the board cannot be reached."""
        self.enter()
        self.send(b"0")
        said = bytearray()
        self._listen(said, Deadline(self.patience()), lambda: said.endswith(_RAW_PROMPT))
        return b"MemoryError" in said

    def leave(self) -> None:
        """Go back to the friendly prompt; what it says is to be read yet."""
        self.link.write(CTRL_B)
        self.ready = False

    def leave_wholly(self) -> None:
        """Go back to the friendly prompt and hear it.

        A micro:bit (1.9.2) that gets a Ctrl-C while it leaves the raw REPL has no heap any more: who goes on after
        this, or comes next, must find it at its prompt.
        """
        self.leave()
        self.hear(FRIENDLY, _LEAVING)

    def hear(self, what: bytes, seconds: float) -> bool:
        """Read until ``what`` was said, and no further; False when that takes longer than ``seconds``."""
        said = b""
        deadline = Deadline(seconds)
        while what not in said:
            data = self.link.receive(deadline)
            if not data:
                return False
            said += data
        self.link.put_back(said.partition(what)[2])
        return True

    def send(self, *commands: bytes) -> None:
        """Send commands at once, without waiting for their answers; the prompt is gone until the last answer ends."""
        self.ready = False
        self.link.write(b"".join(command + CTRL_D for command in commands))

    def paste(self, command: bytes, deadline: Deadline) -> bool:
        """Send a command by raw paste, within the board's credits; False where the board has no raw paste.

        Raises ConnectError when the board breaks the transfer off or stops giving credits.
        """
        self.ready = False
        self.link.write(CTRL_E + b"A" + CTRL_A)
        answer = bytearray()
        # An old board takes the question for three keys, of which Ctrl-A starts the raw REPL again.
        while not (match := re.search(rb"R\x01(..)|R\x00|raw REPL; CTRL-B to exit\r\n>", answer, re.DOTALL)):
            data = self.link.receive(deadline)
            if not data:
                raise ConnectError("the board does not answer to raw paste")
            answer += data
        if match[1] is None:
            self.ready = match[0].endswith(b">")
            return False
        self._paste_within(command, int.from_bytes(match[1], "little"), bytes(answer[match.end() :]), deadline)
        return True

    def _paste_within(self, command: bytes, window: int, credits_: bytes, deadline: Deadline) -> None:
        room, start, heard = window, 0, credits_
        while start < len(command):
            if heard.count(CTRL_D):
                self.link.write(CTRL_D)
                raise ConnectError("the board broke the transfer off")
            room += window * heard.count(CTRL_A)
            heard = b""
            if room > 0:
                self.link.write(command[start : start + room])
                start, room = start + room, 0
            else:
                heard = self.link.receive(deadline)
                if not heard:
                    raise ConnectError("the board takes no more of the code")
        self.link.write(CTRL_D)


def raw_end(data: bytes) -> bytes | None:
    """Return the error text of an answer that is over, ``b""`` for none; None while it is not over.

    Strangers may print behind the end.
    """
    match = _END.search(data)
    return match[1] if match else None

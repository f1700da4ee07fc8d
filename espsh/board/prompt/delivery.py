"""Ways to bring checked source text to a board, fastest first; each says why it cannot.

All end in a checked call on the board, ``x(text, checksum)`` or ``keep(text, checksum)``, which does nothing with
text that does not match. So a lost, doubled or damaged byte is never run.
"""

from __future__ import annotations

import zlib
from typing import Protocol

from espsh.base.deadline import Deadline
from espsh.board.prompt.rawrepl import LINE_LIMIT, RawRepl
from espsh.board.prompt.replies import Reply
from espsh.board.prompt.snippets import ANY, USUAL, Loader


class DamagedError(Exception):
    """The exchange went wrong on the line. ``said`` is the error text of the board's prompt, if it ended there."""

    def __init__(self, what: str, said: bytes = b"") -> None:
        super().__init__(what)
        self.said = said

    @property
    def gone(self) -> bool:
        """Whether our helpers are no longer on the board: it restarted."""
        return b"NameError: name '_espsh'" in self.said


class Facts:
    """What the deliveries have learnt about this connection; why each cannot be used, by its name."""

    def __init__(self) -> None:
        self.loader: Loader = ANY
        self.refused: dict[str, str] = {}

    def digest(self, text: bytes) -> int:
        """Return the checksum by which this board knows text."""
        return self.loader.digest(text)


class Delivery(Protocol):
    """One way to bring text to the board."""

    name: str

    def supports(self) -> str | None:
        """Return None if this way may be used, else the reason why not."""

    def deliver(self, repl: RawRepl, sink: str, text: bytes, reply: Reply) -> None:
        """Bring ``text`` to ``sink`` (``x`` or ``keep``) and return when the board has it; it may run by then.

        Raises DamagedError.
        """


def checked(sink: str, argument: bytes, value: int) -> bytes:
    """Return the command that hands ``argument``, an expression, to ``sink`` with the checksum ``value``."""
    return b"_espsh['%s'](%s,%d)" % (sink.encode(), argument, value)


def until_heard(repl: RawRepl, reply: Reply, length: int) -> None:
    """Listen until the board has echoed the checksum of a text of ``length`` bytes. Raises DamagedError."""
    deadline = Deadline(60, repl.patience(length))
    while not reply.heard:
        if reply.end is not None:
            raise _refusal(reply)
        data = repl.link.receive(deadline)
        if not data:
            raise DamagedError("the board did not confirm the code")
        reply.feed(data)
    repl.failures = 0


def until_end(repl: RawRepl, reply: Reply, deadline: Deadline) -> bytes:
    """Listen until the command is over and return its error text. Raises DamagedError."""
    while (end := reply.end) is None:
        data = repl.link.receive(deadline)
        if not data:
            raise DamagedError("the board's answer has no end")
        reply.feed(data)
    repl.ready = True
    return end


def _refusal(reply: Reply) -> DamagedError:
    text = reply.end or b""
    return DamagedError(f"the board refused the code: {text!r}", text)


class _Way:
    name = ""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._digest = facts.digest

    def supports(self) -> str | None:
        """Say why it cannot be used; None where nothing is known against it."""
        return self._facts.refused.get(self.name)


class OneLine(_Way):
    """One short command: the fastest for short text, and safe on any board."""

    name = "one line"

    def fits(self, sink: str, text: bytes) -> bool:
        """Whether the text fits a command."""
        return len(text) < LINE_LIMIT and len(self._command(sink, text)) < LINE_LIMIT

    def deliver(self, repl: RawRepl, sink: str, text: bytes, reply: Reply) -> None:
        """See :meth:`Delivery.deliver`."""
        reply.acks = (*reply.acks, self._digest(text))
        repl.send(self._command(sink, text))
        until_heard(repl, reply, LINE_LIMIT)

    def _command(self, sink: str, text: bytes) -> bytes:
        return checked(sink, repr(text).encode(), self._digest(text))


_FILLER = b"\n" * 3
_WINDOW_BITS = 11
"""The window that a board inflates with where it is not told another: 2**8 bytes fit no zlib, 2**9 fit both."""


class ByStdin(_Way):
    """The board reads the text from its stdin, in a C loop that keeps up with any line."""

    name = "stdin"

    def command(self, sink: str, text: bytes) -> bytes:
        """Return the command that makes the board read ``text``; stdin counts characters, not bytes."""
        length = len(text.decode("utf-8"))
        return checked(sink, b"_espsh['sys'].stdin.read(%d).encode()" % length, self._digest(text))

    def deliver(self, repl: RawRepl, sink: str, text: bytes, reply: Reply) -> None:
        """See :meth:`Delivery.deliver`."""
        repl.send(self.command(sink, text))
        deadline = Deadline(60, repl.patience(LINE_LIMIT))
        while b"OK" not in reply.rest:
            data = repl.link.receive(deadline)
            if not data:
                raise DamagedError("the board did not take the command")
            reply.feed(data)
        self.send_text(repl, text, reply)

    def send_text(self, repl: RawRepl, text: bytes, reply: Reply) -> None:
        """Send the text to a board that reads it by now."""
        reply.acks = (*reply.acks, self._digest(text))
        # The line ends behind the text take the place of lost bytes: the board counts to its length at once and says
        # that the checksum is wrong, instead of waiting. Those left over begin the next command, as blank lines.
        sent = self._sent(text)
        repl.link.write(sent + _FILLER)
        until_heard(repl, reply, len(sent))

    def _sent(self, text: bytes) -> bytes:
        return text


class ByDeflate(ByStdin):
    """The same, deflated: a third to a half of the bytes."""

    name = "deflated stdin"

    def supports(self) -> str | None:
        """It comes with the loader for usual boards."""
        return None if self._facts.loader is USUAL else self._facts.refused.get(self.name, "the board is not usual")

    def command(self, sink: str, text: bytes) -> bytes:
        """Return the command that makes the board read and inflate ``text``."""
        return b"_espsh['z'](_espsh['%s'],%d,%d)" % (sink.encode(), len(self._sent(text)), self._digest(text))

    def _sent(self, text: bytes) -> bytes:
        packer = zlib.compressobj(9, zlib.DEFLATED, -_WINDOW_BITS)
        packed = packer.compress(text) + packer.flush()
        return packed.replace(b"~", b"~A").replace(b"\x03", b"~C")


class ByPaste(_Way):
    """Raw paste: the board's own flow control, for boards whose stdin cannot be read."""

    name = "raw paste"

    def deliver(self, repl: RawRepl, sink: str, text: bytes, reply: Reply) -> None:
        """See :meth:`Delivery.deliver`."""
        command = checked(sink, repr(text).encode(), self._digest(text))
        if not repl.paste(command, Deadline(60, repl.patience(LINE_LIMIT))):
            raise DamagedError("the board has no raw paste")
        reply.acks = (*reply.acks, self._digest(text))
        until_heard(repl, reply, len(text))


class ByPieces(_Way):
    """Short commands that each add a checked piece to a variable: slow, and possible everywhere."""

    name = "short commands"
    _TRIES = 6

    def deliver(self, repl: RawRepl, sink: str, text: bytes, reply: Reply) -> None:
        """See :meth:`Delivery.deliver`."""
        start = 0
        while start < len(text):
            piece, length = self._piece(text, start)
            self._bring(repl, piece)
            start += length
        last = b"%s(p,%d);p=0" % (sink.encode(), self._digest(text))
        reply.acks = (self._digest(last), self._digest(text))
        repl.send(checked("x", repr(last).encode(), self._digest(last)))
        until_heard(repl, reply, LINE_LIMIT)

    def _piece(self, text: bytes, start: int) -> tuple[bytes, int]:
        """Return the assignment that adds as much of ``text`` as a command holds, and how many bytes that is."""
        length = min(160, len(text) - start)
        head = b"p[:%d]+" % start if start else b""
        while True:
            piece = b"p=" + head + repr(text[start : start + length]).encode()
            if len(checked("x", repr(piece).encode(), self._digest(piece))) < LINE_LIMIT:
                return piece, length
            length -= 8 if length > 16 else 1

    def _bring(self, repl: RawRepl, piece: bytes) -> None:
        for attempt in range(self._TRIES):
            reply = Reply(acks=(self._digest(piece),))
            try:
                if not repl.ready:
                    repl.enter()
                repl.send(checked("x", repr(piece).encode(), self._digest(piece)))
                error = until_end(repl, reply, Deadline(30, repl.patience(LINE_LIMIT)))
                if reply.heard and not error:
                    return
                raise _refusal(reply)
            except DamagedError as error:
                if error.gone or attempt == self._TRIES - 1:
                    raise
                repl.ready = False
                repl.failures += 1

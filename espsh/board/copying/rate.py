"""A faster line for copies: the board's UART and the host's port take another rate, and go back when it is over.

The board (``onboard/rates.py``) takes the rate, waits for the host's line ends at it, and answers; whoever hears
nothing for half a second goes back to the usual rate. A thread on the board does so, too, when a copy has not moved
for a second: a host that is gone leaves no board behind that others cannot reach. What MicroPython itself says to a
new rate is not relied on: ESP32's 1.23 raises an error and takes it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from espsh.base.deadline import Deadline
from espsh.board.prompt.delivery import DamagedError
from espsh.board.prompt.remote import Remote, RestartedError
from espsh.board.prompt.replies import Reply, new_nonce
from espsh.errors import ConnectError, RemoteError

RATES: Mapping[str, int] = MappingProxyType({"ESP32": 460_800})
"""By chip family, the rate of a board whose prompt is on UART 0. An ESP32 with 1.24 takes 27 of its 46 kB/s, so twice
the rate would bring nothing."""
WORTH = 24_000
"""Bytes to be copied from which on the change, a quarter of a second, pays."""

_SNIPPETS = ("rates",)
_KNOCK = b"\n" * 16
_ANSWER = b"\x06\x16\x06\x16"
_INTERVAL = 0.03
"""Seconds between two knocks; the board is at its new rate after 0.02."""
_TRIES = 16
_SILENT = 1.2
"""Seconds within which a board says something: that it takes a rate, or that it has taken its old one again."""


class _Answer(Reply):
    """What comes while the rate changes: garbage among it, which nobody should see."""

    @property
    def stray(self) -> bytes:
        """Nothing."""
        return b""


class Rate:
    """The rate of the line to a board of the family ``chip``. ``refused`` says why there is no faster one, or "".

    ``why_not`` is asked once, before the first change; ``remember`` is told when the board does not take it.
    """

    def __init__(self, remote: Remote, chip: str, why_not: Callable[[], str], remember: Callable[[str], None]) -> None:
        self._remote = remote
        self._fast = RATES.get(chip.partition("-")[0], 0)
        self._why_not: Callable[[], str] | None = why_not
        self._remember = remember
        self.refused = "" if self._fast else "none is known for this chip"

    @contextlib.contextmanager
    def raised(self, size: int) -> Iterator[None]:
        """Copy ``size`` bytes, at the faster rate where there is one and it pays."""
        link = self._remote.repl.link
        usual = link.rate
        if size >= WORTH and usual < self._fast and self._may():
            self._go_faster(usual)
        try:
            yield
        finally:
            if link.rate != usual and link.lost is None:
                self._go_back(usual)

    def _may(self) -> bool:
        if not self.refused and self._why_not:
            self.refused = self._why_not()
            self._why_not = None
        return not self.refused

    def _go_faster(self, usual: int) -> None:
        clean = not self._remote.damages
        try:
            if not self._change("faster", self._fast, usual):
                self.refused = "the board was not heard at it"
        except DamagedError as error:
            self.refused = "it was tried in vain"
            with contextlib.suppress(RestartedError):
                self._remote.damaged(error)
        except RemoteError as error:
            self.refused = error.message
        if self.refused:
            self._remote.repl.link.rate = usual
            if clean:  # else the line may be to blame, and not the board
                self._remember(self.refused)

    def _go_back(self, usual: int) -> None:
        link, repl = self._remote.repl.link, self._remote.repl
        try:
            if not repl.ready:  # the copy broke off
                link.cancelled.clear()
                repl.enter()
            if link.rate != usual:
                self._change("slower", usual)
        except (ConnectError, RemoteError):
            repl.ready = False
        except DamagedError as error:
            with contextlib.suppress(RestartedError):
                self._remote.damaged(error)
        finally:
            link.rate = usual

    def _change(self, function: str, rate: int, *arguments: object) -> bool:
        """Have the board and then the host take ``rate``; return whether they met at it. Raises DamagedError."""
        link = self._remote.repl.link
        before = link.rate
        answer = _Answer(new_nonce())
        self._remote.begin(answer, function, rate, *arguments, snippets=_SNIPPETS, careful=False)
        announcing = Deadline(_SILENT)
        while not answer.rows:
            if answer.end is not None or not (data := link.receive(announcing)):
                raise DamagedError("the board does not take another rate", answer.end or b"")
            answer.feed(data)
        link.rate = rate
        met = self._meet(answer)
        if not met and function == "faster":
            link.rate = before
        return bool(self._remote.end(answer, "", idle=_SILENT)) and met

    def _meet(self, answer: Reply) -> bool:
        link = self._remote.repl.link
        for knock in (_KNOCK,) * _TRIES + (b"",):  # not at the end, when the rate is about to change
            interval = Deadline(_INTERVAL)
            while data := link.receive(interval):
                answer.feed(data)
                if _ANSWER in answer.rest:
                    return True
            link.write(knock)
        return False

"""Finding a lost board again: which ports are looked at, in which order, for how long."""

from __future__ import annotations

import contextlib
import os
import re
import threading
from collections.abc import Callable, Sequence

from espsh.base.deadline import Deadline
from espsh.board.meeting.places import PlaceStore
from espsh.board.meeting.whereabouts import Hints, candidates, hints_of, likeliest
from espsh.errors import ConnectError, EspshError, InterruptedByUserError, LinkLostError
from espsh.ports.listing import Lister, PortInfo

_DEVICE = re.compile(r"/|COM\d", re.IGNORECASE)
_ROUND = 0.1
"""Seconds between two looks for a board that is waited for."""

Attempt = Callable[[str, float], None]
"""Opens a port, for which it waits some seconds. Raises what speaks against it."""


class GoneError(ConnectError):
    """No port that is there has the board."""


class AnotherBoardError(ConnectError):
    """Somebody else is behind the port."""


class Search:
    """What the boards of a session share when one of them is looked for.

    One is looked for at a time: two whose cables were swapped would find each other's port busy.
    """

    def __init__(self, find: Lister, places: PlaceStore | None = None) -> None:
        """Take what lists the ports, and where it is kept which board was at which."""
        self.places = places
        self.turn = threading.RLock()
        self._find = find
        self._ours: dict[object, str] = {}

    def ports(self) -> Sequence[PortInfo]:
        """Return the ports that are there now."""
        return self._find()

    def strangers(self) -> Sequence[PortInfo]:
        """Return the ports that are no board's of ours."""
        ours = set(self._ours.values())
        return [port for port in self.ports() if port.device not in ours]

    def take(self, who: object, port: str) -> None:
        """Note that ``port`` is one of ours now, in place of the one that ``who`` had."""
        self._ours[who] = port

    def drop(self, who: object) -> None:
        """Note that ``who`` has no port any more."""
        self._ours.pop(who, None)


class Trail:
    """Where one board is, and where to look for it when it is lost.

    A port that is no device, such as ``rfc2217://…``, is the only place for its board. What USB says of a device is
    asked behind, while the board is met: it takes 10 ms and more.
    """

    def __init__(self, url: str, search: Search | None) -> None:
        self._search = search if _DEVICE.match(url) else None
        self._hints = Hints(url)
        self._strangers: Sequence[PortInfo] = ()
        self._look: threading.Thread | None = None

    @property
    def hints(self) -> Hints:
        """What is known of where it is."""
        if self._look is not None:
            self._look.join()
        return self._hints

    def follow(self, url: str) -> None:
        """Note that it is sure to be at ``url`` now."""
        if self._search is None:
            return
        self._search.take(self, url)
        look = threading.Thread(target=self._ask_system, args=(url, self._search), name="port", daemon=True)
        look.start()
        self._look = look

    def lost(self) -> None:
        """Note who else is there in the moment of the loss."""
        if self._search is not None:
            with contextlib.suppress(OSError, EspshError):
                self._strangers = self._search.strangers()

    def end(self, unique_id: str) -> None:
        """Look for it no more, and keep where it was."""
        if self._search is None:
            return
        self._search.drop(self)
        if self._search.places and self.hints.location:
            self._search.places.remember(unique_id, self.hints)

    def likely(self) -> list[str]:
        """Return the port at which it is as far as USB can say. Nobody was asked who is there."""
        if self._search is None:
            return [self._hints.port]
        ports = self._search.ports()
        return self._unlisted(ports) or [likeliest(self.hints, ports)]

    def possible(self) -> list[str]:
        """Return the ports where it may be; who is there has to be asked before anything is written."""
        if self._search is None:
            return [self._hints.port]
        ports = self._search.ports()
        return [*self._unlisted(ports), *candidates(self.hints, ports, self._strangers)]

    def find(
        self, attempt: Attempt, ports: Callable[[], Sequence[str]], wait: float, cancelled: Callable[[], bool]
    ) -> None:
        """Call ``attempt`` with each of ``ports()`` until it raises nothing, again and again for ``wait`` seconds.

        Raises what the board's old port came to, GoneError where there is none, InterruptedByUserError.
        """
        if self._search is None:
            attempt(self._hints.port, wait)
            return
        deadline = Deadline(wait)
        failures: dict[str, EspshError] = {}
        while not self._go_round(attempt, ports, failures):
            if cancelled():
                raise InterruptedByUserError
            if deadline.expired:
                raise failures.get(self._hints.port) or self._gone(failures)
            threading.Event().wait(min(_ROUND, deadline.remaining))

    def _go_round(self, attempt: Attempt, ports: Callable[[], Sequence[str]], failures: dict[str, EspshError]) -> bool:
        """Try each port once; tell whether one has the board. Who turned out to be another is not asked again."""
        assert self._search is not None
        with self._search.turn:
            there = ports()
            others = {p: e for p, e in failures.items() if p in there and isinstance(e, AnotherBoardError)}
            failures.clear()
            failures.update(others)
            for port in there:
                if port in others:
                    continue
                try:
                    attempt(port, 0.0)
                except (ConnectError, LinkLostError) as error:
                    failures[port] = error
                else:
                    return True
        return False

    def _gone(self, failures: dict[str, EspshError]) -> GoneError:
        looked = "; ".join(error.message for error in failures.values() if isinstance(error, AnotherBoardError))
        message = f"the board is gone: it was on {self._hints.port}"
        hint = "put its cable back; --wait SEC waits for it"
        return GoneError(message, f"{looked}; {hint}" if looked else hint)

    def _unlisted(self, ports: Sequence[PortInfo]) -> list[str]:
        """Return the port where it was if that is there and not listed: a pty, a link as those in /dev/serial/by-id."""
        port = self.hints.port
        listed = any(one.device == port for one in ports)
        return [] if listed or not os.path.exists(port) else [port]  # noqa: PTH110 - importing pathlib costs a start

    def _ask_system(self, url: str, search: Search) -> None:
        hints = Hints(url)
        with contextlib.suppress(OSError, EspshError):  # it went while it was looked at
            hints = hints_of(url, search.ports())
        self._hints = hints

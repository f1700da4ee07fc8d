"""How a run opens boards: which ports there are, and how a port becomes a board as the command line wants it.

All that knows of boards is imported when the first is opened: a run without one starts without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from espsh.base.events import EventBus
from espsh.base.world import World
from espsh.shell.arguments import Arguments

if TYPE_CHECKING:
    from espsh.board.board import Board
    from espsh.board.meeting.search import Search
    from espsh.ports.listing import KnownPorts
    from espsh.ports.open import PortSettings


class Opening:
    """Opens ports of ``world`` with the settings of ``arguments``; its boards share one search."""

    def __init__(self, world: World, arguments: Arguments) -> None:
        self._world = world
        self._arguments = arguments

    def ports(self) -> Sequence[tuple[str, str]]:
        """Return the ports that are known by now, each with what it is."""
        return (*self._known_ports(), ("sim:esp32", "a virtual board"))

    def open(self, url: str, name: str | None, baud: int | None, events: EventBus) -> Board:
        """Open the port and return its board, which is not met yet; raises ConnectError."""
        from espsh.board.board import Board
        from espsh.board.copying.refusals import Refusals
        from espsh.board.meeting.names import NameStore

        state = self._world.folder("state")
        return Board.open(
            url, settings=self._settings(baud), events=events, names=NameStore(state / "names.toml"), name=name,
            refusals=Refusals(state / "no-faster-line"), search=self._search,
        )  # fmt: skip

    def _settings(self, baud: int | None) -> PortSettings:
        from espsh.ports.open import PortSettings

        given: dict[str, Any] = {
            "baud": baud or self._arguments.baud,
            "dtr": self._arguments.dtr,
            "rts": self._arguments.rts,
            "buffer_size": self._arguments.buffer_size,
            "wait": self._arguments.wait,
            "patience": self._arguments.wait,
            "trace": self._arguments.trace,
            "fast": not self._arguments.no_fast,
            "password": self._world.env.get("ESPSH_WEBREPL_PASSWORD"),
        }
        return PortSettings(**{key: value for key, value in given.items() if value is not None})

    @cached_property
    def _known_ports(self) -> KnownPorts:
        from espsh.ports.listing import KnownPorts
        from espsh.ports.port_file import lister

        return KnownPorts(lister(self._world.env))

    @cached_property
    def _search(self) -> Search:
        from espsh.board.meeting.places import PlaceStore
        from espsh.board.meeting.search import Search
        from espsh.ports.port_file import lister

        return Search(lister(self._world.env), PlaceStore(self._world.folder("state") / "places.toml"))
